//! What a cashier should know of the shop's datasets: since when they count, what comes, and what is wrong.

use super::Dataset;
use super::manifest::{Rejected, RejectedCode};
use super::on_sale::OnSale;
use super::shelf::{Coming, Shelf};
use crate::pricing::moment::LocalTime;
use crate::time::{StoreTime, Timestamp};

/// The datasets that mean something to a cashier.
pub const TOLD: [Dataset; 4] = [
    Dataset::Prices,
    Dataset::Offers,
    Dataset::Goods,
    Dataset::Stops,
];

const DAY_MS: i64 = 86_400_000;

/// Whether the office is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Office {
    /// Not since the agent started.
    #[default]
    NotYet,
    /// The line stands.
    Heard,
    /// The line stands, but the newest manifest that the office signed does not come.
    Withheld,
    /// The line is gone since then.
    SilentSince(Timestamp),
}

/// What the agent knows besides its journal.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// What is wanted, and what of it is here.
    pub shelf: Shelf,
    /// When the newest manifest taken was signed.
    pub issued: Option<Timestamp>,
    /// The newest refusal since a manifest was taken.
    pub refused: Option<Rejected>,
}

/// One thing to be said of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Nothing of it ever came.
    Nothing,
    /// It counts; since when, where that is known.
    OnSale(Option<LocalTime>),
    /// A newer version is here and counts from then on.
    Waits(LocalTime),
    /// A newer version is on its way.
    Comes,
    /// The newest version was refused; what is on sale stays. Why, where that is known.
    Refused(Option<RejectedCode>),
    /// The office signed something newer, and it does not come although the line stands.
    Withheld,
    /// The office was not heard for so many days, so nothing newer can be known.
    Silent {
        /// Whole days, at least one.
        days: u32,
    },
}

impl Said {
    /// Its code in interfaces and messages.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::OnSale(_) => "on-sale",
            Self::Waits(_) => "waits",
            Self::Comes => "comes",
            Self::Refused(_) => "refused",
            Self::Withheld => "withheld",
            Self::Silent { .. } => "silent",
        }
    }

    /// The moment it names, by the store's wall.
    #[must_use]
    pub fn at(self) -> Option<LocalTime> {
        match self {
            Self::OnSale(since) => since,
            Self::Waits(from) => Some(from),
            Self::Nothing
            | Self::Comes
            | Self::Refused(_)
            | Self::Withheld
            | Self::Silent { .. } => None,
        }
    }
}

