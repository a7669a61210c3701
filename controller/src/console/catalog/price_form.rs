//! A price by hand: the form, what it would change, and the change.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use storefleet_core::master::Table;
use storefleet_core::master::change::Source;
use storefleet_core::master::item::ItemRecord;
use storefleet_core::master::price::PriceRecord;
use storefleet_core::master::price_type::PriceTypeRecord;
use storefleet_core::master::reach::{LAYERS, texts};

use crate::console::form::{Fault, Fields, carried, choice, encoded, field, reason, summary, text};
use crate::console::frame::Section;
use crate::console::preview;
use crate::console::scene::{Page, PageError, Scene};
use crate::console::words::Words;
use crate::import::preview::{Mode, Preview};
use crate::import::read_named;
use crate::master::{MasterStore, Order};

/// `GET /catalog/{item}/price`
pub(super) async fn show(scene: Scene, Path(code): Path<String>) -> Response {
    let page = move |scene: &Scene| {
        let store = scene.inner.publisher.master.read();
        let filled = filled(scene, &store, &code)?;
        let form = form(scene, &store, &code, &filled, &[])?;
        drop(store);
        whole(scene, &code, &form)
    };
    scene.show(page).await
}

/// `POST /catalog/{item}/price`: shows what would change, or changes it.
pub(super) async fn take(scene: Scene, Path(code): Path<String>, body: String) -> Response {
    scene
        .show(move |scene| taken(scene, &code, &Fields::of(&body)))
        .await
}

