//! What comes up becomes durable, and only then is acknowledged: verify, judge, store, commit, ack.

use std::collections::BTreeMap;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use storefleet_core::epoch::Mark;
use storefleet_core::health::Alarm;
use storefleet_core::ids::{Epoch, Seq, WorkplaceId};
use storefleet_core::sync::ingest::{Chains, HoldReason, Judgement, Offer};
use storefleet_core::sync::message::{Hello, RefusedCode, Telemetry, Verdict};
use storefleet_core::time::Timestamp;
use storefleet_wire::envelope::{Kind, PublicKey, SigningKey};
use storefleet_wire::topic::Up;

use crate::central_log::{BatchStore, CentralError, NewRecord};
use crate::datasets::signed::SignedManifests;

mod acks;
mod reading;
pub mod rebuild;
pub mod thread;

use acks::{AckSeal, Waiting, wait};
use reading::{Opened, open_all, read_signed};

/// Batches that are open at once: bounds the memory that swollen ones could take.
const OPEN_MAX: usize = 32;
/// Signatures that are worth another core.
const SHARE_MIN: usize = 8;
/// Bytes taken of a retired machine: months of a busy till.
const TAIL_BYTES_MAX: u64 = 64 << 20;

/// Which key signs the journal of a workplace.
pub trait JournalKeys: Sync {
    /// The key of an epoch; nothing where the epoch was not granted.
    fn of_epoch(&self, workplace: &WorkplaceId, epoch: Epoch) -> Option<PublicKey>;
    /// The workplace's keys, newest first: for messages outside of an epoch.
    fn newest(&self, workplace: &WorkplaceId) -> Vec<PublicKey>;
    /// Whether the machine of that epoch was retired.
    fn is_retired(&self, workplace: &WorkplaceId, epoch: Epoch) -> bool;
}

/// One message of a workplace, as the gate admitted it.
#[derive(Debug, Clone)]
pub struct Received<'a> {
    /// Who sent it, by certificate.
    pub workplace: &'a WorkplaceId,
    /// Which topic.
    pub class: Up,
    /// The bytes.
    pub payload: &'a [u8],
    /// When it came.
    pub at: Timestamp,
}

/// What a group of messages leads to, once it is durable.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Acks to send, sealed.
    pub acks: Vec<(WorkplaceId, Vec<u8>)>,
    /// What became known.
    pub news: Vec<News>,
    /// Which of the messages moved their workplace's watermark: only they are folded.
    pub accepted: Vec<usize>,
}

/// Something the live state wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Entries became durable.
    Stored {
        /// Whose.
        workplace: WorkplaceId,
        /// The new watermark.
        mark: Mark,
        /// Where the batch stands in the central log.
        position: u64,
        /// When it came.
        at: Timestamp,
    },
    /// A workplace said hello.
    Hello(Box<Hello>, Timestamp),
    /// A workplace told of itself.
    Telemetry(Box<Telemetry>, Timestamp),
    /// Something is wrong.
    Alarm {
        /// With whom.
        workplace: WorkplaceId,
        /// What.
        alarm: Alarm,
        /// What shows it.
        evidence: String,
        /// Since when.
        at: Timestamp,
    },
}

/// The centre's side of all journals.
pub struct Ingest<S: BatchStore> {
    store: S,
    chains: BTreeMap<WorkplaceId, Chains>,
    /// Bytes stored apart from the chain of a workplace.
    apart: BTreeMap<WorkplaceId, u64>,
    ack_key: SigningKey,
    incarnation: u32,
    manifests: SignedManifests,
}

impl<S: BatchStore> Ingest<S> {
    /// A centre that starts with an empty store.
    #[must_use]
    pub fn empty(store: S, ack_key: SigningKey, incarnation: u32) -> Self {
        Self {
            store,
            chains: BTreeMap::new(),
            apart: BTreeMap::new(),
            ack_key,
            incarnation,
            manifests: SignedManifests::default(),
        }
    }

    /// Names these manifests in acks.
    #[must_use]
    pub fn naming(mut self, manifests: SignedManifests) -> Self {
        self.manifests = manifests;
        self
    }

    /// The chains of a workplace.
    #[must_use]
    pub fn chains(&self, workplace: &WorkplaceId) -> Option<&Chains> {
        self.chains.get(workplace)
    }

    /// The watermarks of all workplaces.
    pub fn heads(&self) -> impl Iterator<Item = (&WorkplaceId, &Chains)> {
        self.chains.iter()
    }

