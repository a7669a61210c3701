//! From dirty places to the records of layers. What several places are built from is read once, in the order of its
//! keys, so that a large release goes through the tables once, every core through its part of them.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use redb::{AccessGuard, Range, ReadTransaction, ReadableTable, StorageError};
use storefleet_core::dataset::build::{self, Placed};
use storefleet_core::dataset::kinds::goods::{BARCODE, ITEM};
use storefleet_core::dataset::kinds::staff::Named;
use storefleet_core::dataset::tree::bucket_of;
use storefleet_core::dataset::{Dataset, LayerId};
use storefleet_core::master::corridor::CorridorRecord;
use storefleet_core::master::dealer::DealerRecord;
use storefleet_core::master::dealer_limit::DealerLimitRecord;
use storefleet_core::master::item::ItemRecord;
use storefleet_core::master::price::PriceRecord;
use storefleet_core::master::price_type::PriceTypeRecord;
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::master::role::RoleRecord;
use storefleet_core::master::secret::{COUPON_KEY, SecretRecord};
use storefleet_core::master::staff::StaffRecord;
use storefleet_core::master::stop_list::StopRecord;
use storefleet_core::master::store::StoreRecord;
use storefleet_core::master::tax::TaxRecord;
use storefleet_core::master::{Record, Table};
use storefleet_core::pricing::price::Reach;

use super::layers::PlacedRecord;
use super::store::{BARCODES, RECORDS, StoreError, all_of, decoded};

/// What stands nearer than this is reached by going on, what is farther by looking it up.
const STEPS_MAX: usize = 16;

/// Places that one core builds before it takes others.
const PIECE: usize = 4_096;

/// Keys of a layer whose records must be built anew, in order.
pub(super) struct Dirty {
    pub(super) layer: LayerId,
    pub(super) keys: Vec<String>,
}

/// The records that keys of a layer have now.
pub(super) struct Built {
    pub(super) layer: LayerId,
    pub(super) records: Vec<PlacedRecord>,
}

/// A dirty place.
struct Place {
    dataset: Dataset,
    layer: usize,
    key: String,
    source: Source,
}

/// The record of the tables that a place is built from.
enum Source {
    /// The key from here on.
    OfKey(usize),
    Own(String),
}

impl Place {
    fn source(&self) -> &str {
        match &self.source {
            Source::OfKey(from) => self.key.get(*from..).unwrap_or_default(),
            Source::Own(source) => source,
        }
    }

    fn by_source(&self) -> (Dataset, &str) {
        (self.dataset, self.source())
    }
}

/// Builds every dirty place as the tables stand now, on all cores.
pub(super) fn all(read: &ReadTransaction, dirty: Vec<Dirty>) -> Result<Vec<Built>, StoreError> {
    let records = read.open_table(RECORDS)?;
    let barcodes = read.open_table(BARCODES)?;
    let mut built = Vec::with_capacity(dirty.len());
    let mut places = Vec::new();
    for (layer, Dirty { layer: id, keys }) in dirty.into_iter().enumerate() {
        let of_layer = keys.into_par_iter().map(|key| {
            Ok(Place {
                source: source_of(&id, &key, &barcodes)?,
                dataset: id.dataset,
                layer,
                key,
            })
        });
        places.extend(of_layer.collect::<Result<Vec<_>, StoreError>>()?);
        built.push(Built {
            layer: id,
            records: Vec::new(),
        });
    }
    // Each layer brings its keys in order: a stable sort only has to merge them.
    places.par_sort_by(|one, other| one.by_source().cmp(&other.by_source()));
    let made: Vec<Vec<(usize, PlacedRecord)>> = pieces(&mut places)
        .into_par_iter()
        .map(|piece| piece_of(&records, piece, &built))
        .collect::<Result<_, StoreError>>()?;
    for (layer, record) in made.into_iter().flatten() {
        if let Some(built) = built.get_mut(layer) {
            built.records.push(record);
        }
    }
    Ok(built)
}

/// Places of about the same number; those of one source stay together.
fn pieces(mut places: &mut [Place]) -> Vec<&mut [Place]> {
    let mut pieces = Vec::new();
    while !places.is_empty() {
        let mut end = PIECE.min(places.len());
        while let (Some(last), Some(next)) = (places.get(end.saturating_sub(1)), places.get(end))
            && last.by_source() == next.by_source()
        {
            end = end.saturating_add(1);
        }
        let (piece, rest) = places.split_at_mut(end);
        pieces.push(piece);
        places = rest;
    }
    pieces
}

