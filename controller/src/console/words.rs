//! Numbers, money and times as people read them, in the language of the reader.

use jiff::tz::{Offset, TimeZone};
use maud::{Markup, html};
use storefleet_core::money::Money;
use storefleet_core::time::{BusinessDate, OffsetMinutes, Timestamp};
use storefleet_messages::Catalogue;

/// Thin no-break space, between thousands.
const THIN: char = '\u{202f}';
/// No-break space, before a unit.
const NBSP: char = '\u{a0}';
/// Stands where a value does not apply.
pub(super) const DASH: &str = "—";
const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Time of the network, in hours east of UTC, should the zone's rules be missing.
const NETWORK_OFFSET_HOURS: i8 = 3;

/// Texts of one answer: one language, one instant.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) now: Timestamp,
}

impl Words<'_> {
    pub(super) fn text(&self, id: &str) -> String {
        self.catalogue.text(id)
    }

    /// A text with one argument, `value`.
    pub(super) fn of(&self, id: &str, value: &str) -> String {
        self.catalogue.with(id, [("value", value.into())])
    }

    /// A text with two arguments, `value` and `other`.
    pub(super) fn of_two(&self, id: &str, value: &str, other: &str) -> String {
        self.catalogue
            .with(id, [("value", value.into()), ("other", other.into())])
    }

    /// A text that counts: `count` picks the plural, `value` is the number as shown.
    pub(super) fn count(&self, id: &str, count: u64) -> String {
        let shown = number(count);
        self.catalogue
            .with(id, [("count", count.into()), ("value", shown.into())])
    }

    /// A length of time in its largest unit, such as "12 min".
    pub(super) fn age(&self, ms: i64) -> String {
        let ms = ms.max(0);
        let (id, amount) = match ms {
            0..MINUTE_MS => ("age-seconds", ms / SECOND_MS),
            MINUTE_MS..HOUR_MS => ("age-minutes", ms / MINUTE_MS),
            HOUR_MS..DAY_MS => ("age-hours", ms / HOUR_MS),
            _ => ("age-days", ms / DAY_MS),
        };
        self.of(id, &number(amount.unsigned_abs()))
    }

    /// How long ago something was.
    pub(super) fn since(&self, at: Timestamp) -> String {
        self.age(self.now.since_ms(at))
    }

    /// A time of the network as an element: short to read, whole in its tooltip.
    pub(super) fn moment(&self, at: Timestamp) -> Markup {
        let zone = network();
        let whole = self.of("network-time", &shown(at, &zone, "%d.%m.%Y %H:%M:%S"));
        html! { time datetime=(iso(at)) title=(whole) { (self.moment_text(at)) } }
    }

    /// The same as a text: "14:20 МСК", with its date when that is another day.
    pub(super) fn moment_text(&self, at: Timestamp) -> String {
        let zone = network();
        let today = shown(at, &zone, "%d%m%Y") == shown(self.now, &zone, "%d%m%Y");
        let form = if today { "%H:%M" } else { "%d.%m %H:%M" };
        self.of("network-time", &shown(at, &zone, form))
    }
}

/// A whole number with thin spaces between thousands.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len().saturating_mul(2));
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            text.push(THIN);
        }
        text.push(digit);
    }
    text
}

/// Counts as shown.
pub(super) fn amount(value: usize) -> String {
    number(u64::try_from(value).unwrap_or(u64::MAX))
}

/// Roubles; kopecks only where there are some.
pub(crate) fn money(Money(kopecks): Money) -> String {
    let sign = if kopecks < 0 { "−" } else { "" };
    let whole = number(kopecks.unsigned_abs() / 100);
    match kopecks.unsigned_abs() % 100 {
        0 => format!("{sign}{whole}{NBSP}₽"),
        rest => format!("{sign}{whole},{rest:02}{NBSP}₽"),
    }
}

/// Part of a whole in per cent with one decimal.
pub(super) fn percent(part: usize, whole: usize) -> String {
    let tenths = part.saturating_mul(1_000).checked_div(whole).unwrap_or(0);
    format!("{},{}{NBSP}%", tenths / 10, tenths % 10)
}

/// Seconds with one decimal and a sign, of a clock's offset.
pub(super) fn seconds(ms: i64) -> String {
    let sign = if ms < 0 { "−" } else { "+" };
    let tenths = ms.unsigned_abs() / 100;
    format!("{sign}{},{}", number(tenths / 10), tenths % 10)
}

/// Day and month of a business date.
pub(super) fn day(date: BusinessDate) -> String {
    let (_, month, day) = date.civil();
    format!("{day:02}.{month:02}")
}

/// The network's time zone.
pub(super) fn network() -> TimeZone {
    let fixed = || TimeZone::fixed(Offset::constant(NETWORK_OFFSET_HOURS));
    TimeZone::get("Europe/Moscow").unwrap_or_else(|_| fixed())
}

/// The zone of a store's clock at one instant.
pub(super) fn fixed(OffsetMinutes(minutes): OffsetMinutes) -> Option<TimeZone> {
    let seconds = i32::from(minutes).saturating_mul(60);
    Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
}

/// An instant in a zone, in a form of strftime; a dash for one outside of the calendar.
pub(super) fn shown(at: Timestamp, zone: &TimeZone, form: &str) -> String {
    match jiff::Timestamp::from_millisecond(at.0) {
        Ok(instant) => instant.to_zoned(zone.clone()).strftime(form).to_string(),
        Err(_) => DASH.to_owned(),
    }
}

/// The zone's offset then, such as `UTC+4`.
pub(super) fn offset(at: Timestamp, zone: &TimeZone) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let seconds = zone.to_offset(instant).seconds();
    let sign = if seconds < 0 { '−' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    match minutes % 60 {
        0 => format!("UTC{sign}{}", minutes / 60),
        rest => format!("UTC{sign}{}:{rest:02}", minutes / 60),
    }
}

/// For `datetime` attributes and interfaces.
pub(super) fn iso(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    format!("{instant:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_money_read_as_in_russian() {
        assert_eq!(number(0), "0");
        assert_eq!(number(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(money(Money(61_243_000)), "612\u{202f}430\u{a0}₽");
        assert_eq!(money(Money(-50)), "−0,50\u{a0}₽");
        assert_eq!(percent(2_837, 3_000), "94,5\u{a0}%");
        assert_eq!(seconds(-1_240), "−1,2");
    }

    #[test]
    fn instants_are_shown_in_their_zone() {
        let at = Timestamp(1_732_561_200_000); // 2024-11-25T19:00:00Z
        assert_eq!(shown(at, &network(), "%d.%m %H:%M"), "25.11 22:00");
        let kamchatka = fixed(OffsetMinutes(720)).unwrap();
        assert_eq!(shown(at, &kamchatka, "%H:%M"), "07:00");
        assert_eq!(offset(at, &kamchatka), "UTC+12");
        assert_eq!(iso(at), "2024-11-25T19:00:00Z");
    }
}
