//! What the centre makes of a batch: accept, again, resume, hold. Pure; the host stores and acks.

use std::collections::BTreeMap;

use crate::coded_enum;
use crate::epoch::{Genesis, Mark, Reason};
use crate::ids::{Epoch, Hash, Seq};

coded_enum! {
    /// Why a chain is kept apart.
    pub enum HoldReason {
        /// The entry after the watermark does not name the hash the centre has there.
        ChainBreak = 1 => "chain-break",
        /// An older epoch goes on behind the point where a newer one took over.
        OldEpoch = 2 => "old-epoch",
        /// The epoch's parent is not the centre's watermark.
        Parent = 3 => "parent",
        /// The first entry of the epoch is no genesis.
        NoGenesis = 4 => "no-genesis",
        /// It came after its machine was retired.
        Retired = 5 => "retired",
    }
}

/// A batch after its signature and its inner chain were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Which chain.
    pub epoch: Epoch,
    /// Place of the first entry.
    pub first: Seq,
    /// Hash of the entry before the first.
    pub prev: Hash,
    /// Hashes of the entries in order; never empty.
    pub hashes: Vec<Hash>,
    /// The genesis, where the batch starts an epoch with one.
    pub genesis: Option<Genesis>,
}

impl Offer {
    /// Place and hash of the last entry.
    #[must_use]
    pub fn last(&self) -> Mark {
        let more = u64::try_from(self.hashes.len())
            .unwrap_or(u64::MAX)
            .saturating_sub(1);
        Mark {
            epoch: self.epoch,
            seq: Seq(self.first.0.saturating_add(more)),
            hash: self.hashes.last().copied().unwrap_or_default(),
        }
    }

    fn hash_of(&self, seq: Seq) -> Option<Hash> {
        let at = usize::try_from(seq.0.checked_sub(self.first.0)?).ok()?;
        self.hashes.get(at).copied()
    }
}

/// What to do with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Store it; the first `skip` entries are held already.
    Accept {
        /// Entries at the start that repeat what is held.
        skip: usize,
    },
    /// Everything in it is held already.
    Repeat,
    /// Entries between the watermark and this batch are missing.
    Gap,
    /// Store it as a chain of its own.
    Hold(HoldReason),
}

/// A chain that does not join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Held {
    /// Its newest entry.
    #[n(0)]
    pub head: Mark,
    /// Why it is kept apart.
    #[n(1)]
    pub reason: HoldReason,
}

/// The centre's knowledge of the chains of one workplace.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Chains {
    /// The watermark: everything up to here is durable and folded.
    #[n(0)]
    pub head: Mark,
    /// Where earlier epochs ended.
    #[n(1)]
    pub ended: BTreeMap<Epoch, Mark>,
    /// Chains kept apart.
    #[n(2)]
    pub held: Vec<Held>,
    /// Whether the newest epoch began after damage.
    #[n(3)]
    pub damaged: bool,
}

impl Chains {
    /// Judges a batch. Total: content is never a reason to refuse it.
    #[must_use]
    pub fn judge(&self, offer: &Offer) -> Judgement {
        // Two machines of one name: each chain goes on by its own hashes.
        if self.joins_head(offer) {
            return Self::go_on(self.head, offer, HoldReason::ChainBreak);
        }
        if let Some(held) = self.held_of(offer.epoch) {
            let judgement = Self::go_on(held.head, offer, held.reason);
            if matches!(judgement, Judgement::Accept { .. }) || !self.is_repeat(offer) {
                return judgement;
            }
        }
        if offer.epoch > self.head.epoch {
            return self.judge_new_epoch(offer);
        }
        if offer.epoch < self.head.epoch {
            return if self.is_repeat(offer) {
                Judgement::Repeat
            } else {
                Judgement::Hold(HoldReason::OldEpoch)
            };
        }
        Self::go_on(self.head, offer, HoldReason::ChainBreak)
    }

    /// Judges a batch of a machine that was retired: what is new in it is kept apart, whole.
    #[must_use]
    pub fn judge_tail(&self, offer: &Offer) -> Judgement {
        match Self::go_on(self.end_of(offer.epoch), offer, HoldReason::Retired) {
            Judgement::Accept { .. } => Judgement::Hold(HoldReason::Retired),
            other @ (Judgement::Repeat | Judgement::Gap | Judgement::Hold(_)) => other,
        }
    }

    /// The place on the accepted chain that a new epoch goes back to after damage: what stood behind
    /// it is lost in the shop and not here. The host looks whether that is the entry it holds there.
    #[must_use]
    pub fn parent_to_prove(&self, offer: &Offer) -> Option<Mark> {
        let genesis = offer.genesis.as_ref()?;
        let parent = genesis.parent?;
        let goes_back = genesis.reason == Reason::Damaged
            && offer.epoch > self.head.epoch
            && self.held_of(offer.epoch).is_none()
            && parent.epoch == self.head.epoch
            && parent.seq < self.head.seq;
        goes_back.then_some(parent)
    }

    /// Judges a batch whose parent, where [`Chains::parent_to_prove`] names one, was found.
    #[must_use]
    pub fn judge_proved(&self, offer: &Offer) -> Judgement {
        match self.parent_to_prove(offer) {
            Some(_) => Judgement::Accept { skip: 0 },
            None => self.judge(offer),
        }
    }

