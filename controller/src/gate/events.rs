//! What the gate tells the host: presence, which is never lost, and news, which is bounded.
//!
//! Presence is kept per workplace as "told last" and "is now". A host that is slow gets the state
//! of now and not every step to it, so memory is bounded by the workplaces that exist, and the last
//! Online or Offline always arrives. News (clones, violations) wait in a queue of fixed length; what
//! finds it full is counted as lost, and its own counter has counted it anyway.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storefleet_core::ids::WorkplaceId;
use tokio::sync::Notify;

/// News that wait for the host.
const NEWS_MAX: usize = 1_024;

/// Something the gate noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateEvent {
    /// A workplace has a connection. Told again with another session when a newer one took over.
    Online {
        /// Who.
        workplace: WorkplaceId,
        /// Number of the connection, never used twice by one gate.
        session: u64,
        /// Milliseconds since 1970.
        at_ms: i64,
    },
    /// A workplace has no connection any more.
    Offline {
        /// Who.
        workplace: WorkplaceId,
        /// The connection that ended last.
        session: u64,
        /// Milliseconds since 1970.
        at_ms: i64,
        /// Why, as in the counters.
        reason: &'static str,
    },
    /// Two live machines use one key: a replaced connection spoke after the newer one.
    Clone {
        /// Who.
        workplace: WorkplaceId,
        /// Milliseconds since 1970.
        at_ms: i64,
    },
    /// A known workplace broke a rule and was closed.
    Violation {
        /// Who.
        workplace: WorkplaceId,
        /// The rule, as in the counters.
        what: &'static str,
        /// Milliseconds since 1970.
        at_ms: i64,
    },
}

#[derive(Debug, Clone, Copy)]
enum Now {
    Online {
        session: u64,
        at_ms: i64,
    },
    Offline {
        session: u64,
        at_ms: i64,
        reason: &'static str,
    },
}

#[derive(Debug)]
struct Presence {
    told: Option<u64>,
    now: Now,
    queued: bool,
}

#[derive(Debug, Default)]
struct State {
    presence: HashMap<WorkplaceId, Presence>,
    changed: VecDeque<WorkplaceId>,
    news: VecDeque<GateEvent>,
}

/// The gate's end.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    state: Mutex<State>,
    more: Notify,
}

impl EventQueue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn online(&self, workplace: &WorkplaceId, session: u64, at_ms: i64) {
        self.change(workplace, Now::Online { session, at_ms });
    }

    pub(super) fn offline(
        &self,
        workplace: &WorkplaceId,
        session: u64,
        at_ms: i64,
        reason: &'static str,
    ) {
        self.change(
            workplace,
            Now::Offline {
                session,
                at_ms,
                reason,
            },
        );
    }

    fn change(&self, workplace: &WorkplaceId, now: Now) {
        let mut state = self.state();
        let state = &mut *state;
        let presence = state.presence.entry(workplace.clone()).or_insert(Presence {
            told: None,
            now,
            queued: false,
        });
        presence.now = now;
        if !presence.queued {
            presence.queued = true;
            state.changed.push_back(workplace.clone());
        }
        self.more.notify_one();
    }

    /// Whether the news found room.
    pub(super) fn tell(&self, event: GateEvent) -> bool {
        let mut state = self.state();
        let room = state.news.len() < NEWS_MAX;
        if room {
            state.news.push_back(event);
            self.more.notify_one();
        }
        room
    }

    fn pop(&self) -> Option<GateEvent> {
        let mut state = self.state();
        while let Some(workplace) = state.changed.pop_front() {
            let Some(presence) = state.presence.get_mut(&workplace) else {
                continue;
            };
            presence.queued = false;
            match presence.now {
                Now::Online { session, at_ms } => {
                    if presence.told.replace(session) != Some(session) {
                        return Some(GateEvent::Online {
                            workplace,
                            session,
                            at_ms,
                        });
                    }
                }
                Now::Offline {
                    session,
                    at_ms,
                    reason,
                } => {
                    let told = presence.told;
                    state.presence.remove(&workplace);
                    // Came and went before anyone looked: there is nothing to take back.
                    if told.is_some() {
                        return Some(GateEvent::Offline {
                            workplace,
                            session,
                            at_ms,
                            reason,
                        });
                    }
                }
            }
        }
        state.news.pop_front()
    }
}

/// The host's end.
#[derive(Debug)]
pub struct GateEvents(pub(super) Arc<EventQueue>);

impl GateEvents {
    /// The next event, presence first; waits while there is none. Safe to drop while it waits.
    pub async fn recv(&mut self) -> GateEvent {
        loop {
            if let Some(event) = self.0.pop() {
                return event;
            }
            self.0.more.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presence_is_the_state_of_now_and_news_are_bounded() {
        let queue = EventQueue::default();
        let shop: WorkplaceId = "s1-1".parse().unwrap();
        for session in 1..=10 {
            queue.online(&shop, session, 5);
        }
        for _ in 0..NEWS_MAX {
            assert!(queue.tell(GateEvent::Clone {
                workplace: shop.clone(),
                at_ms: 1
            }));
        }
        assert!(!queue.tell(GateEvent::Clone {
            workplace: shop.clone(),
            at_ms: 1
        }));
        assert!(matches!(
            queue.pop(),
            Some(GateEvent::Online { session: 10, .. })
        ));
        queue.offline(&shop, 10, 6, "lost");
        assert!(matches!(
            queue.pop(),
            Some(GateEvent::Offline {
                session: 10,
                reason: "lost",
                ..
            })
        ));
        assert!(matches!(queue.pop(), Some(GateEvent::Clone { .. })));
        queue.online(&shop, 11, 7);
        queue.offline(&shop, 11, 8, "lost");
        assert!(
            matches!(queue.pop(), Some(GateEvent::Clone { .. })),
            "nobody saw it come"
        );
        assert!(queue.state().presence.is_empty());
    }
}
