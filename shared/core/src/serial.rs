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
    /// Times it came onto the shelf otherwise: an opening balance, less those that were taken off again.
    #[n(2)]
    pub booked: Booked,
}

/// A count of bookings. Stored shapes of before know none: where it is 0 it is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Booked(pub i32);

impl<C> minicbor::Encode<C> for Booked {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.i32(self.0)?.ok()
    }

    fn is_nil(&self) -> bool {
        self.0 == 0
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Booked {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.i32().map(Self)
    }

    fn nil() -> Option<Self> {
        Some(Self(0))
    }
}

impl Claims {
    /// More sales than one without a return between: two tills sold the same unit, or a fraud.
    #[must_use]
    pub fn is_conflict(self) -> bool {
        self.sold > self.returned.saturating_add(1) || self.returned > self.sold
    }

    /// What was claimed since: these claims less earlier ones.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            sold: self.sold.saturating_sub(earlier.sold),
            returned: self.returned.saturating_sub(earlier.returned),
            booked: Booked(self.booked.0.saturating_sub(earlier.booked.0)),
        }
    }

    /// Whether the unit is on the shelf by what was booked, sold and taken back.
    #[must_use]
    pub fn is_here(self) -> bool {
        let came = i64::from(self.booked.0).saturating_add(i64::from(self.returned));
        came > i64::from(self.sold)
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

    /// A unit came onto the shelf without a sale, or was taken off again.
    pub(crate) fn book(&mut self, serial: &str, count: i32) {
        let claims = self.claims.entry(serial.to_owned()).or_default();
        claims.booked = Booked(claims.booked.0.saturating_add(count));
    }

    /// Adds the claims of another till.
    pub(crate) fn merge(&mut self, serial: &str, other: Claims) {
        let claims = self.claims.entry(serial.to_owned()).or_default();
        claims.sold = claims.sold.saturating_add(other.sold);
        claims.returned = claims.returned.saturating_add(other.returned);
        claims.booked = Booked(claims.booked.0.saturating_add(other.booked.0));
    }
}
