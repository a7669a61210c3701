//! Live updates: one pulse a second while somebody listens, sent on when something changed.

use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::PoisonError;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, Sse};
use futures_util::Stream;
use futures_util::stream;
use storefleet_daemon::Shutdown;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::{Desk, Inner};

/// At most one event in this time.
const PULSE: Duration = Duration::from_secs(1);
/// Told even when nothing changed, so that a page knows its data is fresh.
const BEAT: Duration = Duration::from_secs(5);
/// A browser that lost the stream waits so long.
const RETRY: Duration = Duration::from_secs(3);

/// What is seen at one instant: another number when a page would look different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Pulse(u64);

/// Looks at the fleet once a second while somebody listens.
pub(super) async fn watch_fleet(inner: &Inner, mut shutdown: Shutdown) {
    let mut ticks = interval(PULSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = shutdown.requested() => return,
        }
        if inner.pulse.receiver_count() > 0 {
            let seen = look(inner);
            inner
                .pulse
                .send_if_modified(|held| std::mem::replace(held, seen) != seen);
        }
    }
}

/// Statuses are looked at too: silence becomes "no contact" by time alone.
fn look(inner: &Inner) -> Pulse {
    let now = inner.shared.now();
    let fleet = inner
        .shared
        .fleet
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let mut hasher = DefaultHasher::new();
    fleet.revision().hash(&mut hasher);
    for (_, live) in fleet.workplaces() {
        live.status(now).hash(&mut hasher);
    }
    Pulse(hasher.finish())
}

/// `GET /events`
pub(super) async fn events(
    State(desk): State<Desk>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let seen = desk.inner.pulse.subscribe();
    let first = stream::once(async { Ok(Event::default().event("hello").retry(RETRY).data("0")) });
    let rest = stream::unfold((seen, desk), |(mut seen, desk)| async move {
        let name = next_event(&mut seen, desk.shutdown.clone()).await?;
        let at = desk.inner.shared.now().0.to_string();
        Some((Ok(Event::default().event(name).data(at)), (seen, desk)))
    });
    Sse::new(stream::StreamExt::chain(first, rest))
}

async fn next_event(
    seen: &mut watch::Receiver<Pulse>,
    mut shutdown: Shutdown,
) -> Option<&'static str> {
    tokio::select! {
        changed = seen.changed() => changed.ok().map(|()| "changed"),
        () = tokio::time::sleep(BEAT) => Some("beat"),
        () = shutdown.requested() => None,
    }
}
