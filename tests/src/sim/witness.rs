//! What is seen of a shop as it runs: its answers, epochs and recoveries, each checked at once.

use storefleet_agent::journal::rebuild::Checkpoint;
use storefleet_agent::store_loop::Recovery;
use storefleet_core::entry;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::Seq;
use storefleet_core::request::Answer;
use storefleet_core::workplace::decide::{Asked, Refusal};
use storefleet_journal::ReadError;

use crate::sim::checks::{Checked, violated};
use crate::sim::coverage::{Coverage, Met};
use crate::sim::shop::Shop;

impl Shop {
    pub(super) fn note_start(
        &self,
        recovery: &Recovery,
        checkpoints: &[Checkpoint],
        met: &mut Coverage,
    ) {
        if recovery.torn_bytes > 0 {
            met.met(Met::TornTail);
        }
        if recovery.damage.is_some() {
            met.met(Met::DamageEpoch);
            return;
        }
        if self.rooms.segments().len() > 1 {
            met.met(Met::Rotated);
        }
        let journal = self.store().journal().expect("it was opened");
        let of_head = |mark: &Mark| mark.epoch == self.store().state().head.epoch;
        let counts =
            |mark: Mark| of_head(&mark) && journal.hash_at(mark.epoch, mark.seq) == Some(mark.hash);
        if checkpoints.iter().any(|it| counts(it.head)) {
            met.met(Met::CheckpointUsed);
        } else if self.store().state().brought_on.is_some() {
            met.met(Met::BroughtForwardStart);
        }
        if checkpoints.first().is_some_and(|it| !counts(it.head)) {
            met.met(Met::CheckpointRefused);
        }
    }

    pub(super) fn answer(
        &mut self,
        asked: &Asked,
        answer: Result<Answer, Refusal>,
        now: i64,
        met: &mut Coverage,
    ) -> Checked {
        let Some(done) = self.client.answered(&asked.key.key) else {
            match &answer {
                Ok(answer) => self.client.note(asked, answer, now),
                Err(refusal) => {
                    if matches!(refusal, Refusal::OriginUnknown(_)) {
                        met.met(Met::OriginGone);
                    }
                    self.client.give_up(asked);
                }
            }
            return Ok(());
        };
        if done.lost {
            // The shop said that it lost it; what the till makes of the repeat is new to it.
            return Ok(());
        }
        let (head, fate) = (self.store().state().head, self.fate);
        let told = || {
            let key = &asked.key.key;
            format!(
                "{} at {head:?}, {fate:?}: key {key} got {answer:?}",
                self.id
            )
        };
        if done.asked.key.hash != asked.key.hash {
            met.met(Met::KeyReuseRefused);
            if !matches!(answer, Err(Refusal::KeyReused)) {
                return violated("a key with another body is always refused", told());
            }
        } else {
            met.met(Met::RepeatAnswered);
            if answer.as_ref() != Ok(&done.answer) {
                let told = format!("{} instead of {:?}", told(), done.answer);
                return violated("a repeat gets the first answer", told);
            }
        }
        Ok(())
    }

    /// Remembers which chain an epoch number stands for.
    ///
    /// # Errors
    /// When it stood for another.
    pub fn note_epoch(&mut self) -> Checked {
        let epoch = self.store().state().head.epoch;
        let journal = self.store().journal().expect("it was opened");
        let Some(genesis) = journal.hash_at(epoch, Seq(1)) else {
            return Ok(());
        };
        let known = *self.geneses.entry(epoch).or_insert(genesis);
        // A lying disk may lose a whole epoch before anybody saw it.
        if known != genesis && !self.fate.lied && !self.fate.cloned {
            let told = format!("{} epoch {epoch}: {known} and {genesis}", self.id);
            return violated("an epoch number is never used twice", told);
        }
        Ok(())
    }

    pub(super) fn note_written(&mut self, now: i64) {
        let head = self.store().state().head;
        let rows = self.written_at.entry(head.epoch).or_default();
        if rows.last().is_none_or(|(seq, _)| *seq < head.seq.0) {
            rows.push((head.seq.0, now));
        }
    }

    /// Damage is what a disk did, never what the program left.
    ///
    /// # Errors
    /// When nothing ever happened to the disk.
    pub(super) fn note_damage(&self) -> Checked {
        if self.fate.rotten || self.fate.lied {
            return Ok(());
        }
        let told = format!("{} at {:?}", self.id, self.store().state().head);
        violated("only a disk that rots or lies is damaged", told)
    }

    /// Everything answered must be on the disk after a start, unless the disk is to blame.
    pub(super) fn look_for_answers(&mut self, is_damaged: bool) -> Checked {
        let journal = self.store().journal().expect("it was opened");
        if self.rooms.power_is_off() {
            // Power went while the older epochs were opened: what cannot be read now is looked at after it.
            return Ok(());
        }
        // What a crash found while a damaged epoch was left is found at the next start.
        let lied = std::mem::take(&mut self.lossy) || (is_damaged && self.fate.lied);
        let rotten_in = self.rotten_in;
        let is_sound = |mark: Mark| !lied && rotten_in.is_none_or(|rotten| mark.epoch > rotten);
        let from = if lied || rotten_in.is_some() {
            0
        } else {
            self.verified
        };
        self.verified = self.client.done.len();
        for done in self.client.done.iter_mut().skip(from) {
            let mark = done.answer.mark;
            let found = match journal.entry(mark.epoch, mark.seq) {
                Ok(bytes) => bytes.is_some_and(|bytes| entry::hash(&bytes) == mark.hash),
                Err(ReadError::Pruned { .. }) => true,
                Err(_) => false,
            };
            if !found && !done.lost {
                if is_sound(mark) {
                    let told = format!(
                        "{}: {mark:?} of {}, {:?}, rotten in {rotten_in:?}, holds {:?}, lost {:?}",
                        self.id,
                        done.asked.key.key,
                        self.fate,
                        journal.heads(),
                        journal.lost(),
                    );
                    return violated("an answer outlives a crash", told);
                }
                done.lost = true;
            }
        }
        Ok(())
    }
}
