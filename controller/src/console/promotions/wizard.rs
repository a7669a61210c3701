//! A new promotion by form: its kind, its items, its dates, its shops; what it collides with; and a cart to try.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::{Map, Value, json};
use storefleet_core::master::change::Source;
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::master::{Record, Table};

use super::card::facts;
use super::sentence::gives;
use crate::console::charge::{ask, told};
use crate::console::form::{Fault, Fields, choice, encoded, field, reason, summary, text};
use crate::console::frame::Section;
use crate::console::scene::{Page, PageError, Scene};
use crate::console::telling::read_wall;
use crate::console::words::Words;
use crate::import::read_named;
use crate::master::{Order, Signed};

mod collisions;

use collisions::{collided, collisions, reached};

const KINDS: [&str; 8] = [
    "percent",
    "amount",
    "special_price",
    "n_for_m",
    "nth_percent",
    "receipt_percent",
    "receipt_amount",
    "coupon",
];
const MODES: [&str; 3] = ["stack", "best_in_group", "exclusive_all"];

/// `GET /promotions/new`
pub(super) async fn show(scene: Scene) -> Response {
    scene
        .show(|scene| page(scene, &scene.fields, &[], &html! {}))
        .await
}

/// `POST /promotions/new`: shows what it would be and what a cart would cost, or saves it.
pub(super) async fn take(scene: Scene, body: String) -> Response {
    scene
        .show(move |scene| taken(scene, &Fields::of(&body)))
        .await
}

fn taken(scene: &Scene, fields: &Fields) -> Page {
    let outcome = match fields.get("step") {
        "save" => save(scene, fields),
        _ => look(scene, fields),
    };
    match outcome {
        Err(PageError::Wrong(faults)) => page(scene, fields, &faults, &html! {}),
        other => other,
    }
}

fn page(scene: &Scene, fields: &Fields, faults: &[Fault], below: &Markup) -> Page {
    let words = scene.words();
    let main = html! {
        (summary(&words, faults))
        form.together method="post" action="/promotions/new" {
            // Enter looks; it never saves.
            button.unseen name="step" value="look" formnovalidate tabindex="-1" aria-hidden="true" {}
            div.beside.wide {
                div {
                    (form(&words, fields, faults))
                    (below)
                }
                div {
                    section.panel {
                        header { h2 { (words.text("promotion-try")) } }
                        div.stacked {
                            p.muted { (words.text("promotion-try-hint")) }
                            (ask::fields(&words, fields, faults))
                            p { button name="step" value="look" formnovalidate { (words.text("promotion-look")) } }
                        }
                    }
                }
            }
        }
    };
    let above = Some(("/promotions", words.text("nav-promotions")));
    let title = words.text("promotion-new");
    let mut page = scene.page(Section::Promotions, above, title, String::new(), &main);
    if !faults.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

fn form(words: &Words<'_>, fields: &Fields, faults: &[Fault]) -> Markup {
    let input = |name: &str, label: &str, kind: &str, hint: &str| {
        field(
            words,
            name,
            label,
            faults,
            &text(name, fields.get(name), kind, hint),
        )
    };
    let kinds = KINDS.map(|kind| {
        (
            kind.to_owned(),
            words.text(&format!("promo-kind-{}", kind.replace('_', "-"))),
        )
    });
    let modes = MODES.map(|mode| {
        (
            mode.to_owned(),
            words.text(&format!("promo-pick-{}", mode.replace('_', "-"))),
        )
    });
    html! {
        section.panel {
            header { h2 { (words.text("promotion-what")) } }
            div.stacked {
                div.columns {
                    (input("promo_id", "column-promo_id", "text", "P2026-12"))
                    (input("name", "column-name", "text", ""))
                    (field(words, "kind", "promotion-kind", faults, &choice("kind", fields.get("kind"), &kinds)))
                    (input("percent", "promotion-percent", "text", "10"))
                    (input("rub", "promotion-rub", "text", "500"))
                    (input("n", "promotion-n", "text", "3"))
                    (input("m", "promotion-m", "text", "2"))
                    (input("word", "promotion-word", "text", "ЗИМА"))
                    (input("min_rub", "promotion-min", "text", ""))
                }
                p.muted { (words.text("promotion-kind-hint")) }
                div.columns {
                    (input("items", "promotion-items", "text", "100001 100044"))
                    (input("groups", "promotion-groups", "text", "case glass"))
                    (input("brands", "promotion-brands", "text", ""))
                }
                div.columns {
                    (input("valid_from", "column-valid_from", "datetime-local", ""))
                    (input("valid_to", "column-valid_to", "datetime-local", ""))
                    (field(words, "mode", "promotion-mode", faults, &choice("mode", fields.get("mode"), &modes)))
                }
                p.muted { (words.text("wall-hint")) }
                div.columns {
                    (input("regions", "promotion-regions", "text", "RU-MOW RU-SPE"))
                    (input("dealers", "promotion-dealers", "text", ""))
                    (input("stores", "promotion-stores", "text", ""))
                    (input("formats", "promotion-formats", "text", ""))
                }
                p.muted { (words.text("promotion-where-hint")) }
            }
        }
    }
}

/// The names of a field, by spaces or commas.
fn names<'f>(fields: &'f Fields, name: &str) -> Vec<&'f str> {
    let parts = fields.get(name).split([' ', ',', ';', '\n']);
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

