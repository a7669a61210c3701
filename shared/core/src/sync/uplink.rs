//! What a workplace sends next: a cursor over its journal, moved by time and by the centre's acks.

use std::collections::{BTreeMap, VecDeque};

use crate::epoch::Mark;
use crate::health::Alarm;
use crate::ids::{Epoch, Hash, Seq};
#[cfg(feature = "planted")]
use crate::planted;
use crate::sync::message::{Ack, Verdict};
use crate::time::Timestamp;

/// Batches in flight at most.
pub const FLIGHTS_MAX: usize = 4;
/// Entries of one batch at most.
pub const BATCH_ENTRIES_MAX: u64 = 500;
/// Bytes of entries in one batch at most: fits the message limit even if nothing compresses.
pub const BATCH_BYTES_MAX: u64 = 180 * 1024;
/// Bytes of entries that close a batch at once (about 64 KiB compressed).
const CLOSE_BYTES: u64 = 160 * 1024;
/// A batch closes this long after its first entry while the link is idle.
const CLOSE_IDLE_MS: i64 = 200;
/// A batch closes this long after its first entry while others are unacknowledged.
const CLOSE_BUSY_MS: i64 = 2_000;
/// No progress for this long: send again once, then connect anew.
const ACK_TIMEOUT_MS: i64 = 30_000;
/// A refused batch is tried again after this.
const REFUSED_RETRY_MS: i64 = 300_000;
/// Bytes in flight before the centre says otherwise.
const CREDIT_START: u64 = 1 << 20;

/// A batch to build: read from `first`, at most to `last`, within [`BATCH_BYTES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Which chain.
    pub epoch: Epoch,
    /// First entry.
    pub first: Seq,
    /// Last entry it may hold.
    pub last: Seq,
}

/// What the host has to do after an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The watermark moved: remember it.
    Acked(Mark),
    /// The centre was restored: entries after this mark are sent again.
    Rewound(Mark),
    /// The centre holds more than this disk: open an epoch with this parent.
    OpenEpoch(Mark),
    /// Tell the desk.
    Raise(Alarm),
    /// Close the connection and come back.
    Reconnect(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Flight {
    epoch: Epoch,
    last: Seq,
    bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Down,
    /// Hello is sent; nothing else goes before the centre told its watermark.
    Greeting {
        since: Timestamp,
    },
    Live,
    /// A batch was refused: slow retry.
    Refused {
        retry_at: Timestamp,
    },
}

/// The sending side of one workplace. Times are of its monotonic clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uplink {
    heads: BTreeMap<Epoch, Seq>,
    acked: Mark,
    incarnation: u32,
    cursor: (Epoch, Seq),
    flights: VecDeque<Flight>,
    phase: Phase,
    credit: u64,
    pending_since: Option<Timestamp>,
    pending_bytes: u64,
    progress_at: Timestamp,
    resent: bool,
}

impl Uplink {
    /// The machine of a journal with these durable heads, as far as `acked` is known.
    #[must_use]
    pub fn new(heads: BTreeMap<Epoch, Seq>, acked: Mark, incarnation: u32) -> Self {
        let mut uplink = Self {
            heads,
            acked,
            incarnation,
            cursor: (Epoch(0), Seq(1)),
            flights: VecDeque::new(),
            phase: Phase::Down,
            credit: CREDIT_START,
            pending_since: None,
            pending_bytes: 0,
            progress_at: Timestamp(0),
            resent: false,
        };
        uplink.rewind();
        uplink
    }

    /// The newest entry the centre is known to hold.
    #[must_use]
    pub fn acked(&self) -> Mark {
        self.acked
    }

    /// The centre's life that the mark belongs to.
    #[must_use]
    pub fn incarnation(&self) -> u32 {
        self.incarnation
    }

    /// The first entry not acknowledged, if there is one.
    #[must_use]
    pub fn oldest_unsent(&self) -> Option<(Epoch, Seq)> {
        self.after((self.acked.epoch, self.acked.seq))
    }

    /// Somebody waits for an entry that became durable: its batch closes at once.
    pub fn hurry(&mut self) {
        if self.pending().is_some() {
            self.pending_since = Some(Timestamp(i64::MIN));
        }
    }

    /// An entry of `bytes` became durable.
    pub fn appended(&mut self, epoch: Epoch, seq: Seq, bytes: u64, now: Timestamp) {
        let fresh = self.pending().is_none();
        let head = self.heads.entry(epoch).or_default();
        *head = (*head).max(seq);
        if fresh {
            self.pending_since = Some(now);
            self.pending_bytes = 0;
        }
        self.pending_bytes = self.pending_bytes.saturating_add(bytes);
        self.cursor = self.normal(self.cursor);
    }

