//! Master data as people read it: names of columns, values, reaches, times on a wall, what a change changed.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};
use storefleet_core::master::TableSpec;
use storefleet_core::master::change::{RowChange, Source};
use storefleet_core::pricing::moment::{LocalTime, Validity};
use storefleet_core::pricing::price::Reach;
use storefleet_core::time::Timestamp;

use super::form::encoded;
use super::frame::shape;
use super::words::{DASH, Words, money, network};
use crate::fleet::Status;
use crate::master::ChangeCard;
use storefleet_core::money::Money;

/// Whether something counts now, by the wall of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Now,
    Planned,
    Over,
}

impl Standing {
    pub(super) fn of(validity: &Validity, now: LocalTime) -> Self {
        if now < validity.from {
            Self::Planned
        } else if validity.holds(now) {
            Self::Now
        } else {
            Self::Over
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Planned => "planned",
            Self::Over => "over",
        }
    }

    pub(super) fn chip(self, words: &Words<'_>) -> Markup {
        let status = match self {
            Self::Now => Status::Ok,
            Self::Planned => Status::Warn,
            Self::Over => Status::Off,
        };
        let class = super::frame::class(status);
        html! { span.chip.(class) { (shape(status)) (words.text(&format!("standing-{}", self.name()))) } }
    }
}

/// The time on the network's wall.
pub(super) fn wall(at: Timestamp) -> LocalTime {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let offset = i64::from(network().to_offset(instant).seconds());
    LocalTime(at.0.saturating_add(offset.saturating_mul(1_000)))
}

/// The instant of a time on the network's wall.
pub(super) fn instant(at: LocalTime) -> Timestamp {
    // An offset changes by hours at most, so the offset near that time is the offset of that time.
    let near = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let offset = i64::from(network().to_offset(near).seconds());
    Timestamp(at.0.saturating_sub(offset.saturating_mul(1_000)))
}

/// A time of a field: `2026-03-01T10:00`, `2026-03-01 10:00`, or a date alone.
pub(super) fn read_wall(text: &str) -> Option<LocalTime> {
    LocalTime::parse(text).or_else(|| LocalTime::parse(&format!("{text}T00:00")))
}

/// A time on a wall, its clock only where it is not midnight: `01.12.2026`, `01.12.2026 10:00`.
pub(super) fn wall_text(at: LocalTime) -> String {
    let text = at.to_string();
    let (_, month, day) = at.date().civil();
    let (year, _, _) = at.date().civil();
    let date = format!("{day:02}.{month:02}.{year}");
    match text.split_once('T') {
        Some((_, "00:00:00")) | None => date,
        Some((_, clock)) => format!("{date} {}", clock.strip_suffix(":00").unwrap_or(clock)),
    }
}

/// From when to when.
pub(super) fn span(words: &Words<'_>, validity: &Validity) -> String {
    let from = wall_text(validity.from);
    match validity.to {
        Some(to) => words.of_two("span-from-to", &from, &wall_text(to)),
        None => words.of("span-from", &from),
    }
}

/// Which shops, in words.
pub(super) fn reach(words: &Words<'_>, reach: &Reach) -> String {
    let [layer, scope] = storefleet_core::master::reach::texts(reach);
    reach_of(words, &layer, &scope)
}

/// The same of a layer and its scope.
pub(super) fn reach_of(words: &Words<'_>, layer: &str, scope: &str) -> String {
    match layer {
        "network" => words.text("reach-network"),
        _ => words.of(&format!("reach-{layer}"), scope),
    }
}

/// What people call a column.
pub(super) fn column(words: &Words<'_>, name: &str) -> String {
    let id = format!("column-{name}");
    let text = words.text(&id);
    if text == id { name.to_owned() } else { text }
}