    /// The store beneath.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    fn note_apart(&mut self, received: &Received<'_>, verdict: Verdict) {
        if verdict == Verdict::Held {
            let apart = self.apart.entry(received.workplace.clone()).or_default();
            let bytes = u64::try_from(received.payload.len()).unwrap_or(u64::MAX);
            *apart = apart.saturating_add(bytes);
        }
    }

    /// Takes a group of messages: one commit for all of them, then their acks.
    ///
    /// # Errors
    /// When the store refuses: nothing of the group is acknowledged and the process must end.
    pub fn group(
        &mut self,
        messages: &[Received<'_>],
        keys: &dyn JournalKeys,
        now: Timestamp,
    ) -> Result<Outcome, CentralError> {
        let mut waiting: BTreeMap<(WorkplaceId, Epoch), Waiting> = BTreeMap::new();
        let (mut news, mut accepted) = (Vec::new(), Vec::new());
        for (first, some) in (0_usize..).step_by(OPEN_MAX).zip(messages.chunks(OPEN_MAX)) {
            let opened = open_all(some, keys);
            for ((index, received), opened) in (first..).zip(some).zip(opened) {
                let before = news.len();
                match opened {
                    Some(opened) => {
                        self.take_batch(received, opened, keys, &mut waiting, &mut news)?;
                    }
                    None if received.class == Up::Report => {
                        self.take_hello(received, keys, &mut waiting, &mut news);
                    }
                    None => take_telemetry(received, keys, &mut news),
                }
                let mut fresh = news.iter().skip(before);
                if fresh.any(|it| matches!(it, News::Stored { .. })) {
                    accepted.push(index);
                }
            }
        }
        self.store.commit()?;
        let waiting: Vec<_> = waiting.into_iter().collect();
        let seal = AckSeal {
            key: &self.ack_key,
            incarnation: self.incarnation,
            now,
        };
        let manifests = &self.manifests;
        let acks = waiting
            .into_par_iter()
            .with_min_len(SHARE_MIN)
            .map(|((workplace, _), waiting)| {
                let manifest = manifests.newest(&workplace);
                let ack = seal.seal(&workplace, &waiting, manifest);
                (workplace, ack)
            })
            .collect();
        Ok(Outcome {
            acks,
            news,
            accepted,
        })
    }

    fn take_batch(
        &mut self,
        received: &Received<'_>,
        opened: Opened,
        keys: &dyn JournalKeys,
        waiting: &mut BTreeMap<(WorkplaceId, Epoch), Waiting>,
        news: &mut Vec<News>,
    ) -> Result<(), CentralError> {
        let (batch, offer) = match opened {
            Ok(opened) => opened,
            Err((code, evidence)) => {
                self.refuse(received, code, evidence, waiting, news);
                return Ok(());
            }
        };
        let chains = self.chains.entry(received.workplace.clone()).or_default();
        let tail = keys.is_retired(received.workplace, batch.epoch);
        let judgement = if tail {
            chains.judge_tail(&offer)
        } else if let Some(parent) = chains.parent_to_prove(&offer)
            && self.store.holds(received.workplace, parent)?
        {
            chains.judge_proved(&offer)
        } else {
            chains.judge(&offer)
        };
        let was_held = chains.goes_apart(&offer);
        let last = offer.last();
        let verdict = match judgement {
            Judgement::Repeat => Verdict::Ok,
            Judgement::Gap => Verdict::Resume,
            Judgement::Accept { .. } if was_held => Verdict::Held,
            Judgement::Accept { .. } => Verdict::Ok,
            Judgement::Hold(_) => Verdict::Held,
        };
        let apart = self.apart.get(received.workplace).copied().unwrap_or(0);
        if tail && matches!(judgement, Judgement::Hold(_)) && apart >= TAIL_BYTES_MAX {
            let told = format!("more than {TAIL_BYTES_MAX} bytes came of a retired machine");
            self.refuse(received, RefusedCode::Oversize, told, waiting, news);
            return Ok(());
        }
        let skip = match judgement {
            Judgement::Accept { skip } => u64::try_from(skip).unwrap_or(0),
            Judgement::Hold(_) => 0,
            Judgement::Repeat | Judgement::Gap => {
                let mark = chains.answer_to(&offer, tail);
                wait(
                    waiting,
                    received,
                    offer.epoch,
                    Waiting {
                        verdict,
                        code: None,
                        mark,
                        echo: 0,
                    },
                );
                return Ok(());
            }
        };
        let position = self.store.stage(NewRecord {
            workplace: received.workplace,
            epoch: batch.epoch,
            first: Seq(batch.first.0.saturating_add(skip)),
            last: last.seq,
            received: received.at,
            verdict,
            batch: received.payload,
        })?;
        chains.stored(&offer, judgement);
        tell(
            received, chains, judgement, &offer, was_held, position, news,
        );
        let mark = chains.answer_to(&offer, tail);
        self.note_apart(received, verdict);
        wait(
            waiting,
            received,
            offer.epoch,
            Waiting {
                verdict,
                code: None,
                mark,
                echo: 0,
            },
        );
        Ok(())
    }

    fn refuse(
        &mut self,
        received: &Received<'_>,
        code: RefusedCode,
        evidence: String,
        waiting: &mut BTreeMap<(WorkplaceId, Epoch), Waiting>,
        news: &mut Vec<News>,
    ) {
        let mark = self
            .chains
            .get(received.workplace)
            .map(|chains| chains.head)
            .unwrap_or_default();
        let refused = Waiting {
            verdict: Verdict::Refused,
            code: Some(code),
            mark,
            echo: 0,
        };
        wait(waiting, received, mark.epoch, refused);
        news.push(News::Alarm {
            workplace: received.workplace.clone(),
            alarm: Alarm::Refused,
            evidence,
            at: received.at,
        });
    }

    fn take_hello(
        &mut self,
        received: &Received<'_>,
        keys: &dyn JournalKeys,
        waiting: &mut BTreeMap<(WorkplaceId, Epoch), Waiting>,
        news: &mut Vec<News>,
    ) {
        let read = read_signed::<Hello>(Kind::Hello, received, keys);
        let hello = match read {
            Ok(hello) if hello.workplace == *received.workplace => hello,
            Ok(_) => {
                let told = "hello of another workplace".to_owned();
                return self.refuse(received, RefusedCode::Workplace, told, waiting, news);
            }
            Err(error) => {
                let told = format!("hello: {error}");
                return self.refuse(received, RefusedCode::Signature, told, waiting, news);
            }
        };
        let chains = self.chains.entry(received.workplace.clone()).or_default();
        let mark = chains.mark_for(hello.head.epoch);
        let ahead = mark.epoch == hello.head.epoch && mark.seq > hello.head.seq;
        let verdict = if ahead { Verdict::Ahead } else { Verdict::Ok };
        let answer = Waiting {
            verdict,
            code: None,
            mark,
            echo: hello.echo,
        };
        wait(waiting, received, mark.epoch, answer);
        news.push(News::Hello(Box::new(hello), received.at));
    }
}

