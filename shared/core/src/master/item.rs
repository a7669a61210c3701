//! Sellable items: goods, SIM cards, services, payments.

use super::cells::{flag_text, money_text};
use super::{CellError, Cells, Column, Record, Rule, Table, needed, optional};
use crate::coded_enum;
use crate::identifier::is_gtin;
use crate::money::Money;
use crate::pricing::item::{Item, ItemKind, Tracking};
use crate::pricing::names::{Brand, ItemCode, ItemGroup, VatClass};

coded_enum! {
    /// What an item is.
    pub enum Kind {
        /// A thing.
        Goods = 0 => "goods",
        /// A SIM card.
        Sim = 1 => "sim",
        /// Work or a promise.
        Service = 2 => "service",
        /// Money passed on, such as a top-up.
        Payment = 3 => "payment",
        /// A tariff of the operator.
        Tariff = 4 => "tariff",
        /// Several items sold as one.
        Bundle = 5 => "bundle",
    }
}

coded_enum! {
    /// By which number single pieces are told apart.
    pub enum Serial {
        /// By none.
        None = 0 => "none",
        /// By IMEI.
        Imei = 1 => "imei",
        /// By ICCID.
        Iccid = 2 => "iccid",
    }
}

const KINDS: &[&str] = &["goods", "sim", "service", "payment", "tariff", "bundle"];
/// Units of quantities: pieces, pairs, sets, packs, services, metres, kilograms, litres.
const UNITS: &[&str] = &["шт", "пара", "компл", "упак", "усл", "м", "кг", "л"];
const SERIALS: &[&str] = &["none", "imei", "iccid"];
/// Between several barcodes of an item in one cell.
const BARCODE_SEPARATOR: char = '|';
/// More barcodes than any real item has.
const BARCODES_MAX: usize = 50;

/// An item as the office keeps it.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ItemRecord {
    /// Its code; leading zeros count.
    #[n(0)]
    pub code: ItemCode,
    /// Trade numbers printed on it: GTIN of 8, 12, 13 or 14 digits.
    #[n(1)]
    pub barcodes: Vec<String>,
    /// What it is.
    #[n(2)]
    pub kind: Kind,
    /// Its group.
    #[n(3)]
    pub group: ItemGroup,
    /// Its brand; empty for none.
    #[n(4)]
    pub brand: Brand,
    /// Its name for people.
    #[n(5)]
    pub name: String,
    /// Its model; for a SIM card the region it is sold in.
    #[n(6)]
    pub model: String,
    /// Unit of its quantity.
    #[n(7)]
    pub unit: String,
    /// By which number pieces are told apart.
    #[n(8)]
    pub tracking: Serial,
    /// Type allocation code: the first 8 digits of its IMEI; empty for none.
    #[n(9)]
    pub tac: String,
    /// Its VAT class.
    #[n(10)]
    pub vat: VatClass,
    /// The vendor's price, for comparison only: a price comes from the price list.
    #[n(11)]
    pub base_price: Option<Money>,
    /// The vendor allows no other price.
    #[n(12)]
    pub price_fixed_by_vendor: bool,
    /// Pieces carry a marking code of the state.
    #[n(13)]
    pub marking: bool,
    /// Months of warranty; 0 for none.
    #[n(14)]
    pub warranty_months: u16,
}

impl ItemRecord {
    /// The item as the pricing engine sees it.
    #[must_use]
    pub fn priced_item(&self) -> Item {
        Item {
            code: self.code.clone(),
            kind: match self.kind {
                Kind::Goods | Kind::Bundle | Kind::Other(_) => ItemKind::Goods,
                Kind::Sim => ItemKind::Sim,
                Kind::Service | Kind::Tariff => ItemKind::Service,
                Kind::Payment => ItemKind::Payment,
            },
            group: self.group.clone(),
            brand: self.brand.clone(),
            tracking: match self.tracking {
                Serial::None => Tracking::None,
                Serial::Imei | Serial::Iccid | Serial::Other(_) => Tracking::Serial,
            },
            vat_class: self.vat.clone(),
        }
    }
}

impl Record for ItemRecord {
    const TABLE: Table = Table::Items;
    const COLUMNS: &'static [Column] = &[
        needed("item_code"),
        optional("barcode"),
        needed("kind"),
        needed("group"),
        optional("brand"),
        needed("name"),
        optional("model"),
        optional("unit"),
        optional("tracking"),
        optional("tac"),
        needed("vat"),
        optional("base_price_kop"),
        optional("price_fixed_by_vendor"),
        optional("marking"),
        optional("warranty_months"),
    ];

    fn key(&self) -> String {
        self.code.to_string()
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let kind = Kind::from_name(cells.word("kind", KINDS)?);
        let tracking = match cells.text("tracking")? {
            "" => Some(Serial::None),
            _ => Serial::from_name(cells.word("tracking", SERIALS)?),
        };
        let unit = match cells.text("unit")? {
            "" => "",
            _ => cells.word("unit", UNITS)?,
        };
        let tac = cells.text("tac")?;
        if !tac.is_empty() && (tac.len() != 8 || !tac.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(cells.bad("tac", Rule::Number));
        }
        Ok(Self {
            code: cells.needed("item_code")?.into(),
            barcodes: barcodes(cells)?,
            kind: kind.ok_or_else(|| cells.bad("kind", Rule::OneOf(KINDS)))?,
            group: cells.needed("group")?.into(),
            brand: cells.text("brand")?.into(),
            name: cells.needed("name")?.to_owned(),
            model: cells.text("model")?.to_owned(),
            unit: unit.to_owned(),
            tracking: tracking.ok_or_else(|| cells.bad("tracking", Rule::OneOf(SERIALS)))?,
            tac: tac.to_owned(),
            vat: cells.needed("vat")?.into(),
            base_price: cells.optional_money("base_price_kop")?,
            price_fixed_by_vendor: cells.flag("price_fixed_by_vendor")?,
            marking: cells.flag("marking")?,
            warranty_months: cells.number_or("warranty_months", 0)?,
        })
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.code.to_string(),
            self.barcodes.join(&BARCODE_SEPARATOR.to_string()),
            self.kind.name().to_owned(),
            self.group.to_string(),
            self.brand.to_string(),
            self.name.clone(),
            self.model.clone(),
            self.unit.clone(),
            self.tracking.name().to_owned(),
            self.tac.clone(),
            self.vat.to_string(),
            money_text(self.base_price),
            flag_text(self.price_fixed_by_vendor),
            flag_text(self.marking),
            self.warranty_months.to_string(),
        ]
    }
}

fn barcodes(cells: &Cells<'_>) -> Result<Vec<String>, CellError> {
    let texts = cells.text("barcode")?.split(BARCODE_SEPARATOR);
    let codes: Vec<String> = texts
        .map(str::trim)
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect();
    if codes.len() > BARCODES_MAX || !codes.iter().all(|code| is_gtin(code)) {
        return Err(cells.bad("barcode", Rule::CheckDigit("GTIN")));
    }
    Ok(codes)
}
