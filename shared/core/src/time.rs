//! Instants, offsets and business dates; no clock: every time is an argument.

use std::fmt;

use crate::pricing::moment::LocalTime;

const MINUTE_MS: i64 = 60_000;

/// An instant in milliseconds since 1970-01-01T00:00:00Z.
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
pub struct Timestamp(#[n(0)] pub i64);

impl Timestamp {
    /// Milliseconds from `earlier` to this instant; negative when it lies before.
    #[must_use]
    pub fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The instant `ms` milliseconds later.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

impl Timestamp {
    /// Reads `2026-01-31T10:00:00+03:00`; the offset, or `Z`, must be there.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (wall, offset) = match text.strip_suffix(['Z', 'z']) {
            Some(wall) => (wall, 0),
            None => {
                let at = text.rfind(['+', '-']).filter(|at| *at > 10)?;
                let (wall, offset) = text.split_at_checked(at)?;
                (wall, offset_minutes(offset)?)
            }
        };
        let wall = LocalTime::parse(wall)?;
        let offset_ms = i64::from(offset).checked_mul(MINUTE_MS)?;
        wall.0.checked_sub(offset_ms).map(Self)
    }
}

/// `+03:00` or `-0330` in minutes.
fn offset_minutes(text: &str) -> Option<i16> {
    let (sign, digits) = text.split_at_checked(1)?;
    let digits: String = digits.chars().filter(|letter| *letter != ':').collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let (hours, minutes): (i16, i16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let in_range = digits.len() == 4 && (0..=18).contains(&hours) && (0..60).contains(&minutes);
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    in_range.then_some(if sign == "-" {
        minutes.checked_neg()?
    } else {
        minutes
    })
}

/// Offset of a store's wall clock from UTC in minutes, east positive.
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
pub struct OffsetMinutes(#[n(0)] pub i16);

/// A time of a store: the instant and the offset of the store's clock then.
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
#[cbor(map)]
pub struct StoreTime {
    /// The instant.
    #[n(0)]
    pub at: Timestamp,
    /// The offset of the store's wall clock at that instant.
    #[n(1)]
    pub offset: OffsetMinutes,
}

impl StoreTime {
    /// The same on the store's wall.
    #[must_use]
    pub fn local(self) -> LocalTime {
        let offset_ms = i64::from(self.offset.0).saturating_mul(MINUTE_MS);
        LocalTime(self.at.0.saturating_add(offset_ms))
    }

    /// The calendar date on the store's wall.
    #[must_use]
    pub fn date(self) -> BusinessDate {
        self.local().date()
    }
}

/// A calendar date of a store, in days since 1970-01-01.
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
pub struct BusinessDate(#[n(0)] pub i32);

impl BusinessDate {
    /// Year, month and day of the proleptic Gregorian calendar.
    ///
    /// The day count to civil date algorithm of H. Hinnant, "chrono-compatible low-level date algorithms".
    #[must_use]
    pub fn civil(self) -> (i64, i64, i64) {
        let z = i64::from(self.0).saturating_add(719_468);
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era = day_of_era
            .saturating_sub(day_of_era / 1_460)
            .saturating_add(day_of_era / 36_524)
            .saturating_sub(day_of_era / 146_096)
            / 365;
        let day_of_year = day_of_era.saturating_sub(
            year_of_era
                .saturating_mul(365)
                .saturating_add(year_of_era / 4)
                .saturating_sub(year_of_era / 100),
        );
        let shifted_month = day_of_year.saturating_mul(5).saturating_add(2) / 153;
        let day = day_of_year
            .saturating_sub(shifted_month.saturating_mul(153).saturating_add(2) / 5)
            .saturating_add(1);
        let month = if shifted_month < 10 {
            shifted_month.saturating_add(3)
        } else {
            shifted_month.saturating_sub(9)
        };
        let year = year_of_era.saturating_add(era.saturating_mul(400));
        (
            if month <= 2 {
                year.saturating_add(1)
            } else {
                year
            },
            month,
            day,
        )
    }

    /// The date of a year, month and day; none where the calendar has no such day.
    ///
    /// The civil from date algorithm of the same source as [`BusinessDate::civil`].
    #[must_use]
    pub fn of_civil(year: i32, month: u8, day: u8) -> Option<Self> {
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let shifted_year = i64::from(year).saturating_sub(i64::from(month <= 2));
        let era = shifted_year.div_euclid(400);
        let year_of_era = shifted_year.rem_euclid(400);
        let shifted_month = i64::from(month).saturating_add(9) % 12;
        let day_of_year = shifted_month
            .saturating_mul(153)
            .saturating_add(2)
            .div_euclid(5)
            .saturating_add(i64::from(day))
            .saturating_sub(1);
        let day_of_era = year_of_era
            .saturating_mul(365)
            .saturating_add(year_of_era / 4)
            .saturating_sub(year_of_era / 100)
            .saturating_add(day_of_year);
        let days = era
            .saturating_mul(146_097)
            .saturating_add(day_of_era)
            .saturating_sub(719_468);
        let date = Self(i32::try_from(days).ok()?);
        let expected = (i64::from(year), i64::from(month), i64::from(day));
        (date.civil() == expected).then_some(date)
    }

    /// Reads `2026-01-31`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let shape = year.len() == 4 && month.len() == 2 && day.len() == 2;
        if !shape || !digits(year) || !digits(month) || !digits(day) || parts.next().is_some() {
            return None;
        }
        Self::of_civil(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// Whether both dates lie in the same calendar month.
    #[must_use]
    pub fn same_month(self, other: Self) -> bool {
        let (year, month, _) = self.civil();
        let (other_year, other_month, _) = other.civil();
        (year, month) == (other_year, other_month)
    }
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_business_date_follows_the_stores_wall() {
        let instant = Timestamp(1_732_561_200_000); // 2024-11-25T19:00:00Z
        let at = |offset| {
            StoreTime {
                at: instant,
                offset: OffsetMinutes(offset),
            }
            .date()
            .to_string()
        };
        assert_eq!(at(0), "2024-11-25");
        assert_eq!(at(720), "2024-11-26", "Kamchatka is a day ahead");
    }

    #[test]
    fn dates_before_1970_and_leap_days_print() {
        assert_eq!(BusinessDate(-1).to_string(), "1969-12-31");
        assert_eq!(BusinessDate(19_782).to_string(), "2024-02-29");
    }
}
