//! Keys of one promotion, taken one by one so that those left over can be told.

use crate::money::Money;
use crate::pricing::moment::{DayMinute, LocalTime, Validity};
use crate::pricing::rounding::Ppm;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Keys not taken yet.
pub(super) struct Parameters {
    map: Map<String, Value>,
}

impl Parameters {
    pub(super) fn new(map: Map<String, Value>) -> Self {
        Self { map }
    }

    /// A key that must be there.
    pub(super) fn need<T: DeserializeOwned>(&mut self, key: &str) -> Result<T, String> {
        self.optional(key)?
            .ok_or_else(|| format!("{key} is missing: add it"))
    }

    /// A key that may be absent or null.
    pub(super) fn optional<T: DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>, String> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let read = T::deserialize(&value);
                read.map(Some)
                    .map_err(|error| format!("{key} {value}: {error}"))
            }
        }
    }

    /// An amount that must be there, 0 or more.
    pub(super) fn money(&mut self, key: &str) -> Result<Money, String> {
        self.optional_money(key)?
            .ok_or_else(|| format!("{key} is missing: add whole kopecks"))
    }

    /// An amount that may be absent, 0 or more.
    pub(super) fn optional_money(&mut self, key: &str) -> Result<Option<Money>, String> {
        match self.optional::<i64>(key)? {
            Some(kopecks) if kopecks < 0 => {
                Err(format!("{key} {kopecks} must be whole kopecks, 0 or more"))
            }
            kopecks => Ok(kopecks.map(Money)),
        }
    }

    /// A part that must be there.
    pub(super) fn part(&mut self, key: &str) -> Result<Ppm, String> {
        self.optional_part(key)?
            .ok_or_else(|| format!("{key} is missing: add parts per million"))
    }

    /// A part that may be absent, 0 to 1,000,000.
    pub(super) fn optional_part(&mut self, key: &str) -> Result<Option<Ppm>, String> {
        self.optional::<i32>(key)?
            .map(|ppm| part(key, ppm))
            .transpose()
    }

    /// A minute of the day, such as 18:00.
    pub(super) fn day_minute(&mut self, key: &str) -> Result<DayMinute, String> {
        let text: String = self.need(key)?;
        let minute = text
            .split_once(':')
            .and_then(|(hour, minute)| DayMinute::new(hour.parse().ok()?, minute.parse().ok()?));
        minute.ok_or_else(|| format!("{key} {text:?} must be a time from 00:00 to 24:00"))
    }

    /// Keys nobody took.
    pub(super) fn left(&self) -> impl Iterator<Item = &str> {
        self.map.keys().map(String::as_str)
    }
}

/// Parts per million, 0 to 1,000,000.
pub(super) fn part(key: &str, ppm: i32) -> Result<Ppm, String> {
    if (0..=1_000_000).contains(&ppm) {
        Ok(Ppm(ppm))
    } else {
        Err(format!(
            "{key} {ppm} must be parts per million, 0 to 1000000"
        ))
    }
}

/// A validity; no end is open.
pub(super) fn validity(from: &str, to: Option<&str>) -> Result<Validity, String> {
    let time = |key: &str, text: &str| {
        LocalTime::parse(text).ok_or_else(|| {
            format!(
                "{key} {text:?} must be a time on the store's wall without an offset, such as 2026-01-31T00:00:00"
            )
        })
    };
    let to = to.filter(|to| !to.is_empty());
    Ok(Validity {
        from: time("valid_from", from)?,
        to: to.map(|to| time("valid_to", to)).transpose()?,
    })
}
