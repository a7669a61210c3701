//! The form of a promotion: a field per entry of the tables, with the fields of the chosen kind.

use maud::{Markup, html};
use storefleet_core::pricing::kind::KindName;

use super::described::{BESIDE, given, slot, slots_shown};
use super::kinds;
use super::parameters::{ACTING, Entry, NAMING, SCOPE, SELECT, UNITS, WHEN};
use super::value::{DAYS, Shape};
use crate::console::form::{Fault, Fields, choice, field, text};
use crate::console::words::Words;

/// Fields of a selection that are always open; the others are seldom filled.
const OFTEN: usize = 3;
const LONG_ROWS: usize = 5;

/// What a form is shown with.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'a> {
    pub(super) words: &'a Words<'a>,
    pub(super) fields: &'a Fields,
    pub(super) faults: &'a [Fault],
    /// The promotion is there already: its code stays.
    pub(super) held: bool,
}

impl Sheet<'_> {
    /// Every field of a promotion.
    pub(super) fn form(self) -> Markup {
        let words = self.words;
        let kind = kinds::kind(self.fields.get("kind")).unwrap_or(KindName::Percent);
        html! {
            section.panel {
                header { h2 { (words.text("promotion-what")) } }
                div.stacked {
                    div.columns {
                        @for entry in NAMING { (self.named(entry)) }
                    }
                    (self.kinds(kind))
                    div.columns { @for entry in kinds::of(kind) { (self.input("", entry)) } }
                    @if kinds::has_slots(kind) { (self.slots()) }
                    @if kinds::has_beside(kind) { (self.slot(BESIDE, words.text("promotion-beside"))) }
                }
            }
            section.panel {
                header { h2 { (words.text("promotion-for")) } }
                div.stacked {
                    (self.select(""))
                    p.muted { (words.text("promotion-names-hint")) }
                }
            }
            section.panel {
                header { h2 { (words.text("promotion-where-when")) } }
                div.stacked {
                    div.columns { @for entry in SCOPE { (self.input("", entry)) } }
                    p.muted { (words.text("promotion-where-hint")) }
                    div.columns { @for entry in ACTING { (self.input("", entry)) } }
                    p.muted { (words.text("wall-hint")) }
                    div.columns { @for entry in WHEN { (self.input("", entry)) } }
                }
            }
        }
    }

    fn named(self, entry: &Entry) -> Markup {
        let is_fixed = self.held && entry.key == "id";
        html! {
            @if is_fixed { input type="hidden" name=(entry.name) value=(self.fields.get(entry.name)); }
            @else { (self.input("", entry)) }
        }
    }

    /// The kinds, and the button that shows the fields of the chosen one.
    fn kinds(self, chosen: KindName) -> Markup {
        let words = self.words;
        let text = |kind: &KindName| words.text(&format!("promo-kind-{}", dashed(kind.as_str())));
        let kinds = KindName::ALL
            .iter()
            .map(|kind| (kind.as_str().to_owned(), text(kind)));
        let kinds: Vec<_> = kinds.collect();
        html! {
            div.kinds {
                (field(words, "kind", "promotion-kind", self.faults, &choice("kind", chosen.as_str(), &kinds)))
                button name="step" value="kind" formnovalidate { (words.text("promotion-kind-show")) }
            }
        }
    }

    fn slots(self) -> Markup {
        html! {
            @for index in 0..slots_shown(self.fields) {
                (self.slot(&slot(index), self.words.of("promotion-slot", &index.saturating_add(1).to_string())))
            }
            p.muted { (self.words.text("promotion-slot-hint")) }
        }
    }

    fn slot(self, prefix: &str, legend: String) -> Markup {
        html! {
            fieldset.slot {
                legend { (legend) }
                div.columns { (self.input(prefix, &UNITS)) }
                (self.select(prefix))
            }
        }
    }

    /// The lines that are meant; what is seldom asked for is folded until it is filled.
    fn select(self, prefix: &str) -> Markup {
        let (often, seldom) = SELECT.split_at(OFTEN.min(SELECT.len()));
        let is_open = seldom.iter().any(|entry| {
            let name = format!("{prefix}{}", entry.name);
            !given(self.fields, &name).is_empty()
                || self.faults.iter().any(|fault| fault.field == name)
        });
        html! {
            div.columns { @for entry in often { (self.input(prefix, entry)) } }
            details open[is_open] {
                summary { (self.words.text("promotion-seldom")) }
                div.columns { @for entry in seldom { (self.input(prefix, entry)) } }
            }
        }
    }

    fn input(self, prefix: &str, entry: &Entry) -> Markup {
        let name = format!("{prefix}{}", entry.name);
        let value = given(self.fields, &name);
        if let Shape::AnyOf(options, texts) = entry.shape {
            return self.several(&name, entry.label, options, texts, &value);
        }
        if entry.shape == Shape::Days {
            return self.several(&name, entry.label, DAYS, "day-", &value);
        }
        let input = self.single(&name, &value, entry);
        field(self.words, &name, entry.label, self.faults, &input)
    }

    fn single(self, name: &str, value: &str, entry: &Entry) -> Markup {
        let option = |name: &str, id: &str| (name.to_owned(), self.words.text(id));
        if entry.shape == Shape::Flag {
            let options = [
                option("", "promotion-any"),
                option("yes", "flag-1"),
                option("no", "flag-0"),
            ];
            return choice(name, value, &options);
        }
        if let Shape::OneOf(names, texts) = entry.shape {
            let options = names.iter();
            let options = options.map(|name| option(name, &format!("{texts}{}", dashed(name))));
            return choice(name, value, &options.collect::<Vec<_>>());
        }
        if entry.shape.is_long() {
            let rows = value.lines().count().clamp(2, LONG_ROWS);
            return html! { textarea id={ "f-" (name) } name=(name) rows=(rows) placeholder=(entry.hint) { (value) } };
        }
        let kind = if entry.shape == Shape::Wall {
            "datetime-local"
        } else {
            "text"
        };
        text(name, value, kind, entry.hint)
    }

    /// Boxes to tick; one that is always sent says that the form had them.
    fn several(
        self,
        name: &str,
        label: &str,
        options: &[&str],
        texts: &str,
        value: &str,
    ) -> Markup {
        let wrong = self.faults.iter().find(|fault| fault.field == name);
        let is_ticked = |option: &str| value.split(' ').any(|part| part == option);
        html! {
            fieldset.field.wrong[wrong.is_some()] id={ "f-" (name) } tabindex="-1" {
                legend { (self.words.text(label)) }
                input type="hidden" name=(name) value="";
                div.ticks { @for option in options {
                    label { input type="checkbox" name=(name) value=(option) checked[is_ticked(option)]; " " (self.words.text(&format!("{texts}{option}"))) }
                } }
                @if let Some(fault) = wrong { p.fault { (self.words.text(&fault.text)) } }
            }
        }
    }
}

/// A name of the rules within a key of the texts.
pub(super) fn dashed(name: &str) -> String {
    name.replace('_', "-")
}