/// A cell of that column as people read it.
pub(super) fn cell(words: &Words<'_>, name: &str, text: &str) -> String {
    let word = |prefix: &str| {
        let id = format!("{prefix}-{text}");
        let told = words.text(&id);
        if told == id { text.to_owned() } else { told }
    };
    match name {
        _ if text.is_empty() => DASH.to_owned(),
        "valid_from" | "valid_to" => {
            LocalTime::parse(text).map_or_else(|| text.to_owned(), wall_text)
        }
        "price_fixed_by_vendor" | "marking" | "lock" | "active" => word("flag"),
        "kind" => word("kind"),
        "layer" => word("layer"),
        "tracking" => word("tracking"),
        "carried" => word("carried"),
        "barcode" => text.replace('|', ", "),
        "warranty_months" if text == "0" => words.text("warranty-none"),
        "warranty_months" => words.of("warranty-months", text),
        _ if name.ends_with("_kop") => match text.parse() {
            Ok(kopecks) => money(Money(kopecks)),
            Err(_) => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}

/// The columns in which two sides of a change differ: name, before, after.
pub(super) fn differences(
    words: &Words<'_>,
    spec: &TableSpec,
    row: &RowChange,
) -> Vec<[String; 3]> {
    let cells = |bytes: Option<&[u8]>| bytes.and_then(|bytes| (spec.cells)(bytes).ok());
    let from = cells(row.from.as_ref().map(|bytes| bytes.as_slice())).unwrap_or_default();
    let to = cells(row.to.as_ref().map(|bytes| bytes.as_slice())).unwrap_or_default();
    let mut told = Vec::new();
    for (index, named) in spec.columns.iter().enumerate() {
        let side = |cells: &[String]| cells.get(index).cloned().unwrap_or_default();
        let (before, after) = (side(&from), side(&to));
        if named.name == "definition" {
            told.extend(definitions(words, &before, &after));
        } else if before != after {
            let shown = |text: &str| cell(words, named.name, text);
            told.push([column(words, named.name), shown(&before), shown(&after)]);
        }
    }
    told
}

/// The keys in which two definitions differ.
fn definitions(words: &Words<'_>, before: &str, after: &str) -> Vec<[String; 3]> {
    let read = |text: &str| -> BTreeMap<String, serde_json::Value> {
        serde_json::from_str(text).unwrap_or_default()
    };
    let (before, after) = (read(before), read(after));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differing = keys
        .into_iter()
        .filter(|key| before.get(*key) != after.get(*key));
    let shown = |side: &BTreeMap<String, serde_json::Value>, key: &str| match side.get(key) {
        None => DASH.to_owned(),
        Some(serde_json::Value::String(text)) => cell(words, key, text),
        Some(value) => cell(words, key, &value.to_string()),
    };
    let told = differing.map(|key| [column(words, key), shown(&before, key), shown(&after, key)]);
    told.collect()
}

/// By how many per cent a price changes, signed.
pub(super) fn percent(from: Money, to: Money) -> String {
    let change = i128::from(to.0).saturating_sub(i128::from(from.0));
    let Some(tenths) = change.saturating_mul(1_000).checked_div(i128::from(from.0)) else {
        return DASH.to_owned();
    };
    let sign = if tenths < 0 { "−" } else { "+" };
    let tenths = tenths.unsigned_abs();
    format!("{sign}{},{}\u{a0}%", tenths / 10, tenths % 10)
}

/// Who did a change: the name without where it came from.
pub(super) fn actor(words: &Words<'_>, actor: &str) -> String {
    match actor.split_once(':') {
        Some(("console", name)) => name.to_owned(),
        Some(("cli", _)) => words.text("actor-cli"),
        Some(("folder", _)) => words.text("actor-folder"),
        Some(_) | None => actor.to_owned(),
    }
}

/// Where a change came from.
pub(super) fn source(words: &Words<'_>, card: &ChangeCard) -> String {
    match card.source {
        Source::Edit => words.text("source-edit"),
        Source::Import => words.of("source-import", &card.origin),
        Source::Undo => words.of("source-undo", &card.origin),
        Source::Api => words.text("source-api"),
        Source::Other(_) => words.text("source-other"),
    }
}

/// One change of one record with who, when, from, to and why.
pub(super) fn history_row(
    words: &Words<'_>,
    spec: &TableSpec,
    change: u64,
    card: &ChangeCard,
    row: &RowChange,
) -> Markup {
    let kind = match (&row.from, &row.to) {
        (None, _) => "history-came",
        (_, None) => "history-went",
        (Some(_), Some(_)) => "history-changed",
    };
    html! {
        li {
            div { (words.moment(card.at)) " · " b { (actor(words, &card.actor)) }
                span.muted { " · " (source(words, card)) }
                " · " a href={ "/changes/" (change) } { (words.of("change-number", &change.to_string())) } }
            div { (words.text(&format!("table-{}", row.table.name()))) ": " (words.text(kind))
                @if row.from.is_some() && row.to.is_some() {
                    @for [name, from, to] in differences(words, spec, row) {
                        "; " (name) " " s { (from) } " → " b { (to) }
                    }
                } @else if let Some(text) = said(words, spec, row) { " " (text) } }
            p.muted { "«" (card.why) "»" }
        }
    }
}

/// A row that came or went, in short.
fn said(words: &Words<'_>, spec: &TableSpec, row: &RowChange) -> Option<String> {
    let bytes = row.to.as_ref().or(row.from.as_ref())?;
    let cells = (spec.cells)(bytes).ok()?;
    let wanted = [
        "price_type",
        "layer",
        "scope_id",
        "amount_kop",
        "name",
        "valid_from",
    ];
    let named = spec.columns.iter().zip(&cells);
    let told = named
        .filter(|(column, text)| wanted.contains(&column.name) && !text.is_empty())
        .map(|(column, text)| cell(words, column.name, text));
    Some(told.collect::<Vec<_>>().join(" · "))
}

/// An item as a link.
pub(super) fn item_link(code: &str, name: &str) -> Markup {
    html! { a href={ "/catalog/" (encoded(code)) } { (name) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> LocalTime {
        read_wall(text).unwrap()
    }

    #[test]
    fn a_wall_reads_as_people_write_it() {
        assert_eq!(wall_text(at("2026-12-01")), "01.12.2026");
        assert_eq!(wall_text(at("2026-12-01T10:05")), "01.12.2026 10:05");
        assert_eq!(
            wall(instant(at("2026-12-01T10:05"))),
            at("2026-12-01T10:05")
        );
        assert_eq!(read_wall("tomorrow"), None);
    }

    #[test]
    fn a_row_counts_before_its_end_and_not_at_it() {
        let validity = Validity {
            from: at("2026-01-01"),
            to: Some(at("2026-02-01")),
        };
        let standing = |text| Standing::of(&validity, at(text));
        assert_eq!(standing("2025-12-31T23:59"), Standing::Planned);
        assert_eq!(standing("2026-01-01"), Standing::Now);
        assert_eq!(standing("2026-02-01"), Standing::Over);
    }

    #[test]
    fn a_change_of_a_price_has_its_sign() {
        assert_eq!(percent(Money(2_699_000), Money(2_499_000)), "−7,4\u{a0}%");
        assert_eq!(percent(Money(100), Money(150)), "+50,0\u{a0}%");
        assert_eq!(percent(Money(0), Money(150)), DASH);
    }
}
