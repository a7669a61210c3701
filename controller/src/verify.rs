//! `storefleet-controller verify`: proves the whole history again from the signed batches.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use serde::Serialize;
use storefleet_core::entry::Entry;
use storefleet_core::fact::Fact;
use storefleet_core::ids::WorkplaceId;
use storefleet_core::sync::ingest::{Chains, Judgement};
use storefleet_core::sync::message::Verdict;
use storefleet_core::workplace::{FOLD_VERSION, Workplace};
use storefleet_journal::{DiskFolder, Reader};
use storefleet_wire::batch;

use crate::central_log::{CentralFormat, Stored, holds, records};
use crate::fleet::totals::Totals;
use crate::ingest::JournalKeys;

/// What was proved.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Records of the central log.
    pub records: u64,
    /// Shift digests of shops that the centre's own fold confirmed.
    pub digests_confirmed: u64,
    /// Batches that do not join their chain and are not folded.
    pub held: u64,
    /// Every workplace, in order.
    pub workplaces: Vec<Row>,
}

/// One workplace.
#[derive(Debug, Serialize)]
pub struct Row {
    workplace: String,
    epoch: u32,
    watermark: u64,
    receipts: u64,
    returns: u64,
    writeoffs: u64,
    lines: u64,
    qty_milli: i64,
    gross_kop: i64,
    discount_kop: i64,
    total_kop: i64,
}

#[derive(Default)]
struct Proof {
    chains: Chains,
    totals: Totals,
    fold: Option<Workplace>,
}

/// Checks file, chain, signature and fold of everything the centre holds.
///
/// # Errors
/// The first thing that cannot be proved, with its place.
pub fn verify(log: &Path, keys: &dyn JournalKeys) -> anyhow::Result<Report> {
    let folder = DiskFolder::new(log);
    let whole = storefleet_journal::verify(&folder, &CentralFormat)
        .context("the central log's files; keep them and restore from the backup")?;
    let (reader, _) = Reader::open_read_only(folder, CentralFormat)?;
    let mut proofs: BTreeMap<WorkplaceId, Proof> = BTreeMap::new();
    let (mut held, mut confirmed) = (0, 0);
    for stored in records(&reader, reader.oldest()?) {
        let stored = stored?;
        let proof = proofs.entry(stored.workplace.clone()).or_default();
        let place = || format!("record {} of {}", stored.position, stored.workplace);
        match prove(&stored, keys, &reader, proof).with_context(place)? {
            Some(digests) => confirmed += digests,
            None => held += 1,
        }
    }
    let workplaces = proofs
        .into_iter()
        .map(|(id, proof)| row(&id, &proof))
        .collect();
    Ok(Report {
        records: whole.records,
        digests_confirmed: confirmed,
        held,
        workplaces,
    })
}

/// One record: how many shift digests it confirmed, or nothing when it is held apart.
fn prove(
    stored: &Stored,
    keys: &dyn JournalKeys,
    reader: &Reader<DiskFolder, CentralFormat>,
    proof: &mut Proof,
) -> anyhow::Result<Option<u64>> {
    let key = keys
        .of_epoch(&stored.workplace, stored.epoch)
        .with_context(|| format!("epoch {} was granted to nobody", stored.epoch))?;
    let batch = batch::open(&key, &stored.batch)?;
    let offer = batch::check(&batch)?;
    let held = stored.verdict == Verdict::Held;
    if !held && let Some(parent) = proof.chains.parent_to_prove(&offer) {
        anyhow::ensure!(
            holds(reader, &stored.workplace, parent)?,
            "epoch {} goes back to an entry that is not in the log",
            offer.epoch
        );
    }
    let judgement = proof.chains.judge_again(&offer, held);
    let was_held = proof.chains.goes_apart(&offer);
    proof.chains.stored(&offer, judgement);
    let skip = match judgement {
        Judgement::Accept { skip } if !was_held => skip,
        Judgement::Accept { .. } | Judgement::Hold(_) if held => {
            return Ok(None);
        }
        Judgement::Accept { .. } | Judgement::Hold(_) | Judgement::Repeat | Judgement::Gap => {
            bail!(
                "the record does not join the chain, but says {}",
                stored.verdict.name()
            )
        }
    };
    let mut confirmed = 0;
    for bytes in batch.entries.iter().skip(skip) {
        let entry = Entry::parse(bytes)?;
        let fold = proof
            .fold
            .get_or_insert_with(|| Workplace::blank(stored.workplace.clone()));
        if let Fact::ShiftClosed(closed) = &entry.fact
            && closed.fold_version == FOLD_VERSION
            && fold.is_complete()
        {
            anyhow::ensure!(
                closed.digest == fold.digest(),
                "entry {}: the shop's totals at the close of shift {} are not the fold of its \
                 journal",
                entry.header.seq,
                closed.number
            );
            confirmed += 1;
        }
        fold.apply(&entry);
        proof.totals.apply(&entry);
    }
    Ok(Some(confirmed))
}

fn row(id: &WorkplaceId, proof: &Proof) -> Row {
    let totals = &proof.totals;
    Row {
        workplace: id.to_string(),
        epoch: proof.chains.head.epoch.0,
        watermark: proof.chains.head.seq.0,
        receipts: totals.receipts,
        returns: totals.returns,
        writeoffs: totals.writeoffs,
        lines: totals.lines,
        qty_milli: totals.quantity_milli,
        gross_kop: totals.gross_kop,
        discount_kop: totals.discount_kop,
        total_kop: totals.total_kop(),
    }
}
