//! What was done to master data: the history of a record, a change with its rows, the newest changes.

use redb::{ReadableDatabase, ReadableTable};
use storefleet_core::cbor;
use storefleet_core::master::Table;
use storefleet_core::master::change::RowChange;

use super::store::{CHANGE_ROWS, CHANGES, ChangeCard, HISTORY, MasterStore, StoreError};

impl MasterStore {
    /// The newest changes, each with its number and card.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_changes(&self, count: usize) -> Result<Vec<(u64, ChangeCard)>, StoreError> {
        let changes = self.database.begin_read()?.open_table(CHANGES)?;
        let newest = changes.iter()?.rev().take(count);
        let read = newest.map(|item| {
            let (number, bytes) = item?;
            Ok((number.value(), read_card(number.value(), bytes.value())?))
        });
        read.collect()
    }

    /// Numbers of the changes behind an entry of the office's log, in order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn changes_behind(&self, position: u64) -> Result<Vec<u64>, StoreError> {
        let changes = self.database.begin_read()?.open_table(CHANGES)?;
        let behind = changes.range(position.saturating_add(1)..)?;
        behind.map(|item| Ok(item?.0.value())).collect()
    }

    /// Keys that records of a table beginning so ever had, those that are gone too.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn keys_ever(&self, table: Table, prefix: &str) -> Result<Vec<String>, StoreError> {
        let history = self.database.begin_read()?.open_table(HISTORY)?;
        let code = table.code();
        let mut keys: Vec<String> = Vec::new();
        for item in history.range((code, prefix, 0)..(code.saturating_add(1), "", 0))? {
            let (place, _) = item?;
            let key = place.value().1;
            if !key.starts_with(prefix) {
                break;
            }
            if keys.last().is_none_or(|last| last != key) {
                keys.push(key.to_owned());
            }
        }
        Ok(keys)
    }

    /// The changes of a record, newest first, each with its number and card.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn history(
        &self,
        table: Table,
        key: &str,
    ) -> Result<Vec<(u64, ChangeCard, RowChange)>, StoreError> {
        let read = self.database.begin_read()?;
        let history = read.open_table(HISTORY)?;
        let change_rows = read.open_table(CHANGE_ROWS)?;
        let code = table.code();
        let mut found = Vec::new();
        for item in history.range((code, key, 0)..=(code, key, u64::MAX))?.rev() {
            let (place, index) = item?;
            let change = place.value().2;
            let Some(card) = self.change(change)? else {
                continue;
            };
            if let Some(bytes) = change_rows.get((change, index.value()))? {
                found.push((change, card, read_row(change, bytes.value())?));
            }
        }
        Ok(found)
    }

    /// A change.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn change(&self, change: u64) -> Result<Option<ChangeCard>, StoreError> {
        let changes = self.database.begin_read()?.open_table(CHANGES)?;
        let found = changes.get(change)?;
        found
            .map(|bytes| read_card(change, bytes.value()))
            .transpose()
    }

    /// The rows of a change.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn rows_of(&self, change: u64) -> Result<Vec<RowChange>, StoreError> {
        let rows = self.database.begin_read()?.open_table(CHANGE_ROWS)?;
        let range = rows.range((change, 0)..=(change, u32::MAX))?;
        range
            .map(|item| read_row(change, item?.1.value()))
            .collect()
    }
}

fn read_card(change: u64, bytes: &[u8]) -> Result<ChangeCard, StoreError> {
    cbor::decode(bytes).map_err(|_| StoreError::Record(format!("change {change}")))
}

pub(super) fn read_row(change: u64, bytes: &[u8]) -> Result<RowChange, StoreError> {
    cbor::decode(bytes).map_err(|_| StoreError::Record(format!("a row of change {change}")))
}