fn piece_of(
    records: &impl ReadableTable<(u16, &'static str), &'static [u8]>,
    places: &mut [Place],
    built: &[Built],
) -> Result<Vec<(usize, PlacedRecord)>, StoreError> {
    let mut sources = Sources::new(records);
    let mut made = Vec::with_capacity(places.len());
    let same = |one: &Place, other: &Place| one.by_source() == other.by_source();
    for of_source in places.chunk_by_mut(same) {
        let Some(first) = of_source.first() else {
            continue;
        };
        let mut placed = sources.placed(first.dataset, first.source())?;
        for place in of_source {
            let layer = built.get(place.layer).map(|built| &built.layer);
            let here = |it: &Placed| it.key == place.key && Some(&it.layer) == layer;
            let found = placed.iter().position(here);
            let record = found.map(|found| placed.swap_remove(found).record);
            let key = std::mem::take(&mut place.key);
            made.push((place.layer, (bucket_of(&key), key, record)));
        }
    }
    Ok(made)
}

/// What a place is built from: an item and its prices by its code, a shop by its own.
fn source_of(
    layer: &LayerId,
    key: &str,
    barcodes: &impl ReadableTable<&'static str, &'static str>,
) -> Result<Source, StoreError> {
    Ok(match layer.dataset {
        Dataset::Goods => match key.split_once('/') {
            Some((ITEM, item)) => Source::OfKey(key.len().saturating_sub(item.len())),
            Some((BARCODE, code)) => {
                let held = barcodes.get(code)?;
                Source::Own(held.map(|item| item.value().to_owned()).unwrap_or_default())
            }
            Some(_) | None => Source::Own(String::new()),
        },
        Dataset::Prices | Dataset::Offers | Dataset::Stops => Source::OfKey(0),
        // Its source is the whole key: a number may be the name of a role, too.
        Dataset::Staff => Source::OfKey(0),
        Dataset::Rules | Dataset::Other(_) => Source::Own(String::new()),
        Dataset::Shop => match &layer.reach {
            Reach::Store(store) => Source::Own(store.to_string()),
            Reach::Network | Reach::Region(_) | Reach::Dealer(_) => Source::Own(String::new()),
        },
    })
}

/// The tables that layers are built from.
struct Sources<'t, T: ReadableTable<(u16, &'static str), &'static [u8]>> {
    records: &'t T,
    prices: Runs<'t, T>,
    bounds: Runs<'t, T>,
    items: Runs<'t, T>,
    stops: Runs<'t, T>,
}

impl<'t, T: ReadableTable<(u16, &'static str), &'static [u8]>> Sources<'t, T> {
    fn new(records: &'t T) -> Self {
        Self {
            records,
            prices: Runs::new(records, Table::Prices),
            bounds: Runs::new(records, Table::Corridors),
            items: Runs::new(records, Table::Items),
            stops: Runs::new(records, Table::StopList),
        }
    }

    /// Every record of layers that one source gives.
    fn placed(&mut self, dataset: Dataset, source: &str) -> Result<Vec<Placed>, StoreError> {
        Ok(match dataset {
            Dataset::Goods => {
                let of_code = |key: &str| key == source;
                let items: Vec<ItemRecord> = self.items.run(source, of_code)?;
                items.iter().flat_map(build::of_item).collect()
            }
            Dataset::Prices => {
                let prefix = format!("{source}/");
                let of_item = |key: &str| key.starts_with(&prefix);
                let prices: Vec<PriceRecord> = self.prices.run(&prefix, of_item)?;
                let bounds: Vec<CorridorRecord> = self.bounds.run(&prefix, of_item)?;
                build::of_prices(source, &prices, &bounds)
            }
            Dataset::Offers => match self.get::<PromotionRecord>(source)? {
                None => Vec::new(),
                Some(record) => {
                    let read = record.promotion();
                    let wrong = |_| StoreError::Record(format!("promotion {source}"));
                    let read = read.map_err(wrong)?;
                    vec![build::of_promotion(&read.name, &read.promotion)]
                }
            },
            Dataset::Stops => {
                let prefix = format!("{source}/");
                let of_item = |key: &str| key.starts_with(&prefix);
                let stops: Vec<StopRecord> = self.stops.run(&prefix, of_item)?;
                build::of_stops(source, &stops)
            }
            Dataset::Staff => self.staff(source)?,
            Dataset::Rules => self.rules()?,
            Dataset::Shop => self.shop(source)?,
            Dataset::Other(_) => Vec::new(),
        })
    }

