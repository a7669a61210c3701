//! Turns what spreadsheets make of a cell back into what was meant: codes, amounts, dates, words.

use std::borrow::Cow;

use storefleet_core::identifier::{is_gtin, is_inn};
use storefleet_core::time::BusinessDate;

use super::Fault;
use super::guard::unguarded;
use super::words::{FLAGS, WORDS, ours};

/// Days from Excel's day 0, 1899-12-30, to 1970-01-01.
const EXCEL_EPOCH_DAYS: i64 = 25_569;
/// Excel's serials of 1927 to 2173; other numbers in a date's column are no dates.
const SERIALS: std::ops::RangeInclusive<i64> = 10_000..=99_999;
const DAY_SECONDS: i64 = 86_400;

/// What a file holds in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text, or a number in text.
    Text,
    /// A date of a spreadsheet, as ISO 8601.
    Date,
    /// An error of a formula.
    Error,
}

/// A cell as a file gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) text: String,
    pub(super) kind: Kind,
}

impl Given {
    /// A cell of text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            kind: Kind::Text,
        }
    }
}

/// What a column holds, as far as files get it wrong.
enum Meaning {
    Money,
    Moment,
    Date,
    Clock,
    Flag,
    Number,
    /// Digits with a check digit, of which leading zeros may be lost.
    Barcode,
    Inn,
    Code,
    Plain,
}

fn meaning(column: &str) -> Meaning {
    match column {
        "valid_from" | "valid_to" => Meaning::Moment,
        "contract_date" | "opened_on" => Meaning::Date,
        "opens" | "closes" => Meaning::Clock,
        "price_fixed_by_vendor" | "marking" | "lock" | "active" => Meaning::Flag,
        "rank" | "revision" | "warranty_months" | "row_id" | "store_count" | "area_m2"
        | "tills" | "city_population" | "num" | "den" => Meaning::Number,
        "barcode" => Meaning::Barcode,
        "inn" => Meaning::Inn,
        "item_code" | "tac" | "store_id" | "dealer_id" | "staff_id" | "entity_id" | "pin"
        | "serial" => Meaning::Code,
        name if name.ends_with("_kop") => Meaning::Money,
        _ => Meaning::Plain,
    }
}

/// The text of a cell as its column wants it.
pub(super) fn mend<'g>(
    column: &str,
    is_roubles: bool,
    given: &'g Given,
) -> Result<Cow<'g, str>, Fault> {
    let name = || match column.strip_suffix("_kop") {
        Some(stem) if is_roubles => format!("{stem}_rub"),
        _ => column.to_owned(),
    };
    let fault = |rule: &str| Fault::new(&name(), &given.text, rule, "");
    let text = unguarded(given.text.trim());
    match (given.kind, meaning(column)) {
        (Kind::Error, _) => return Err(fault("cell-excel-error")),
        (Kind::Date, Meaning::Moment | Meaning::Date | Meaning::Clock) | (Kind::Text, _) => {}
        (Kind::Date, _) => return Err(fault("cell-excel-date")),
    }
    if text.is_empty() {
        return Ok(Cow::Borrowed(""));
    }
    Ok(match meaning(column) {
        Meaning::Money if is_roubles => {
            let kopecks = kopecks(text).ok_or_else(|| fault("cell-roubles"))?;
            kopecks.to_string().into()
        }
        Meaning::Money | Meaning::Number => whole(text),
        Meaning::Moment => moment(text).map_or(Cow::Borrowed(text), Cow::Owned),
        Meaning::Date => match moment(text)
            .as_deref()
            .and_then(|text| text.split_once('T'))
        {
            Some((date, "00:00:00")) => date.to_owned().into(),
            _ => text.into(),
        },
        Meaning::Clock => clock(text).map_or(Cow::Borrowed(text), Cow::Owned),
        Meaning::Flag => ours(FLAGS, text).map_or_else(|| whole(text), Cow::Borrowed),
        Meaning::Barcode | Meaning::Inn | Meaning::Code if is_exponent(text) => {
            return Err(fault("cell-exponent"));
        }
        Meaning::Barcode => with_zeros(text, &[8, 12], is_gtin),
        Meaning::Inn => with_zeros(text, &[10, 12], is_inn),
        Meaning::Code => text.into(),
        Meaning::Plain => word(column, text).map_or(Cow::Borrowed(text), Cow::Borrowed),
    })
}

/// Our word for a word of a column.
pub(super) fn word(column: &str, text: &str) -> Option<&'static str> {
    let (_, words) = WORDS.iter().find(|(name, _)| *name == column)?;
    ours(words, text)
}

