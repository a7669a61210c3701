//! The matrix of the assortment: what shops of a format or a cluster must, may and may not carry; and saying so by form.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use storefleet_core::master::matrix::{Carried, MatrixRecord, Shops};

use super::Desk;
use super::form::Fields;
use super::frame::Section;
use super::scene::{Page, Scene};
use super::telling::{item_link, wall};
use super::words::{DASH, Words, amount};
use crate::master::find::Finder;

mod edit;
mod told;

/// Rows and columns that a page shows.
const ROWS_SHOWN: usize = 60;
const COLUMNS_SHOWN: usize = 24;

/// The addresses of this folder.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/assortment", get(show))
        .route("/assortment/edit", get(edit::show).post(edit::take))
}

/// What a cell counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cell {
    must: usize,
    may: usize,
    not: usize,
}

impl Cell {
    fn add(&mut self, carried: Carried) {
        let count = match carried {
            Carried::Must => &mut self.must,
            Carried::May | Carried::Other(_) => &mut self.may,
            Carried::Not => &mut self.not,
        };
        *count = count.saturating_add(1);
    }
}

/// Format or cluster, and its name.
type Column = (&'static str, String);

/// Cells by row and column.
#[derive(Debug, Default)]
struct Matrix {
    columns: BTreeSet<Column>,
    rows: BTreeMap<String, BTreeMap<Column, Cell>>,
}

impl Matrix {
    /// Counts records by the row that `row` names for an item.
    fn of<'m>(
        records: impl IntoIterator<Item = &'m MatrixRecord>,
        row: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let mut matrix = Self::default();
        for record in records {
            let column = match &record.shops {
                Shops::Format(format) => ("format", format.to_string()),
                Shops::Cluster(cluster) => ("cluster", cluster.clone()),
            };
            matrix.columns.insert(column.clone());
            if let Some(row) = row(record.item.as_str()) {
                let cells = matrix.rows.entry(row).or_default();
                cells.entry(column).or_default().add(record.carried);
            }
        }
        matrix
    }
}

async fn show(scene: Scene) -> Response {
    scene.show(page).await
}

fn page(scene: &Scene) -> Page {
    let words = scene.words();
    let fields = &scene.fields;
    let store = scene.inner.publisher.master.read();
    let now = wall(scene.now);
    let mut records: Vec<MatrixRecord> = store.all()?;
    let is_set = !records.is_empty();
    records.retain(|record| record.validity.holds(now));
    let finder = scene.inner.finder(&store)?;
    let group = fields.get("group");
    let by_item = fields.get("rows") == "items" || !group.is_empty();
    let group_of = |item: &str| finder.item(item).map_or(DASH, |found| found.group.as_str());
    let matrix = Matrix::of(&records, |item| {
        let of_item = group_of(item);
        let is_wanted = group.is_empty() || group == of_item;
        is_wanted.then(|| {
            if by_item {
                item.to_owned()
            } else {
                of_item.to_owned()
            }
        })
    });
    let main = html! {
        section.panel {
            @if is_set {
                header { (choices(&words, fields, by_item)) }
                (legend(&words, by_item))
                (table(&words, fields, &finder, &matrix, by_item))
                (pages(&words, fields, &matrix))
            } @else {
                div.nothing { p { (words.text("matrix-empty")) } p { a.button href="/import" { (words.text("catalog-empty-next")) } " " a.button href="/assortment/edit" { (words.text("matrix-edit")) } } }
            }
        }
    };
    drop(finder);
    drop(store);
    Ok(scene.page(
        Section::Assortment,
        None,
        words.text("nav-assortment"),
        words.text("matrix-subtitle"),
        &main,
    ))
}

fn choices(words: &Words<'_>, fields: &Fields, by_item: bool) -> Markup {
    let group = fields.get("group");
    html! {
        div.switch role="group" aria-label=(words.text("matrix-rows")) {
            a href="/assortment" aria-current=[(!by_item).then_some("true")] { (words.text("matrix-groups")) }
            a href="/assortment?rows=items" aria-current=[by_item.then_some("true")] { (words.text("matrix-items")) }
        }
        @if !group.is_empty() { b { (group) } a href="/assortment" { (words.text("filter-reset")) } }
        form #chosen method="get" action="/assortment/edit" {
            button { (words.text(if by_item { "matrix-edit-chosen" } else { "matrix-edit" })) }
        }
    }
}

fn legend(words: &Words<'_>, by_item: bool) -> Markup {
    html! {
        ul.legend.inset {
            li { b { "●" } (words.text("carried-must")) }
            li { "○ " (words.text("carried-may")) }
            li { "✕ " (words.text("carried-not")) }
            @if !by_item { li { (words.text("matrix-counts")) } }
        }
    }
}

