//! What must hold of any run, from what went in and what came out alone.

use std::collections::{BTreeMap, BTreeSet};

use storefleet_controller::central_log::Stored;
use storefleet_core::cash::Place;
use storefleet_core::entry::{Entry, Header, hash};
use storefleet_core::epoch::{Genesis, Mark, Reason};
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::kind::FactKind;
use storefleet_core::sync::message::Verdict;
use storefleet_core::workplace::Workplace;
use storefleet_journal::ReadError;
use storefleet_wire::batch;

use crate::sim::faults::CLOCK_STEP_MS_MAX;
use crate::sim::shop::Shop;
use crate::sim::world::World;

/// An invariant that does not hold, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What should be.
    pub invariant: &'static str,
    /// What is.
    pub evidence: String,
}

/// Whether something holds.
pub type Checked = Result<(), Violation>;

/// It does not.
///
/// # Errors
/// Always.
pub fn violated(invariant: &'static str, evidence: String) -> Checked {
    Err(Violation {
        invariant,
        evidence,
    })
}

/// Younger than this nothing is pruned.
const KEPT_MS: i64 = 90 * 86_400_000;

/// What the centre holds of one workplace.
#[derive(Default)]
struct Held {
    /// Accepted entries in order.
    accepted: Vec<Vec<u8>>,
    /// Hash of each number accepted.
    numbers: BTreeMap<(Epoch, Seq), Hash>,
    /// Hashes of entries kept apart.
    apart: BTreeSet<Hash>,
}

impl World {
    /// Where every shop stands with the centre, for evidence.
    #[must_use]
    pub fn standing(&self) -> String {
        let shops = self.shops.iter().filter(|shop| !shop.fate.retired);
        let late = |shop: &&Shop| !shop.is_caught_up() || !shop.client.pending.is_empty();
        let rows = shops.filter(late).map(|shop| {
            let head = shop.store.as_ref().map(|store| store.durable());
            let centre = self.centre.ingest.as_ref();
            let centre = centre.and_then(|centre| centre.chains(&shop.id));
            let line = shop.line.as_ref().map(|line| &line.uplink);
            let pending = shop.client.pending.len();
            let fate = shop.fate;
            format!(
                "{}: {head:?}, {pending} open, {fate:?}, {:?}, centre {centre:?}, {line:?}",
                shop.id, shop.unreadable
            )
        });
        rows.collect::<Vec<_>>().join("\n  ")
    }
}

/// Everything, once the world is at rest.
///
/// # Errors
/// The first invariant that does not hold.
pub fn at_rest(world: &World) -> Checked {
    let mut centre: BTreeMap<WorkplaceId, Held> = BTreeMap::new();
    for stored in world.centre.stored() {
        take(&mut centre, &stored)?;
    }
    for shop in world.shops.iter().filter(|shop| !shop.fate.retired) {
        let held = centre.remove(&shop.id).unwrap_or_default();
        chain(&shop.id, &held)?;
        let folded = fold(shop, &held)?;
        answers(shop, &held)?;
        conserved("the shop", shop.store().state())?;
        conserved("the centre", &folded)?;
        if held.apart.is_empty() && !shop.fate.lied && !shop.fate.cloned {
            same(shop, &folded)?;
        }
        if shop.fate.is_plain() {
            if !held.apart.is_empty() {
                let told = format!("{}: {} entries", shop.id, held.apart.len());
                return violated("nothing of a sound shop is held", told);
            }
            expected(shop)?;
        }
    }
    Ok(())
}

/// One record of the centre's log.
fn take(centre: &mut BTreeMap<WorkplaceId, Held>, stored: &Stored) -> Checked {
    let batch = batch::open_unverified(&stored.batch).expect("it was signed by a shop");
    let held = centre.entry(stored.workplace.clone()).or_default();
    let skip = usize::try_from(stored.first.0 - batch.first.0).expect("a batch is small");
    for (at, bytes) in batch.entries.iter().enumerate().skip(skip) {
        let own = hash(bytes);
        if stored.verdict == Verdict::Held {
            held.apart.insert(own);
            continue;
        }
        let number = (batch.epoch, Seq(batch.first.0 + at as u64));
        if let Some(first) = held.numbers.insert(number, own) {
            let told = format!("{} {number:?}: {first} and {own}", stored.workplace);
            return violated("a number is accepted once", told);
        }
        held.accepted.push(bytes.to_vec());
    }
    Ok(())
}

