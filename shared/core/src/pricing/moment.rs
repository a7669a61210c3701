//! Times on a store's wall: validity of rows, happy hours, and the moment that prices a receipt.

use std::fmt;

use crate::time::{BusinessDate, Timestamp};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// A receipt open longer than this is priced anew: 60 minutes are allowed, 60 minutes and 1 second are not.
const REPRICE_AFTER_MS: i64 = 3_601_000;

/// A time on the store's wall: milliseconds since 1970-01-01T00:00:00 of that wall.
///
/// The caller turns instants into it with the store's time zone; the engine knows no zones.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(transparent)]
pub struct LocalTime(#[n(0)] pub i64);

impl LocalTime {
    /// The calendar date.
    #[must_use]
    pub fn date(self) -> BusinessDate {
        let days = self.0.div_euclid(DAY_MS);
        BusinessDate(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }

    /// Whether a day begins with it.
    #[must_use]
    pub fn is_midnight(self) -> bool {
        self.ms_of_day() == 0
    }

    fn ms_of_day(self) -> i64 {
        self.0.rem_euclid(DAY_MS)
    }
}

impl LocalTime {
    /// Reads `2026-01-31T00:00:00`, without an offset; the seconds may be left out, a fraction may follow them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(['T', ' '])?;
        let date = BusinessDate::parse(date)?;
        let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
        let mut parts = clock.split(':').map(two_digits);
        let (hour, minute) = (parts.next()??, parts.next()??);
        let second = parts.next().unwrap_or(Some(0))?;
        let milli = match fraction.len() {
            0 => 0,
            3 => fraction.parse::<u16>().ok()?.into(),
            _ => return None,
        };
        let in_day = hour < 24 && minute < 60 && second < 60 && parts.next().is_none();
        let of_day = hour
            .checked_mul(3_600_000)?
            .checked_add(minute.checked_mul(MINUTE_MS)?)?;
        let of_day = of_day
            .checked_add(second.checked_mul(1_000)?)?
            .checked_add(milli)?;
        let ms = i64::from(date.0).checked_mul(DAY_MS)?.checked_add(of_day)?;
        in_day.then_some(Self(ms))
    }
}

fn two_digits(text: &str) -> Option<i64> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.ms_of_day();
        let (hour, minute, second) = (ms / 3_600_000, ms / MINUTE_MS % 60, ms / 1_000 % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", self.date())?;
        match ms % 1_000 {
            0 => Ok(()),
            rest => write!(f, ".{rest:03}"),
        }
    }
}

/// A half-open span [from, to) on the store's wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Validity {
    /// The first moment inside.
    #[n(0)]
    pub from: LocalTime,
    /// The first moment outside again; none is open.
    #[n(1)]
    pub to: Option<LocalTime>,
}

impl Validity {
    /// Whether the moment lies inside.
    #[must_use]
    pub fn holds(&self, moment: LocalTime) -> bool {
        self.from <= moment && self.to.is_none_or(|to| moment < to)
    }
}

/// When a receipt is priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceMoment {
    /// The instant whose prices, promotions, floors and rates count.
    pub at: Timestamp,
    /// The receipt was open too long and is priced at the present moment; the customer must be told.
    pub repriced: bool,
}

impl PriceMoment {
    /// The opening of the receipt, or the present moment when that is more than 60 minutes ago.
    #[must_use]
    pub fn of(opened_at: Timestamp, now: Timestamp) -> Self {
        let repriced = now.since_ms(opened_at) >= REPRICE_AFTER_MS;
        Self {
            at: if repriced { now } else { opened_at },
            repriced,
        }
    }
}

/// A minute of the day, 00:00 to 24:00.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct DayMinute(#[n(0)] u16);

impl DayMinute {
    /// A minute of the day, or nothing beyond 24:00.
    #[must_use]
    pub fn new(hour: u16, minute: u16) -> Option<Self> {
        let minutes = hour.checked_mul(60)?.checked_add(minute)?;
        (minute < 60 && minutes <= 1_440).then_some(Self(minutes))
    }

