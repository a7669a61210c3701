//! A layer on sale that rotted on the disk: only the buckets that differ are fetched, and where that does not help,
//! the whole layer. What is there stays on sale until it is mended.

use std::sync::Arc;

use storefleet_core::cbor;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::repair::{Ask, Mending, Repair, Repaired, Unrepaired};
use storefleet_core::dataset::segment::Change;
use storefleet_core::dataset::shelf::{Need, Shelf};
use storefleet_core::fact::Fact;
use storefleet_core::ids::Hash;
use storefleet_core::sync::message::{RepairAnswer, RepairQuestion};
use storefleet_wire::envelope::Kind;
use storefleet_wire::message;

use super::Keeper;
use super::packed::Unpacked;
use super::shelves::mending::Survey;
use super::shelves::{Fault, Shelves};
use crate::centre_http::Refused;

const PATH: &str = "/v1/repair";

/// What became of a layer that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// It is as it should be, or not on sale any more.
    Sound,
    /// So many of its buckets were fetched.
    Mended(u16),
    /// It is damaged, and buckets do not help.
    Whole(Hash),
}

/// Who answers what a repair asks.
pub trait Answers: Sync {
    /// The answer; none where there is none to be had.
    ///
    /// # Errors
    /// When nobody is reached: it is asked again later.
    fn answer(
        &self,
        layer: &LayerId,
        root: Hash,
        ask: Ask,
    ) -> impl Future<Output = anyhow::Result<Option<RepairAnswer>>> + Send;
}

impl Keeper {
    /// Looks at a layer, if it is time to.
    pub(super) async fn look_for_damage(&mut self, shelf: &Shelf) -> anyhow::Result<()> {
        let (head, now_ms) = (self.progress.borrow().head, self.clock.stamp().monotonic_ms);
        let next = self.rounds.next(shelf.active().keys(), head, now_ms);
        if let Some(layer) = next
            && !self.mend(shelf, &layer).await?
        {
            self.rounds.again(layer, now_ms);
        }
        Ok(())
    }

    /// Mends what a segment starts from, where that is damaged. Says whether it was and is not any more.
    pub(super) async fn mended_before(
        &mut self,
        shelf: &Shelf,
        packed: &[u8],
    ) -> anyhow::Result<bool> {
        let Ok((head, _)) = Unpacked::open(packed) else {
            return Ok(false);
        };
        if head.from.is_none() || self.is_sound(&head.layer).await? {
            return Ok(false);
        }
        self.mend(shelf, &head.layer).await
    }

    async fn is_sound(&self, layer: &LayerId) -> anyhow::Result<bool> {
        let survey = survey(&self.shelves, layer).await?;
        Ok(survey.is_ok_and(|survey| survey.is_none_or(|survey| survey.is_sound)))
    }

    /// Looks at a layer and mends it. Says whether it is sound now; the centre may be out of reach.
    pub(super) async fn mend(&mut self, shelf: &Shelf, layer: &LayerId) -> anyhow::Result<bool> {
        let mended = match mend(&self.shelves, layer, &*self).await {
            Ok(Looked::Sound) => return Ok(true),
            Ok(Looked::Mended(buckets)) => Ok((self.root(layer)?, Some(buckets))),
            Ok(Looked::Whole(root)) => self.fetch_anew(layer, root).await.map(|()| (root, None)),
            Err(error) => Err(error),
        };
        let name = layer.to_string();
        match mended {
            Ok((root, buckets)) => {
                tracing::error!(layer = name, buckets, "a damaged layer was mended");
                self.show(shelf);
                let layer = layer.clone();
                let repaired = Repaired {
                    layer,
                    root,
                    buckets,
                };
                self.journal(Fact::DatasetRepaired(repaired)).await?;
                Ok(true)
            }
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(layer = name, error, "a layer is damaged and not mended yet");
                Ok(false)
            }
        }
    }

    fn root(&self, layer: &LayerId) -> anyhow::Result<Hash> {
        Ok(self.shelves.active()?.remove(layer).unwrap_or_default())
    }

    async fn fetch_anew(&self, layer: &LayerId, root: Hash) -> anyhow::Result<()> {
        let need = Need {
            layer: layer.clone(),
            from: None,
            to: root,
        };
        let packed = self.fetch(&need).await?;
        let shelves = self.shelves.clone();
        let put_back = move || {
            shelves.stage(&packed, std::slice::from_ref(&need))?;
            shelves.put_back(&need.layer, need.to)
        };
        tokio::task::spawn_blocking(put_back).await?.map_err(said)
    }
}

