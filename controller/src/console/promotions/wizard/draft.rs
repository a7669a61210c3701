//! What a form makes: a new promotion, or the next version of one that is held; and what becomes different by it.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::{Value, json};
use storefleet_core::entry;
use storefleet_core::ids::Hash;
use storefleet_core::master::promotion::PromotionRecord;

use super::super::card::facts;
use super::super::sentence::gives;
use super::described::{BESIDE, Definition, blank, fields_of};
use super::form::dashed;
use super::parameters;
use super::value::Shape;
use crate::console::form::{Fault, Fields, encoded};
use crate::console::scene::{PageError, Scene};
use crate::console::telling::{read_wall, wall_text};
use crate::console::words::{DASH, Words};
use crate::master::MasterStore;

/// What a form starts from.
pub(super) struct Draft {
    /// The promotion that is there; none for a new one.
    pub(super) held: Option<PromotionRecord>,
    /// Its definition, or what a new one has before anything is filled.
    pub(super) definition: Definition,
}

impl Draft {
    /// A new promotion.
    pub(super) fn blank() -> Self {
        Self {
            held: None,
            definition: blank(),
        }
    }

    /// The next version of a promotion.
    pub(super) fn of_held(scene: &Scene, id: &str) -> Result<Self, PageError> {
        let held: Option<PromotionRecord> = scene.inner.publisher.master.read().get(id)?;
        let held = held.ok_or(PageError::Missing)?;
        let definition = serde_json::from_str(&held.definition)
            .map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self {
            held: Some(held),
            definition,
        })
    }

    /// Its code; empty for a new one.
    pub(super) fn id(&self) -> &str {
        self.held.as_ref().map_or("", |held| held.id.as_str())
    }

    /// Where its form is sent.
    pub(super) fn address(&self) -> String {
        match &self.held {
            Some(held) => format!("/promotions/{}/edit", encoded(&held.id)),
            None => "/promotions/new".to_owned(),
        }
    }

    /// Key of its title.
    pub(super) fn title(&self) -> &'static str {
        if self.held.is_some() {
            "promotion-edit"
        } else {
            "promotion-new"
        }
    }

    /// The page above it: address and name.
    pub(super) fn above(&self, words: &Words<'_>) -> (String, String) {
        match &self.held {
            Some(held) => (
                format!("/promotions/{}", encoded(&held.id)),
                held.name.clone(),
            ),
            None => ("/promotions".to_owned(), words.text("nav-promotions")),
        }
    }

    /// Hash of the version it starts from: a form carries it along.
    pub(super) fn hash(&self) -> Hash {
        let held = self.held.as_ref();
        entry::hash(held.map_or("", |held| held.definition.as_str()).as_bytes())
    }

    /// Whether somebody changed the promotion after the form was opened.
    pub(super) fn is_overtaken(&self, fields: &Fields) -> bool {
        self.held.is_some() && fields.get("opened") != self.hash().to_string()
    }

    /// The same fields, as if they were opened from the newest version.
    pub(super) fn reopened(&self, fields: &Fields) -> Fields {
        let others = fields.pairs().iter().filter(|(name, _)| name != "opened");
        let opened = ("opened".to_owned(), self.hash().to_string());
        Fields::from_pairs(others.cloned().chain([opened]).collect())
    }

    /// What would be written: of a held promotion, its next version.
    pub(super) fn next(&self, record: PromotionRecord) -> Result<PromotionRecord, PageError> {
        let wrong = |text: &str| PageError::Wrong(vec![Fault::new("", text)]);
        let Some(held) = &self.held else {
            return Ok(record);
        };
        if record == *held {
            return Err(wrong("fault-same"));
        }
        let mut definition: Definition =
            serde_json::from_str(&record.definition).map_err(|error| wrong(&error.to_string()))?;
        let version = definition.get("version").and_then(Value::as_u64);
        let next = version.unwrap_or(0).saturating_add(1);
        definition.insert("version".to_owned(), json!(next));
        PromotionRecord::of(definition).map_err(|problem| wrong(&problem))
    }

    /// A new promotion takes nobody's code; a held one keeps its own.
    pub(super) fn may_be_written(
        &self,
        store: &MasterStore,
        record: &PromotionRecord,
    ) -> Result<(), PageError> {
        let wrong = |text: &str| PageError::Wrong(vec![Fault::new("promo_id", text)]);
        match &self.held {
            Some(held) if held.id != record.id => Err(wrong("fault-promotion-code")),
            None if store.get::<PromotionRecord>(&record.id)?.is_some() => {
                Err(wrong("fault-promotion-exists"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What becomes different, old → new; nothing for a new promotion.
    pub(super) fn changed(&self, words: &Words<'_>, record: &PromotionRecord) -> Markup {
        let Ok(after) = serde_json::from_str(&record.definition) else {
            return html! {};
        };
        html! {
            @if self.held.is_some() {
                section.panel #changed {
                    header { h2 { (words.text("promotion-changes")) } }
                    (table(words, &differences(&self.definition, &after), ["promotion-before", "promotion-after"]))
                }
            }
        }
    }

    /// The newest version and that of the form, side by side, where somebody was faster.
    pub(super) fn both(
        &self,
        words: &Words<'_>,
        record: &PromotionRecord,
    ) -> Result<Markup, PageError> {
        let wrong = |problem: String| PageError::Wrong(vec![Fault::new("", problem)]);
        let Some(held) = &self.held else {
            return Ok(html! {});
        };
        let after: Definition =
            serde_json::from_str(&record.definition).map_err(|error| wrong(error.to_string()))?;
        let (theirs, ours) = (
            held.promotion().map_err(wrong)?,
            record.promotion().map_err(wrong)?,
        );
        Ok(html! {
            section.panel.held #overtaken {
                header { h2 { (words.text("promotion-both")) } }
                (table(words, &differences(&self.definition, &after), ["promotion-theirs", "promotion-ours"]))
                div.stacked.columns {
                    div { b { (words.text("promotion-theirs")) } p { (gives(words, &theirs.promotion.kind)) } (facts(words, &theirs)) }
                    div { b { (words.text("promotion-ours")) } p { (gives(words, &ours.promotion.kind)) } (facts(words, &ours)) }
                }
                div.stacked {
                    p { a.button href=(self.address()) { (words.text("promotion-reopen")) } " "
                        button name="step" value="over" formnovalidate { (words.text("promotion-over")) } }
                    p.muted { (words.text("promotion-both-hint")) }
                }
            }
        })
    }
}

/// A field that two definitions fill differently.
struct Difference {
    name: String,
    before: String,
    after: String,
}

/// Fields that two definitions fill differently, in the order of the form.
fn differences(before: &Definition, after: &Definition) -> Vec<Difference> {
    let mut before: BTreeMap<String, String> = fields_of(before).into_iter().collect();
    let mut told = Vec::new();
    for (name, after) in fields_of(after) {
        let before = before.remove(&name).unwrap_or_default();
        if before != after {
            told.push(Difference {
                name,
                before,
                after,
            });
        }
    }
    let gone = before.into_iter().filter(|(_, before)| !before.is_empty());
    told.extend(gone.map(|(name, before)| Difference {
        name,
        before,
        after: String::new(),
    }));
    told
}

fn table(words: &Words<'_>, rows: &[Difference], titles: [&str; 2]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { (words.text("promotion-field")) }
                @for title in titles { th scope="col" { (words.text(title)) } }
            } }
            tbody { @for row in rows { tr {
                th scope="row" { (label(words, &row.name)) }
                td { div.wrapped { (value(words, &row.name, &row.before)) } }
                td { div.wrapped { b { (value(words, &row.name, &row.after)) } } }
            } } }
        } }
    }
}