/// A number with at most so many decimals, as so many last digits: `12,5` with 4 is 125000.
fn scaled(text: &str, decimals: usize) -> Option<i64> {
    let (whole, part) = text.split_once([',', '.']).unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > decimals || !is_number(whole) || !is_number(part) {
        return None;
    }
    format!("{whole}{part:0<decimals$}").parse().ok()
}

/// The promotion that a form describes, or what is wrong with it.
fn described(fields: &Fields) -> Result<PromotionRecord, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut need = |name: &str, value: Option<i64>, text: &str| {
        if value.is_none() {
            faults.push(Fault::new(name, text));
        }
        value.unwrap_or_default()
    };
    let mut definition = Map::new();
    let mut put = |key: &str, value: Value| definition.insert(key.to_owned(), value);
    let kind = fields.get("kind");
    put("kind", json!(kind));
    if matches!(kind, "percent" | "nth_percent" | "receipt_percent") {
        put(
            "ppm",
            json!(need(
                "percent",
                scaled(fields.get("percent"), 4),
                "fault-percent"
            )),
        );
    }
    if matches!(kind, "amount" | "receipt_amount") {
        put(
            "amount_kop",
            json!(need("rub", scaled(fields.get("rub"), 2), "fault-rub")),
        );
    }
    if matches!(kind, "n_for_m" | "nth_percent") {
        put(
            "n",
            json!(need("n", fields.get("n").parse().ok(), "fault-number")),
        );
    }
    if kind == "n_for_m" {
        put(
            "m",
            json!(need("m", fields.get("m").parse().ok(), "fault-number")),
        );
    }
    if kind == "special_price" {
        let price = need("rub", scaled(fields.get("rub"), 2), "fault-rub");
        let prices = names(fields, "items")
            .into_iter()
            .map(|item| (item.to_owned(), json!(price)));
        put("prices", Value::Object(prices.collect()));
    }
    if kind == "coupon" {
        put("word", json!(fields.get("word")));
        match fields.get("percent") {
            "" => put(
                "amount_kop",
                json!(need("rub", scaled(fields.get("rub"), 2), "fault-rub")),
            ),
            part => put(
                "ppm",
                json!(need("percent", scaled(part, 4), "fault-percent")),
            ),
        };
    }
    if matches!(kind, "receipt_percent" | "receipt_amount" | "coupon")
        && !fields.get("min_rub").is_empty()
    {
        put(
            "min_receipt_kop",
            json!(need(
                "min_rub",
                scaled(fields.get("min_rub"), 2),
                "fault-rub"
            )),
        );
    }
    add_frame(&mut definition, fields, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    PromotionRecord::of(definition).map_err(|problem| vec![Fault::new("kind", problem)])
}

/// What every promotion has, whatever its kind.
fn add_frame(definition: &mut Map<String, Value>, fields: &Fields, faults: &mut Vec<Fault>) {
    let mut put = |key: &str, value: Value| definition.insert(key.to_owned(), value);
    for name in ["promo_id", "name"] {
        if fields.get(name).is_empty() {
            faults.push(Fault::new(name, "cell-needed"));
        }
    }
    if fields.get("kind") == "special_price" && names(fields, "items").is_empty() {
        faults.push(Fault::new("items", "fault-lines"));
    }
    if fields.get("kind") == "coupon" && fields.get("word").is_empty() {
        faults.push(Fault::new("word", "cell-needed"));
    }
    put("id", json!(fields.get("promo_id")));
    put("name", json!(fields.get("name")));
    put("version", json!(1));
    put("owner", json!("network"));
    put("priority", json!(100));
    let mode = fields.get("mode");
    put("mode", json!(if mode.is_empty() { "stack" } else { mode }));
    for (name, needed) in [("valid_from", true), ("valid_to", false)] {
        match (fields.get(name), read_wall(fields.get(name))) {
            (_, Some(at)) => {
                put(name, json!(at.to_string()));
            }
            ("", None) if !needed => {}
            (_, None) => faults.push(Fault::new(name, "fault-time")),
        }
    }
    let lists = |keys: &[&str]| {
        let named = keys.iter().map(|key| (*key, names(fields, key)));
        let filled = named.filter(|(_, names)| !names.is_empty());
        Value::Object(
            filled
                .map(|(key, names)| (key.to_owned(), json!(names)))
                .collect(),
        )
    };
    put("select", lists(&["items", "groups", "brands"]));
    put("scope", lists(&["regions", "dealers", "stores", "formats"]));
}

