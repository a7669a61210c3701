//! Fields of addresses and forms: reading them, writing them into links, and what every change asks for.

use maud::{Markup, html};
use storefleet_core::ids::Hash;

use super::door;
use super::words::Words;

/// Shortest and longest reason of a change, in characters.
const REASON_CHARS: std::ops::RangeInclusive<usize> = 10..=500;

/// Names and values, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `a=1&b=%20`.
    pub(super) fn of(encoded: &str) -> Self {
        let pairs = encoded.split('&').filter(|pair| !pair.is_empty());
        let read = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        });
        Self(read.collect())
    }

    /// Fields that are known already.
    pub(super) fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The trimmed value of a field; empty where there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        let named = self.0.iter().find(|(key, _)| key == name);
        named.map_or("", |(_, value)| value.trim())
    }

    /// The trimmed values of a field that stands several times.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let named = self.0.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.trim())
    }

    /// What a person saw a preview change, of the field `seen`; where it is missing, nothing that could be seen.
    pub(super) fn seen(&self) -> Hash {
        let text = self.get("seen");
        let byte = |at: usize| {
            let digits = text.get(at..at.saturating_add(2))?;
            u8::from_str_radix(digits, 16).ok()
        };
        let bytes: Option<Vec<u8>> = (0..64).step_by(2).map(byte).collect();
        Hash(bytes.unwrap_or_default().try_into().unwrap_or_default())
    }

    /// Every name and value.
    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// An address with these of the fields that are filled, and others instead of those of their names.
    pub(super) fn address(&self, path: &str, keep: &[&str], others: &[(&str, &str)]) -> String {
        let own = self.0.iter().filter(|(name, value)| {
            let is_other = others.iter().any(|(other, _)| other == name);
            keep.contains(&name.as_str()) && !value.trim().is_empty() && !is_other
        });
        let own = own.map(|(name, value)| (name.as_str(), value.trim()));
        let others = others
            .iter()
            .copied()
            .filter(|(_, value)| !value.is_empty());
        let pairs: Vec<String> = own
            .chain(others)
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        format!("{path}{mark}{}", pairs.join("&"))
    }

    /// The reason of a change, or what is wrong with it.
    pub(super) fn reason(&self) -> Result<&str, Fault> {
        let why = self.get("why");
        if REASON_CHARS.contains(&why.chars().count()) {
            Ok(why)
        } else {
            Err(Fault::new("why", "fault-why"))
        }
    }
}

/// What is wrong with a field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Its name; empty for the form as a whole.
    pub(super) field: String,
    /// Key of the sentence, or the sentence itself.
    pub(super) text: String,
}

impl Fault {
    pub(super) fn new(field: &str, text: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            text: text.into(),
        }
    }
}

/// What is wrong with a form, above it; every sentence leads to its field.
pub(super) fn summary(words: &Words<'_>, faults: &[Fault]) -> Markup {
    html! {
        @if !faults.is_empty() {
            div.faults role="alert" tabindex="-1" autofocus {
                b { (words.text("fault-title")) }
                ul { @for fault in faults {
                    li { @if fault.field.is_empty() { (words.text(&fault.text)) }
                        @else { a href={ "#f-" (fault.field) } { (words.text(&fault.text)) } } }
                } }
            }
        }
    }
}

/// A field with its label, and what is wrong with it below.
pub(super) fn field(
    words: &Words<'_>,
    name: &str,
    label: &str,
    faults: &[Fault],
    input: &Markup,
) -> Markup {
    let wrong = faults.iter().find(|fault| fault.field == name);
    html! {
        div.field.wrong[wrong.is_some()] {
            label for={ "f-" (name) } { (words.text(label)) }
            (input)
            @if let Some(fault) = wrong { p.fault { (words.text(&fault.text)) } }
        }
    }
}

/// A field of one line.
pub(super) fn text(name: &str, value: &str, kind: &str, hint: &str) -> Markup {
    html! { input id={ "f-" (name) } name=(name) value=(value) type=(kind) placeholder=(hint) autocomplete="off"; }
}

/// A choice of one of several: value and text.
pub(super) fn choice(name: &str, chosen: &str, options: &[(String, String)]) -> Markup {
    html! {
        select id={ "f-" (name) } name=(name) {
            @for (value, text) in options { option value=(value) selected[value == chosen] { (text) } }
        }
    }
}

/// The reason that every change asks for, and the key by which it is done once only.
pub(super) fn reason(words: &Words<'_>, fields: &Fields, faults: &[Fault]) -> Markup {
    let held = fields.get("key");
    let key = if held.is_empty() {
        door::token().unwrap_or_default()
    } else {
        held.to_owned()
    };
    let area = html! {
        textarea #f-why name="why" rows="2" required minlength="10" maxlength="500"
            placeholder=(words.text("why-hint")) { (fields.get("why")) }
    };
    html! {
        input type="hidden" name="key" value=(key);
        (field(words, "why", "why-label", faults, &area))
    }
}

/// Fields that a form carries along unseen.
pub(super) fn carried(fields: &Fields, but: &[&str]) -> Markup {
    html! {
        @for (name, value) in fields.pairs() {
            @if !but.contains(&name.as_str()) { input type="hidden" name=(name) value=(value); }
        }
    }
}

/// A text as a value of an address.
pub(super) fn encoded(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        let mut ahead = rest.clone();
        let pair = (byte == b'%').then(|| (ahead.next().and_then(hex), ahead.next().and_then(hex)));
        match pair {
            Some((Some(high), Some(low))) => {
                bytes.push(high << 4 | low);
                rest = ahead;
            }
            Some(_) | None => bytes.push(if byte == b'+' { b' ' } else { byte }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_into_an_address_is_read_from_it() {
        for text in ["Чехол A54 & «плёнка»", "100%", "a+b=c", "", "../x?y#z"] {
            let fields = Fields::of(&format!("q={}", encoded(text)));
            assert_eq!(fields.get("q"), text);
        }
        assert_eq!(Fields::of("q=a+b%2").get("q"), "a b%2");
    }

    #[test]
    fn an_address_keeps_what_it_is_told_to() {
        let fields = Fields::of("q=чехол&group=case&after=1&x=2");
        let address = fields.address("/catalog", &["q", "group", "after"], &[("after", "9")]);
        assert_eq!(
            address,
            "/catalog?q=%D1%87%D0%B5%D1%85%D0%BE%D0%BB&group=case&after=9"
        );
        assert_eq!(fields.address("/catalog", &["q"], &[("q", "")]), "/catalog");
    }

    #[test]
    fn a_reason_is_neither_a_word_nor_a_novel() {
        let reason = |text: &str| {
            Fields::of(&format!("why={}", encoded(text)))
                .reason()
                .is_ok()
        };
        assert!(reason("новый прайс поставщика"));
        assert!(!reason("ок") && !reason("          ") && !reason(&"я".repeat(501)));
    }
}
