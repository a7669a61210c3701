//! What the line says and understands, without socket, thread or clock.

use anyhow::Context;
use minicbor::bytes::ByteVec;
use storefleet_core::entry;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Hash, Seq, WorkplaceId};
use storefleet_core::sync::message::{Ack, Batch, Hello, SCHEMA};
use storefleet_core::sync::uplink::{BATCH_BYTES_MAX, Plan, Uplink};
use storefleet_core::time::Timestamp;
use storefleet_wire::envelope::{Kind, Sealed, SigningKey};
use storefleet_wire::keys::{Role, TrustStore};
use storefleet_wire::{batch, message};

use crate::journal::{JournalReader, Rooms};

/// Who speaks.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'a> {
    /// Its name.
    pub workplace: &'a WorkplaceId,
    /// Version of the program.
    pub version: &'a str,
    /// Random number of this run.
    pub session: u64,
    /// Signs what goes up.
    pub key: &'a SigningKey,
    /// Number of the newest key list it trusts.
    pub key_list: u64,
}

/// A batch as it goes up.
#[derive(Debug, Clone)]
pub struct SignedBatch {
    /// The message.
    pub message: Vec<u8>,
    /// Its last entry.
    pub last: Seq,
    /// The hash of that entry.
    pub hash: Hash,
    /// Bytes of its entries.
    pub entry_bytes: u64,
}

impl Speaker<'_> {
    /// The first message of a connection.
    #[must_use]
    pub fn hello(&self, head: Mark, uplink: &Uplink, echo: u64, wall: Timestamp) -> Vec<u8> {
        let hello = Hello {
            workplace: self.workplace.clone(),
            schema_min: SCHEMA.0,
            schema_max: SCHEMA.1,
            head,
            acked: uplink.acked(),
            version: self.version.to_owned(),
            session: self.session,
            echo,
            wall,
            key_list: self.key_list,
        };
        message::write(Kind::Hello, self.key, &hello)
    }

    /// Reads and signs a planned batch; nothing when its first entry is not durable.
    ///
    /// # Errors
    /// When the journal cannot be read there.
    pub fn batch<R: Rooms>(
        &self,
        journal: &JournalReader<R>,
        plan: &Plan,
    ) -> anyhow::Result<Option<SignedBatch>> {
        let entries = journal.range(plan.epoch, plan.first, plan.last, BATCH_BYTES_MAX)?;
        let Some(first) = entries.first() else {
            return Ok(None);
        };
        let (header, _) = entry::parse_header(first)?;
        let count = u64::try_from(entries.len())?;
        let last = Seq(plan.first.0.saturating_add(count).saturating_sub(1));
        let hash = entries.last().map(|it| entry::hash(it)).unwrap_or_default();
        let entry_bytes = entries.iter().map(|entry| entry.len() as u64).sum();
        let batch = Batch {
            workplace: self.workplace.clone(),
            epoch: plan.epoch,
            first: plan.first,
            prev: header.prev,
            entries: entries.into_iter().map(ByteVec::from).collect(),
        };
        Ok(Some(SignedBatch {
            message: batch::seal(self.key, &batch),
            last,
            hash,
            entry_bytes,
        }))
    }

    /// Reads an ack; the broker is never trusted, so only a known ack key counts.
    ///
    /// # Errors
    /// When it is not signed by an ack key of the list, or is for another.
    pub fn read_ack(
        &self,
        trust: &TrustStore,
        payload: &[u8],
        now: Timestamp,
    ) -> anyhow::Result<Ack> {
        let id = Sealed::parse(payload)?.key_id();
        #[cfg(feature = "planted")]
        if crate::planted::is(crate::planted::Bug::UnsignedAckBelieved) {
            let body = Sealed::parse(payload)?.body_unverified(Kind::Ack)?;
            return Ok(storefleet_core::cbor::decode(&body)?);
        }
        let key = trust
            .key(Role::Ack, id, now)
            .with_context(|| format!("key {id} is no ack key of the key list"))?;
        let ack: Ack = message::read(Kind::Ack, key, payload)?;
        anyhow::ensure!(
            ack.workplace == *self.workplace,
            "the ack is for {}",
            ack.workplace
        );
        Ok(ack)
    }
}
