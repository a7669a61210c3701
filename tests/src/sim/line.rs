//! The line of a simulated shop: the real uplink machine in a shell like the agent's link.

use storefleet_agent::journal::JournalReader;
use storefleet_agent::link::speech::Speaker;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, Seq};
use storefleet_core::sync::message::{Ack, Verdict};
use storefleet_core::sync::uplink::{Action, Uplink};
use storefleet_core::time::Timestamp;
use storefleet_wire::keys::TrustStore;

use crate::sim::coverage::{Coverage, Met};
use crate::sim::disk::SimRooms;
use crate::sim::shop::Shop;

/// One connection of a shop.
pub struct Line {
    pub uplink: Uplink,
    journal: JournalReader<SimRooms>,
    seen: (Mark, u64),
    /// Number of the connection.
    pub number: u64,
    /// Monotonic time of its start.
    pub since: u64,
    sent_up_to: (Epoch, Seq),
    /// Newest life of the centre whose mark was taken.
    pub heard: u32,
}

/// Why a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hangup {
    /// The shop went on in a new epoch.
    NewEpoch,
    /// The machine asks for it.
    Silent,
    /// The journal cannot be read where the line stands.
    Unreadable,
}

impl Shop {
    fn now(&self, now: i64) -> Timestamp {
        Timestamp(i64::try_from(self.monotonic(now)).expect("a small number"))
    }

    fn speaker(&self) -> Speaker<'_> {
        Speaker {
            workplace: &self.id,
            version: "sim",
            session: self.session,
            key: &self.key,
            key_list: 1,
        }
    }

    /// Opens a line and says hello.
    pub fn connect(&mut self, number: u64, now: i64) -> Vec<u8> {
        let journal = self.store().journal().expect("it was opened");
        let cursor = self.db.cursor;
        let mut uplink = Uplink::new(journal.heads(), cursor.acked, cursor.incarnation);
        let head = self.store().durable();
        let echo = self.monotonic(now);
        let hello = self.speaker().hello(head, &uplink, echo, self.wall(now));
        uplink.connected(self.now(now));
        self.line = Some(Line {
            uplink,
            journal,
            seen: (head, self.store().bytes()),
            number,
            since: echo,
            sent_up_to: (Epoch(0), Seq(0)),
            heard: 0,
        });
        hello
    }

    /// The line ends; the cursor is kept.
    pub fn hang_up(&mut self, now: i64) {
        if let Some(line) = self.line.take() {
            let lived = self.monotonic(now).saturating_sub(line.since);
            self.db.cursor.acked = line.uplink.acked();
            self.db.cursor.incarnation = line.uplink.incarnation();
            self.db.cursor.failures = if lived >= 60_000 {
                0
            } else {
                self.db.cursor.failures + 1
            };
        }
    }

    /// Something became durable.
    ///
    /// # Errors
    /// When the line must end.
    pub fn note_progress(&mut self, now: i64) -> Result<(), Hangup> {
        let at = self.now(now);
        let (head, bytes) = (self.store().durable(), self.store().bytes());
        let Some(line) = &mut self.line else {
            return Ok(());
        };
        if head.epoch != line.seen.0.epoch {
            return Err(Hangup::NewEpoch);
        }
        if head != line.seen.0 {
            let more = bytes.saturating_sub(line.seen.1);
            line.uplink.appended(head.epoch, head.seq, more, at);
            line.seen = (head, bytes);
        }
        Ok(())
    }

    /// The line's thread runs once more while the store's thread ends.
    pub fn last_gasp(&mut self, now: i64, met: &mut Coverage) -> Vec<Vec<u8>> {
        let at = self.now(now);
        let Some(line) = &mut self.line else {
            return Vec::new();
        };
        for (epoch, head) in line.journal.heads() {
            line.uplink.appended(epoch, head, 1 << 20, at);
        }
        self.send_due(now, met).unwrap_or_default()
    }

    /// Batches that are due, signed.
    ///
    /// # Errors
    /// When the line must end.
    pub fn send_due(&mut self, now: i64, met: &mut Coverage) -> Result<Vec<Vec<u8>>, Hangup> {
        let at = self.now(now);
        let mut out = Vec::new();
        let Some(mut line) = self.line.take() else {
            return Ok(out);
        };
        while let Some(plan) = line.uplink.next(at) {
            let batch = match self.speaker().batch(&line.journal, &plan) {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(error) => {
                    self.unreadable = Some(format!("{plan:?}: {error:#}"));
                    self.line = Some(line);
                    return Err(Hangup::Unreadable);
                }
            };
            if (plan.epoch, plan.first) <= line.sent_up_to {
                met.met(Met::Resent);
            }
            line.sent_up_to = line.sent_up_to.max((plan.epoch, batch.last));
            line.uplink.sent(&plan, batch.last, batch.entry_bytes, at);
            out.push(batch.message);
        }
        self.line = Some(line);
        Ok(out)
    }

    /// An ack came down the line: what has to be done, if it is believed.
    pub fn hear(
        &mut self,
        trust: &TrustStore,
        payload: &[u8],
        now: i64,
    ) -> Option<(Ack, Vec<Action>)> {
        let ack = self.speaker().read_ack(trust, payload, self.wall(now));
        let (ack, at) = (ack.ok()?, self.now(now));
        let line = self.line.as_mut()?;
        let journal = &line.journal;
        let hash_at = |epoch, seq| journal.hash_at(epoch, seq);
        let actions = line.uplink.ack(&ack, at, hash_at);
        if ack.verdict != Verdict::Refused {
            line.heard = line.heard.max(ack.incarnation);
        }
        Some((ack, actions))
    }

    /// True time at which the line wants to be asked again.
    #[must_use]
    pub fn wake_at(&self, now: i64) -> Option<i64> {
        let line = self.line.as_ref()?;
        let deadline = line.uplink.next_deadline()?;
        let left = deadline.0 - self.now(now).0;
        Some(now + left.max(1))
    }

    /// Whether the centre must do something about a silent centre.
    pub fn tick(&mut self, now: i64) -> bool {
        let at = self.now(now);
        let action = self.line.as_mut().and_then(|line| line.uplink.tick(at));
        matches!(action, Some(Action::Reconnect(_)))
    }

    /// Whether everything durable is acknowledged.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        let line = self.line.as_ref();
        line.is_some_and(|line| line.uplink.oldest_unsent().is_none())
    }
}