/// Each entry names the one before; each epoch goes on from what was accepted.
fn chain(id: &WorkplaceId, held: &Held) -> Checked {
    let mut last: Option<Mark> = None;
    for bytes in &held.accepted {
        let entry = Entry::parse(bytes).expect("the centre checked it");
        let Header {
            epoch, seq, prev, ..
        } = entry.header;
        let joins = match (last, &entry.fact) {
            (Some(last), _) if last.epoch == epoch => seq == last.seq.next() && prev == last.hash,
            (last, Fact::Genesis(genesis)) => {
                seq == Seq(1) && (genesis.parent == last || goes_back(genesis, last, held))
            }
            (_, _) => false,
        };
        if !joins {
            let told = format!("{id}: epoch {epoch} entry {seq} after {last:?}");
            return violated("what is accepted is one unbroken chain", told);
        }
        last = Some(Mark {
            epoch,
            seq,
            hash: entry.hash,
        });
    }
    Ok(())
}

/// After damage an epoch may go back to an entry that was accepted: what stood behind it is lost in
/// the shop, and counted by the centre.
fn goes_back(genesis: &Genesis, last: Option<Mark>, held: &Held) -> bool {
    let (Some(parent), Some(last)) = (genesis.parent, last) else {
        return false;
    };
    let accepted = held.numbers.get(&(parent.epoch, parent.seq)).copied();
    genesis.reason == Reason::Damaged
        && parent.epoch == last.epoch
        && parent.seq < last.seq
        && accepted.unwrap_or_default() == parent.hash
}

/// Folds what is accepted, and looks for acts that were done twice.
fn fold(shop: &Shop, held: &Held) -> Result<Workplace, Violation> {
    let id = &shop.id;
    let mut state = Workplace::blank(id.clone());
    let journal = shop.store().journal().expect("it runs");
    let mut keys = BTreeMap::new();
    for bytes in &held.accepted {
        let entry = Entry::parse(bytes).expect("the centre checked it");
        let (epoch, seq) = (entry.header.epoch, entry.header.seq);
        if let Some(request) = &entry.header.request
            && let Some((epoch, seq, hash)) =
                keys.insert(request.key.clone(), (epoch, seq, entry.hash))
            // A disk that lied or rotted forgets a key whose act the centre has: the shop does not
            // fetch what it lost yet, so a repeat is an act of its own there.
            && !shop.fate.lied
            && !(shop.fate.rotten && journal.hash_at(epoch, seq) != Some(hash))
        {
            let told = format!("{id}: key {} again at {:?}", request.key, entry.header.seq);
            violated("a key is in the history once", told)?;
        }
        state.apply(&entry);
    }
    Ok(state)
}

/// What a client was told is in the centre.
fn answers(shop: &Shop, held: &Held) -> Checked {
    let journal = shop.store().journal().expect("it runs");
    for mark in shop.client.marks() {
        let at = held.numbers.get(&(mark.epoch, mark.seq));
        let is_there = at == Some(&mark.hash) || held.apart.contains(&mark.hash);
        if is_there {
            continue;
        }
        // A chain that the centre took from the copy, or lost from a disk that lied before it was
        // sent, stays on the shop's own disk, and the desk has an alarm.
        let is_here = journal.hash_at(mark.epoch, mark.seq) == Some(mark.hash);
        let is_excused = (shop.fate.lied || shop.fate.cloned || shop.fate.rotten) && is_here;
        if !is_excused {
            let told = format!(
                "{}: {mark:?}, the centre has {at:?}, on disk {is_here}, {:?}",
                shop.id, shop.fate
            );
            return violated("every answer is in the centre", told);
        }
    }
    Ok(())
}

