//! Prices a basket: lines, promotions, sums, and why.

use super::basket::{Basket, BasketLine};
use super::coupon::Codes;
use super::explain::{
    CouponRefusal, Discount, Lost, LostPromotion, Offer, Priced, PricedLine, Reduction, Refusal,
    Totals,
};
use super::item::Catalogue;
use super::line::{LineFacts, accept};
use super::position::positions;
use super::rules::{Acting, Rules};
use super::sheet::{Sheet, SheetLine};
use super::shop::Shop;
use super::world::{Chosen, Given};

/// Prices a basket of that shop from base prices. The same inputs give the same record; the order in which
/// lines, codes and entries are given does not matter.
#[must_use]
pub fn evaluate(basket: &Basket, shop: &Shop, catalogue: &impl Catalogue, rules: &Rules) -> Priced {
    let mut refusals = Vec::new();
    let mut facts: Vec<LineFacts<'_>> = Vec::new();
    let mut lines: Vec<&BasketLine> = basket.lines.iter().collect();
    lines.sort_by_key(|line| line.number);
    for line in lines {
        match accept(line, basket, shop, catalogue, rules) {
            Ok(accepted) => facts.push(accepted),
            Err(reason) => refusals.push(Refusal::Line(line.number, reason)),
        }
    }
    let acting = Acting::find(rules, shop, basket);
    let codes = Codes::read(basket, &acting.active, &rules.coupon_key);
    let given = Given {
        facts: &facts,
        active: &acting.active,
        basket,
        codes: &codes,
    };
    let chosen = given.choose_world();
    refusals.extend(other_refusals(&chosen.sheet, &codes));
    refusals.sort();
    let lost = lost_promotions(&chosen, &acting);
    record(chosen, refusals, lost)
}

/// Refusals of coupons and of entries by hand; a good code that gave nothing says so.
fn other_refusals(sheet: &Sheet<'_>, codes: &Codes<'_>) -> Vec<Refusal> {
    let idle = codes
        .good
        .iter()
        .map(|good| good.code)
        .filter(|code| !sheet.coupons_used.contains(code))
        .filter(|code| {
            !sheet
                .coupons_refused
                .iter()
                .any(|(refused, _)| refused == *code)
        })
        .map(|code| Refusal::Coupon(code.clone(), CouponRefusal::NoEffect));
    let refused = codes.refused.iter().chain(&sheet.coupons_refused);
    let coupons = refused.map(|(code, reason)| Refusal::Coupon(code.clone(), *reason));
    let by_hand = sheet.manual_refused.iter();
    let by_hand = by_hand.map(|(seq, reason)| Refusal::Manual(*seq, *reason));
    idle.chain(coupons).chain(by_hand).collect()
}

/// Promotions that could have acted, by id.
fn lost_promotions(chosen: &Chosen<'_>, acting: &Acting<'_>) -> Vec<Lost> {
    let in_group = chosen.sheet.beaten.iter().map(|beaten| Lost {
        promotion: beaten.promotion.id.clone(),
        why: LostPromotion::Group {
            beaten_by: beaten.by.id.clone(),
            benefit: beaten.benefit,
            best: beaten.best,
        },
    });
    let worlds = chosen.lost.iter().map(|lost| Lost {
        promotion: lost.id.clone(),
        why: LostPromotion::World {
            beaten_by: chosen.exclusive.map(|winner| winner.id.clone()),
        },
    });
    let not_allowed = acting.not_allowed.iter().map(|promotion| Lost {
        promotion: promotion.id.clone(),
        why: LostPromotion::DealerNotAllowed,
    });
    let mut lost: Vec<Lost> = in_group.chain(worlds).chain(not_allowed).collect();
    lost.sort_by(|one, other| one.promotion.cmp(&other.promotion));
    lost
}

fn record(chosen: Chosen<'_>, refusals: Vec<Refusal>, lost: Vec<Lost>) -> Priced {
    let sheet = chosen.sheet;
    let lines: Vec<PricedLine> = sheet.lines.into_iter().map(priced_line).collect();
    let mut totals = Totals::default();
    for line in &lines {
        totals.gross = totals.gross.plus(line.gross);
        totals.net = totals.net.plus(line.net);
        let reductions = line.reductions.iter().map(|reduction| reduction.amount);
        totals.reduction = totals.reduction.plus(reductions.sum());
        let vat = totals.vat.entry(line.vat_code.clone()).or_default();
        *vat = vat.plus(line.vat);
    }
    let mut coupons_used = sheet.coupons_used;
    coupons_used.sort();
    Priced {
        lines,
        totals,
        discounts: sheet
            .grants
            .into_iter()
            .map(|grant| Discount {
                promotion: grant.promotion.id.clone(),
                version: grant.promotion.version,
                phase: grant.promotion.phase(),
                granted: grant.granted,
                clamped: grant.clamped,
                reference: grant.reference,
            })
            .collect(),
        world: chosen.exclusive.map(|promotion| promotion.id.clone()),
        lost,
        offers: sheet
            .offers
            .into_iter()
            .map(|promotion| Offer {
                promotion: promotion.id.clone(),
                version: promotion.version,
            })
            .collect(),
        coupons_used,
        points: sheet.points,
        refusals,
    }
}

fn priced_line(line: SheetLine<'_>) -> PricedLine {
    let facts = line.facts;
    let positions: Vec<_> = positions(line.left, facts.line.quantity)
        .into_iter()
        .map(|position| (position, facts.rate.inside(position.sum)))
        .collect();
    PricedLine {
        number: facts.line.number,
        item: facts.line.item.clone(),
        quantity: facts.line.quantity,
        price: facts.price.clone(),
        gross: facts.gross,
        reductions: line
            .applied
            .into_iter()
            .map(|applied| Reduction {
                promotion: applied.promotion.id.clone(),
                version: applied.promotion.version,
                phase: applied.promotion.phase(),
                amount: applied.amount,
                clamp: applied.clamp,
                reference: applied.reference,
            })
            .collect(),
        net: line.left,
        vat_code: facts.rate.code.clone(),
        vat: positions.iter().map(|(_, vat)| *vat).sum(),
        positions,
    }
}
