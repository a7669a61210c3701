//! An offer as rows of prices, and as an item of its own where it is a characteristic with a name.

use storefleet_core::master::{Table, TableSpec};

use super::element::Element;
use super::price_type::{self, PriceTypes};
use super::product;
use crate::import::ImportError;
use crate::import::fault::Fault;
use crate::import::intake::Intake;

/// Between the ids of product and characteristic.
const CHARACTERISTIC: char = '#';

/// Takes an offer.
pub(super) fn take(
    offer: &Element,
    price_types: &PriceTypes,
    intake: &mut Intake<'_>,
) -> Result<(), ImportError> {
    let code = offer.said("Ид").unwrap_or_default();
    if code.is_empty() {
        return offer.refuse(intake, "cml-no-id");
    }
    if offer.is_deleted() {
        return intake.gone(Table::Items, code, offer.line);
    }
    let prices = offer.part("Цены");
    let is_own_item = code.contains(CHARACTERISTIC) && offer.said("Наименование").is_some();
    let has_stock = ["Остатки", "Количество", "Склад"]
        .iter()
        .any(|name| offer.part(name).is_some());
    if prices.is_none() && !is_own_item {
        let rule = if has_stock {
            "cml-stock"
        } else {
            "cml-offer-empty"
        };
        return offer.refuse(intake, rule);
    }
    if has_stock {
        intake.pass_over("Остатки");
    }
    if is_own_item {
        let cells = product::common(offer, code, intake);
        product::put(cells, offer.line, intake)?;
    }
    let Some(spec) = Table::Prices.spec() else {
        return Ok(());
    };
    for price in prices.into_iter().flat_map(|prices| prices.parts("Цена")) {
        take_price(price, code, price_types, spec, intake)?;
    }
    Ok(())
}

fn take_price(
    price: &Element,
    code: &str,
    price_types: &PriceTypes,
    spec: &'static TableSpec,
    intake: &mut Intake<'_>,
) -> Result<(), ImportError> {
    let id = price.said("ИдТипаЦены").unwrap_or_default();
    let ours = price_types.ours(id, intake);
    let shown = ours.as_deref().unwrap_or_else(|| price_types.name(id));
    let cells = [
        ("item_code", code.to_owned()),
        ("price_type", shown.to_owned()),
        (
            "amount_rub",
            price.said("ЦенаЗаЕдиницу").unwrap_or_default().to_owned(),
        ),
    ];
    let refusal = if ours.is_none() {
        Some(("ИдТипаЦены", shown, "cml-price-type"))
    } else if price_types.is_without_vat(id) || price_type::is_without_vat(price) {
        Some(("Налог", "false", "cml-without-vat"))
    } else {
        foreign(price)
    };
    match refusal {
        None => intake.named(spec, price.line, cells),
        Some((column, value, rule)) => {
            let fault = Fault::new(column, value, rule, "");
            intake.refuse_named(spec, price.line, cells, fault)
        }
    }
}

/// What makes the amount no roubles for one unit.
fn foreign(price: &Element) -> Option<(&'static str, &str, &'static str)> {
    let currency = price.said("Валюта").unwrap_or_default();
    if !matches!(
        currency,
        "" | "RUB" | "RUR" | "643" | "810" | "руб" | "руб."
    ) {
        return Some(("Валюта", currency, "cml-currency"));
    }
    let units = price.said("Коэффициент").unwrap_or_default();
    let is_one = matches!(units, "" | "1" | "1.0" | "1,0" | "1.000" | "1,000");
    (!is_one).then_some(("Коэффициент", units, "cml-coefficient"))
}