fn tell(
    received: &Received<'_>,
    chains: &Chains,
    judgement: Judgement,
    offer: &Offer,
    was_held: bool,
    position: u64,
    news: &mut Vec<News>,
) {
    let workplace = received.workplace.clone();
    let alarm = |alarm, evidence| News::Alarm {
        workplace: workplace.clone(),
        alarm,
        evidence,
        at: received.at,
    };
    if let Judgement::Hold(reason) = judgement {
        let place = format!(
            "epoch {} entry {}: {}",
            offer.epoch,
            offer.first,
            reason.name()
        );
        let code = match reason {
            HoldReason::Retired => Alarm::Quarantine,
            HoldReason::ChainBreak
            | HoldReason::OldEpoch
            | HoldReason::Parent
            | HoldReason::NoGenesis
            | HoldReason::Other(_) => Alarm::Held,
        };
        news.push(alarm(code, place));
        return;
    }
    if was_held {
        return;
    }
    if offer.first == Seq(1) && chains.damaged {
        news.push(alarm(
            Alarm::Damage,
            format!("epoch {} began after damage", offer.epoch),
        ));
    }
    news.push(News::Stored {
        workplace,
        mark: chains.head,
        position,
        at: received.at,
    });
}

fn take_telemetry(received: &Received<'_>, keys: &dyn JournalKeys, news: &mut Vec<News>) {
    match read_signed::<Telemetry>(Kind::Telemetry, received, keys) {
        Ok(telemetry) if telemetry.workplace == *received.workplace => {
            news.push(News::Telemetry(Box::new(telemetry), received.at));
        }
        Ok(_) | Err(_) => tracing::debug!(workplace = %received.workplace, "telemetry ignored"),
    }
}
