//! Saying by form what shops of a format or a cluster carry: one item or a list, after a look at old and new.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use storefleet_core::master::change::Source;
use storefleet_core::master::item::ItemRecord;
use storefleet_core::master::matrix::{Carried, MatrixRecord, Shops};
use storefleet_core::master::store::StoreRecord;
use storefleet_core::master::{Record, Table};
use storefleet_core::pricing::moment::{LocalTime, Validity};

use super::told::told;
use crate::console::form::{Fault, Fields, carried, choice, field, reason, summary, text};
use crate::console::frame::Section;
use crate::console::scene::{Page, PageError, Scene};
use crate::console::telling::{read_wall, wall};
use crate::console::words::{Words, amount};
use crate::import::preview::{Mode, Preview};
use crate::import::read_named;
use crate::master::{MasterError, MasterStore, Order};

/// Items of one form at most.
const ITEMS_MAX: usize = 1_000;
const SCOPES: [&str; 2] = ["format", "cluster"];
const CARRIED: [&str; 3] = ["must", "may", "not"];

/// What a form asks for.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) items: Vec<String>,
    pub(super) shops: Shops,
    pub(super) carried: Carried,
    pub(super) from: LocalTime,
}

/// `GET /assortment/edit`
pub(super) async fn show(scene: Scene) -> Response {
    let page = |scene: &Scene| {
        let items = scene.fields.all("items").collect::<Vec<_>>().join(" ");
        let mut pairs = vec![("items".to_owned(), items)];
        let given = scene.fields.pairs().iter();
        pairs.extend(given.filter(|(name, _)| name != "items").cloned());
        if scene.fields.get("valid_from").is_empty() {
            let now = wall(scene.now).to_string();
            let minute = now.chars().take(16).collect();
            pairs.push(("valid_from".to_owned(), minute));
        }
        page(scene, &form(scene, &Fields::from_pairs(pairs), &[]))
    };
    scene.show(page).await
}

/// `POST /assortment/edit`: shows what would change, or changes it.
pub(super) async fn take(scene: Scene, body: String) -> Response {
    let page = move |scene: &Scene| {
        let fields = Fields::of(&body);
        let outcome = match fields.get("step") {
            "save" => save(scene, &fields),
            "back" => page(scene, &form(scene, &fields, &[])),
            _ => look(scene, &fields),
        };
        let Err(PageError::Wrong(faults)) = outcome else {
            return outcome;
        };
        let mut page = page(scene, &form(scene, &fields, &faults))?;
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        Ok(page)
    };
    scene.show(page).await
}

fn page(scene: &Scene, main: &Markup) -> Page {
    let words = scene.words();
    let above = Some(("/assortment", words.text("nav-assortment")));
    let title = words.text("matrix-edit");
    Ok(scene.page(Section::Assortment, above, title, String::new(), main))
}

fn form(scene: &Scene, fields: &Fields, faults: &[Fault]) -> Markup {
    let words = &scene.words();
    let named = |names: &[&str], prefix: &str| {
        let each = names.iter();
        let each = each.map(|name| ((*name).to_owned(), words.text(&format!("{prefix}{name}"))));
        each.collect::<Vec<_>>()
    };
    let (scopes, roles) = (named(&SCOPES, "matrix-"), named(&CARRIED, "carried-"));
    let rows = html! {
        textarea #f-items name="items" rows="4" placeholder="100001 100044" { (fields.get("items")) }
    };
    html! {
        (summary(words, faults))
        form.panel.stacked method="post" action="/assortment/edit" {
            (field(words, "items", "promotion-items", faults, &rows))
            div.columns {
                (field(words, "scope", "column-scope", faults, &choice("scope", fields.get("scope"), &scopes)))
                (field(words, "scope_id", "matrix-scope-id", faults, &text("scope_id", fields.get("scope_id"), "text", "")))
                (field(words, "carried", "matrix-role", faults, &choice("carried", fields.get("carried"), &roles)))
                (field(words, "valid_from", "column-valid_from", faults, &text("valid_from", fields.get("valid_from"), "datetime-local", "")))
            }
            p.muted { (words.text("matrix-edit-hint")) " " (words.text("wall-hint")) }
            p.bar {
                button.primary name="step" value="look" { (words.text("look")) }
                a href="/assortment" { (words.text("cancel")) }
            }
        }
    }
}

