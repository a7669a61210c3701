//! Keeps spreadsheets from taking a cell for a formula, and takes the guard off again.
//!
//! A text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return, perhaps behind apostrophes, gets one
//! apostrophe more; reading takes one off exactly such texts. So every text comes back as it was.

/// The text as it is written into a file.
pub(super) fn guarded(text: &str) -> String {
    if is_formula(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The text as it was before it was written.
pub(super) fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => text,
    }
}

fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'')
        .starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_formula_keeps_its_apostrophe() {
        for text in ["'0012", "''", "'", "d'Or"] {
            assert_eq!(guarded(text), text);
            assert_eq!(unguarded(text), text);
        }
        assert_eq!(guarded("=1+1"), "'=1+1");
        assert_eq!(unguarded("'=1+1"), "=1+1");
    }

    proptest::proptest! {
        #[test]
        fn every_text_comes_back(text in "['=+@\\-a\t\r ]{0,6}") {
            let written = guarded(&text);
            proptest::prop_assert_eq!(unguarded(&written), text);
        }
    }
}
