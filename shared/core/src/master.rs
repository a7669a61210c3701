//! Master data of the office: tables of records that people edit, import and see the history of.
//!
//! A record is a typed struct with canonical CBOR bytes and, for people and exchange files, one cell of
//! text per column. A new table is one file here and one line in [`TABLES`].

use crate::cbor::{self, CborError};
use crate::coded_enum;

mod cells;
pub mod change;
pub mod corridor;
pub mod dealer;
pub mod dealer_limit;
pub mod item;
pub mod legal_entity;
pub mod matrix;
pub mod opening_stock;
pub mod price;
pub mod price_type;
pub mod promotion;
pub mod reach;
pub mod role;
pub mod secret;
pub mod staff;
pub mod stop_list;
pub mod store;
pub mod tax;

pub use cells::{CellError, Cells, Rule};

coded_enum! {
    /// A table of master data; its code stands in the office's log for ever.
    pub enum Table {
        /// Sellable items.
        Items = 1 => "items",
        /// Rows of the price list.
        Prices = 2 => "prices",
        /// Bounds of prices.
        Corridors = 3 => "corridors",
        /// Dealers.
        Dealers = 4 => "dealers",
        /// Stores.
        Stores = 5 => "stores",
        /// Types of prices.
        PriceTypes = 6 => "price_types",
        /// VAT rates.
        Taxes = 7 => "taxes",
        /// People who work in shops.
        Staff = 8 => "staff",
        /// Legal entities that sell.
        LegalEntities = 9 => "legal_entities",
        /// What shops must, may or must not carry.
        Matrix = 10 => "matrix",
        /// Items that may not be sold.
        StopList = 11 => "stop_list",
        /// What stores held when they began.
        OpeningStock = 12 => "opening_stock",
        /// What people of a role may do.
        Roles = 14 => "roles",
        /// Promotions.
        Promotions = 20 => "promotions",
        /// Limits for the promotions of dealers.
        DealerLimits = 21 => "dealer_limits",
        /// Secrets that tills need off line.
        Secrets = 22 => "secrets",
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in files and interfaces.
    pub name: &'static str,
    /// A row without it is refused.
    pub needed: bool,
}

/// A column that every row must fill.
#[must_use]
pub const fn needed(name: &'static str) -> Column {
    Column { name, needed: true }
}

/// A column that may stay empty.
#[must_use]
pub const fn optional(name: &'static str) -> Column {
    Column {
        name,
        needed: false,
    }
}

/// A record of one table.
pub trait Record: Sized + minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> {
    /// Its table.
    const TABLE: Table;
    /// Its columns, in the order of files.
    const COLUMNS: &'static [Column];

    /// What tells it from the others of its table; printable, and sorts as people expect.
    fn key(&self) -> String;

    /// Reads it from the cells of a row.
    ///
    /// # Errors
    /// The first cell that cannot be used.
    fn read(cells: &Cells<'_>) -> Result<Self, CellError>;

    /// One cell per column; [`Record::read`] of them gives the same record.
    fn cells(&self) -> Vec<String>;
}

/// A record as it is kept: its key and its canonical bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The key.
    pub key: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Row {
    /// The row of a record.
    #[must_use]
    pub fn of<R: Record>(record: &R) -> Self {
        Self {
            key: record.key(),
            bytes: cbor::encode(record),
        }
    }
}

/// A table as its readers and writers see it, whatever its records are.
#[derive(Debug, Clone, Copy)]
pub struct TableSpec {
    /// Which.
    pub table: Table,
    /// Its columns, in the order of files.
    pub columns: &'static [Column],
    /// Reads a row of cells.
    pub read: fn(&Cells<'_>) -> Result<Row, CellError>,
    /// The cells of a record's bytes.
    pub cells: fn(&[u8]) -> Result<Vec<String>, CborError>,
}

const fn spec<R: Record>() -> TableSpec {
    TableSpec {
        table: R::TABLE,
        columns: R::COLUMNS,
        read: |cells| R::read(cells).map(|record| Row::of(&record)),
        cells: |bytes| cbor::decode::<R>(bytes).map(|record| record.cells()),
    }
}

/// Every table, in the order in which a whole export is read again: what is referred to comes first.
pub const TABLES: &[TableSpec] = &[
    spec::<dealer::DealerRecord>(),
    spec::<legal_entity::LegalEntityRecord>(),
    spec::<store::StoreRecord>(),
    spec::<role::RoleRecord>(),
    spec::<staff::StaffRecord>(),
    spec::<price_type::PriceTypeRecord>(),
    spec::<tax::TaxRecord>(),
    spec::<item::ItemRecord>(),
    spec::<price::PriceRecord>(),
    spec::<corridor::CorridorRecord>(),
    spec::<promotion::PromotionRecord>(),
    spec::<dealer_limit::DealerLimitRecord>(),
    spec::<secret::SecretRecord>(),
    spec::<matrix::MatrixRecord>(),
    spec::<stop_list::StopRecord>(),
    spec::<opening_stock::OpeningStockRecord>(),
];

impl Table {
    /// How its rows are read and written; none for a table of a newer version.
    #[must_use]
    pub fn spec(self) -> Option<&'static TableSpec> {
        TABLES.iter().find(|spec| spec.table == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_listed_once_and_names_its_columns_once() {
        for table in Table::KNOWN {
            let listed = TABLES.iter().filter(|spec| spec.table == *table).count();
            assert_eq!(listed, 1, "{}", table.name());
        }
        for spec in TABLES {
            let names: std::collections::BTreeSet<_> =
                spec.columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), spec.columns.len(), "{}", spec.table.name());
        }
    }

    fn check(table: Table, texts: &[&str]) {
        let spec = table.spec().unwrap();
        let cells = texts.iter().map(|text| (*text).into()).collect();
        let row = (spec.read)(&Cells::new(spec.columns, cells)).unwrap();
        assert_eq!((spec.cells)(&row.bytes).unwrap(), texts);
    }

    #[test]
    fn a_row_of_cells_is_written_as_it_was_read() {
        check(
            Table::Items,
            &[
                "0012",
                "4006381333931|96385074",
                "goods",
                "phone",
                "ASUS",
                "Телефон",
                "A1",
                "шт",
                "imei",
                "35161868",
                "base",
                "4699000",
                "1",
                "0",
                "12",
            ],
        );
        check(
            Table::Prices,
            &[
                "7",
                "0012",
                "retail",
                "region",
                "RU-KAM",
                "0",
                "2026-01-01T00:00:00",
                "",
                "3",
                "1",
                "-2",
            ],
        );
        check(
            Table::Corridors,
            &[
                "0012",
                "cost",
                "*",
                "",
                "990",
                "100",
                "2026-01-01T00:00:00",
                "2026-02-01T00:00:00",
            ],
        );
    }

    #[test]
    fn dealers_stores_and_people_are_written_as_they_were_read() {
        check(
            Table::Dealers,
            &[
                "D0001",
                "ООО «Тон»",
                "ooo",
                "federal",
                "9900014563",
                "osn",
                "312",
                "1c-erp",
                "2024-02-15",
            ],
        );
        check(
            Table::LegalEntities,
            &["E1", "ООО «Тон Ритейл»", "9900014563", "D0001"],
        );
        check(
            Table::Stores,
            &[
                "S00001",
                "D0004",
                "salon",
                "Барнаул",
                "RU-ALT",
                "Алтайский край",
                "Сибирский",
                "ул. Школьная, 41",
                "53.36283",
                "-83.72",
                "Asia/Barnaul",
                "632372",
                "16",
                "1",
                "00:00",
                "24:00",
                "lte",
                "2019-08-21",
            ],
        );
        let hash = "pin1:000102030405060708090a0b0c0d0e0f";
        check(
            Table::Staff,
            &["007", "S00001", "", "Анна", "cashier", "1", hash],
        );
        check(
            Table::Staff,
            &["008", "", "D0001", "Пётр", "director", "0", ""],
        );
        check(Table::Roles, &["cashier", "50000", "0"]);
    }

    #[test]
    fn rules_of_selling_are_written_as_they_were_read() {
        check(Table::PriceTypes, &["promo", "retail"]);
        check(Table::PriceTypes, &["base", ""]);
        let (from, to) = ("2026-01-01T00:00:00", "2026-02-01T00:00:00");
        check(
            Table::Taxes,
            &["osn", "base", "vat22", "22", "122", from, ""],
        );
        check(Table::Matrix, &["0012", "format", "kiosk", "not", from, to]);
        check(
            Table::Matrix,
            &["0012", "cluster", "south", "must", from, ""],
        );
        check(
            Table::StopList,
            &["0012", "network", "*", "refuse", "отзыв партии", from, to],
        );
        check(Table::OpeningStock, &["S00001", "0012", "E1", "12.5", ""]);
        let imei = "356938035643809";
        check(Table::OpeningStock, &["S00001", "0012", "", "1", imei]);
    }

    #[test]
    fn a_unit_with_a_number_of_its_own_is_one() {
        let two = ["S00001", "0012", "", "2", "356938035643809"];
        check_refused(Table::OpeningStock, &two, "quantity", &Rule::OneUnit);
    }

    fn check_refused(table: Table, texts: &[&str], column: &str, rule: &Rule) {
        let spec = table.spec().unwrap();
        let cells = texts.iter().map(|text| (*text).into()).collect();
        let error = (spec.read)(&Cells::new(spec.columns, cells)).unwrap_err();
        assert_eq!((error.column, &error.rule), (column, rule));
    }

    #[test]
    fn a_person_works_in_one_place_and_a_number_has_its_check_digit() {
        let staff = |store, dealer| ["007", store, dealer, "Анна", "cashier", "1"];
        check_refused(Table::Staff, &staff("", ""), "store_id", &Rule::Needed);
        check_refused(
            Table::Staff,
            &staff("S1", "D1"),
            "dealer_id",
            &Rule::OneScope,
        );
        let entity = ["E1", "ООО «Тон»", "9900014564", "D0001"];
        check_refused(
            Table::LegalEntities,
            &entity,
            "inn",
            &Rule::CheckDigit("ИНН"),
        );
        let rate = ["osn", "base", "vat22", "22", "0", "2026-01-01T00:00:00"];
        check_refused(Table::Taxes, &rate, "den", &Rule::Number);
    }

    #[test]
    fn a_bad_cell_is_named_with_its_rule() {
        let spec = Table::Items.spec().unwrap();
        let texts = [
            "1",
            "4006381333932",
            "goods",
            "phone",
            "",
            "Телефон",
            "",
            "",
            "",
            "",
            "base",
        ];
        let cells = Cells::new(
            spec.columns,
            texts.iter().map(|text| (*text).into()).collect(),
        );
        let error = (spec.read)(&cells).unwrap_err();
        assert_eq!(
            (error.column, error.value.as_str()),
            ("barcode", "4006381333932")
        );
        assert_eq!(error.rule, Rule::CheckDigit("GTIN"));
    }
}
