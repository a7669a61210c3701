//! What must hold of the datasets on sale, at every switch, start and at rest.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use redb::ReadableTable;
use storefleet_agent::datasets::shelves::open_records;
use storefleet_agent::datasets::snapshot::Snapshot;
use storefleet_agent::store_thread::StoreClock;
use storefleet_core::cbor;
use storefleet_core::dataset::build::{network, stack_of};
use storefleet_core::dataset::kinds::goods::item_key;
use storefleet_core::dataset::kinds::prices::ItemPrices;
use storefleet_core::dataset::manifest::{Applied, Wanted};
use storefleet_core::dataset::on_sale::OnSale;
use storefleet_core::dataset::tree::Tree;
use storefleet_core::dataset::{Dataset, LayerId};
use storefleet_core::ids::Hash;
use storefleet_core::pricing::item::Catalogue;
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::pricing::price::{PriceRow, find_price};

use crate::sim::checks::{Checked, violated};
use crate::sim::office::{Office, Records};
use crate::sim::people::ITEMS;
use crate::sim::shop::Shop;
use crate::sim::world::World;

type Roots = BTreeMap<LayerId, Hash>;

/// What is on sale is one whole published version of each layer, record for record.
///
/// # Errors
/// When it is not.
pub fn whole(shop: &Shop, office: &Office) -> Checked {
    let Some((shelves, shelf)) = shop.kept.opened() else {
        return Ok(());
    };
    let (read, layers) = shelves.read().expect("memory can be read");
    let roots: Roots = layers
        .iter()
        .map(|(layer, (_, root))| (layer.clone(), *root))
        .collect();
    if roots != *shelf.active() {
        let told = format!("{}: {roots:?} and {:?}", shop.id, shelf.active());
        return violated("the shelf knows what is on sale", told);
    }
    for (layer, (table, root)) in &layers {
        let table = open_records(&read, *table).expect("memory can be read");
        let mut records = Records::new();
        for item in table.iter().expect("memory can be read") {
            let (place, record) = item.expect("memory can be read");
            records.insert(place.value().1.to_owned(), record.value().to_vec());
        }
        let rows = records.iter();
        let counted = Tree::of(rows.map(|(key, it)| (key.as_str(), it.as_slice()))).root();
        let is_published = office.published.get(&(layer.clone(), *root)) == Some(&records);
        if counted != *root || !is_published {
            let told = format!(
                "{} {layer}: {root}, counted {counted}, {is_published}",
                shop.id
            );
            return violated(
                "what is on sale is one whole version that the office published",
                told,
            );
        }
    }
    Ok(())
}

/// A switch is what one signed manifest wants at this minute of the wall: all of it, and nothing earlier.
///
/// # Errors
/// When it is not.
pub fn may_be_applied(
    shop: &Shop,
    office: &Office,
    applied: &Applied,
    before: &Roots,
    local: LocalTime,
) -> Checked {
    let told = || format!("{} at {local}: {applied:?}", shop.id);
    if applied.generation < shop.kept.adopted && shop.fate.is_plain() {
        let told = format!("{}, adopted {:?}", told(), shop.kept.adopted);
        return violated(
            "a shop never adopts an older manifest than its journal names",
            told,
        );
    }
    let mut after = before.clone();
    for changed in &applied.layers {
        match changed.root {
            Some(root) => after.insert(changed.layer.clone(), root),
            None => after.remove(&changed.layer),
        };
    }
    let place = (shop.id.clone(), applied.generation);
    let Some(said) = office.issued.get(&place) else {
        return violated("nothing is adopted that the centre did not sign", told());
    };
    let early = said.iter().all(|wanted| {
        applied.layers.iter().any(|changed| {
            let mut named = wanted.iter().filter(|it| it.layer == changed.layer);
            let is_due = |it: &Wanted| it.active_from.is_none_or(|from| from <= local);
            changed
                .root
                .is_some_and(|root| !named.any(|it| it.root == root && is_due(it)))
        })
    });
    if early {
        let told = format!("{}, wanted {said:?}", told());
        return violated(
            "a layer switches not before its minute on the wall of the store",
            told,
        );
    }
    if !said
        .iter()
        .any(|wanted| due(wanted, before, local) == after)
    {
        let told = format!("{}, wanted {said:?}", told());
        return violated("all layers of a manifest switch together", told);
    }
    Ok(())
}

/// The last version of each layer whose time has come; what is on sale stays though the wall went back.
fn due(wanted: &[Wanted], before: &Roots, local: LocalTime) -> Roots {
    let has_come = |it: &&Wanted| {
        it.active_from.is_none_or(|from| from <= local) || before.get(&it.layer) == Some(&it.root)
    };
    let due = wanted.iter().filter(has_come);
    due.map(|it| (it.layer.clone(), it.root)).collect()
}

