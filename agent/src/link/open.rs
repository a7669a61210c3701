//! One connection from CONNECT to its end.

use super::{
    Ack, Action, AsyncClient, CONNECT_SECS_MAX, Clock, ConnectionError, Context, Down, Duration,
    Event, EventLoop, INBOX_MAX, Incoming, Input, Instant, KEEP_ALIVE, Link, MESSAGE_BYTES_MAX,
    Mark, MqttOptions, Progress, QoS, Rooms, SENT_MAX, SUBSCRIBE_MAX, TELEMETRY_MS,
    TlsConfiguration, Transport, Up, Uplink, VecDeque, down_filter, mpsc, random, sleep_until,
    timeout,
};

/// Room for topic and head beside the largest message.
const PACKET_BYTES_MAX: usize = MESSAGE_BYTES_MAX + 1_024;

/// A fresh client and its event loop: nothing of an earlier connection is left in them.
pub(super) struct Connection {
    client: AsyncClient,
    events: EventLoop,
}

/// What the socket brings.
enum Inbound {
    Subscribed,
    Down(Down, Vec<u8>),
}

impl Connection {
    pub(super) fn new<R: Rooms>(link: &Link<R>, broker: &str) -> anyhow::Result<Self> {
        let (host, port) = broker
            .rsplit_once(':')
            .context("a gate is written host:port")?;
        let port = port
            .parse()
            .with_context(|| format!("gate {broker}: not a port"))?;
        let mut options = MqttOptions::new(link.workplace.to_string(), host, port);
        options
            .set_clean_session(true)
            .set_keep_alive(KEEP_ALIVE)
            .set_inflight(8)
            .set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX)
            .set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(
                link.credentials.borrow().tls.clone(),
            )));
        let (client, mut events) = AsyncClient::new(options, INBOX_MAX);
        events
            .network_options
            .set_connection_timeout(CONNECT_SECS_MAX);
        Ok(Self { client, events })
    }

    /// Both halves run until one ends; the socket is never read by two.
    pub(super) async fn run<R: Rooms>(
        self,
        link: &mut Link<R>,
        uplink: &mut Uplink,
    ) -> anyhow::Result<&'static str> {
        let (sender, inbox) = mpsc::channel(INBOX_MAX);
        let workplace = link.workplace.clone();
        let socket = pump(self.events, sender, &workplace);
        tokio::select! {
            ended = socket => Err(ended.into()),
            ended = speak(&self.client, inbox, link, uplink) => ended,
        }
    }
}

async fn pump(
    mut events: EventLoop,
    inbox: mpsc::Sender<Inbound>,
    workplace: &storefleet_core::ids::WorkplaceId,
) -> ConnectionError {
    loop {
        let message = match events.poll().await {
            Ok(Event::Incoming(Incoming::SubAck(_))) => Inbound::Subscribed,
            Ok(Event::Incoming(Incoming::Publish(publish))) => {
                match Down::of(&publish.topic, workplace) {
                    Some(class) => Inbound::Down(class, publish.payload.to_vec()),
                    None => continue,
                }
            }
            Ok(_) => continue,
            Err(error) => return error,
        };
        if inbox.send(message).await.is_err() {
            return ConnectionError::RequestsDone;
        }
    }
}

async fn speak<R: Rooms>(
    client: &AsyncClient,
    mut inbox: mpsc::Receiver<Inbound>,
    link: &mut Link<R>,
    uplink: &mut Uplink,
) -> anyhow::Result<&'static str> {
    let mut seen = *link.progress.borrow_and_update();
    let workplace = link.workplace.clone();
    client.try_subscribe(down_filter(&workplace.to_string()), QoS::AtLeastOnce)?;
    let subscribed = async {
        while let Some(message) = inbox.recv().await {
            if matches!(message, Inbound::Subscribed) {
                return true;
            }
        }
        false
    };
    let whole = Duration::from_secs(CONNECT_SECS_MAX) + SUBSCRIBE_MAX;
    anyhow::ensure!(
        timeout(whole, subscribed).await?,
        "the connection closed before it stood"
    );
    client.try_publish(
        Up::Report.topic(&workplace),
        QoS::AtLeastOnce,
        false,
        link.hello(uplink),
    )?;
    uplink.connected(link.now());
    let mut telemetry_at = Instant::now() + Duration::from_millis(random() % TELEMETRY_MS);
    let mut sent = VecDeque::with_capacity(SENT_MAX);
    loop {
        send_due(client, link, uplink, &mut sent)?;
        let deadline = wake_at(&link.clock, uplink).map_or(telemetry_at, |at| at.min(telemetry_at));
        tokio::select! {
            message = inbox.recv() => match message {
                Some(Inbound::Down(Down::Ack, payload)) => {
                    if let Some(reason) = on_ack(link, uplink, &sent, &payload).await? {
                        return Ok(reason);
                    }
                }
                Some(Inbound::Down(Down::Keys, list)) => {
                    // One that finds no room comes again with the next hello.
                    drop(link.lists.try_send(list));
                }
                Some(Inbound::Down(Down::Manifest, manifest)) => {
                    // One that finds no room comes again with the next connection.
                    drop(link.manifests.try_send(manifest));
                }
                Some(Inbound::Down(Down::Command, consignment)) => {
                    // One that finds no room comes again: the journal does not show it.
                    drop(link.consignments.try_send(consignment));
                }
                Some(Inbound::Subscribed) => {}
                None => return Ok("the socket closed"),
            },
            changed = link.progress.changed() => {
                changed.context("the store loop ended")?;
                let now = *link.progress.borrow_and_update();
                note_progress(link, uplink, &mut seen, now)?;
            }
            () = sleep_until(deadline) => {
                if Instant::now() >= telemetry_at {
                    telemetry_at = Instant::now() + Duration::from_millis(TELEMETRY_MS * 4 / 5 + random() % (TELEMETRY_MS * 2 / 5));
                    let telemetry = link.telemetry(uplink);
                    // Telemetry never waits and never pushes sales aside.
                    drop(client.try_publish(Up::Telemetry.topic(&workplace), QoS::AtMostOnce, false, telemetry));
                }
            }
        }
        if let Some(Action::Reconnect(reason)) = uplink.tick(link.now()) {
            return Ok(reason);
        }
        if link.lacks_manifest() {
            return Ok("the newest manifest did not come");
        }
    }
}