    /// Reads `09:00`, up to `24:00`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let number = |text| u16::try_from(two_digits(text)?).ok();
        Self::new(number(hour)?, number(minute)?)
    }

    fn ms(self) -> i64 {
        i64::from(self.0).saturating_mul(MINUTE_MS)
    }
}

impl fmt::Display for DayMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// Days of the week, Monday = 1 to Sunday = 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Weekdays(#[n(0)] u8);

impl Weekdays {
    /// These days and `day`; nothing when it is not within 1–7.
    #[must_use]
    pub fn with(self, day: u8) -> Option<Self> {
        (1..=7)
            .contains(&day)
            .then(|| Self(self.0 | 1_u8.wrapping_shl(u32::from(day))))
    }

    fn has(self, date: BusinessDate) -> bool {
        // 1970-01-01 was a Thursday, the fourth day.
        let from_monday = i64::from(date.0).saturating_add(3).rem_euclid(7);
        (1..=7)
            .zip(0_i64..)
            .any(|(day, index)| index == from_monday && self.0 & 1_u8.wrapping_shl(day) != 0)
    }
}

/// Hours of the day in which a promotion acts, [from, to) on chosen weekdays.
///
/// From later than to passes midnight and belongs to the day it began on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct DailyHours {
    /// The days it begins on.
    #[n(0)]
    pub days: Weekdays,
    /// The first minute inside.
    #[n(1)]
    pub from: DayMinute,
    /// The first minute outside; may be 24:00.
    #[n(2)]
    pub to: DayMinute,
}

impl DailyHours {
    /// Whether the moment lies inside.
    #[must_use]
    pub fn hold(&self, moment: LocalTime) -> bool {
        let today = moment.date();
        let yesterday = BusinessDate(today.0.saturating_sub(1));
        let ms = moment.ms_of_day();
        let (began, not_over) = (self.from.ms() <= ms, ms < self.to.ms());
        if self.from <= self.to {
            return began && not_over && self.days.has(today);
        }
        (began && self.days.has(today)) || (not_over && self.days.has(yesterday))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;
    /// 2026-02-02, a Monday, at midnight.
    const MONDAY: i64 = 20_486 * DAY_MS;

    #[test]
    fn hours_past_midnight_belong_to_the_day_they_began_on() {
        let night = DailyHours {
            days: Weekdays::default().with(1).unwrap(),
            from: DayMinute::new(20, 0).unwrap(),
            to: DayMinute::new(2, 0).unwrap(),
        };
        let at = |hours: i64| night.hold(LocalTime(MONDAY + hours * HOUR_MS));
        assert!(!at(1), "Sunday's night is not Monday's");
        assert!(!at(19));
        assert!(at(20));
        assert!(at(25), "Tuesday at one");
        assert!(!at(26));
        assert!(!at(44), "Tuesday evening");
    }

    #[test]
    fn twenty_four_hours_end_with_the_day() {
        let evening = DailyHours {
            days: Weekdays::default().with(1).unwrap(),
            from: DayMinute::new(20, 0).unwrap(),
            to: DayMinute::new(24, 0).unwrap(),
        };
        assert!(evening.hold(LocalTime(MONDAY + DAY_MS - 1)));
        assert!(!evening.hold(LocalTime(MONDAY + DAY_MS)));
        assert_eq!(DayMinute::new(24, 1), None);
    }

    #[test]
    fn an_hour_is_not_too_long_and_a_second_more_is() {
        let opened = Timestamp(0);
        assert!(!PriceMoment::of(opened, Timestamp(3_600_999)).repriced);
        let late = PriceMoment::of(opened, Timestamp(3_601_000));
        assert!(late.repriced);
        assert_eq!(late.at, Timestamp(3_601_000));
    }

    #[test]
    fn a_local_time_prints_as_the_wall_shows_it() {
        assert_eq!(
            LocalTime(MONDAY + HOUR_MS).to_string(),
            "2026-02-02T01:00:00"
        );
        assert_eq!(LocalTime(-1).to_string(), "1969-12-31T23:59:59.999");
    }
}
