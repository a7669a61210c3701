//! Serial numbers as they are printed: IMEI of phones (3GPP TS 23.003) and ICCID of SIM cards (ITU-T E.118).

/// Characters before the check digit of an IMEI.
const IMEI_PAYLOAD: usize = 14;

/// A good IMEI.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Imei {
    /// Its 15 digits.
    pub digits: String,
    /// The check digit was computed, not read.
    pub derived: bool,
}

/// Why a scan is not an IMEI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImeiError {
    /// A trade number of goods was scanned.
    #[error("this is a GTIN, the number of the goods, not of one phone")]
    Gtin,
    /// Neither 14, 15 nor 16 digits.
    #[error("an IMEI has 15 digits")]
    Shape,
    /// The check digit is another.
    #[error("the last digit of this IMEI must be {expected}")]
    CheckDigit {
        /// What it must be.
        expected: u8,
    },
    /// A number that no phone has.
    #[error("no phone has this IMEI")]
    Placeholder,
}

/// Why a scan is not an ICCID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IccidError {
    /// Not 18 to 20 digits that begin with 89.
    #[error("an ICCID has 18 to 20 digits and begins with 89")]
    Shape,
    /// The check digit is another.
    #[error("the check digit of this ICCID is wrong")]
    CheckDigit,
}

/// The Luhn check digit for the digits before it; nothing when they are not digits.
#[must_use]
pub fn luhn_check_digit(payload: &str) -> Option<u8> {
    let mut sum = 0_u32;
    for (place, digit) in payload.chars().rev().enumerate() {
        let digit = digit.to_digit(10)?;
        let doubled = digit.saturating_mul(2);
        sum = sum.saturating_add(match place % 2 {
            0 if doubled > 9 => doubled.saturating_sub(9),
            0 => doubled,
            _ => digit,
        });
    }
    u8::try_from(10_u32.saturating_sub(sum % 10) % 10).ok()
}

fn luhn_holds(text: &str) -> bool {
    let mut payload = text.chars();
    let last = payload.next_back().and_then(|digit| digit.to_digit(10));
    let expected = luhn_check_digit(payload.as_str()).map(u32::from);
    last.is_some() && last == expected
}

/// Reads an IMEI. From 14 digits, or the 16 of an IMEISV, which have no check digit, it is derived.
///
/// # Errors
/// Why the scan is none.
pub fn read_imei(scan: &str) -> Result<Imei, ImeiError> {
    if scan.starts_with("(01)") {
        return Err(ImeiError::Gtin);
    }
    let is_long_enough = (IMEI_PAYLOAD..=16).contains(&scan.len());
    if !is_long_enough || !scan.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ImeiError::Shape);
    }
    let payload = scan.get(..IMEI_PAYLOAD).ok_or(ImeiError::Shape)?;
    let first = payload.chars().next();
    if payload.starts_with("00000000") || payload.chars().all(|digit| Some(digit) == first) {
        return Err(ImeiError::Placeholder);
    }
    let expected = luhn_check_digit(payload).ok_or(ImeiError::Shape)?;
    let digits = format!("{payload}{expected}");
    let derived = scan.len() != digits.len();
    if !derived && digits != scan {
        return Err(ImeiError::CheckDigit { expected });
    }
    Ok(Imei { digits, derived })
}

/// Reads an ICCID to its digits, without spaces and without the padding F. Of 20 digits the first 19 may be
/// the number and the last a digit of the maker's own.
///
/// # Errors
/// Why the scan is none.
pub fn read_iccid(scan: &str) -> Result<String, IccidError> {
    let digits: String = scan.chars().filter(|char| !char.is_whitespace()).collect();
    let digits = digits.strip_suffix(['F', 'f']).unwrap_or(&digits);
    let is_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    if !(18..=20).contains(&digits.len()) || !digits.starts_with("89") || !is_digits {
        return Err(IccidError::Shape);
    }
    let without_last = digits.get(..19).filter(|_| digits.len() == 20);
    if luhn_holds(digits) || without_last.is_some_and(luhn_holds) {
        Ok(digits.to_owned())
    } else {
        Err(IccidError::CheckDigit)
    }
}

/// Whether a number is a GTIN of 8, 12, 13 or 14 digits with a right check digit (GS1 General Specifications 7.9).
#[must_use]
pub fn is_gtin(number: &str) -> bool {
    if !matches!(number.len(), 8 | 12 | 13 | 14) {
        return false;
    }
    let mut sum = 0_u32;
    for (place, digit) in number.chars().rev().enumerate() {
        let Some(digit) = digit.to_digit(10) else {
            return false;
        };
        let weight = if place % 2 == 1 { 3 } else { 1 };
        sum = sum.saturating_add(digit.saturating_mul(weight));
    }
    sum.is_multiple_of(10)
}

/// Whether a number is a Russian taxpayer's: 10 digits of a company or 12 of a person, with the check digits
/// of the tax service's order MMV-7-6/435@.
#[must_use]
pub fn is_inn(number: &str) -> bool {
    const WEIGHTS: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    let digits: Option<Vec<u32>> = number.chars().map(|digit| digit.to_digit(10)).collect();
    let Some(digits) = digits else { return false };
    let holds = |place: usize| {
        let Some((&check, before)) = digits.get(..=place).and_then(<[u32]>::split_last) else {
            return false;
        };
        let weights = WEIGHTS
            .iter()
            .skip(WEIGHTS.len().saturating_sub(before.len()));
        let sum = before
            .iter()
            .zip(weights)
            .fold(0_u32, |sum, (digit, weight)| {
                sum.saturating_add(digit.saturating_mul(*weight))
            });
        sum % 11 % 10 == check
    };
    match digits.len() {
        10 => holds(9),
        12 => holds(10) && holds(11),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imei_without_its_check_digit_is_derived() {
        let derived = read_imei("3569380356438012").unwrap();
        assert_eq!(derived.digits, "356938035643809");
        assert!(derived.derived);
        assert!(!read_imei("356938035643809").unwrap().derived);
    }

    #[test]
    fn numbers_no_phone_has_are_refused() {
        for (scan, error) in [
            ("000000001234567", ImeiError::Placeholder),
            ("111111111111111", ImeiError::Placeholder),
            ("3569380356438", ImeiError::Shape),
            ("35693803564380x", ImeiError::Shape),
        ] {
            assert_eq!(read_imei(scan), Err(error), "{scan}");
        }
    }
}