/// A new epoch needs a new reader; entries of the same one are only counted.
fn note_progress<R: Rooms>(
    link: &mut Link<R>,
    uplink: &mut Uplink,
    seen: &mut Progress,
    now: Progress,
) -> anyhow::Result<()> {
    anyhow::ensure!(
        now.head.epoch == seen.head.epoch || seen.head.epoch.0 == 0,
        "a new epoch began"
    );
    let bytes = now.bytes.saturating_sub(seen.bytes);
    uplink.appended(now.head.epoch, now.head.seq, bytes, link.now());
    if now.awaited > seen.awaited {
        uplink.hurry();
    }
    *seen = now;
    Ok(())
}

fn send_due<R: Rooms>(
    client: &AsyncClient,
    link: &Link<R>,
    uplink: &mut Uplink,
    sent: &mut VecDeque<Mark>,
) -> anyhow::Result<()> {
    while let Some(plan) = uplink.next(link.now()) {
        let Some(batch) = link.batch(&plan)? else {
            break;
        };
        client.try_publish(
            Up::Batch.topic(&link.workplace),
            QoS::AtLeastOnce,
            false,
            batch.message,
        )?;
        uplink.sent(&plan, batch.last, batch.entry_bytes, link.now());
        if sent.len() >= SENT_MAX {
            sent.pop_front();
        }
        sent.push_back(Mark {
            epoch: plan.epoch,
            seq: batch.last,
            hash: batch.hash,
        });
    }
    Ok(())
}

async fn on_ack<R: Rooms>(
    link: &mut Link<R>,
    uplink: &mut Uplink,
    sent: &VecDeque<Mark>,
    payload: &[u8],
) -> anyhow::Result<Option<&'static str>> {
    let ack: Ack = match link.read_ack(payload) {
        Ok(ack) => ack,
        Err(error) => {
            // The broker is never trusted: what is not signed moves nothing.
            tracing::warn!(error = format!("{error:#}"), "ack ignored");
            return Ok(None);
        }
    };
    link.freshness.told(ack.generation);
    link.office_heard();
    for action in uplink.ack(&ack, link.now(), |epoch, seq| {
        link.hash_at(sent, epoch, seq)
    }) {
        match action {
            Action::Acked(mark) => {
                link.acked.send_replace(mark);
                drop(link.inputs.try_send(Input::Acked(mark)));
            }
            Action::Rewound(mark) => {
                tracing::warn!(
                    epoch = mark.epoch.0,
                    seq = mark.seq.0,
                    "the centre was restored"
                );
                link.acked.send_replace(mark);
            }
            Action::OpenEpoch(parent) => {
                link.inputs
                    .send(Input::OpenEpoch(parent))
                    .await
                    .context("the store loop ended")?;
            }
            Action::Raise(alarm) => tracing::error!(alarm = alarm.name(), "the centre disagrees"),
            Action::Reconnect(reason) => return Ok(Some(reason)),
        }
    }
    Ok(None)
}

fn wake_at(clock: &Clock, uplink: &Uplink) -> Option<Instant> {
    let at = u64::try_from(uplink.next_deadline()?.0).ok()?;
    Some(Instant::now() + Duration::from_millis(at.saturating_sub(clock.monotonic_ms())))
}
