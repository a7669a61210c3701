//! Finds the row that names the columns, and the table they belong to.

use storefleet_core::master::{TABLES, Table, TableSpec};

use super::ImportError;
use super::words::{HEADERS, plain};

/// Rows of a file among which the heading is looked for: price lists begin with an address and a date.
pub(super) const HEADING_ROWS_MAX: usize = 20;
/// Fewer known columns make no heading.
const COLUMNS_KNOWN_MIN: usize = 2;

/// Where a cell goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Index of the column in its table.
    pub(super) column: usize,
    /// The cell holds roubles where the column holds kopecks.
    pub(super) is_roubles: bool,
}

/// A heading: the table, and for each cell of a row where it goes.
#[derive(Clone)]
pub(super) struct Heading {
    pub(super) spec: &'static TableSpec,
    pub(super) places: Vec<Option<Place>>,
    /// Headers that name no column of the table.
    pub(super) unknown: Vec<String>,
    known: usize,
}

impl Heading {
    /// The heading that cells are; none when they are other cells.
    pub(super) fn of(cells: &[String], wanted: Option<Table>) -> Result<Option<Self>, ImportError> {
        let specs = TABLES
            .iter()
            .filter(|spec| wanted.is_none_or(|wanted| spec.table == wanted));
        let mut best: Vec<Self> = Vec::new();
        for spec in specs {
            let Some(heading) = Self::in_table(cells, spec) else {
                continue;
            };
            match best.first().map(|best| heading.cmp_known(best)) {
                None | Some(std::cmp::Ordering::Greater) => best = vec![heading],
                Some(std::cmp::Ordering::Equal) => best.push(heading),
                Some(std::cmp::Ordering::Less) => {}
            }
        }
        if best.len() > 1 {
            let tables: Vec<_> = best
                .iter()
                .map(|heading| heading.spec.table.name())
                .collect();
            let tables = tables.join(", ");
            return Err(ImportError::Ambiguous { tables });
        }
        Ok(best.pop())
    }

    /// How many columns it knows, to choose among separators.
    pub(super) fn known(&self) -> usize {
        self.known
    }

    /// More known columns first; then the table that is there with all of its columns.
    fn cmp_known(&self, other: &Self) -> std::cmp::Ordering {
        let is_whole = |heading: &Self| heading.spec.columns.len() == heading.known;
        let by_known = self.known.cmp(&other.known);
        by_known.then_with(|| is_whole(self).cmp(&is_whole(other)))
    }

    fn in_table(cells: &[String], spec: &'static TableSpec) -> Option<Self> {
        let mut places: Vec<Option<Place>> = Vec::with_capacity(cells.len());
        let mut unknown = Vec::new();
        for cell in cells {
            let place = place_of(spec, cell).filter(|place| {
                let mut before = places.iter().flatten();
                !before.any(|known: &Place| known.column == place.column)
            });
            if place.is_none() && !cell.trim().is_empty() {
                unknown.push(cell.trim().to_owned());
            }
            places.push(place);
        }
        let known = places.iter().flatten().count();
        let names_rows = places.iter().flatten().any(|place| {
            let column = spec.columns.get(place.column);
            column.is_some_and(|column| column.name == names_row(spec.table))
        });
        (names_rows && known >= COLUMNS_KNOWN_MIN).then_some(Self {
            spec,
            places,
            unknown,
            known,
        })
    }
}

/// The place of a header in a table: by our name, with `_rub` for `_kop`, or by a word of people.
pub(super) fn place_of(spec: &TableSpec, header: &str) -> Option<Place> {
    let header = header.trim();
    let exact = place_named(spec, header);
    exact.or_else(|| {
        let plain = plain(header);
        let mut listed = HEADERS.iter();
        let of_table = listed.find_map(|(name, headers)| {
            let fits = headers.contains(&plain.as_str());
            place_named(spec, name).filter(|_| fits)
        });
        of_table.or_else(|| place_named(spec, &header.to_lowercase()))
    })
}

fn place_named(spec: &TableSpec, name: &str) -> Option<Place> {
    let at = |name: &str| spec.columns.iter().position(|column| column.name == name);
    if let Some(column) = at(name) {
        let is_roubles = false;
        return Some(Place { column, is_roubles });
    }
    let kopecks = format!("{}_kop", name.strip_suffix("_rub")?);
    let is_roubles = true;
    at(&kopecks).map(|column| Place { column, is_roubles })
}

/// The column with which the key of a row begins.
pub(super) fn names_row(table: Table) -> &'static str {
    match table {
        Table::Items | Table::Prices | Table::Corridors | Table::Matrix | Table::StopList => {
            "item_code"
        }
        Table::Dealers => "dealer_id",
        Table::Stores | Table::OpeningStock => "store_id",
        Table::PriceTypes => "price_type",
        Table::Taxes => "tax_regime",
        Table::Staff => "staff_id",
        Table::Roles => "role",
        Table::LegalEntities => "entity_id",
        Table::Promotions => "promo_id",
        Table::DealerLimits => "dealer_id",
        Table::Secrets => "name",
        Table::Other(_) => "",
    }
}

/// The name of a column as the file means it.
pub(super) fn name_of(spec: &TableSpec, place: Place) -> String {
    let name = spec
        .columns
        .get(place.column)
        .map_or("", |column| column.name);
    match name.strip_suffix("_kop") {
        Some(stem) if place.is_roubles => format!("{stem}_rub"),
        _ => name.to_owned(),
    }
}
