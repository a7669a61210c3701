//! What a shop with a valid certificate tries on another, and who tries to come in without one.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::bail;
use rumqttc::Packet;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{ConnectReturnCode, Publish};
use storefleet_core::sync::message::{Ack, RefusedCode, Verdict};
use storefleet_wire::envelope::{Kind, MESSAGE_BYTES_MAX, PublicKey};
use storefleet_wire::message;
use storefleet_wire::topic::down_filter;
use tokio::time::timeout;

use crate::fleet::line::{Line, Visitor, bytes_of};

/// How long the gate may take to refuse.
const REFUSED_MAX: Duration = Duration::from_secs(10);

/// One thing to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Case {
    /// Publish in another shop's topic.
    PublishAsOther,
    /// Publish what only the centre says.
    PublishAsCentre,
    /// Subscribe to another shop's messages.
    SubscribeToOther,
    /// Subscribe to everything, in the ways MQTT has.
    SubscribeToAll,
    /// Connect under another shop's client id.
    OtherClientId,
    /// A client id that stops another broker for ever, twice.
    SlashedClientId,
    /// Another shop's signed batch in the own topic.
    ReplayOther,
    /// A packet above the limit.
    Oversize,
    /// A certificate that was revoked.
    Revoked,
    /// A certificate that ran out.
    Expired,
    /// Another authority's certificate.
    Foreign,
    /// A certificate of ours that the office never entered.
    NeverEnrolled,
    /// No certificate.
    Without,
}

impl Case {
    /// All of them, with their names in the figures.
    pub(super) const ALL: [(Self, &'static str); 13] = [
        (Self::PublishAsOther, "publish_as_other"),
        (Self::PublishAsCentre, "publish_as_centre"),
        (Self::SubscribeToOther, "subscribe_to_other"),
        (Self::SubscribeToAll, "subscribe_to_all"),
        (Self::OtherClientId, "other_client_id"),
        (Self::SlashedClientId, "slashed_client_id"),
        (Self::ReplayOther, "replay_other"),
        (Self::Oversize, "oversize"),
        (Self::Revoked, "revoked"),
        (Self::Expired, "expired"),
        (Self::Foreign, "foreign"),
        (Self::NeverEnrolled, "never_enrolled"),
        (Self::Without, "no_certificate"),
    ];
}

/// Who tries.
pub(super) struct Intruder {
    /// Port of the gate.
    pub(super) port: u16,
    /// Address it comes from.
    pub(super) from: Ipv4Addr,
    /// A shop with a valid certificate.
    pub(super) own: Visitor,
    /// The shop it is after.
    pub(super) other: String,
    /// A batch of that shop, as signed.
    pub(super) others_batch: Vec<u8>,
    /// The key that signs acks.
    pub(super) ack_key: PublicKey,
    /// Certificates that should open nothing.
    pub(super) revoked: Visitor,
    /// One that ran out.
    pub(super) expired: Visitor,
    /// One of another authority.
    pub(super) foreign: Visitor,
    /// One that the office does not know.
    pub(super) never_enrolled: Visitor,
    /// None.
    pub(super) without: Visitor,
}

impl Intruder {
    /// Tries one case; true when it was refused.
    pub(super) async fn is_refused(&self, case: Case) -> anyhow::Result<bool> {
        timeout(REFUSED_MAX, self.attempt(case))
            .await
            .unwrap_or(Ok(false))
    }