/// A till reads the price that the office's records of these versions give at this moment.
///
/// # Errors
/// When it does not.
pub fn prices(shop: &Shop, office: &Office, local: LocalTime) -> Checked {
    let Some((shelves, shelf)) = shop.kept.opened() else {
        return Ok(());
    };
    let clock = StoreClock::new(
        storefleet_daemon::clock::Clock::start(),
        shop.kept.zone.clone(),
    );
    let Some(snapshot) = Snapshot::open(shelves, clock, &[]).expect("memory can be read") else {
        return Ok(());
    };
    let stack: BTreeSet<LayerId> = stack_of(&snapshot.shop).into_iter().collect();
    for item in 0..ITEMS {
        let code = format!("I{item}");
        let goods = snapshot.goods(&code.as_str().into());
        let rows = goods.map(|goods| goods.prices.clone()).unwrap_or_default();
        let types = &snapshot.rules.price_types;
        let read = find_price(&rows, &"retail".into(), types, &snapshot.shop, local);
        let read = read.map(|price| (price.row.id, price.row.amount, price.row.validity));
        let expected = expected(office, shelf.active(), &stack, &code, local);
        let expected = expected.map(|row| (row.id, row.amount, row.validity));
        let is_dated = read.is_none_or(|(_, _, dates)| dates.holds(local));
        if read != expected || !is_dated {
            let told = format!("{} {code} at {local}: {read:?}, not {expected:?}", shop.id);
            return violated(
                "no till sees a price outside its dates or of another version",
                told,
            );
        }
        let stopped = !snapshot.stops(&code, local).is_empty();
        if stopped != is_stopped(office, shelf.active(), &code, local) {
            let told = format!("{} {code} at {local}: {stopped}", shop.id);
            return violated("a till stops what the office stopped", told);
        }
    }
    Ok(())
}

/// The narrowest layer that has a row for this moment wins; inside it rank, then the later beginning.
fn expected(
    office: &Office,
    on_sale: &Roots,
    stack: &BTreeSet<LayerId>,
    item: &str,
    local: LocalTime,
) -> Option<PriceRow> {
    let goods = (
        network(Dataset::Goods),
        *on_sale.get(&network(Dataset::Goods))?,
    );
    office.published.get(&goods)?.get(&item_key(item))?;
    let mut rows: Vec<PriceRow> = Vec::new();
    for (layer, root) in on_sale
        .iter()
        .filter(|(it, _)| it.dataset == Dataset::Prices)
    {
        if !stack.contains(layer) {
            continue;
        }
        let records = office.published.get(&(layer.clone(), *root))?;
        let Some(bytes) = records.get(item) else {
            continue;
        };
        let prices: ItemPrices = cbor::decode(bytes).expect("a record of ours");
        rows.extend(
            prices
                .rows
                .into_iter()
                .map(|row| row.out_of_layer(&layer.reach)),
        );
    }
    rows.retain(|row| row.validity.from <= local && row.validity.to.is_none_or(|to| local < to));
    let key = |row: &PriceRow| {
        (
            row.reach.layer(),
            row.rank,
            row.validity.from,
            Reverse(row.id),
        )
    };
    rows.into_iter().max_by_key(key)
}

fn is_stopped(office: &Office, on_sale: &Roots, item: &str, local: LocalTime) -> bool {
    let layers = on_sale
        .iter()
        .filter(|(it, _)| it.dataset == Dataset::Stops);
    let mut records = layers.filter_map(|(layer, root)| {
        let bytes = office.published.get(&(layer.clone(), *root))?.get(item)?;
        cbor::decode::<storefleet_core::dataset::kinds::stops::ItemStops>(bytes).ok()
    });
    records.any(|stops| stops.at(local).next().is_some())
}

/// Whether a shop has what it should have now.
#[must_use]
pub fn has_converged(world: &World, shop: &Shop) -> bool {
    let Some((_, shelf)) = shop.kept.opened() else {
        return false;
    };
    let wanted = world.office.wants(&shop.id, world.now);
    let local = shop.local(world.now);
    shelf.needs().is_empty() && due(&wanted, shelf.active(), local) == *shelf.active()
}

/// The roots of what is on sale.
#[must_use]
pub fn roots(on_sale: &OnSale) -> BTreeMap<LayerId, Hash> {
    let layers = on_sale.layers.iter();
    layers.map(|(layer, it)| (layer.clone(), it.root)).collect()
}

/// What keeps shops from their roots, for evidence.
#[must_use]
pub fn lacking(world: &World) -> String {
    let shops = world.shops.iter().filter(|shop| !shop.fate.retired);
    let late = shops.filter(|shop| !has_converged(world, shop));
    let rows = late.map(|shop| {
        let wanted = world.office.wants(&shop.id, world.now);
        let opened = shop.kept.opened().map(|(_, shelf)| shelf);
        format!("{}: wants {wanted:?}, has {opened:?}", shop.id)
    });
    rows.collect::<Vec<_>>().join("\n  ")
}

/// Everything of the datasets, once the world is at rest.
///
/// # Errors
/// The first invariant that does not hold.
pub fn at_rest(world: &World) -> Checked {
    for shop in world.shops.iter().filter(|shop| !shop.fate.retired) {
        whole(shop, &world.office)?;
        prices(shop, &world.office, shop.local(world.now))?;
        let journal = &roots(&shop.store().state().datasets);
        let shelf = shop.kept.opened().map(|(_, shelf)| shelf.active());
        if shop.fate.is_plain() && shelf != Some(journal) {
            let told = format!("{}: {journal:?} and {shelf:?}", shop.id);
            return violated("the journal says what is on sale", told);
        }
    }
    let folded = world.office.folded();
    let (live, again) = (world.office.store.versions(), folded.versions());
    if live.ok() != again.ok() || folded.rollouts() != world.office.store.rollouts() {
        let told = "versions or rollouts differ".to_owned();
        return violated("the office is what its log says", told);
    }
    Ok(())
}
