//! Finds items by the beginnings of words, and rows of prices by reach: an index in memory that follows the store.

use std::collections::{BTreeMap, BTreeSet};

use storefleet_core::cbor;
use storefleet_core::master::Table;
use storefleet_core::master::item::ItemRecord;
use storefleet_core::master::price::PriceRecord;
use storefleet_core::master::reach;

use super::{MasterStore, StoreError};

/// What people look for in an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// Its brand.
    pub brand: String,
    /// Its group.
    pub group: String,
    /// Its kind.
    pub kind: &'static str,
    /// Its first barcode; empty for none.
    pub barcode: String,
    /// Every word of it, in small letters, each with a space before it.
    words: String,
}

impl Found {
    fn of(item: &ItemRecord) -> Self {
        let parts = [
            item.name.as_str(),
            &item.model,
            item.brand.as_str(),
            item.code.as_str(),
        ];
        let codes = item
            .barcodes
            .iter()
            .map(String::as_str)
            .chain([item.tac.as_str()]);
        Self {
            words: words_of(parts.into_iter().chain(codes)),
            name: item.name.clone(),
            brand: item.brand.to_string(),
            group: item.group.to_string(),
            kind: item.kind.name(),
            barcode: item.barcodes.first().cloned().unwrap_or_default(),
        }
    }

    /// Whether each word of the query begins a word of the item.
    fn fits(&self, query: &Query) -> bool {
        query
            .words
            .iter()
            .all(|word| self.words.contains(word.as_str()))
            && (query.group.is_empty() || query.group == self.group)
            && (query.kind.is_empty() || query.kind == self.kind)
    }
}

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    words: Vec<String>,
    group: String,
    kind: String,
}

impl Query {
    /// Words, and a group and a kind where they are not empty.
    #[must_use]
    pub fn new(text: &str, group: &str, kind: &str) -> Self {
        let words = words_of([text]);
        let words = words.split_whitespace().map(|word| format!(" {word}"));
        Self {
            words: words.collect(),
            group: group.to_owned(),
            kind: kind.to_owned(),
        }
    }
}

/// Small letters and digits; `ё` is `е`, everything else parts words.
fn words_of<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut words = String::new();
    for text in texts {
        words.push(' ');
        for letter in text.chars().flat_map(char::to_lowercase) {
            match letter {
                'ё' => words.push('е'),
                _ if letter.is_alphanumeric() => words.push(letter),
                _ => words.push(' '),
            }
        }
    }
    words
}

/// The index.
#[derive(Debug, Default)]
pub struct Finder {
    position: Option<u64>,
    items: BTreeMap<String, Found>,
    groups: BTreeMap<String, u64>,
    /// Keys of price rows by layer and scope.
    prices: BTreeMap<[String; 2], BTreeSet<String>>,
    largest_row: u64,
}

