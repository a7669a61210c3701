//! One value of a promotion's definition: how it is written in a field, and how it is read from there.

use serde_json::{Map, Value, json};
use storefleet_core::pricing::moment::DayMinute;

use crate::console::telling::read_wall;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text as it is.
    Text,
    /// The network where it is empty, or a dealer.
    Owner,
    /// Codes, with spaces or commas between.
    Codes,
    /// Names, with commas between; with spaces where there is no comma.
    Names,
    /// Parts per million, as a percentage.
    Percent,
    /// Kopecks, as roubles.
    Roubles,
    /// The same, above zero.
    Sum,
    /// A whole number, zero or more.
    Whole,
    /// A whole number above zero.
    Count,
    /// Yes or no.
    Flag,
    /// A time on the wall of a shop.
    Wall,
    /// A time of the day.
    DayTime,
    /// One of these; their texts are the prefix and the name.
    OneOf(&'static [&'static str], &'static str),
    /// Any of these; their texts are the prefix and the name.
    AnyOf(&'static [&'static str], &'static str),
    /// Any of the days of a week, Monday is 1.
    Days,
    /// An item and its price a line.
    Prices,
    /// A level of cards and its percentage a line.
    Levels,
    /// A number of pieces and the percentage from it a line.
    Tiers,
}

/// Days of a week as a form names them.
pub(super) const DAYS: &[&str] = &["1", "2", "3", "4", "5", "6", "7"];
const PERCENT_DECIMALS: usize = 4;
/// Everything, in parts per million.
const WHOLE_PPM: i64 = 1_000_000;
const ROUBLE_DECIMALS: usize = 2;

impl Shape {
    /// The value that a field describes, none where it is empty; or the sentence that says what is wrong.
    pub(super) fn read(self, text: &str) -> Result<Option<Value>, &'static str> {
        if text.is_empty() {
            return Ok((self == Self::Owner).then(|| json!("network")));
        }
        let value = match self {
            Self::Text | Self::Owner => Some(json!(text)),
            Self::OneOf(names, _) => names.contains(&text).then(|| json!(text)),
            Self::Codes | Self::AnyOf(..) => Some(json!(parts(text, PARTING))),
            Self::Names => Some(json!(names(text))),
            Self::Percent => part(text).map(Value::from),
            Self::Roubles => scaled(text, ROUBLE_DECIMALS).map(Value::from),
            Self::Sum => scaled(text, ROUBLE_DECIMALS)
                .filter(|sum| *sum > 0)
                .map(Value::from),
            Self::Whole => whole(text).map(Value::from),
            Self::Count => whole(text).filter(|count| *count > 0).map(Value::from),
            Self::Flag => Some(json!(text == "yes")),
            Self::Wall => read_wall(text).map(|at| json!(at.to_string())),
            Self::DayTime => day_time(text).then(|| json!(text)),
            Self::Days => days(text),
            Self::Prices => named(text, |price| scaled(price, ROUBLE_DECIMALS)).map(Value::Object),
            Self::Levels => named(text, part).map(Value::Object),
            Self::Tiers => tiers(text),
        };
        value.map(Some).ok_or(self.fault())
    }

    /// What a field says of a value.
    pub(super) fn written(self, value: &Value) -> String {
        let list = |write: &dyn Fn(&Value) -> String| {
            let each = value.as_array().into_iter().flatten().map(write);
            each.collect::<Vec<String>>()
        };
        let pairs = |decimals| {
            let each = value.as_object().into_iter().flatten();
            let lines = each.map(|(name, value)| format!("{name} {}", decimal(value, decimals)));
            lines.collect::<Vec<_>>().join("\n")
        };
        match self {
            Self::Owner if value == "network" => String::new(),
            Self::Codes | Self::AnyOf(..) | Self::Days => list(&plain).join(" "),
            Self::Names => joined(&list(&plain)),
            Self::Percent => decimal(value, PERCENT_DECIMALS),
            Self::Roubles | Self::Sum => decimal(value, ROUBLE_DECIMALS),
            Self::Flag => match value.as_bool() {
                Some(true) => "yes".to_owned(),
                Some(false) => "no".to_owned(),
                None => String::new(),
            },
            Self::Prices => pairs(ROUBLE_DECIMALS),
            Self::Levels => pairs(PERCENT_DECIMALS),
            Self::Tiers => list(&|tier| {
                let from = tier.get("min_units").map(plain).unwrap_or_default();
                let part = tier.get("ppm").unwrap_or(&Value::Null);
                format!("{from} {}", decimal(part, PERCENT_DECIMALS))
            })
            .join("\n"),
            Self::Text
            | Self::Owner
            | Self::OneOf(..)
            | Self::Whole
            | Self::Count
            | Self::Wall
            | Self::DayTime => plain(value),
        }
    }

    /// The sentence that says what the field needs.
    pub(super) fn fault(self) -> &'static str {
        match self {
            Self::Text | Self::Owner | Self::Codes | Self::Names => "cell-needed",
            Self::OneOf(..) | Self::AnyOf(..) | Self::Flag => "fault-choice",
            Self::Percent => "fault-percent",
            Self::Roubles => "fault-rub",
            Self::Sum => "fault-sum",
            Self::Whole => "fault-number",
            Self::Count => "fault-count",
            Self::Wall => "fault-time",
            Self::DayTime => "fault-day-time",
            Self::Days => "fault-days",
            Self::Prices => "fault-item-prices",
            Self::Levels => "fault-levels",
            Self::Tiers => "fault-tiers",
        }
    }

    /// Whether it needs several lines.
    pub(super) fn is_long(self) -> bool {
        matches!(self, Self::Prices | Self::Levels | Self::Tiers)
    }
}