fn offset(fields: &Fields, name: &str) -> usize {
    fields.get(name).parse().unwrap_or(0)
}

fn table(
    words: &Words<'_>,
    fields: &Fields,
    finder: &Finder,
    matrix: &Matrix,
    by_item: bool,
) -> Markup {
    let columns = matrix
        .columns
        .iter()
        .skip(offset(fields, "column"))
        .take(COLUMNS_SHOWN);
    let columns: Vec<&Column> = columns.collect();
    let rows = matrix
        .rows
        .iter()
        .skip(offset(fields, "row"))
        .take(ROWS_SHOWN);
    html! {
        div.scroll { table.matrix {
            thead { tr {
                th scope="col" { (words.text(if by_item { "table-items" } else { "column-group" })) }
                @for (kind, name) in &columns { th scope="col" { span.muted { (words.text(&format!("matrix-{kind}"))) } " " (name) } }
            } }
            tbody { @for (row, cells) in rows {
                tr {
                    th scope="row" { @if by_item { input type="checkbox" name="items" value=(row) form="chosen" aria-label=(words.of("matrix-choose", row)); " " (item_link(row, finder.item(row).map_or(row, |found| &found.name))) }
                        @else { a href=(Fields::default().address("/assortment", &[], &[("group", row)])) { (row) } } }
                    @for column in &columns {
                        @let marks = marks(cells.get(*column).copied().unwrap_or_default(), by_item, words);
                        td { @if by_item { a href=(edit_address(row, column)) title=(words.text("matrix-edit")) { (marks) } } @else { (marks) } }
                    }
                }
            } }
        } }
    }
}

/// The form that is filled with an item and its shops.
fn edit_address(item: &str, (kind, name): &Column) -> String {
    let shops = [("items", item), ("scope", *kind), ("scope_id", name)];
    Fields::default().address("/assortment/edit", &[], &shops)
}

fn marks(cell: Cell, by_item: bool, words: &Words<'_>) -> Markup {
    let parts = [
        (cell.must, "●", "carried-must"),
        (cell.may, "○", "carried-may"),
        (cell.not, "✕", "carried-not"),
    ];
    let any = parts.iter().any(|(count, ..)| *count > 0);
    html! {
        @if !any { span.muted { (DASH) } }
        @for (count, mark, id) in parts { @if count > 0 {
            span.mark.must[id == "carried-must"] title=(words.text(id)) {
                span aria-hidden="true" { (mark) } span.unseen { (words.text(id)) }
                @if !by_item { (amount(count)) }
            } " "
        } }
    }
}

fn pages(words: &Words<'_>, fields: &Fields, matrix: &Matrix) -> Markup {
    let (row, column) = (offset(fields, "row"), offset(fields, "column"));
    let next_row = row.saturating_add(ROWS_SHOWN);
    let next_column = column.saturating_add(COLUMNS_SHOWN);
    let kept = ["rows", "group", "row", "column"];
    let to =
        |name: &str, at: usize| fields.address("/assortment", &kept, &[(name, &at.to_string())]);
    let more_rows = next_row < matrix.rows.len();
    let more_columns = next_column < matrix.columns.len();
    html! {
        @if row > 0 || column > 0 || more_rows || more_columns {
            footer {
                @if row > 0 || column > 0 { a href=(fields.address("/assortment", &["rows", "group"], &[])) { (words.text("page-first")) } }
                @if more_columns { a href=(to("column", next_column)) { (words.text("matrix-more-columns")) } }
                @if more_rows { a rel="next" href=(to("row", next_row)) { (words.text("page-next")) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use storefleet_core::master::{Cells, Record};

    use super::*;

    #[test]
    fn a_group_counts_what_its_items_must_and_may() {
        let record =
            |item: &'static str, scope: &'static str, name: &'static str, carried: &'static str| {
                let texts = [item, scope, name, carried, "2026-01-01T00:00:00", ""];
                let cells = texts.iter().map(|text| (*text).into()).collect();
                MatrixRecord::read(&Cells::new(MatrixRecord::COLUMNS, cells)).unwrap()
            };
        let records = [
            record("1", "format", "kiosk", "must"),
            record("2", "format", "kiosk", "must"),
            record("3", "format", "kiosk", "not"),
            record("1", "cluster", "south", "may"),
        ];
        let matrix = Matrix::of(&records, |item| (item != "3").then(|| "case".to_owned()));
        assert_eq!(matrix.columns.len(), 2);
        let cells = &matrix.rows["case"];
        assert_eq!(cells[&("format", "kiosk".to_owned())].must, 2);
        assert_eq!(cells[&("format", "kiosk".to_owned())].not, 0);
        assert_eq!(cells[&("cluster", "south".to_owned())].may, 1);
    }
}