    async fn attempt(&self, case: Case) -> anyhow::Result<bool> {
        let other = &self.other;
        match case {
            Case::PublishAsOther => {
                let topic = format!("sf/1/{other}/up/b");
                self.is_closed_after(&publish(&topic, &self.others_batch)?)
                    .await
            }
            Case::PublishAsCentre => {
                let topic = format!("sf/1/{other}/dn/a");
                self.is_closed_after(&publish(&topic, b"ack")?).await
            }
            Case::SubscribeToOther => self.is_denied_filter(&down_filter(other)).await,
            Case::SubscribeToAll => {
                let mut denied = true;
                for filter in ["#", "+/+/+/+/+", "sf/1/+/dn/+", "sf/1/+/up/#", "$SYS/#"] {
                    denied &= self.is_denied_filter(filter).await?;
                    let shared = format!("$share/g/{filter}");
                    denied &= self.is_denied_filter(&shared).await?;
                }
                Ok(denied)
            }
            Case::OtherClientId => self.is_not_let_in(&self.own, other).await,
            Case::SlashedClientId => {
                let first = self.is_not_let_in(&self.own, "a/b").await?;
                Ok(first & self.is_not_let_in(&self.own, "a/b").await?)
            }
            Case::ReplayOther => self.is_batch_refused().await,
            Case::Oversize => {
                let topic = format!("sf/1/{}/up/b", self.own.name);
                let payload = vec![0; 2 * MESSAGE_BYTES_MAX];
                self.is_closed_after(&publish(&topic, &payload)?).await
            }
            Case::Revoked => self.is_not_let_in_by_name(&self.revoked).await,
            Case::Expired => self.is_not_let_in_by_name(&self.expired).await,
            Case::Foreign => self.is_not_let_in_by_name(&self.foreign).await,
            Case::NeverEnrolled => self.is_not_let_in_by_name(&self.never_enrolled).await,
            Case::Without => self.is_not_let_in_by_name(&self.without).await,
        }
    }

    async fn connected(&self) -> anyhow::Result<Line> {
        let mut line = Line::open(&self.own, self.port, self.from).await?;
        line.connect(&self.own.name).await?;
        match line.next().await? {
            Some(Packet::ConnAck(answer)) if answer.code == ConnectReturnCode::Success => Ok(line),
            answer => bail!("a shop with a valid certificate gets {answer:?}"),
        }
    }

    /// Nothing comes back, no receipt of any kind, and the line is closed.
    async fn is_closed_after(&self, bytes: &[u8]) -> anyhow::Result<bool> {
        let mut line = self.connected().await?;
        // The gate may close while this is written.
        drop(line.raw(bytes).await);
        Ok(line.next().await?.is_none())
    }

    async fn is_denied_filter(&self, filter: &str) -> anyhow::Result<bool> {
        let mut line = self.connected().await?;
        line.subscribe(filter).await?;
        Ok(line.next().await?.is_none())
    }

    async fn is_not_let_in_by_name(&self, visitor: &Visitor) -> anyhow::Result<bool> {
        self.is_not_let_in(visitor, &visitor.name).await
    }

    async fn is_not_let_in(&self, visitor: &Visitor, client_id: &str) -> anyhow::Result<bool> {
        // With TLS 1.3 a client learns only when it reads that its certificate was refused.
        let Ok(mut line) = Line::open(visitor, self.port, self.from).await else {
            return Ok(true);
        };
        if line.connect(client_id).await.is_err() {
            return Ok(true);
        }
        Ok(match line.next().await? {
            Some(Packet::ConnAck(answer)) => answer.code != ConnectReturnCode::Success,
            answer => answer.is_none(),
        })
    }

    /// The gate carries what stands in the own topic; the centre knows whose it is.
    async fn is_batch_refused(&self) -> anyhow::Result<bool> {
        let mut line = self.connected().await?;
        line.subscribe(&down_filter(&self.own.name)).await?;
        let topic = format!("sf/1/{}/up/b", self.own.name);
        line.publish(&topic, &self.others_batch).await?;
        while let Some(packet) = line.next().await? {
            if let Packet::Publish(publish) = packet {
                let ack: Ack = message::read(Kind::Ack, &self.ack_key, &publish.payload)?;
                let code = Some(RefusedCode::Signature);
                return Ok(ack.verdict == Verdict::Refused && ack.code == code);
            }
        }
        bail!("the centre says nothing to a batch of another")
    }
}

fn publish(topic: &str, payload: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload);
    publish.pkid = 7;
    Ok(bytes_of(&Packet::Publish(publish))?.to_vec())
}