impl Answers for Keeper {
    async fn answer(
        &self,
        layer: &LayerId,
        root: Hash,
        ask: Ask,
    ) -> anyhow::Result<Option<RepairAnswer>> {
        let question = RepairQuestion {
            workplace: self.workplace.clone(),
            epoch: self.epoch(),
            layer: layer.clone(),
            root,
            ask,
        };
        let question = message::write(Kind::Repair, &self.journal_key, &question);
        match self.post(PATH, question).await? {
            (came, None) => Ok(cbor::decode(&came).ok()),
            // An older centre, or one that does not hold this version.
            (_, Some(error)) if error.is::<Refused>() => Ok(None),
            (_, Some(error)) => Err(error),
        }
    }
}

/// Looks at a layer on sale and mends its buckets with what the centre gives.
///
/// # Errors
/// When nobody answers, or the disk refuses: nothing changed.
pub async fn mend(
    shelves: &Arc<Shelves>,
    layer: &LayerId,
    centre: &impl Answers,
) -> anyhow::Result<Looked> {
    let survey = match survey(shelves, layer).await? {
        Ok(None) => return Ok(Looked::Sound),
        Ok(Some(survey)) if survey.is_sound => return Ok(Looked::Sound),
        Ok(Some(survey)) => survey,
        Err(error) => {
            tracing::error!(layer = layer.to_string(), %error, "a layer cannot be read");
            let root = shelves.active()?.remove(layer);
            return Ok(root.map_or(Looked::Sound, Looked::Whole));
        }
    };
    let root = survey.root;
    let Some(mending) = repair(survey, layer, centre).await? else {
        return Ok(Looked::Whole(root));
    };
    let buckets = u16::try_from(mending.buckets.len()).unwrap_or(u16::MAX);
    let (shelves, layer) = (shelves.clone(), layer.clone());
    let mended = tokio::task::spawn_blocking(move || shelves.mend(&layer, &mending)).await?;
    match mended {
        Ok(()) => Ok(Looked::Mended(buckets)),
        Err(Fault { detail, .. }) => {
            tracing::error!(detail, "buckets do not mend the layer");
            Ok(Looked::Whole(root))
        }
    }
}

/// Asks until all is here; nothing where that does not lead to the wanted root.
async fn repair(
    survey: Survey,
    layer: &LayerId,
    centre: &impl Answers,
) -> anyhow::Result<Option<Mending>> {
    let root = survey.root;
    let mut repair = Repair::new(survey.tree, root);
    while let Some(question) = repair.ask() {
        let Some(answer) = centre.answer(layer, root, question).await? else {
            return Ok(None);
        };
        if let Err(error) = take(&mut repair, &answer) {
            tracing::warn!(%error, "the layer is not repaired by buckets");
            return Ok(None);
        }
    }
    Ok(repair.mending())
}

fn take(repair: &mut Repair, answer: &RepairAnswer) -> Result<(), Unrepaired> {
    match answer {
        RepairAnswer::Hashes(hashes) => repair.hashes(hashes),
        RepairAnswer::Records(packed) => {
            let records = unpacked(packed).map_err(|_| Unrepaired::WrongAnswer)?;
            repair.records(records)
        }
    }
}

fn unpacked(packed: &[u8]) -> Result<Vec<Change>, String> {
    let (_, mut unpacked) = Unpacked::open(packed)?;
    let mut changes = Vec::new();
    while let Some(change) = unpacked.change()? {
        changes.push(change);
    }
    Ok(changes)
}

async fn survey(
    shelves: &Arc<Shelves>,
    layer: &LayerId,
) -> anyhow::Result<Result<Option<Survey>, redb::Error>> {
    let (shelves, layer) = (shelves.clone(), layer.clone());
    Ok(tokio::task::spawn_blocking(move || shelves.survey(&layer)).await?)
}

fn said(fault: Fault) -> anyhow::Error {
    anyhow::anyhow!("{}: {}", fault.code.name(), fault.detail)
}

#[cfg(test)]
mod tests;