    fn get<R: Record>(&self, key: &str) -> Result<Option<R>, StoreError> {
        let found = self.records.get((R::TABLE.code(), key))?;
        found
            .map(|bytes| decoded(R::TABLE, key, bytes.value()))
            .transpose()
    }

    fn rules(&self) -> Result<Vec<Placed>, StoreError> {
        let taxes: Vec<TaxRecord> = all_of(self.records, "")?;
        let types: Vec<PriceTypeRecord> = all_of(self.records, "")?;
        let limits: Vec<DealerLimitRecord> = all_of(self.records, "")?;
        let coupon_key: Option<SecretRecord> = self.get(COUPON_KEY)?;
        Ok(build::of_rules(
            taxes.into_iter().map(|record| record.row).collect(),
            types
                .into_iter()
                .map(|record| (record.price_type, record.falls_back_to))
                .collect(),
            limits.into_iter().map(|record| record.limit).collect(),
            coupon_key.unwrap_or_default().value.as_bytes(),
        ))
    }

    fn staff(&self, key: &str) -> Result<Vec<Placed>, StoreError> {
        Ok(match Named::of(key) {
            Some(Named::Person(number)) => {
                let person = self.get::<StaffRecord>(number)?;
                person
                    .as_ref()
                    .and_then(build::of_person)
                    .into_iter()
                    .collect()
            }
            Some(Named::Role(name)) => {
                let role = self.get::<RoleRecord>(name)?;
                role.iter().map(build::of_role).collect()
            }
            None => Vec::new(),
        })
    }

    fn shop(&self, store: &str) -> Result<Vec<Placed>, StoreError> {
        let Some(store) = self.get::<StoreRecord>(store)? else {
            return Ok(Vec::new());
        };
        let dealer = self.get::<DealerRecord>(store.dealer.as_str())?;
        // A shop of a dealer that is not known yet is built with the dealer.
        Ok(dealer
            .map(|dealer| vec![build::of_shop(&store, &dealer)])
            .unwrap_or_default())
    }
}

type Row<'t> = (
    AccessGuard<'t, (u16, &'static str)>,
    AccessGuard<'t, &'static [u8]>,
);

/// Runs of records of a table whose keys begin alike, mostly asked for in rising order.
struct Runs<'t, T> {
    records: &'t T,
    table: Table,
    /// What was asked for last.
    last: String,
    rest: Option<Range<'t, (u16, &'static str), &'static [u8]>>,
    next: Option<Row<'t>>,
}

impl<'t, T: ReadableTable<(u16, &'static str), &'static [u8]>> Runs<'t, T> {
    fn new(records: &'t T, table: Table) -> Self {
        Self {
            records,
            table,
            last: String::new(),
            rest: None,
            next: None,
        }
    }

    /// The records from a key on as far as they belong to it.
    fn run<R: Record>(
        &mut self,
        from: &str,
        belongs: impl Fn(&str) -> bool,
    ) -> Result<Vec<R>, StoreError> {
        self.seek(from)?;
        let mut found = Vec::new();
        while let Some((key, bytes)) = &self.next {
            let key = key.value().1;
            if !belongs(key) {
                break;
            }
            found.push(decoded(self.table, key, bytes.value())?);
            self.step()?;
        }
        Ok(found)
    }

    /// Goes to the first record that is not before a key.
    fn seek(&mut self, from: &str) -> Result<(), StoreError> {
        // Codes and the keys that begin with them do not always sort alike: `A` is before `A-`, `A/` behind `A-/`.
        if from < self.last.as_str() {
            self.next = None;
        }
        from.clone_into(&mut self.last);
        for _ in 0..STEPS_MAX {
            match &self.next {
                Some((key, _)) if key.value().1 < from => self.step()?,
                Some(_) => return Ok(()),
                None => break,
            }
        }
        let code = self.table.code();
        let range = (code, from)..(code.saturating_add(1), "");
        self.rest = Some(self.records.range(range)?);
        Ok(self.step()?)
    }

    fn step(&mut self) -> Result<(), StorageError> {
        self.next = self.rest.as_mut().and_then(Iterator::next).transpose()?;
        Ok(())
    }
}