/// What parts codes.
const PARTING: &[char] = &[' ', ',', ';', '\n', '\r', '\t'];
/// What parts names that hold spaces.
const COMMAS: &[char] = &[',', ';', '\n', '\r'];

fn parts<'t>(text: &'t str, by: &[char]) -> Vec<&'t str> {
    let parts = text.split(by).map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}

fn names(text: &str) -> Vec<&str> {
    let by = if text.contains(COMMAS) {
        COMMAS
    } else {
        PARTING
    };
    parts(text, by)
}

/// Names as [`names`] reads them: a last comma keeps the spaces of a single one.
fn joined(names: &[String]) -> String {
    if names.iter().any(|name| name.contains(' ')) {
        names.iter().map(|name| format!("{name}, ")).collect()
    } else {
        names.join(" ")
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
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

/// Parts per million of a percentage, 0 to 100 %.
fn part(text: &str) -> Option<i64> {
    scaled(text, PERCENT_DECIMALS).filter(|ppm| *ppm <= WHOLE_PPM)
}

/// A whole number that fits every field of the rules.
fn whole(text: &str) -> Option<i64> {
    let number = text.parse::<i32>().ok().filter(|number| *number >= 0);
    number.map(i64::from)
}

/// A number as [`scaled`] reads it: 125000 with 4 is `12,5`.
fn decimal(value: &Value, decimals: usize) -> String {
    let Some(number) = value.as_u64() else {
        return plain(value);
    };
    let digits = format!("{number:0>width$}", width = decimals.saturating_add(1));
    let (whole, part) = digits.split_at(digits.len().saturating_sub(decimals));
    match part.trim_end_matches('0') {
        "" => whole.to_owned(),
        part => format!("{whole},{part}"),
    }
}

fn day_time(text: &str) -> bool {
    let read = text.split_once(':').map(|(hour, minute)| {
        let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
        DayMinute::new(hour, minute)
    });
    read.flatten().is_some()
}

fn days(text: &str) -> Option<Value> {
    let days = parts(text, PARTING).into_iter();
    let read = days.map(|day| day.parse().ok().filter(|day| (1..=7_u8).contains(day)));
    Some(json!(read.collect::<Option<Vec<u8>>>()?))
}

/// Lines of a name and a number after the last space.
fn lines(text: &str) -> impl Iterator<Item = Option<(&str, &str)>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| {
        let (name, number) = line.rsplit_once([' ', '\t', '='])?;
        let name = name.trim_end_matches([' ', '\t', '=']);
        (!name.is_empty()).then_some((name, number))
    })
}

fn named(text: &str, read_number: impl Fn(&str) -> Option<i64>) -> Option<Map<String, Value>> {
    let mut read = Map::new();
    for line in lines(text) {
        let (name, number) = line?;
        let twice = read.insert(name.to_owned(), json!(read_number(number)?));
        if twice.is_some() {
            return None;
        }
    }
    Some(read)
}

fn tiers(text: &str) -> Option<Value> {
    let read = lines(text).map(|line| {
        let (from, percent) = line?;
        let (from, ppm) = (whole(from)?, part(percent)?);
        Some(json!({"min_units": from, "ppm": ppm}))
    });
    Some(Value::Array(read.collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_field_says_is_read_back_as_it_was() {
        for (shape, value) in [
            (Shape::Percent, json!(125_000)),
            (Shape::Percent, json!(1)),
            (Shape::Roubles, json!(99_050)),
            (Shape::Owner, json!("network")),
            (Shape::Owner, json!("D0001")),
            (Shape::Codes, json!(["1", "2"])),
            (Shape::Names, json!(["Sony Ericsson"])),
            (Shape::Names, json!(["case", "glass"])),
            (Shape::Flag, json!(false)),
            (Shape::Days, json!([5, 6])),
            (Shape::DayTime, json!("24:00")),
            (Shape::Wall, json!("2026-01-31T10:00:00")),
            (Shape::Prices, json!({"1": 99_000, "2": 5})),
            (Shape::Levels, json!({"gold": 20_000, "very silver": 1})),
            (Shape::Tiers, json!([{"min_units": 2, "ppm": 50_000}])),
        ] {
            let text = shape.written(&value);
            assert_eq!(shape.read(&text), Ok(Some(value)), "{shape:?} {text:?}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (shape, text) in [
            (Shape::Percent, "x"),
            (Shape::Roubles, "1,001"),
            (Shape::Percent, "100,0001"),
            (Shape::Levels, "gold 101"),
            (Shape::Sum, "0"),
            (Shape::Count, "0"),
            (Shape::Whole, "-1"),
            (Shape::Whole, "4294967296"),
            (Shape::Whole, "1.5"),
            (Shape::Days, "8"),
            (Shape::DayTime, "24:01"),
            (Shape::Prices, "100001"),
            (Shape::Prices, "1 2\n1 3"),
            (Shape::Tiers, "two 5"),
            (Shape::Wall, "soon"),
            (Shape::OneOf(&["a"], ""), "b"),
        ] {
            assert_eq!(shape.read(text), Err(shape.fault()), "{shape:?} {text:?}");
        }
    }
}