impl Finder {
    /// Takes what was changed since it looked last; reads everything the first time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn follow(&mut self, store: &MasterStore) -> Result<(), StoreError> {
        let Some(position) = self.position else {
            let mut fresh = Self {
                position: Some(store.position()),
                ..Self::default()
            };
            store.each(Table::Items, |key, bytes| {
                fresh.put(Table::Items, key, bytes)
            })?;
            store.each(Table::Prices, |key, bytes| {
                fresh.put(Table::Prices, key, bytes)
            })?;
            *self = fresh;
            return Ok(());
        };
        if position == store.position() {
            return Ok(());
        }
        for change in store.changes_behind(position)? {
            for row in store.rows_of(change)? {
                if let Some(bytes) = &row.from {
                    self.take_out(row.table, &row.key, bytes);
                }
                if let Some(bytes) = &row.to {
                    self.put(row.table, &row.key, bytes);
                }
            }
        }
        self.position = Some(store.position());
        Ok(())
    }

    /// Items that fit, by code, behind that code; at most so many.
    pub fn items<'f>(
        &'f self,
        query: &'f Query,
        after: &str,
    ) -> impl Iterator<Item = (&'f str, &'f Found)> {
        let behind = self
            .items
            .range::<str, _>((std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded));
        behind
            .filter(|(_, found)| found.fits(query))
            .map(|(code, found)| (code.as_str(), found))
    }

    /// An item.
    #[must_use]
    pub fn item(&self, code: &str) -> Option<&Found> {
        self.items.get(code)
    }

    /// How many items there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.items.len()
    }

    /// Every group with the number of its items.
    #[must_use]
    pub fn groups(&self) -> &BTreeMap<String, u64> {
        &self.groups
    }

    /// Every layer and scope that has prices, with the number of rows.
    pub fn reaches(&self) -> impl Iterator<Item = (&[String; 2], usize)> {
        self.prices.iter().map(|(reach, keys)| (reach, keys.len()))
    }

    /// Keys of the price rows of a layer and scope, of items that fit, behind that key.
    pub fn prices<'f>(
        &'f self,
        reach: &[String; 2],
        query: &'f Query,
        after: &str,
    ) -> impl Iterator<Item = &'f str> {
        let keys = self.prices.get(reach).into_iter();
        let bounds = (
            std::ops::Bound::Excluded(after.to_owned()),
            std::ops::Bound::Unbounded,
        );
        let keys = keys.flat_map(move |keys| keys.range(bounds.clone()));
        keys.map(String::as_str)
            .filter(|key| self.priced(key).is_none_or(|found| found.fits(query)))
    }

    fn priced(&self, key: &str) -> Option<&Found> {
        let (item, _) = key.rsplit_once('/')?;
        self.items.get(item)
    }

    /// A number for a new row of the price list.
    #[must_use]
    pub fn next_row(&self) -> u64 {
        self.largest_row.saturating_add(1)
    }

    fn put(&mut self, table: Table, key: &str, bytes: &[u8]) {
        if table == Table::Items
            && let Ok(item) = cbor::decode::<ItemRecord>(bytes)
        {
            let of_group = self.groups.entry(item.group.to_string()).or_default();
            *of_group = of_group.saturating_add(1);
            self.items.insert(key.to_owned(), Found::of(&item));
        }
        if table == Table::Prices
            && let Ok(price) = cbor::decode::<PriceRecord>(bytes)
        {
            self.largest_row = self.largest_row.max(price.row.id.0);
            let of_reach = self.prices.entry(reach::texts(&price.row.reach));
            of_reach.or_default().insert(key.to_owned());
        }
    }

    fn take_out(&mut self, table: Table, key: &str, bytes: &[u8]) {
        if table == Table::Items
            && let Some(found) = self.items.remove(key)
        {
            if let Some(count) = self.groups.get_mut(&found.group) {
                *count = count.saturating_sub(1);
            }
            self.groups.retain(|_, count| *count > 0);
        }
        if table == Table::Prices
            && let Ok(price) = cbor::decode::<PriceRecord>(bytes)
        {
            if let Some(keys) = self.prices.get_mut(&reach::texts(&price.row.reach)) {
                keys.remove(key);
            }
            self.prices.retain(|_, keys| !keys.is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::master::tests::{Log, row, write};

    fn item(code: &str, barcode: &str, group: &str, name: &str) -> storefleet_core::master::Row {
        row(
            Table::Items,
            &[
                code, barcode, "goods", group, "ASUS", name, "", "шт", "none", "", "base",
            ],
        )
    }

    fn check(finder: &Finder, text: &str, group: &str, expected: &[&str]) {
        let query = Query::new(text, group, "");
        let found: Vec<_> = finder.items(&query, "").map(|(code, _)| code).collect();
        assert_eq!(found, expected, "{text:?} {group:?}");
    }

    #[test]
    fn items_are_found_by_beginnings_of_words_codes_and_barcodes() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = MasterStore::open(&folder.path().join("master.redb")).unwrap();
        let (mut log, mut finder) = (Log::default(), Finder::default());
        for row in [
            item(
                "0012",
                "4006381333931",
                "case",
                "Чехол прозрачный Орбита-A54",
            ),
            item("0013", "", "phone", "Телефон ёлочный A54"),
        ] {
            write(
                &mut log,
                &mut store,
                Table::Items,
                &row.key,
                Some(row.bytes),
            );
        }
        finder.follow(&store).unwrap();
        check(&finder, "", "", &["0012", "0013"]);
        check(&finder, "a54 чех", "", &["0012"]);
        check(&finder, "ЕЛОЧ", "", &["0013"]);
        check(&finder, "хол", "", &[]);
        check(&finder, "40063813", "", &["0012"]);
        check(&finder, "001", "phone", &["0013"]);
        assert_eq!(finder.groups().get("case"), Some(&1));

        let moved = item("0012", "", "phone", "Стекло");
        write(
            &mut log,
            &mut store,
            Table::Items,
            "0012",
            Some(moved.bytes),
        );
        write(&mut log, &mut store, Table::Items, "0013", None);
        finder.follow(&store).unwrap();
        check(&finder, "a54", "", &[]);
        check(&finder, "стек", "phone", &["0012"]);
        assert_eq!(finder.groups().len(), 1);
    }

    #[test]
    fn a_hundred_thousand_items_are_searched_in_the_blink_of_an_eye() {
        let mut finder = Finder::default();
        for code in 0..100_000_u32 {
            let row = item(
                &format!("{code:06}"),
                "",
                "case",
                &format!("Чехол для модели {code}"),
            );
            finder.put(Table::Items, &row.key, &row.bytes);
        }
        let query = Query::new("модели 99999", "", "");
        let before = std::time::Instant::now();
        assert_eq!(finder.items(&query, "").count(), 1);
        assert!(
            before.elapsed() < std::time::Duration::from_millis(250),
            "{:?}",
            before.elapsed()
        );
    }
}