    /// Judges a stored batch again by the rule that judged it first: `held` is what was stored of
    /// the verdict.
    #[must_use]
    pub fn judge_again(&self, offer: &Offer, held: bool) -> Judgement {
        if !held {
            return self.judge_proved(offer);
        }
        let judgement = self.judge(offer);
        let joined = matches!(judgement, Judgement::Accept { .. }) && !self.goes_apart(offer);
        if joined {
            Judgement::Hold(HoldReason::Retired)
        } else {
            judgement
        }
    }

    /// Where an epoch ends for the centre: its held chain, its end, the watermark, or before entry 1.
    #[must_use]
    pub fn end_of(&self, epoch: Epoch) -> Mark {
        let held = self.held_of(epoch).map(|held| held.head);
        let ended = || self.ended.get(&epoch).copied();
        let head = || (self.head.epoch == epoch).then_some(self.head);
        held.or_else(ended).or_else(head).unwrap_or(Mark {
            epoch,
            ..Mark::default()
        })
    }

    fn held_of(&self, epoch: Epoch) -> Option<&Held> {
        self.held.iter().find(|held| held.head.epoch == epoch)
    }

    /// Whether the batch goes on from the watermark inside its epoch.
    fn joins_head(&self, offer: &Offer) -> bool {
        let judge = || Self::go_on(self.head, offer, HoldReason::ChainBreak);
        offer.epoch == self.head.epoch && matches!(judge(), Judgement::Accept { .. })
    }

    /// Whether an accepted batch goes on a chain that is kept apart.
    #[must_use]
    pub fn goes_apart(&self, offer: &Offer) -> bool {
        self.held_of(offer.epoch).is_some() && !self.joins_head(offer)
    }

    fn go_on(head: Mark, offer: &Offer, reason: HoldReason) -> Judgement {
        let last = offer.last().seq;
        if offer.first > head.seq.next() {
            #[cfg(feature = "planted")]
            if crate::planted::is(crate::planted::Bug::GapAccepted) {
                return Judgement::Accept { skip: 0 };
            }
            return Judgement::Gap;
        }
        if last <= head.seq {
            let differs = last == head.seq && offer.last().hash != head.hash;
            return if differs {
                Judgement::Hold(reason)
            } else {
                Judgement::Repeat
            };
        }
        let joins = if offer.first == head.seq.next() {
            offer.prev == head.hash
        } else {
            offer.hash_of(head.seq) == Some(head.hash)
        };
        if !joins {
            return Judgement::Hold(reason);
        }
        let skip = head.seq.next().0.saturating_sub(offer.first.0);
        Judgement::Accept {
            skip: usize::try_from(skip).unwrap_or(usize::MAX),
        }
    }

    fn judge_new_epoch(&self, offer: &Offer) -> Judgement {
        if offer.first != Seq(1) {
            return Judgement::Gap;
        }
        let Some(genesis) = &offer.genesis else {
            return Judgement::Hold(HoldReason::NoGenesis);
        };
        let expected = (self.head.epoch.0 != 0).then_some(self.head);
        if genesis.parent == expected {
            Judgement::Accept { skip: 0 }
        } else {
            Judgement::Hold(HoldReason::Parent)
        }
    }

    fn is_repeat(&self, offer: &Offer) -> bool {
        let last = offer.last();
        let ended = match self.ended.get(&offer.epoch) {
            Some(ended) => *ended,
            None if self.head.epoch == offer.epoch => self.head,
            None => return false,
        };
        last.seq < ended.seq || (last.seq == ended.seq && last.hash == ended.hash)
    }

    /// The batch is durable: moves the watermark or the held chain.
    pub fn stored(&mut self, offer: &Offer, judgement: Judgement) {
        let last = offer.last();
        match judgement {
            Judgement::Accept { .. } => {
                let is_of_head = self.joins_head(offer);
                let mut held = self.held.iter_mut();
                if let Some(held) = held.find(|h| h.head.epoch == offer.epoch && !is_of_head) {
                    held.head = last;
                    return;
                }
                if last.epoch > self.head.epoch && self.head.epoch.0 != 0 {
                    self.ended.insert(self.head.epoch, self.head);
                }
                if let Some(genesis) = &offer.genesis {
                    self.damaged = genesis.reason == Reason::Damaged;
                }
                self.head = last;
            }
            Judgement::Hold(reason) => {
                match self.held.iter_mut().find(|h| h.head.epoch == offer.epoch) {
                    Some(held) => held.head = last,
                    None => self.held.push(Held { head: last, reason }),
                }
            }
            Judgement::Repeat | Judgement::Gap => {}
        }
    }

    /// The mark to acknowledge after a batch: of the chain it belongs to.
    #[must_use]
    pub fn mark_of(&self, offer: &Offer) -> Mark {
        if offer.last() == self.head {
            self.head
        } else {
            self.mark_for(offer.epoch)
        }
    }

    /// The mark to acknowledge after a batch, of a retired machine or not.
    #[must_use]
    pub fn answer_to(&self, offer: &Offer, tail: bool) -> Mark {
        if tail {
            self.end_of(offer.epoch)
        } else {
            self.mark_of(offer)
        }
    }

    /// The mark to acknowledge for an epoch: of its held chain, or the watermark.
    #[must_use]
    pub fn mark_for(&self, epoch: Epoch) -> Mark {
        self.held
            .iter()
            .find(|held| held.head.epoch == epoch)
            .map_or(self.head, |held| held.head)
    }
}

#[cfg(test)]
mod tests;