fn look(scene: &Scene, fields: &Fields) -> Page {
    let words = scene.words();
    let record = described(fields).map_err(PageError::Wrong)?;
    let read = record
        .promotion()
        .map_err(|problem| PageError::Wrong(vec![Fault::new("kind", problem)]))?;
    let store = scene.inner.publisher.master.read();
    if store.get::<PromotionRecord>(&record.id)?.is_some() {
        return Err(PageError::Wrong(vec![Fault::new(
            "promo_id",
            "fault-promotion-exists",
        )]));
    }
    let reached = reached(&store, &read.promotion)?;
    let others = collisions(&store, &*scene.inner.finder(&store)?, &read.promotion)?;
    let tried = match fields.get("store") {
        "" => None,
        _ => Some(told::priced(
            &words,
            &store,
            fields,
            Some((&read.name, read.promotion.clone())),
        )?),
    };
    drop(store);
    let faults = match &tried {
        Some(Err(faults)) => faults.clone(),
        Some(Ok(_)) | None => Vec::new(),
    };
    let below = html! {
        section.panel #described {
            header { h2 { (gives(&words, &read.promotion.kind)) } }
            (facts(&words, &read))
        }
        (collided(&words, &others))
        @if let Some(Ok(told)) = &tried { (told) }
        section.panel { div.stacked {
            p { b { (words.count("publish-reach", u64::try_from(reached).unwrap_or(u64::MAX))) } }
            input type="hidden" name="seen" value=(described_hash(&record));
            (reason(&words, fields, &[]))
            p { button.primary name="step" value="save" { (words.text("save")) } }
            p.muted { (words.text("save-hint")) }
        } }
    };
    page(scene, fields, &faults, &below)
}

/// Hash of what was described: nothing else is saved.
fn described_hash(record: &PromotionRecord) -> storefleet_core::ids::Hash {
    storefleet_core::entry::hash(record.definition.as_bytes())
}

fn save(scene: &Scene, fields: &Fields) -> Page {
    scene.act(fields, || {
        let wrong = |fault| PageError::Wrong(vec![fault]);
        let why = fields.reason().map_err(wrong)?;
        let record = described(fields).map_err(PageError::Wrong)?;
        if fields.seen() != described_hash(&record) {
            return Err(wrong(Fault::new("", "fault-moved")));
        }
        if scene
            .inner
            .publisher
            .master
            .read()
            .get::<PromotionRecord>(&record.id)?
            .is_some()
        {
            return Err(wrong(Fault::new("promo_id", "fault-promotion-exists")));
        }
        let actor = scene.person.actor();
        let by = scene.signed(&actor, Source::Edit, "", why);
        write(scene, &record, Order::default(), by)?;
        Ok(format!("/promotions/{}", encoded(&record.id)))
    })
}

/// Writes a promotion into its table.
pub(super) fn write(
    scene: &Scene,
    record: &PromotionRecord,
    order: Order,
    by: Signed<'_>,
) -> Result<(), PageError> {
    let spec = Table::Promotions.spec().ok_or(PageError::Missing)?;
    let columns = PromotionRecord::COLUMNS
        .iter()
        .map(|column| column.name.to_owned());
    let cells: Vec<_> = columns.zip(record.cells()).collect();
    let master = &scene.inner.publisher.master;
    let taken = master.take(|store| read_named(spec, [cells], store), order, by)?;
    match taken.preview.refused.first() {
        Some(row) => {
            let told = row.fault.advice(scene.words().catalogue);
            Err(PageError::Wrong(vec![Fault::new("", told)]))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(more: &str) -> Fields {
        Fields::of(&format!(
            "promo_id=P9&name=N&valid_from=2026-12-01T00:00&{more}"
        ))
    }

    #[test]
    fn a_form_describes_what_the_engine_reads() {
        for (more, part) in [
            (
                "kind=percent&percent=12,5&groups=case+glass",
                "\"ppm\":125000",
            ),
            ("kind=amount&rub=500", "\"amount_kop\":50000"),
            (
                "kind=special_price&rub=990&items=1,2",
                "\"prices\":{\"1\":99000,\"2\":99000}",
            ),
            ("kind=n_for_m&n=3&m=2", "\"n\":3"),
            (
                "kind=coupon&word=ZIMA&percent=5&min_rub=1000",
                "\"min_receipt_kop\":100000",
            ),
        ] {
            let record = described(&fields(more)).unwrap();
            assert!(record.definition.contains(part), "{}", record.definition);
        }
    }

    #[test]
    fn what_is_missing_is_named_by_its_field() {
        for (more, field) in [
            ("kind=percent", "percent"),
            ("kind=amount&rub=x", "rub"),
            ("kind=n_for_m&n=2&m=2", "kind"),
            ("kind=special_price&rub=1", "items"),
            ("kind=coupon&percent=5", "word"),
            ("kind=percent&percent=5&valid_to=soon", "valid_to"),
        ] {
            let faults = described(&fields(more)).unwrap_err();
            assert!(
                faults.iter().any(|fault| fault.field == field),
                "{more}: {faults:?}"
            );
        }
    }
}
