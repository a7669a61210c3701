//! What a change of the matrix does, item by item, before it is made.

use maud::{Markup, html};
use storefleet_core::cbor;
use storefleet_core::master::item::ItemRecord;
use storefleet_core::master::matrix::{Carried, MatrixRecord, Shops};

use super::edit::Wish;
use crate::console::scene::PageError;
use crate::console::telling::{item_link, wall_text};
use crate::console::words::Words;
use crate::import::preview::Preview;
use crate::master::MasterStore;

/// What changes for each item: the role it has, the one it gets, from when and until when.
pub(super) fn told(
    words: &Words<'_>,
    store: &MasterStore,
    preview: &Preview,
    wish: &Wish,
) -> Result<Markup, PageError> {
    let (scope, name) = match &wish.shops {
        Shops::Format(format) => ("matrix-format", format.as_str()),
        Shops::Cluster(name) => ("matrix-cluster", name.as_str()),
    };
    let mut rows = Vec::new();
    for item in &wish.items {
        let held: Vec<MatrixRecord> = store.starting(&format!("{item}/"))?;
        let of_shops = held.iter().filter(|row| row.shops == wish.shops);
        let mut counting = of_shops.filter(|row| row.validity.holds(wish.from));
        let was = counting.next().map(|row| row.carried);
        let record = store.get::<ItemRecord>(item)?;
        let becomes = changed(preview, item, wish);
        rows.push((
            item,
            record.map(|it| it.name).unwrap_or_default(),
            was,
            becomes,
        ));
    }
    let role = |carried: Carried| words.text(&format!("carried-{}", carried.name()));
    Ok(html! {
        p { (words.text(scope)) " " b { (name) } ", " (words.of("matrix-from", &wall_text(wish.from))) }
        div.scroll { table {
            thead { tr {
                th scope="col" { (words.text("what")) }
                th scope="col" { (words.text("was")) }
                th scope="col" { (words.text("becomes")) }
            } }
            tbody { @for (item, name, was, becomes) in &rows { tr {
                th scope="row" { (item_link(item, name)) " " span.muted { (item) } }
                td { @match was { Some(was) => { (role(*was)) } None => { (words.text("matrix-unset")) } } }
                td { @match becomes {
                    Some(row) => {
                        b { (role(row.carried)) }
                        @if let Some(to) = row.validity.to { span.muted { " " (words.of("matrix-until", &wall_text(to))) } }
                    }
                    None => { span.muted { (words.text("matrix-stays")) } }
                } }
            } } }
        } }
    })
}

/// The row that an item gets from then on; none where it has that role already.
fn changed(preview: &Preview, item: &str, wish: &Wish) -> Option<MatrixRecord> {
    let written = preview.changes.iter().filter_map(|change| {
        let bytes = change.row.to.as_deref()?;
        cbor::decode::<MatrixRecord>(bytes).ok()
    });
    let mut of_item = written.filter(|row| row.item.as_str() == item);
    of_item.find(|row| row.validity.from == wish.from)
}
