//! Opening balances of goods that are told apart: one row a unit, a number that can be one, each number once.

use std::collections::{BTreeMap, BTreeSet};

use storefleet_core::cbor;
use storefleet_core::identifier::{ImeiError, read_iccid, read_imei};
use storefleet_core::master::item::{ItemRecord, Serial};
use storefleet_core::master::opening_stock::OpeningStockRecord;
use storefleet_core::master::{Record, Row, Table};

use super::intake::FileRow;
use super::{Current, Fault};

const COLUMN: &str = "serial";

/// The row of a balance with its number as it is printed on the unit; what the item's card says of numbers counts.
/// Of an item that is not known nothing can be said: a person looks at it.
pub(super) fn judged(row: Row, current: &dyn Current) -> Result<Row, Fault> {
    let record = cbor::decode::<OpeningStockRecord>(&row.bytes);
    let Ok(mut record) = record else {
        return Ok(row);
    };
    let item = current.get(Table::Items, record.item.as_str());
    let item = item.and_then(|bytes| cbor::decode::<ItemRecord>(&bytes).ok());
    let Some(item) = item else {
        return Ok(row);
    };
    let fault = |value: &str, rule: &str, detail: &str| Fault::new(COLUMN, value, rule, detail);
    let serial = match (item.tracking, record.serial.as_deref()) {
        (Serial::None | Serial::Other(_), None) => return Ok(row),
        (Serial::None, Some(serial)) => return Err(fault(serial, "serial-none", "")),
        (Serial::Imei | Serial::Iccid, None) => return Err(fault("", "serial-needed", "")),
        (Serial::Imei, Some(serial)) => imei(serial)?,
        (Serial::Iccid, Some(serial)) => {
            read_iccid(serial).map_err(|_| fault(serial, "serial-iccid", ""))?
        }
        (Serial::Other(_), Some(serial)) => serial.to_owned(),
    };
    record.serial = Some(serial);
    Ok(Row {
        key: record.key(),
        bytes: cbor::encode(&record),
    })
}

fn imei(serial: &str) -> Result<String, Fault> {
    match read_imei(serial) {
        Ok(imei) => Ok(imei.digits),
        Err(ImeiError::CheckDigit { expected }) => {
            let expected = expected.to_string();
            Err(Fault::new(COLUMN, serial, "serial-imei-digit", expected))
        }
        Err(ImeiError::Gtin | ImeiError::Shape | ImeiError::Placeholder) => {
            Err(Fault::new(COLUMN, serial, "serial-imei", ""))
        }
    }
}

/// The number that a row of the file is about.
pub(super) fn serial_of(row: &FileRow) -> Option<String> {
    let bytes = row
        .bytes
        .as_deref()
        .filter(|_| row.table == Table::OpeningStock)?;
    cbor::decode::<OpeningStockRecord>(bytes).ok()?.serial
}

/// Rows about one unit that stands in several: each with the lines of the others. Which one is meant does not hang on
/// their order, so none of them counts.
pub(super) fn twice(rows: &[FileRow]) -> BTreeMap<u64, Vec<u64>> {
    let mut lines: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for row in rows {
        if let Some(serial) = serial_of(row) {
            lines.entry(serial).or_default().insert(row.line);
        }
    }
    let doubled = lines.into_values().filter(|lines| lines.len() > 1);
    let each = doubled.flat_map(|lines| {
        let all: Vec<u64> = lines.into_iter().collect();
        let others = |line: &u64| all.iter().copied().filter(|other| other != line).collect();
        let each: Vec<(u64, Vec<u64>)> = all.iter().map(|line| (*line, others(line))).collect();
        each
    });
    each.collect()
}