/// Roubles to kopecks, exactly: `1 234,5`, `1234.50`, `1.234,50 ₽`. What is ambiguous or has more than two
/// decimals is none.
pub(super) fn kopecks(text: &str) -> Option<i64> {
    let text = text.trim();
    let currencies = ["₽", "руб.", "руб", "р.", "RUB"];
    let mut amount = text;
    for currency in currencies {
        amount = amount.strip_suffix(currency).unwrap_or(amount).trim_end();
    }
    let digits: String = amount.chars().filter(|letter| !is_blank(*letter)).collect();
    let (roubles, decimals) = match digits.rsplit_once([',', '.']) {
        None => (digits.as_str(), ""),
        Some((roubles, decimals)) => (roubles, decimals.trim_end_matches('0')),
    };
    let roubles = without_groups(roubles, &digits)?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if roubles.is_empty() || !is_number(&roubles) || !is_number(decimals) || decimals.len() > 2 {
        return None;
    }
    let decimals: i64 = format!("{decimals:0<2}").parse().ok()?;
    let roubles: i64 = roubles.parse().ok()?;
    roubles.checked_mul(100)?.checked_add(decimals)
}

/// The whole part of a number whose groups of three may be told apart by the separator that is not the
/// decimal one.
fn without_groups(whole: &str, number: &str) -> Option<String> {
    let group = match whole.chars().find(|letter| matches!(letter, ',' | '.')) {
        None => return Some(whole.to_owned()),
        Some(group) => group,
    };
    let decimal = number
        .chars()
        .rev()
        .find(|letter| matches!(letter, ',' | '.'))?;
    let mut groups = whole.split(group);
    let first = groups.next()?;
    let fits = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    (fits && group != decimal).then(|| whole.replace(group, ""))
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || letter == '\u{a0}' || letter == '\u{202f}'
}

/// A whole number without the blanks and the `.0` that spreadsheets put into it.
fn whole(text: &str) -> Cow<'_, str> {
    let is_noisy = |letter: char| is_blank(letter) || matches!(letter, '.' | ',');
    if !text.contains(is_noisy) {
        return text.into();
    }
    let dense: String = text.chars().filter(|letter| !is_blank(*letter)).collect();
    let (number, decimals) = dense.split_once(['.', ',']).unwrap_or((&dense, ""));
    if decimals.bytes().all(|byte| byte == b'0') {
        number.to_owned().into()
    } else {
        text.into()
    }
}

/// `1,2E+12`: digits of a code that a spreadsheet has thrown away.
fn is_exponent(text: &str) -> bool {
    let Some((digits, power)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let is_number = |text: &str| {
        let mut bytes = text.bytes();
        !text.is_empty() && bytes.all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
    };
    is_number(digits) && power.strip_prefix('+').is_some_and(is_number)
}

/// Digits one short of a length, with the leading zero that a spreadsheet took off, if that makes them right.
fn with_zeros<'t>(text: &'t str, lengths: &[usize], is_right: fn(&str) -> bool) -> Cow<'t, str> {
    let is_short = lengths
        .iter()
        .any(|length| text.len().checked_add(1) == Some(*length));
    if is_short && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let padded = format!("0{text}");
        if is_right(&padded) {
            return padded.into();
        }
    }
    text.into()
}

/// A moment on a wall from `31.01.2026 9:00`, `2026-01-31`, `2026-01-31T09:00:00` or an Excel serial.
fn moment(text: &str) -> Option<String> {
    if let Some((days, seconds)) = serial(text) {
        let date = BusinessDate(i32::try_from(days.checked_sub(EXCEL_EPOCH_DAYS)?).ok()?);
        return SERIALS
            .contains(&days)
            .then(|| format!("{date}T{}", of_day(seconds)));
    }
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, time.trim()),
        None => (text, "00:00:00"),
    };
    let date = match date.split('.').collect::<Vec<_>>().as_slice() {
        [day, month, year] if year.len() == 4 => {
            BusinessDate::of_civil(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?
        }
        _ => BusinessDate::parse(date)?,
    };
    let mut parts = time.splitn(3, ':');
    let (hour, minute) = (parts.next()?, parts.next()?);
    let second = parts.next().unwrap_or("00");
    Some(format!("{date}T{hour:0>2}:{minute:0>2}:{second:0>2}"))
}

