//! Laws of pricing that hold for every basket and every set of promotions.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

#[path = "pricing_laws/case.rs"]
mod case;

use case::{Case, case, shop};
use proptest::prelude::*;
use storefleet_core::money::{Money, Quantity};
use storefleet_core::pricing::distribute::{Claim, distribute};
use storefleet_core::pricing::evaluate;
use storefleet_core::pricing::explain::Priced;
use storefleet_core::pricing::kind::Phase;
use storefleet_core::pricing::position::{piece_amount, positions};
use storefleet_core::pricing::promotion::Mode;
use storefleet_core::pricing::rounding::line_gross;
use storefleet_core::pricing::rules::Promotions;

fn price(case: &Case) -> Priced {
    evaluate(&case.basket, &shop(), &case.catalogue, &case.rules)
}

/// Sums agree with each other and nothing costs less than nothing.
fn check_sums(priced: &Priced) -> Result<(), TestCaseError> {
    let mut net = 0;
    for line in &priced.lines {
        let reductions: i64 = line
            .reductions
            .iter()
            .map(|reduction| reduction.amount.0)
            .sum();
        prop_assert_eq!(line.gross.0 - reductions, line.net.0);
        prop_assert!(line.net >= Money::ZERO);
        let printed: i64 = line
            .positions
            .iter()
            .map(|(position, _)| position.sum.0)
            .sum();
        prop_assert_eq!(printed, line.net.0);
        let vat: i64 = line.positions.iter().map(|(_, vat)| vat.0).sum();
        prop_assert_eq!(vat, line.vat.0);
        net += line.net.0;
    }
    prop_assert_eq!(net, priced.totals.net.0);
    prop_assert_eq!(priced.totals.gross.0 - priced.totals.reduction.0, net);
    let granted: i64 = priced
        .discounts
        .iter()
        .map(|discount| discount.granted.0)
        .sum();
    prop_assert_eq!(granted, priced.totals.reduction.0);
    for discount in &priced.discounts {
        prop_assert!(discount.granted >= Money::ZERO && discount.clamped >= Money::ZERO);
    }
    Ok(())
}

/// Promotions stop at the floor; a list price below it gets nothing but rounding.
fn check_floors(case: &Case, priced: &Priced) -> Result<(), TestCaseError> {
    for line in &priced.lines {
        let corridors = &case.catalogue[&line.item].corridors;
        let Some(unit) = corridors.iter().filter_map(|row| row.floor).max() else {
            continue;
        };
        let floor = line_gross(unit, line.quantity);
        let by_promotions: i64 = line
            .reductions
            .iter()
            .filter(|reduction| reduction.phase != Phase::Rounding)
            .map(|reduction| reduction.amount.0)
            .sum();
        let left = line.gross.0 - by_promotions;
        prop_assert!(left >= floor.0.min(line.gross.0), "{left} under {floor:?}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn sums_agree_and_floors_hold(case in case()) {
        let priced = price(&case);
        check_sums(&priced)?;
        check_floors(&case, &priced)?;
    }

    #[test]
    fn the_same_basket_costs_the_same_in_any_order_of_scanning(case in case(), turn in 0_usize..8) {
        let first = price(&case);
        let mut other = case.clone();
        other.basket.lines.reverse();
        let turn = turn.min(other.basket.lines.len());
        other.basket.lines.rotate_left(turn);
        other.basket.manual.reverse();
        other.basket.coupons.reverse();
        other.basket.certificates.reverse();
        let mut promotions = case.rules.promotions.as_slice().to_vec();
        promotions.reverse();
        other.rules.promotions = Promotions::new(promotions);
        prop_assert_eq!(format!("{first:?}"), format!("{:?}", price(&other)));
        prop_assert_eq!(first, price(&case));
    }

    #[test]
    fn a_refused_line_changes_nothing_but_its_refusal(case in case(), number in 50_u32..60) {
        let mut with = case.clone();
        let mut refused = with.basket.lines.first().cloned();
        if let Some(line) = &mut refused {
            line.number = number;
            line.quantity = Quantity(0);
        }
        with.basket.lines.extend(refused);
        let (mut with, without) = (price(&with), price(&case));
        with.refusals = without.refusals.clone();
        prop_assert_eq!(with, without);
    }

    #[test]
    fn a_promotion_that_acts_alone_never_makes_the_basket_dearer(case in case()) {
        let mut together = case.clone();
        let mut promotions = case.rules.promotions.as_slice().to_vec();
        promotions.retain(|promotion| {
            promotion.mode != Mode::ExclusiveAll || promotion.phase() > Phase::Receipt
        });
        together.rules.promotions = Promotions::new(promotions);
        let (with, without) = (price(&case), price(&together));
        prop_assert!(with.totals.net <= without.totals.net);
        if with.world.is_some() {
            prop_assert!(with.totals.net < without.totals.net);
        }
    }

    #[test]
    fn a_distribution_gives_all_that_its_caps_take(
        sum in 0_i64..1_000_000,
        claims in prop::collection::vec((0_i64..100_000, prop::option::of(0_i64..100_000)), 0..12),
    ) {
        let claims: Vec<Claim> = claims
            .into_iter()
            .map(|(weight, cap)| Claim { weight: Money(weight), cap: cap.map(Money) })
            .collect();
        let shares = distribute(Money(sum), &claims);
        let mut room = 0_i64;
        for (claim, share) in claims.iter().zip(&shares) {
            prop_assert!(share.amount >= Money::ZERO);
            prop_assert!(claim.cap.is_none_or(|cap| share.amount <= cap));
            prop_assert!(!share.capped || claim.cap == Some(share.amount));
            if claim.weight > Money::ZERO {
                room = room.saturating_add(claim.cap.map_or(i64::MAX, |cap| cap.0));
            } else {
                prop_assert_eq!(share.amount, Money::ZERO);
            }
        }
        let given: i64 = shares.iter().map(|share| share.amount.0).sum();
        prop_assert_eq!(given, sum.min(room));
    }

    #[test]
    fn pieces_and_positions_give_exactly_the_line(total in 0_i64..10_000_000, pieces in 1_i64..40) {
        let returned: i64 = (1..=pieces).map(|number| piece_amount(Money(total), pieces, number).0).sum();
        prop_assert_eq!(returned, total);
        let printed = positions(Money(total), Quantity(pieces * 1_000));
        prop_assert_eq!(printed.iter().map(|position| position.sum.0).sum::<i64>(), total);
        for position in printed {
            prop_assert_eq!(position.unit_price.0 * position.quantity.0, position.sum.0 * 1_000);
        }
    }

    #[test]
    fn no_input_stops_the_engine(mut case in case(), extremes in prop::collection::vec(case::extreme(), 16)) {
        case.stretch(&extremes);
        let priced = price(&case);
        prop_assert!(priced.lines.len() <= case.basket.lines.len());
        let pieces = piece_amount(Money(extremes[0]), extremes[1], extremes[2]);
        prop_assert!(pieces.0.checked_abs().is_some() || pieces.0 == i64::MIN);
    }
}