/// What people call a field, with the slot of a set it belongs to.
fn label(words: &Words<'_>, name: &str) -> String {
    if name == "kind" {
        return words.text("promotion-kind");
    }
    let (prefix, own) = parted(name);
    let label = parameters::entry(own).map_or(own.to_owned(), |entry| words.text(entry.label));
    let slot = prefix.strip_prefix("slot");
    match slot.and_then(|index| index.trim_end_matches('_').parse::<usize>().ok()) {
        Some(index) => {
            let slot = words.of("promotion-slot", &index.saturating_add(1).to_string());
            format!("{slot}: {label}")
        }
        None if prefix == BESIDE => format!("{}: {label}", words.text("promotion-beside")),
        None => label,
    }
}

/// A value of a field as people read it.
fn value(words: &Words<'_>, name: &str, text: &str) -> String {
    let named = |prefix: &str| {
        let each = text
            .split(' ')
            .map(|name| words.text(&format!("{prefix}{}", dashed(name))));
        each.collect::<Vec<_>>().join(", ")
    };
    if text.is_empty() {
        return DASH.to_owned();
    }
    if name == "kind" {
        return named("promo-kind-");
    }
    match parameters::entry(parted(name).1).map(|entry| entry.shape) {
        Some(Shape::OneOf(_, prefix) | Shape::AnyOf(_, prefix)) => named(prefix),
        Some(Shape::Days) => named("day-"),
        Some(Shape::Flag) => words.text(if text == "yes" { "flag-1" } else { "flag-0" }),
        Some(Shape::Wall) => read_wall(text).map_or(text.to_owned(), wall_text),
        Some(_) | None => text.replace('\n', ", "),
    }
}

/// The prefix of a field within a set, and its name there.
fn parted(name: &str) -> (&str, &str) {
    let is_within = name.starts_with("slot") || name.starts_with(BESIDE);
    match name.split_once('_') {
        Some((prefix, own)) if is_within => (name.get(..=prefix.len()).unwrap_or_default(), own),
        Some(_) | None => ("", name),
    }
}
