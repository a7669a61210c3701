//! Files in, records out: what each form of file says, what is refused, and what stays the same however it comes.

use std::collections::BTreeMap;
use std::io::Cursor;

use storefleet_core::master::Table;

use super::preview::{Mode, Preview};
use super::{Ask, Current, Delivery, ImportError, read};

mod bad_files;
mod commerceml;
mod forms;
mod laws;
mod previews;
mod round_trip;

/// Tables in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tables(BTreeMap<(Table, String), Vec<u8>>);

impl Current for Tables {
    fn get(&self, table: Table, key: &str) -> Option<Vec<u8>> {
        self.0.get(&(table, key.to_owned())).cloned()
    }

    fn each_key(&self, table: Table, each: &mut dyn FnMut(&str, &[u8])) {
        for ((of, key), bytes) in &self.0 {
            if *of == table {
                each(key, bytes);
            }
        }
    }
}

impl Tables {
    fn apply(&mut self, preview: Preview) {
        for row in preview.into_rows() {
            let key = (row.table, row.key);
            assert_eq!(
                self.0.get(&key).map(Vec::as_slice),
                row.from.as_deref().map(Vec::as_slice)
            );
            match row.to {
                Some(to) => self.0.insert(key, to.into()),
                None => self.0.remove(&key),
            };
        }
    }

    fn load(&mut self, file: &[u8], ask: &Ask, mode: Mode) -> Preview {
        let delivery = read(Cursor::new(file), ask, self).unwrap();
        let preview = Preview::of(delivery, mode, self);
        self.apply(preview.clone());
        preview
    }

    fn cells(&self, table: Table) -> Vec<Vec<String>> {
        let spec = table.spec().unwrap();
        let of_table = self.0.iter().filter(|((of, _), _)| *of == table);
        of_table
            .map(|(_, bytes)| (spec.cells)(bytes).unwrap())
            .collect()
    }
}

/// An asker who knows the VAT class.
fn ask() -> Ask {
    Ask {
        source: "D0004".to_owned(),
        defaults: BTreeMap::from([("vat".to_owned(), "base".to_owned())]),
        ..Ask::default()
    }
}

fn read_new(file: &[u8]) -> Result<Delivery, ImportError> {
    read(Cursor::new(file), &ask(), &Tables::default())
}

fn rules(delivery: &Delivery) -> Vec<(u64, &str, &str)> {
    let refused = delivery.refused.iter();
    refused
        .map(|row| (row.line, row.fault.column.as_str(), row.fault.rule.as_str()))
        .collect()
}

/// A valid barcode for a number.
fn barcode(number: u64) -> String {
    let payload = format!("29{number:010}");
    let check = (0..10).map(|digit| format!("{payload}{digit}"));
    let mut right = check.filter(|code| storefleet_core::identifier::is_gtin(code));
    right.next().unwrap()
}