fn conserved(who: &str, state: &Workplace) -> Checked {
    let sum: i64 = state.cash.rows().map(|(_, money)| money.0).sum();
    if sum != 0 {
        let told = format!("{who}, {}: {sum} kopecks", state.id);
        return violated("money is conserved", told);
    }
    Ok(())
}

fn same(shop: &Shop, folded: &Workplace) -> Checked {
    let own = shop.store().state();
    if own.digest() != folded.digest() || own.head != folded.head {
        let told = format!(
            "{}: head {:?} and {:?}, receipts {} and {}, cash {:?} and {:?}, {:?}",
            shop.id,
            own.head,
            folded.head,
            own.receipt_number,
            folded.receipt_number,
            own.cash,
            folded.cash,
            shop.fate,
        );
        return violated("the centre's fold is the shop's fold", told);
    }
    Ok(())
}

/// What the client's answered requests add up to.
fn expected(shop: &Shop) -> Checked {
    let state = shop.store().state();
    let expected = shop.client.expected();
    let stock = state.stock.rows().filter(|(_, quantity)| quantity.0 != 0);
    let stock: BTreeMap<_, _> = stock.map(|(sku, it)| (sku.clone(), it.0)).collect();
    let places = [Place::Revenue, Place::CardClearing, Place::Outside];
    let cash = state.cash.rows().filter(|(_, money)| money.0 != 0);
    let cash: BTreeMap<_, _> = cash
        .map(|(place, money)| (place, money.0))
        .filter(|(place, _)| places.contains(place))
        .collect();
    if stock != expected.stock {
        let told = format!("{}: {stock:?}, not {:?}", shop.id, expected.stock);
        return violated("stock is what was sold, returned and written off", told);
    }
    if cash != expected.cash || state.receipt_number != expected.receipts {
        let told = format!(
            "{}: {cash:?} and {} receipts, not {:?} and {}",
            shop.id, state.receipt_number, expected.cash, expected.receipts
        );
        return violated("money is what was paid", told);
    }
    Ok(())
}

/// What was just pruned was acknowledged, brought forward and old.
///
/// # Errors
/// When it was not.
pub fn pruned(shop: &Shop, now: i64) -> Checked {
    let state = shop.store().state();
    let (epoch, head) = (state.head.epoch, shop.store().durable().seq);
    let journal = shop.store().journal().expect("it runs");
    let is_gone = |seq| {
        matches!(
            journal.entry(epoch, Seq(seq)),
            Err(ReadError::Pruned { .. })
        )
    };
    let (mut low, mut high) = (1, head.0 + 1);
    while low < high {
        let middle = low.midpoint(high);
        if is_gone(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let (oldest, newest_gone) = (low, low - 1);
    let told = || format!("{} epoch {epoch}: up to {newest_gone}", shop.id);
    let acked = shop.truly_acked;
    if (acked.epoch, acked.seq) < (epoch, Seq(newest_gone)) {
        let told = format!("{}, acknowledged {acked:?}", told());
        return violated("nothing is pruned that the centre does not hold", told);
    }
    let written = shop.written_at.get(&epoch).into_iter().flatten();
    let at = written.clone().find(|(seq, _)| *seq >= newest_gone);
    if at.is_some_and(|(_, at)| now - at < KEPT_MS - 2 * CLOCK_STEP_MS_MAX) {
        let rows: Vec<_> = written.collect();
        let told = format!("{}, written at {at:?} of {rows:?}, now {now}", told());
        return violated("nothing younger than 90 days is pruned", told);
    }
    let rest = journal.range(epoch, Seq(oldest), head, u64::MAX);
    let mut parts = 0;
    for bytes in rest.expect("what is left can be read") {
        let entry = Entry::parse(&bytes).expect("an entry");
        match (entry.header.kind, &entry.fact) {
            (FactKind::BROUGHT_FORWARD, _) => parts += 1,
            (_, Fact::BroughtForwardEnd(end)) if end.parts <= parts => return Ok(()),
            _ => parts = 0,
        }
    }
    violated("nothing is pruned that is not brought forward", told())
}
