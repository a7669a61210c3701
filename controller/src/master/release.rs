//! What a release would carry: layers whose newest version is not the one that stands, and the rows between.

use std::collections::{BTreeMap, BTreeSet};

use redb::{ReadableDatabase, ReadableTable, ReadableTableMetadata};
use storefleet_core::cbor;
use storefleet_core::master::change::RowChange;
use storefleet_core::master::corridor::CorridorRecord;
use storefleet_core::master::item::ItemRecord;
use storefleet_core::master::price::PriceRecord;
use storefleet_core::master::{Record, Table};
use storefleet_core::pricing::names::ItemCode;
use storefleet_core::rollout::fact::LayerChange;
use storefleet_core::rollout::preview::{Standing, StandingItem};
use storefleet_core::time::BusinessDate;

use super::history::read_row;
use super::layers::Past;
use super::store::{BARCODES, CHANGE_ROWS, MasterStore, RECORDS, StoreError, all_of, decoded};
use super::touched;

/// A row as a release carries it: by table and key, with what stood there before its first change.
type Rows = BTreeMap<(u16, String), RowChange>;

/// What a release does to a layer.
struct Span<'c> {
    change: &'c LayerChange,
    past: Past<'c>,
}

impl Span<'_> {
    /// Whether it brings what a change of the tables did to a record.
    fn carries(&self, change: u64, key: &str) -> bool {
        let from = self.past.on_line(self.change.from, key);
        let to = self.past.on_line(self.change.to, key);
        from < change && change < to
    }
}

impl MasterStore {
    /// The layers whose newest version has another root than the version that stands.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unreleased(&self) -> Result<Vec<LayerChange>, StoreError> {
        let mut changes = Vec::new();
        for (layer, newest) in self.versions()? {
            let name = layer.to_string();
            let from = self.rollouts().versions.get(name.as_str());
            let from = from.copied().unwrap_or(0);
            if from == newest.number {
                continue;
            }
            let stands = self.version(&layer, from)?;
            if stands.map(|version| version.root) != Some(newest.root) {
                changes.push(LayerChange {
                    layer: name.into(),
                    from,
                    to: newest.number,
                });
            }
        }
        Ok(changes)
    }

    /// The rows that lead from the versions that stand to the ones a release brings, each record once.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn rows_between(&self, changes: &[LayerChange]) -> Result<Vec<RowChange>, StoreError> {
        let read = self.database.begin_read()?;
        let mut spans: BTreeMap<&str, Span<'_>> = BTreeMap::new();
        for change in changes {
            let past = Past::read(&read, change.layer.as_str())?;
            spans.insert(change.layer.as_str(), Span { change, past });
        }
        let first = spans
            .values()
            .map(|span| span.past.begins(span.change.from));
        let first = first.min().unwrap_or(0);
        let rows = read.open_table(CHANGE_ROWS)?;
        let mut net = Rows::new();
        for item in rows.range((first.saturating_add(1), 0)..)? {
            let (place, bytes) = item?;
            let number = place.value().0;
            let row = read_row(number, bytes.value())?;
            let carried = touched(&row).iter().any(|(layer, key)| {
                let span = spans.get(layer.to_string().as_str());
                span.is_some_and(|span| span.carries(number, key))
            });
            if carried {
                add(&mut net, row);
            }
        }
        net.retain(|_, row| row.from != row.to);
        Ok(net.into_values().collect())
    }

    /// What stood before those rows, as far as they touch it; the counts are of whole tables.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn standing(
        &self,
        rows: &[RowChange],
        today: BusinessDate,
    ) -> Result<Standing, StoreError> {
        let earlier = Earlier::of(rows);
        let records = self.database.begin_read()?.open_table(RECORDS)?;
        let mut standing = Standing {
            items: earlier.count(Table::Items, self.count(Table::Items)?),
            prices: earlier.count(Table::Prices, self.count(Table::Prices)?),
            barcodes: self.database.begin_read()?.open_table(BARCODES)?.len()?,
            ..Standing::default()
        };
        let touched: BTreeSet<&str> = rows.iter().filter_map(item_of).collect();
        for code in touched {
            let prefix = format!("{code}/");
            let prices: Vec<PriceRecord> = earlier.records(&records, &prefix)?;
            let bounds: Vec<CorridorRecord> = earlier.records(&records, &prefix)?;
            if let Some(item) = earlier.item(&records, code)? {
                let known = StandingItem::of(&item, &prices, &bounds, today);
                standing.touched.insert(item.code, known);
            }
        }
        standing.owners = self.owners(rows, &earlier)?;
        Ok(standing)
    }

    /// Who carried the barcodes that the rows give to items.
    fn owners(
        &self,
        rows: &[RowChange],
        earlier: &Earlier<'_>,
    ) -> Result<BTreeMap<String, ItemCode>, StoreError> {
        let given: BTreeSet<String> = rows
            .iter()
            .filter(|row| row.table == Table::Items)
            .filter_map(|row| cbor::decode::<ItemRecord>(row.to.as_deref()?).ok())
            .flat_map(|item| item.barcodes)
            .collect();
        let mut owners = BTreeMap::new();
        if given.is_empty() {
            return Ok(owners);
        }
        let mut note = |bytes: &[u8]| {
            let Ok(item) = cbor::decode::<ItemRecord>(bytes) else {
                return;
            };
            let held = item.barcodes.iter().filter(|code| given.contains(*code));
            for code in held {
                owners.insert(code.clone(), item.code.clone());
            }
        };
        self.each(Table::Items, |key, bytes| {
            if !earlier.has(Table::Items, key) {
                note(bytes);
            }
        })?;
        rows.iter()
            .filter(|row| row.table == Table::Items)
            .filter_map(|row| row.from.as_deref())
            .for_each(|from| note(from));
        Ok(owners)
    }
}