/// A time of the day from `9:00`, `09:00:00` or a part of Excel's day, of which 1 is 24:00.
fn clock(text: &str) -> Option<String> {
    let text = text.split_once('T').map_or(text, |(_, time)| time);
    if let Some((days, seconds)) = serial(text) {
        return match (days, seconds) {
            (1, 0) => Some("24:00".to_owned()),
            (0, seconds) => of_day(seconds).strip_suffix(":00").map(str::to_owned),
            _ => None,
        };
    }
    let mut parts = text.split(':');
    let (hour, minute) = (parts.next()?, parts.next()?);
    let is_whole = parts.next().is_none_or(|second| second == "00");
    is_whole.then(|| format!("{hour:0>2}:{minute:0>2}"))
}

/// Days and seconds of a serial of Excel, to the nearest second.
fn serial(text: &str) -> Option<(i64, i64)> {
    let (days, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if days.is_empty() || !is_number(days) || !is_number(fraction) || fraction.contains(['.', ','])
    {
        return None;
    }
    let days: i64 = days.parse().ok()?;
    let digits: String = fraction
        .chars()
        .chain("0".repeat(9).chars())
        .take(9)
        .collect();
    let billionths: i64 = digits.parse().ok()?;
    let seconds = billionths
        .checked_mul(DAY_SECONDS)?
        .checked_add(500_000_000)?
        / 1_000_000_000;
    Some((days, seconds))
}

fn of_day(seconds: i64) -> String {
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(column: &str, given: &str, expected: &str) {
        let is_roubles = column.ends_with("_rub");
        let column = column.replace("_rub", "_kop");
        let given = Given::text(given);
        let mended = mend(&column, is_roubles, &given);
        assert_eq!(mended.as_deref(), Ok(expected), "{column} {given:?}");
    }

    fn check_refused(column: &str, given: &str, rule: &str) {
        let is_roubles = column.ends_with("_rub");
        let name = column.replace("_rub", "_kop");
        let fault = mend(&name, is_roubles, &Given::text(given)).unwrap_err();
        assert_eq!((fault.column.as_str(), fault.rule.as_str()), (column, rule));
    }

    #[test]
    fn roubles_become_kopecks_exactly() {
        check("amount_rub", "1 234,5", "123450");
        check("amount_rub", "1\u{a0}234,50 ₽", "123450");
        check("amount_rub", "1.234.567,89", "123456789");
        check("amount_rub", "1,234.50 руб.", "123450");
        check("amount_rub", "90071992547409.93", "9007199254740993");
        check("amount_rub", "0,07", "7");
        check("amount_rub", "1719", "171900");
        check("amount_kop", "4 699 000.00", "4699000");
        for unclear in [
            "1,234",
            "1.234.567",
            "12,345,6",
            "-5",
            "1e3",
            "12a",
            ",5",
            "1,,2",
        ] {
            check_refused("amount_rub", unclear, "cell-roubles");
        }
    }

    #[test]
    fn dates_of_spreadsheets_are_dates() {
        check("valid_from", "31.01.2026", "2026-01-31T00:00:00");
        check("valid_from", "1.2.2026 9:05", "2026-02-01T09:05:00");
        check("valid_from", "2026-01-31", "2026-01-31T00:00:00");
        check("valid_from", "46053", "2026-01-31T00:00:00");
        check("valid_from", "46053,375", "2026-01-31T09:00:00");
        check("contract_date", "31.01.2026", "2026-01-31");
        check("closes", "1", "24:00");
        check("opens", "0.416666666666667", "10:00");
        check("opens", "9:00", "09:00");
        check("valid_from", "31.02.2026", "31.02.2026");
        check("valid_from", "12", "12");
    }

    #[test]
    fn codes_keep_their_zeros_and_say_when_digits_are_gone() {
        check("item_code", "00012", "00012");
        check("barcode", "36000291452", "036000291452");
        check("barcode", "4006381333931", "4006381333931");
        check_refused("barcode", "4,00638E+12", "cell-exponent");
        check("name", "iPhone 5E+", "iPhone 5E+");
        check("rank", "'-2", "-2");
        check("unit", "796", "шт");
        check("marking", "Да", "1");
    }

    #[test]
    fn a_code_that_excel_took_for_a_date_is_refused() {
        let given = Given {
            text: "2026-02-01T00:00:00".to_owned(),
            kind: Kind::Date,
        };
        assert_eq!(
            mend("item_code", false, &given).unwrap_err().rule,
            "cell-excel-date"
        );
        assert!(mend("valid_to", false, &given).is_ok());
    }
}