/// What a form asks for, or what is wrong with it.
fn wish(words: &Words<'_>, store: &MasterStore, fields: &Fields) -> Result<Wish, PageError> {
    let mut faults = Vec::new();
    let mut items: Vec<String> = fields
        .get("items")
        .split([' ', ',', ';', '\n', '\r', '\t'])
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect();
    items.sort();
    items.dedup();
    if items.is_empty() {
        faults.push(Fault::new("items", "fault-lines"));
    } else if items.len() > ITEMS_MAX {
        faults.push(Fault::new("items", "fault-many-items"));
    } else {
        let mut unknown = Vec::new();
        for code in &items {
            if store.get::<ItemRecord>(code)?.is_none() {
                unknown.push(code.as_str());
            }
        }
        if !unknown.is_empty() {
            let told = words.of("fault-items-unknown", &unknown.join(", "));
            faults.push(Fault::new("items", told));
        }
    }
    let name = fields.get("scope_id");
    let shops = match fields.get("scope") {
        _ if name.is_empty() => None,
        "format" => Some(Shops::Format(name.into())),
        "cluster" => Some(Shops::Cluster(name.to_owned())),
        _ => None,
    };
    if shops.is_none() {
        faults.push(Fault::new("scope_id", "cell-needed"));
    }
    let carried = fields.get("carried");
    let carried = Carried::from_name(carried).filter(|_| CARRIED.contains(&carried));
    if carried.is_none() {
        faults.push(Fault::new("carried", "fault-choice"));
    }
    let from = read_wall(fields.get("valid_from"));
    if from.is_none() {
        faults.push(Fault::new("valid_from", "fault-time"));
    }
    match (shops, carried, from) {
        (Some(shops), Some(carried), Some(from)) if faults.is_empty() => Ok(Wish {
            items,
            shops,
            carried,
            from,
        }),
        _ => Err(PageError::Wrong(faults)),
    }
}

/// The rows that say so from then on, for an item whose rows these are: what counted ends then, and what is planned
/// for later stays.
fn set(held: &[MatrixRecord], item: &str, wish: &Wish) -> Vec<MatrixRecord> {
    let of_shops = || held.iter().filter(|row| row.shops == wish.shops);
    let counting = || of_shops().filter(|row| row.validity.holds(wish.from));
    if counting().next().is_some() && counting().all(|row| row.carried == wish.carried) {
        return Vec::new();
    }
    let ended = counting().filter(|row| row.validity.from < wish.from);
    let mut rows: Vec<MatrixRecord> = ended
        .map(|row| MatrixRecord {
            validity: Validity {
                to: Some(wish.from),
                ..row.validity
            },
            ..row.clone()
        })
        .collect();
    let later = of_shops().map(|row| row.validity.from);
    rows.push(MatrixRecord {
        item: item.into(),
        shops: wish.shops.clone(),
        carried: wish.carried,
        validity: Validity {
            from: wish.from,
            to: later.filter(|from| *from > wish.from).min(),
        },
    });
    rows
}

/// The rows of every item as an import reads them.
fn rows(store: &MasterStore, wish: &Wish) -> Result<Vec<Vec<(String, String)>>, PageError> {
    let mut rows = Vec::new();
    for item in &wish.items {
        let held: Vec<MatrixRecord> = store.starting(&format!("{item}/"))?;
        for row in set(&held, item, wish) {
            let names = MatrixRecord::COLUMNS.iter();
            let names = names.map(|column| column.name.to_owned());
            rows.push(names.zip(row.cells()).collect());
        }
    }
    Ok(rows)
}

