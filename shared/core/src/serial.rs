//! Serial numbers as multisets of claims: two tills may claim one off line, and none wins by being last.

use std::collections::BTreeMap;

/// How often a serial left and came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Claims {
    /// Times it was sold.
    #[n(0)]
    pub sold: u32,
    /// Times it was taken back.
    #[n(1)]
    pub returned: u32,
}

impl Claims {
    /// More sales than one without a return between: two tills sold the same unit, or a fraud.
    #[must_use]
    pub fn is_conflict(self) -> bool {
        self.sold > self.returned.saturating_add(1) || self.returned > self.sold
    }
}

/// Claims by serial (IMEI, ICCID or a maker's own).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Serials {
    claims: BTreeMap<String, Claims>,
}

impl Serials {
    /// Serials with the rows of a brought-forward.
    pub(crate) fn from_rows(rows: impl IntoIterator<Item = (String, Claims)>) -> Self {
        Self {
            claims: rows.into_iter().collect(),
        }
    }

    /// Every serial with its claims.
    pub fn rows(&self) -> impl Iterator<Item = (&str, Claims)> + '_ {
        self.claims
            .iter()
            .map(|(serial, claims)| (serial.as_str(), *claims))
    }

    /// What is known of one serial.
    #[must_use]
    pub fn of(&self, serial: &str) -> Claims {
        self.claims.get(serial).copied().unwrap_or_default()
    }

    pub(crate) fn sell(&mut self, serial: &str) {
        let claims = self.claims.entry(serial.to_owned()).or_default();
        claims.sold = claims.sold.saturating_add(1);
    }

    pub(crate) fn take_back(&mut self, serial: &str) {
        let claims = self.claims.entry(serial.to_owned()).or_default();
        claims.returned = claims.returned.saturating_add(1);
    }

    /// Adds the claims of another till.
    pub(crate) fn merge(&mut self, serial: &str, other: Claims) {
        let claims = self.claims.entry(serial.to_owned()).or_default();
        claims.sold = claims.sold.saturating_add(other.sold);
        claims.returned = claims.returned.saturating_add(other.returned);
    }
}