/// The tables as they were before some rows.
struct Earlier<'r>(BTreeMap<(u16, &'r str), &'r RowChange>);

impl<'r> Earlier<'r> {
    fn of(rows: &'r [RowChange]) -> Self {
        let by_place = rows
            .iter()
            .map(|row| ((row.table.code(), row.key.as_str()), row));
        Self(by_place.collect())
    }

    fn has(&self, table: Table, key: &str) -> bool {
        self.0.contains_key(&(table.code(), key))
    }

    /// How many records a table held, from how many it holds.
    fn count(&self, table: Table, now: u64) -> u64 {
        let mut earlier = now;
        for row in self.0.values().filter(|row| row.table == table) {
            match (&row.from, &row.to) {
                (None, Some(_)) => earlier = earlier.saturating_sub(1),
                (Some(_), None) => earlier = earlier.saturating_add(1),
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
        earlier
    }

    fn item(
        &self,
        records: &impl ReadableTable<(u16, &'static str), &'static [u8]>,
        code: &str,
    ) -> Result<Option<ItemRecord>, StoreError> {
        let place = (Table::Items.code(), code);
        let now = records.get(place)?;
        let bytes = match self.0.get(&place) {
            Some(row) => row.from.as_deref().map(Vec::as_slice),
            None => now.as_ref().map(|bytes| bytes.value()),
        };
        let read = bytes.map(|bytes| decoded(Table::Items, code, bytes));
        read.transpose()
    }

    /// The records whose keys begin so.
    fn records<R: Record>(
        &self,
        records: &impl ReadableTable<(u16, &'static str), &'static [u8]>,
        prefix: &str,
    ) -> Result<Vec<R>, StoreError> {
        let now: Vec<R> = all_of(records, prefix)?;
        let mut found: Vec<R> = now
            .into_iter()
            .filter(|record| !self.has(R::TABLE, &record.key()))
            .collect();
        let from_here = (R::TABLE.code(), prefix);
        let changed = self.0.range(from_here..);
        let changed = changed
            .take_while(|((table, key), _)| *table == R::TABLE.code() && key.starts_with(prefix));
        let old = changed.filter_map(|(_, row)| row.from.as_deref());
        found.extend(old.filter_map(|bytes| cbor::decode::<R>(bytes).ok()));
        Ok(found)
    }
}

/// The item that a row is about.
fn item_of(row: &RowChange) -> Option<&str> {
    match row.table {
        Table::Items => Some(row.key.as_str()),
        Table::Prices | Table::Corridors => row.key.split_once('/').map(|(item, _)| item),
        Table::Dealers
        | Table::Stores
        | Table::PriceTypes
        | Table::Taxes
        | Table::Staff
        | Table::LegalEntities
        | Table::Matrix
        | Table::StopList
        | Table::OpeningStock
        | Table::Roles
        | Table::Promotions
        | Table::DealerLimits
        | Table::Secrets
        | Table::Other(_) => None,
    }
}

fn add(net: &mut Rows, row: RowChange) {
    let place = (row.table.code(), row.key.clone());
    match net.get_mut(&place) {
        Some(known) => known.to = row.to,
        None => drop(net.insert(place, row)),
    }
}