/// What is to be said of a dataset: first what counts now, then what changes that.
#[must_use]
pub fn tell(
    dataset: Dataset,
    on_sale: &OnSale,
    known: &Known,
    office: Office,
    now: StoreTime,
) -> Vec<Said> {
    let mut said = vec![match on_sale.since(dataset) {
        Some(since) => Said::OnSale(since.map(StoreTime::local)),
        None => Said::Nothing,
    }];
    let refused = known.refused.as_ref();
    // A manifest that is refused whole says nothing of what it would have brought.
    let manifest = refused.filter(|refused| refused.layer.is_none());
    let of_layer = refused.filter(|refused| {
        let layer = refused.layer.as_ref();
        layer.is_some_and(|layer| layer.dataset == dataset)
    });
    match known.shelf.coming(dataset, now.local()) {
        Some(Coming::Refused) => said.push(Said::Refused(of_layer.map(|refused| refused.code))),
        _ if manifest.is_some() => said.push(Said::Refused(manifest.map(|refused| refused.code))),
        // Known from an earlier run: it is asked for once more, but nobody may count on it.
        Some(Coming::Lacking) if of_layer.is_some() => {
            said.push(Said::Refused(of_layer.map(|refused| refused.code)));
        }
        Some(Coming::Lacking) => said.push(Said::Comes),
        Some(Coming::Waits(from)) => said.push(Said::Waits(from)),
        None => {}
    }
    if office == Office::Withheld {
        said.push(Said::Withheld);
    }
    let silent_since = match office {
        Office::Heard | Office::Withheld => None,
        Office::SilentSince(since) => Some(since),
        Office::NotYet => known.issued,
    };
    let days = silent_since.map_or(0, |since| now.at.since_ms(since).div_euclid(DAY_MS));
    if let Ok(days) = u32::try_from(days)
        && days > 0
    {
        said.push(Said::Silent { days });
    }
    said
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::dataset::build::network;
    use crate::dataset::manifest::{Applied, AppliedLayer, Generation, Manifest, Wanted};
    use crate::dataset::shelf::Need;
    use crate::ids::Hash;
    use crate::time::OffsetMinutes;

    const NOON: i64 = 43_200_000;
    const MIDNIGHT: LocalTime = LocalTime(DAY_MS);

    fn at(ms: i64) -> StoreTime {
        StoreTime {
            at: Timestamp(ms),
            offset: OffsetMinutes(0),
        }
    }

    fn on_sale() -> OnSale {
        let mut on_sale = OnSale::default();
        let applied = Applied {
            generation: Generation::default(),
            layers: vec![AppliedLayer {
                layer: network(Dataset::Prices),
                root: Some(Hash([1; 32])),
                since: None,
            }],
            stack: Hash::default(),
        };
        on_sale.apply(&applied, at(NOON));
        on_sale
    }

    /// A shelf that has prices and should have others.
    fn known(active_from: Option<LocalTime>) -> (Known, Need) {
        let prices = network(Dataset::Prices);
        let mut shelf = Shelf::new(
            BTreeMap::from([(prices.clone(), Hash([1; 32]))]),
            Generation::default(),
        );
        let manifest = Manifest {
            workplace: "s1-1".parse().unwrap(),
            generation: Generation::default(),
            issued: Timestamp(0),
            expires: Timestamp(i64::MAX),
            layers: vec![Wanted {
                layer: prices,
                root: Hash([2; 32]),
                active_from,
            }],
            segments: Vec::new(),
        };
        shelf.take(&manifest, Timestamp(0)).unwrap();
        let need = shelf.needs().remove(0);
        let known = Known {
            shelf,
            ..Known::default()
        };
        (known, need)
    }

    fn prices(known: &Known, office: Office, now: i64) -> Vec<Said> {
        tell(Dataset::Prices, &on_sale(), known, office, at(now))
    }

    const COUNT: Said = Said::OnSale(Some(LocalTime(NOON)));

    #[test]
    fn a_manifest_that_does_not_come_over_a_line_that_stands_is_told() {
        let known = Known::default();
        let said = prices(&known, Office::Withheld, NOON);
        assert_eq!(said, [COUNT, Said::Withheld]);
    }

    #[test]
    fn what_an_earlier_run_refused_is_told_although_it_is_asked_for_once_more() {
        let (mut known, need) = known(None);
        let mut journal = OnSale::default();
        journal.refuse(&Rejected {
            generation: Generation::default(),
            layer: Some(need.layer),
            root: Some(need.to),
            code: RejectedCode::Root,
            detail: String::new(),
        });
        known.refused = journal.refused;
        let said = prices(&known, Office::Heard, NOON);
        assert_eq!(said, [COUNT, Said::Refused(Some(RejectedCode::Root))]);
        let offers = tell(Dataset::Offers, &on_sale(), &known, Office::Heard, at(NOON));
        assert_eq!(offers, [Said::Nothing], "another dataset is not meant");
    }

    #[test]
    fn what_counts_is_told_with_its_beginning_and_what_never_came_as_nothing() {
        let known = Known::default();
        assert_eq!(prices(&known, Office::Heard, NOON), [COUNT]);
        let offers = tell(Dataset::Offers, &on_sale(), &known, Office::Heard, at(NOON));
        assert_eq!(offers, [Said::Nothing]);
    }

    #[test]
    fn a_newer_version_comes_then_waits_for_its_moment() {
        let (mut known, need) = known(Some(MIDNIGHT));
        assert_eq!(prices(&known, Office::Heard, NOON), [COUNT, Said::Comes]);
        known.shelf.stage(&need);
        let waits = Said::Waits(MIDNIGHT);
        assert_eq!(prices(&known, Office::Heard, NOON), [COUNT, waits]);
    }

    #[test]
    fn what_was_refused_is_told_with_the_reason() {
        let (mut known, mut need) = known(None);
        let code = RejectedCode::Root;
        need.from = None;
        known.shelf.refuse(&need);
        known.refused = Some(Rejected {
            generation: Generation::default(),
            layer: Some(need.layer),
            root: Some(need.to),
            code,
            detail: String::new(),
        });
        let refused = Said::Refused(Some(code));
        assert_eq!(prices(&known, Office::Heard, NOON), [COUNT, refused]);
        // Without its manifest nobody knows what would have come.
        let forged = RejectedCode::Forged;
        known = Known::default();
        known.refused = Some(Rejected {
            generation: Generation::default(),
            layer: None,
            root: None,
            code: forged,
            detail: String::new(),
        });
        let refused = Said::Refused(Some(forged));
        assert_eq!(prices(&known, Office::Heard, NOON), [COUNT, refused]);
    }

    #[test]
    fn an_office_that_is_not_heard_for_a_day_is_told_and_one_that_is_never() {
        let known = Known {
            issued: Some(Timestamp(0)),
            ..Known::default()
        };
        let three_days = 3 * DAY_MS + NOON;
        let silent = Said::Silent { days: 3 };
        let since = Office::SilentSince(Timestamp(0));
        assert_eq!(prices(&known, since, three_days), [COUNT, silent]);
        assert_eq!(prices(&known, Office::NotYet, three_days), [COUNT, silent]);
        assert_eq!(prices(&known, Office::Heard, three_days), [COUNT]);
        assert_eq!(prices(&known, since, DAY_MS - 1), [COUNT]);
    }
}