fn taken(scene: &Scene, code: &str, fields: &Fields) -> Page {
    let outcome = match (fields.reason(), fields.get("step")) {
        (Err(fault), _) => Err(PageError::Wrong(vec![fault])),
        (Ok(_), "save") => save(scene, code, fields),
        (Ok(_), _) => look(scene, code, fields),
    };
    let Err(PageError::Wrong(faults)) = outcome else {
        return outcome;
    };
    let store = scene.inner.publisher.master.read();
    let form = form(scene, &store, code, fields, &faults)?;
    drop(store);
    let mut page = whole(scene, code, &form)?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

/// The fields of a row that stands, or of a new one.
fn filled(scene: &Scene, store: &MasterStore, code: &str) -> Result<Fields, PageError> {
    let row = scene.fields.get("row").parse::<u64>().ok();
    let mut prices: Vec<PriceRecord> = store.starting(&format!("{code}/"))?;
    let price = match row {
        Some(row) => {
            prices.retain(|price| price.row.id.0 == row);
            Some(prices.pop().ok_or(PageError::Missing)?)
        }
        None => None,
    };
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let Some(price) = price else {
        return Ok(Fields::from_pairs(vec![
            pair("row_id", scene.inner.finder(store)?.next_row().to_string()),
            pair("layer", "network".to_owned()),
            pair("price_type", "retail".to_owned()),
        ]));
    };
    let [layer, scope] = texts(&price.row.reach);
    let kopecks = price.row.amount.0;
    let minute =
        |at: storefleet_core::pricing::moment::LocalTime| at.to_string().chars().take(16).collect();
    Ok(Fields::from_pairs(vec![
        pair("row_id", price.row.id.0.to_string()),
        pair("layer", layer),
        pair("scope_id", scope),
        pair("price_type", price.row.price_type.to_string()),
        pair(
            "amount_rub",
            format!("{},{:02}", kopecks / 100, kopecks % 100),
        ),
        pair("valid_from", minute(price.row.validity.from)),
        pair(
            "valid_to",
            price.row.validity.to.map(minute).unwrap_or_default(),
        ),
    ]))
}

fn form(
    scene: &Scene,
    store: &MasterStore,
    code: &str,
    fields: &Fields,
    faults: &[Fault],
) -> Result<Markup, PageError> {
    let words = &scene.words();
    let layers: Vec<_> = LAYERS
        .iter()
        .map(|layer| ((*layer).to_owned(), words.text(&format!("layer-{layer}"))))
        .collect();
    let types: Vec<PriceTypeRecord> = store.all()?;
    let types: Vec<_> = types
        .iter()
        .map(|kind| (kind.price_type.to_string(), kind.price_type.to_string()))
        .collect();
    let input = |name: &str, kind: &str, hint: &str| text(name, fields.get(name), kind, hint);
    Ok(html! {
        (summary(words, faults))
        form.panel.stacked method="post" action={ "/catalog/" (encoded(code)) "/price" } {
            input type="hidden" name="row_id" value=(fields.get("row_id"));
            div.columns {
                (field(words, "layer", "column-layer", faults, &choice("layer", fields.get("layer"), &layers)))
                (field(words, "scope_id", "column-scope_id", faults, &input("scope_id", "text", &words.text("scope-hint"))))
                (field(words, "price_type", "column-price_type", faults, &choice("price_type", fields.get("price_type"), &types)))
                (field(words, "amount_rub", "column-amount_rub", faults, &input("amount_rub", "text", "24990,00")))
                (field(words, "valid_from", "column-valid_from", faults, &input("valid_from", "datetime-local", "")))
                (field(words, "valid_to", "column-valid_to", faults, &input("valid_to", "datetime-local", "")))
            }
            p.muted { (words.text("wall-hint")) }
            (reason(words, fields, faults))
            p { button.primary name="step" value="look" { (words.text("look")) } }
        }
    })
}

fn cells(code: &str, fields: &Fields) -> Vec<(String, String)> {
    let scope = match fields.get("layer") {
        "network" => "*",
        _ => fields.get("scope_id"),
    };
    let own = [
        "row_id",
        "layer",
        "price_type",
        "amount_rub",
        "valid_from",
        "valid_to",
    ];
    let mut cells: Vec<_> = own
        .map(|name| (name.to_owned(), fields.get(name).to_owned()))
        .to_vec();
    cells.push(("item_code".to_owned(), code.to_owned()));
    cells.push(("scope_id".to_owned(), scope.to_owned()));
    cells
}

fn faults_of(words: &Words<'_>, preview: &Preview) -> Vec<Fault> {
    let refused = preview.refused.iter();
    refused
        .map(|row| Fault::new(&row.fault.column, row.fault.advice(words.catalogue)))
        .collect()
}

fn look(scene: &Scene, code: &str, fields: &Fields) -> Page {
    let spec = Table::Prices.spec().ok_or(PageError::Missing)?;
    let words = scene.words();
    let store = scene.inner.publisher.master.read();
    store.get::<ItemRecord>(code)?.ok_or(PageError::Missing)?;
    let delivery = read_named(spec, [cells(code, fields)], &*store)
        .map_err(crate::master::MasterError::from)?;
    let preview = Preview::of(delivery, Mode::OnlyChanges, &*store);
    if !preview.refused.is_empty() {
        return Err(PageError::Wrong(faults_of(&words, &preview)));
    }
    if preview.changes.is_empty() {
        return Err(PageError::Wrong(vec![Fault::new("", "fault-same")]));
    }
    let seen = preview.digest().to_string();
    let main = html! {
        (preview::holds(&words, &preview))
        section.panel {
            header { h2 { (words.text("preview-title")) } }
            (preview::changes(&words, &store, &preview, 0))
        }
        form.panel.stacked method="post" action={ "/catalog/" (encoded(code)) "/price" } {
            (carried(fields, &["step", "why", "key", "seen"]))
            input type="hidden" name="seen" value=(seen);
            (reason(&words, fields, &[]))
            p.bar {
                button.primary name="step" value="save" { (words.text(if preview.holds.is_empty() { "save" } else { "save-held" })) }
                button name="step" value="" formnovalidate { (words.text("look")) }
                a href={ "/catalog/" (encoded(code)) } { (words.text("cancel")) }
            }
            p.muted { (words.text("save-hint")) }
        }
    };
    drop(store);
    whole(scene, code, &main)
}

fn save(scene: &Scene, code: &str, fields: &Fields) -> Page {
    let spec = Table::Prices.spec().ok_or(PageError::Missing)?;
    let words = scene.words();
    let why = fields.reason().unwrap_or_default();
    let order = Order {
        holds_accepted: true,
        seen: Some(fields.seen()),
        ..Order::default()
    };
    scene.act(fields, || {
        let actor = scene.person.actor();
        let by = scene.signed(&actor, Source::Edit, "", why);
        let master = &scene.inner.publisher.master;
        let taken = master.take(
            |store| read_named(spec, [cells(code, fields)], store),
            order,
            by,
        )?;
        if !taken.preview.refused.is_empty() {
            return Err(PageError::Wrong(faults_of(&words, &taken.preview)));
        }
        if taken.moved {
            return Err(PageError::Wrong(vec![Fault::new("", "fault-moved")]));
        }
        Ok(format!("/catalog/{}", encoded(code)))
    })
}

fn whole(scene: &Scene, code: &str, main: &Markup) -> Page {
    let words = scene.words();
    let item: Option<ItemRecord> = scene.inner.publisher.master.read().get(code)?;
    let item = item.ok_or(PageError::Missing)?;
    let above = format!("/catalog/{}", encoded(code));
    Ok(scene.page(
        Section::Catalog,
        Some((&above, item.name)),
        words.text("price-form-title"),
        code.to_owned(),
        main,
    ))
}