    /// The connection stands and hello was sent.
    pub fn connected(&mut self, now: Timestamp) {
        self.phase = Phase::Greeting { since: now };
        self.resent = false;
        self.progress_at = now;
        self.rewind();
    }

    /// The connection is gone.
    pub fn disconnected(&mut self) {
        self.phase = Phase::Down;
        self.rewind();
    }

    /// The next batch to build, if one is due now.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Option<Plan> {
        let may_send = match self.phase {
            Phase::Live => true,
            Phase::Refused { retry_at } => now >= retry_at && self.flights.is_empty(),
            Phase::Down | Phase::Greeting { .. } => false,
        };
        if !may_send || !self.has_room() {
            return None;
        }
        let (epoch, first, head) = self.pending()?;
        let count = head.0.saturating_sub(first.0).saturating_add(1);
        let full = count >= BATCH_ENTRIES_MAX || self.pending_bytes >= CLOSE_BYTES;
        let sealed = self.heads.range(epoch..).nth(1).is_some();
        let due = self.close_at().is_none_or(|at| now >= at);
        if !(full || sealed || due) {
            return None;
        }
        let most = first.0.saturating_add(BATCH_ENTRIES_MAX).saturating_sub(1);
        Some(Plan {
            epoch,
            first,
            last: Seq(head.0.min(most)),
        })
    }

    /// Whether the centre takes another batch before it acknowledges one.
    fn has_room(&self) -> bool {
        let in_flight = self
            .flights
            .iter()
            .fold(0_u64, |sum, f| sum.saturating_add(f.bytes));
        self.flights.len() < FLIGHTS_MAX && in_flight < self.credit
    }

    /// The planned batch was sent with entries up to `last`, `bytes` long in all.
    pub fn sent(&mut self, plan: &Plan, last: Seq, bytes: u64, now: Timestamp) {
        if self.flights.is_empty() {
            self.progress_at = now;
        }
        self.flights.push_back(Flight {
            epoch: plan.epoch,
            last,
            bytes,
        });
        self.cursor = self.normal((plan.epoch, last.next()));
        self.pending_bytes = self.pending_bytes.saturating_sub(bytes);
        self.pending_since = self.pending().map(|_| now);
        if self.pending_since.is_none() {
            self.pending_bytes = 0;
        }
    }

    /// An ack came whose signature was checked; `hash_at` reads the own journal.
    pub fn ack(
        &mut self,
        ack: &Ack,
        now: Timestamp,
        hash_at: impl Fn(Epoch, Seq) -> Option<Hash>,
    ) -> Vec<Action> {
        let earlier = ack.incarnation < self.incarnation;
        #[cfg(feature = "planted")]
        let earlier = earlier && !planted::is(planted::Bug::EarlierLifeBelieved);
        if earlier {
            return Vec::new();
        }
        let restored = ack.incarnation > self.incarnation && self.incarnation != 0;
        #[cfg(feature = "planted")]
        let restored = restored && !planted::is(planted::Bug::RewindIgnored);
        self.credit = ack.credit;
        let greeting = matches!(self.phase, Phase::Greeting { .. });
        match ack.verdict {
            Verdict::Refused => {
                let retry_at = now.plus_ms(REFUSED_RETRY_MS);
                self.phase = Phase::Refused { retry_at };
                self.rewind();
                return vec![Action::Raise(Alarm::Refused)];
            }
            Verdict::Ahead if hash_at(ack.mark.epoch, ack.mark.seq) != Some(ack.mark.hash) => {
                return self.ahead(ack);
            }
            Verdict::Ahead | Verdict::Ok | Verdict::Resume | Verdict::Held | Verdict::Other(_) => {}
        }
        if self.phase != Phase::Down {
            self.phase = Phase::Live;
        }
        let known_here = self.heads.contains_key(&ack.mark.epoch) && ack.mark.seq.0 > 0;
        if known_here {
            match hash_at(ack.mark.epoch, ack.mark.seq) {
                // What the disk lost was left behind with its epoch: the newer one goes on from here.
                None if self.heads.keys().next_back() > Some(&ack.mark.epoch) => {}
                None if self.heads.get(&ack.mark.epoch) < Some(&ack.mark.seq) => {
                    return self.ahead(ack);
                }
                // Pruned since: an old ack that comes late says nothing new.
                None => {}
                Some(hash) if hash != ack.mark.hash => return self.apart(ack, restored, now),
                Some(_) => {}
            }
        }
        // A new life counts from the first mark that is taken: a refusal before it moves nothing back.
        self.incarnation = ack.incarnation;
        let mut actions = self.moved_to(ack.mark, restored, now);
        if ack.verdict == Verdict::Resume || greeting {
            self.rewind();
        }
        if ack.verdict == Verdict::Held {
            actions.push(Action::Raise(Alarm::Held));
        }
        actions
    }

    /// Time passed: what must be done about a silent centre.
    pub fn tick(&mut self, now: Timestamp) -> Option<Action> {
        match self.phase {
            Phase::Greeting { since } if now.since_ms(since) >= ACK_TIMEOUT_MS => {
                Some(Action::Reconnect("no answer to hello"))
            }
            Phase::Live if !self.flights.is_empty() => {
                if now.since_ms(self.progress_at) < ACK_TIMEOUT_MS {
                    return None;
                }
                if self.resent {
                    return Some(Action::Reconnect("no ack for what was sent twice"));
                }
                self.resent = true;
                self.progress_at = now;
                self.rewind();
                None
            }
            Phase::Down | Phase::Greeting { .. } | Phase::Live | Phase::Refused { .. } => None,
        }
    }

    /// When the host must call again even if nothing happens.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Down => None,
            Phase::Greeting { since } => Some(since.plus_ms(ACK_TIMEOUT_MS)),
            Phase::Refused { retry_at } => Some(retry_at),
            Phase::Live => {
                let close = self
                    .pending()
                    .filter(|_| self.has_room())
                    .and_then(|_| self.close_at());
                let timeout =
                    (!self.flights.is_empty()).then(|| self.progress_at.plus_ms(ACK_TIMEOUT_MS));
                close.into_iter().chain(timeout).min()
            }
        }
    }

    fn close_at(&self) -> Option<Timestamp> {
        let wait = if self.flights.is_empty() {
            CLOSE_IDLE_MS
        } else {
            CLOSE_BUSY_MS
        };
        self.pending_since.map(|since| since.plus_ms(wait))
    }

    fn moved_to(&mut self, mark: Mark, restored: bool, now: Timestamp) -> Vec<Action> {
        let (held, told) = ((self.acked.epoch, self.acked.seq), (mark.epoch, mark.seq));
        if told > held {
            self.acked = mark;
            self.flights
                .retain(|flight| (flight.epoch, flight.last) > told);
            self.cursor = self.normal(self.cursor.max((mark.epoch, mark.seq.next())));
            self.progress_at = now;
            self.resent = false;
            vec![Action::Acked(mark)]
        } else if told < held && restored {
            self.acked = mark;
            self.rewind();
            vec![Action::Rewound(mark)]
        } else {
            Vec::new()
        }
    }

    /// The centre holds another entry at a place of ours. What it held behind it before it was
    /// restored is sent again, to be kept apart.
    fn apart(&mut self, ack: &Ack, restored: bool, now: Timestamp) -> Vec<Action> {
        let (held, told) = (self.acked, ack.mark);
        let lost = restored && (told.epoch, told.seq) < (held.epoch, held.seq);
        let mut actions = Vec::new();
        if lost {
            self.incarnation = ack.incarnation;
            actions = self.moved_to(told, restored, now);
        }
        actions.push(Action::Raise(Alarm::Held));
        actions
    }

    fn ahead(&mut self, ack: &Ack) -> Vec<Action> {
        self.rewind();
        vec![
            Action::Raise(Alarm::BehindCentre),
            Action::OpenEpoch(ack.mark),
        ]
    }

    fn rewind(&mut self) {
        self.flights.clear();
        self.cursor = self.normal((self.acked.epoch, self.acked.seq.next()));
        self.pending_since = None;
        self.pending_bytes = 0;
    }

    fn pending(&self) -> Option<(Epoch, Seq, Seq)> {
        let (epoch, first) = self.cursor;
        let head = *self.heads.get(&epoch)?;
        (first <= head).then_some((epoch, first, head))
    }

    /// Moves a cursor that stands behind the head of its epoch to the start of the next one.
    fn normal(&self, (epoch, seq): (Epoch, Seq)) -> (Epoch, Seq) {
        self.after((epoch, Seq(seq.0.saturating_sub(1))))
            .unwrap_or((epoch, seq))
    }

    fn after(&self, (epoch, seq): (Epoch, Seq)) -> Option<(Epoch, Seq)> {
        if self.heads.get(&epoch).is_some_and(|head| *head > seq) {
            return Some((epoch, seq.next()));
        }
        let above = Epoch(epoch.0.saturating_add(1));
        self.heads
            .range(above..)
            .find(|(_, head)| head.0 > 0)
            .map(|(next, _)| (*next, Seq(1)))
    }
}

#[cfg(test)]
mod tests;