fn look(scene: &Scene, fields: &Fields) -> Page {
    let spec = Table::Matrix.spec().ok_or(PageError::Missing)?;
    let words = scene.words();
    let store = scene.inner.publisher.master.read();
    let wish = wish(&words, &store, fields)?;
    let delivery = read_named(spec, rows(&store, &wish)?, &*store).map_err(MasterError::from)?;
    let preview = Preview::of(delivery, Mode::OnlyChanges, &*store);
    if let Some(row) = preview.refused.first() {
        let told = row.fault.advice(words.catalogue);
        return Err(PageError::Wrong(vec![Fault::new("", told)]));
    }
    if preview.changes.is_empty() {
        return Err(PageError::Wrong(vec![Fault::new("", "fault-same")]));
    }
    let main = html! {
        section.panel #changed {
            header { h2 { (words.text("preview-title")) } span.muted { (amount(wish.items.len())) } }
            (told(&words, &store, &preview, &wish)?)
        }
        form.panel.stacked method="post" action="/assortment/edit" {
            p { b { (reach(&words, &store, &wish.shops)?) } }
            (carried(fields, &["step", "why", "key", "seen"]))
            input type="hidden" name="seen" value=(preview.digest());
            (reason(&words, fields, &[]))
            p.bar {
                button.primary name="step" value="save" { (words.text("save")) }
                button name="step" value="back" formnovalidate { (words.text("matrix-back")) }
                a href="/assortment" { (words.text("cancel")) }
            }
            p.muted { (words.text("save-hint")) }
        }
    };
    drop(store);
    page(scene, &main)
}

/// How many shops carry it so; clusters are the office's, no table says who is in them.
fn reach(words: &Words<'_>, store: &MasterStore, shops: &Shops) -> Result<String, PageError> {
    Ok(match shops {
        Shops::Format(format) => {
            let stores: Vec<StoreRecord> = store.all()?;
            let count = stores.iter().filter(|store| store.format == *format);
            words.count(
                "matrix-shops",
                u64::try_from(count.count()).unwrap_or(u64::MAX),
            )
        }
        Shops::Cluster(name) => words.of("matrix-cluster-shops", name),
    })
}

fn save(scene: &Scene, fields: &Fields) -> Page {
    let spec = Table::Matrix.spec().ok_or(PageError::Missing)?;
    let words = scene.words();
    let wrong = |fault| PageError::Wrong(vec![fault]);
    scene.act(fields, || {
        let why = fields.reason().map_err(wrong)?;
        let master = &scene.inner.publisher.master;
        let wish = wish(&words, &master.read(), fields)?;
        let actor = scene.person.actor();
        let by = scene.signed(&actor, Source::Edit, "", why);
        let order = Order {
            holds_accepted: true,
            seen: Some(fields.seen()),
            ..Order::default()
        };
        let mut failed = None;
        let read = |store: &MasterStore| {
            let rows = rows(store, &wish).unwrap_or_else(|error| {
                failed = Some(error);
                Vec::new()
            });
            read_named(spec, rows, store)
        };
        let taken = master.take(read, order, by)?;
        if let Some(error) = failed {
            return Err(error);
        }
        match taken.change {
            Some(change) if !taken.moved => Ok(format!("/changes/{change}")),
            Some(_) | None => Err(wrong(Fault::new("", "fault-moved"))),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(carried: Carried, from: &str, to: Option<&str>) -> MatrixRecord {
        let at = |text: &str| LocalTime::parse(&format!("{text}T00:00:00")).unwrap();
        MatrixRecord {
            item: "1".into(),
            shops: Shops::Cluster("south".to_owned()),
            carried,
            validity: Validity {
                from: at(from),
                to: to.map(at),
            },
        }
    }

    fn wish(carried: Carried, from: &str) -> Wish {
        let row = row(carried, from, None);
        Wish {
            items: vec!["1".to_owned()],
            shops: row.shops,
            carried,
            from: row.validity.from,
        }
    }

    #[test]
    fn what_counted_ends_then_and_what_is_planned_stays() {
        let held = [
            row(Carried::Must, "2026-01-01", None),
            row(Carried::Not, "2026-09-01", None),
        ];
        assert_eq!(
            set(&held[..1], "1", &wish(Carried::May, "2026-05-01")),
            [
                row(Carried::Must, "2026-01-01", Some("2026-05-01")),
                row(Carried::May, "2026-05-01", None),
            ]
        );
        let rows = set(&held, "1", &wish(Carried::May, "2026-01-01"));
        assert_eq!(rows, [row(Carried::May, "2026-01-01", Some("2026-09-01"))]);
    }

    #[test]
    fn what_stands_already_changes_nothing() {
        let held = [row(Carried::Must, "2026-01-01", None)];
        assert_eq!(set(&held, "1", &wish(Carried::Must, "2026-05-01")), []);
        let other = Wish {
            shops: Shops::Cluster("north".to_owned()),
            ..wish(Carried::Must, "2026-05-01")
        };
        assert_eq!(set(&held, "1", &other).len(), 1);
    }
}
