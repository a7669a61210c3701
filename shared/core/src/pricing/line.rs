//! Accepts or refuses a scanned line and finds everything about it that reductions do not change.

use std::borrow::Cow;

use crate::money::Money;

use super::base::base_price;
use super::basket::{Basket, BasketLine};
use super::corridor::{Floor, find_floor};
use super::explain::{LineRefusal, PriceChoice};
use super::item::{Catalogue, Goods, Tracking};
use super::position::whole_pieces;
use super::promotion::Promotion;
use super::rounding::{PIECE_MILLI, line_gross};
use super::rules::Rules;
use super::select::Select;
use super::shop::Shop;
use super::vat::{VatRate, rate_at};

/// An accepted line before any reduction.
pub(crate) struct LineFacts<'a> {
    pub line: &'a BasketLine,
    pub goods: Cow<'a, Goods>,
    pub price: PriceChoice,
    pub gross: Money,
    /// The floor of one unit.
    pub floor: Option<Floor>,
    pub rate: &'a VatRate,
}

impl LineFacts<'_> {
    pub(crate) fn is_taken_by(&self, select: &Select) -> bool {
        select.takes(&self.goods.item, self.price.price)
    }

    pub(crate) fn is_eligible(&self, promotion: &Promotion) -> bool {
        self.is_taken_by(&promotion.select)
    }

    /// The floor of the whole line.
    pub(crate) fn line_floor(&self) -> Option<Floor> {
        self.floor.map(|floor| Floor {
            unit: line_gross(floor.unit, self.line.quantity),
            owner: floor.owner,
        })
    }

    /// The number of its units; 0 where the quantity is a fraction.
    pub(crate) fn pieces(&self) -> i64 {
        whole_pieces(self.line.quantity).unwrap_or(0)
    }
}

/// The facts of a line, or why it cannot be sold.
pub(crate) fn accept<'a>(
    line: &'a BasketLine,
    basket: &Basket,
    shop: &Shop,
    catalogue: &'a impl Catalogue,
    rules: &'a Rules,
) -> Result<LineFacts<'a>, LineRefusal> {
    let goods = catalogue
        .goods(&line.item)
        .ok_or(LineRefusal::UnknownItem)?;
    if line.quantity.0 <= 0 {
        return Err(LineRefusal::BadQuantity);
    }
    if goods.item.tracking == Tracking::Serial {
        if line.quantity.0 != PIECE_MILLI {
            return Err(LineRefusal::SerialQuantity);
        }
        if !line.has_serial {
            return Err(LineRefusal::NoSerial);
        }
    }
    let (types, moment) = (&rules.price_types, basket.moment);
    let price =
        base_price(&goods, &basket.price_type, types, shop, moment).ok_or(LineRefusal::NoPrice)?;
    let (regime, class) = (&shop.tax_regime, &goods.item.vat_class);
    let rate = rate_at(&rules.taxes, regime, class, basket.moment).ok_or(LineRefusal::NoTaxRate)?;
    Ok(LineFacts {
        line,
        gross: line_gross(price.price, line.quantity),
        floor: find_floor(&goods.corridors, shop, basket.moment),
        rate,
        price,
        goods,
    })
}
