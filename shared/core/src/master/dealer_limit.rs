//! How far the network lets dealers go with promotions of their own.

use super::cells::validity_texts;
use super::{CellError, Cells, Column, Record, Rule, Table, needed, optional};
use crate::pricing::kind::KindName;
use crate::pricing::rounding::Ppm;
use crate::pricing::rules::{DealerLimit, LimitOf};

/// A limit.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct DealerLimitRecord {
    /// The limit as the engine sees it.
    #[n(0)]
    pub limit: DealerLimit,
}

impl DealerLimitRecord {
    fn dealer_and_class(&self) -> [String; 2] {
        match &self.limit.of {
            LimitOf::Dealer(dealer) => [dealer.to_string(), String::new()],
            LimitOf::Class(class) => [String::new(), class.to_string()],
        }
    }
}

impl Record for DealerLimitRecord {
    const TABLE: Table = Table::DealerLimits;
    const COLUMNS: &'static [Column] = &[
        optional("dealer_id"),
        optional("dealer_class"),
        needed("kinds"),
        needed("max_ppm"),
        needed("valid_from"),
        optional("valid_to"),
    ];

    fn key(&self) -> String {
        let [dealer, class] = self.dealer_and_class();
        let kinds: Vec<_> = self.limit.kinds.iter().map(|kind| kind.as_str()).collect();
        let from = self.limit.validity.from;
        format!("{dealer}/{class}/{from}/{}", kinds.join("+"))
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let of = match (cells.text("dealer_id")?, cells.text("dealer_class")?) {
            (dealer, "") if !dealer.is_empty() => LimitOf::Dealer(dealer.into()),
            ("", class) if !class.is_empty() => LimitOf::Class(class.into()),
            _ => return Err(cells.bad("dealer_id", Rule::Scope)),
        };
        let kind = |name: &str| {
            KindName::ALL
                .iter()
                .copied()
                .find(|kind| kind.as_str() == name)
        };
        let kinds = cells.needed("kinds")?.split_whitespace().map(kind);
        let kinds: Option<_> = kinds.collect();
        let max_part: i32 = cells.number("max_ppm")?;
        if !(0..=1_000_000).contains(&max_part) {
            return Err(cells.bad("max_ppm", Rule::Number));
        }
        let unknown = || Rule::Definition("a kind of promotion is not known".to_owned());
        Ok(Self {
            limit: DealerLimit {
                of,
                kinds: kinds.ok_or_else(|| cells.bad("kinds", unknown()))?,
                max_part: Ppm(max_part),
                validity: cells.validity()?,
            },
        })
    }

    fn cells(&self) -> Vec<String> {
        let [dealer, class] = self.dealer_and_class();
        let kinds: Vec<_> = self.limit.kinds.iter().map(|kind| kind.as_str()).collect();
        let [from, to] = validity_texts(&self.limit.validity);
        vec![
            dealer,
            class,
            kinds.join(" "),
            self.limit.max_part.0.to_string(),
            from,
            to,
        ]
    }
}
