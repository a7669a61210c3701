//! The cart that a form or a program asks about: shop, time on its wall, lines, coupons.

use maud::{Markup, html};
use serde_json::json;
use storefleet_core::master::Table;
use storefleet_core::pricing::item::{Catalogue, Tracking};
use storefleet_core::pricing::json::cart::RawCartIn;

use crate::console::form::{Fault, Fields, choice, field, text};
use crate::console::telling::read_wall;
use crate::console::words::Words;
use crate::master::{MasterStore, StoreError};
use crate::pricing::office::{Basis, Books};

/// Lines that the form shows at least.
const LINES_SHOWN: usize = 5;
/// Lines of a cart at most.
const LINES_MAX: usize = 200;
/// Pieces of one line that have serial numbers: each is a line of its own.
const SERIALS_MAX: i64 = 50;

/// The fields of a cart.
pub(in crate::console) fn fields(words: &Words<'_>, fields: &Fields, faults: &[Fault]) -> Markup {
    let given = lines(fields);
    let shown = given.len().saturating_add(1).max(LINES_SHOWN);
    let payments = ["cash", "card", "credit"]
        .map(|name| (name.to_owned(), words.text(&format!("payment-{name}"))));
    let bases = [("", "basis-published"), ("draft", "basis-draft")]
        .map(|(name, id)| (name.to_owned(), words.text(id)));
    let price_type = match fields.get("price_type") {
        "" => "retail",
        given => given,
    };
    html! {
        (field(words, "store", "charge-store", faults, &text("store", fields.get("store"), "text", "S00421")))
        (field(words, "at", "charge-at", faults, &text("at", fields.get("at"), "datetime-local", "")))
        fieldset {
            legend { (words.text("charge-lines")) }
            @for index in 0..shown {
                @let (item, quantity) = given.get(index).cloned().unwrap_or_default();
                div.pair {
                    input #{ "f-line" (if index == 0 { String::new() } else { index.to_string() }) } name="item" value=(item) aria-label=(words.text("charge-item")) placeholder=(words.text("charge-item")) autocomplete="off";
                    input name="quantity" value=(quantity) aria-label=(words.text("charge-quantity")) placeholder="1" inputmode="decimal" autocomplete="off";
                }
            }
            @if let Some(fault) = faults.iter().find(|fault| fault.field == "line") { p.fault { (words.text(&fault.text)) } }
        }
        (field(words, "coupon", "charge-coupon", faults, &text("coupon", &fields.all("coupon").collect::<Vec<_>>().join(" "), "text", "")))
        div.columns {
            (field(words, "payment", "charge-payment", faults, &choice("payment", fields.get("payment"), &payments)))
            (field(words, "price_type", "column-price_type", faults, &text("price_type", price_type, "text", "retail")))
            (field(words, "level", "charge-level", faults, &text("level", fields.get("level"), "text", "")))
            (field(words, "basis", "charge-basis", faults, &choice("basis", fields.get("basis"), &bases)))
        }
    }
}

/// Items and quantities: fields `item` and `quantity` in pairs, or `line=ITEM*QUANTITY`.
pub(in crate::console) fn lines(fields: &Fields) -> Vec<(String, String)> {
    let pairs = fields.all("item").zip(fields.all("quantity"));
    let pairs = pairs.map(|(item, quantity)| (item.to_owned(), quantity.to_owned()));
    let short = fields.all("line").map(|line| {
        let (item, quantity) = line.rsplit_once('*').unwrap_or((line, "1"));
        (item.trim().to_owned(), quantity.trim().to_owned())
    });
    pairs
        .chain(short)
        .filter(|(item, _)| !item.is_empty())
        .collect()
}

/// The books of the shop that is named, by its whole code or by how it ends.
pub(in crate::console) fn shop_of<'s>(
    store: &'s MasterStore,
    fields: &Fields,
    basis: Basis,
) -> Result<Result<Books<'s>, Vec<Fault>>, StoreError> {
    let wrong = |text: &str| Ok(Err(vec![Fault::new("store", text)]));
    let given = fields.get("store").to_uppercase();
    if given.is_empty() {
        return wrong("fault-store-missing");
    }
    let mut ending = Vec::new();
    store.each(Table::Stores, |key, _| {
        if key == given || (key.ends_with(&given) && !ending.contains(&given)) {
            if key == given {
                ending.clear();
            }
            ending.push(key.to_owned());
        }
    })?;
    match ending.as_slice() {
        [code] => match Books::open(store, code, basis)? {
            Some(books) => Ok(Ok(books)),
            None => wrong("fault-store-unpublished"),
        },
        [] => wrong("fault-store-unknown"),
        [..] => wrong("fault-store-several"),
    }
}

/// The cart as a till would send it.
pub(in crate::console) fn cart(
    store: &MasterStore,
    books: &Books<'_>,
    fields: &Fields,
) -> Result<RawCartIn, Vec<Fault>> {
    let mut faults = Vec::new();
    let at = read_wall(fields.get("at")).and_then(|at| books.instant(at));
    if at.is_none() {
        faults.push(Fault::new("at", "fault-time"));
    }
    let price_type = match fields.get("price_type") {
        "" => "retail",
        given => given,
    };
    if !books.rules.price_types.contains_key(price_type) {
        faults.push(Fault::new("price_type", "fault-price-type"));
    }
    let payment = match fields.get("payment") {
        "" => "cash",
        given @ ("cash" | "card" | "credit") => given,
        _ => {
            faults.push(Fault::new("payment", "fault-payment"));
            "cash"
        }
    };
    let at = at.unwrap_or_default();
    let mut rows = Vec::new();
    for (item, quantity) in lines(fields) {
        match read_quantity(&quantity) {
            Some(milli) => add_lines(&mut rows, store, books, (&item, milli), &at),
            None => faults.push(Fault::new("line", "fault-quantity")),
        }
    }
    if rows.is_empty() && faults.is_empty() {
        faults.push(Fault::new("line", "fault-lines"));
    }
    if rows.len() > LINES_MAX {
        faults.push(Fault::new("line", "fault-many-lines"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let coupons: Vec<&str> = fields
        .all("coupon")
        .flat_map(str::split_whitespace)
        .collect();
    let customer = match fields.get("level") {
        "" => None,
        level => Some(json!({ "level": level, "online": true })),
    };
    let cart = json!({
        "cart": fields.get("cart"), "store": books.shop.store.as_str(), "opened_at": at,
        "price_type": price_type, "payment": payment, "lines": rows, "coupons": coupons,
        "customer": customer,
    });
    RawCartIn::parse(&cart.to_string()).map_err(|problem| vec![Fault::new("", problem)])
}

/// Adds a line; what has serial numbers is sold piece by piece, and the numbers do not change the price.
fn add_lines(
    rows: &mut Vec<serde_json::Value>,
    store: &MasterStore,
    books: &Books<'_>,
    (item, milli): (&str, i64),
    at: &str,
) {
    let of_barcode = store.item_of_barcode(item).ok().flatten();
    let code = match of_barcode {
        Some(code) if books.goods(&item.into()).is_none() => code,
        Some(_) | None => item.to_owned(),
    };
    let goods = books.goods(&code.as_str().into());
    let is_serial = goods.is_some_and(|goods| goods.item.tracking == Tracking::Serial);
    let pieces = milli / 1_000;
    let split = is_serial && milli % 1_000 == 0 && (1..=SERIALS_MAX).contains(&pieces);
    let (count, milli) = if split { (pieces, 1_000) } else { (1, milli) };
    for _ in 0..count {
        let number = rows.len().saturating_add(1);
        let mut row =
            json!({ "line_no": number, "item_code": code, "qty_milli": milli, "added_at": at });
        if let Some(row) = row.as_object_mut().filter(|_| is_serial) {
            row.insert("serial".to_owned(), json!("?"));
        }
        rows.push(row);
    }
}

/// Thousandths of a unit: `2`, `0,375`; nothing says one.
fn read_quantity(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(1_000);
    }
    let (whole, part) = text.split_once([',', '.']).unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 3 || !is_number(whole) || !is_number(part) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = format!("{part:0<3}").parse().ok()?;
    whole.checked_mul(1_000)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_to_the_thousandth() {
        for (text, milli) in [("", 1_000), ("2", 2_000), ("0,375", 375), ("1.5", 1_500)] {
            assert_eq!(read_quantity(text), Some(milli), "{text}");
        }
        for text in ["-1", "a", "1,2345", ",5", "1e3", "99999999999999999999"] {
            assert_eq!(read_quantity(text), None, "{text}");
        }
    }

    #[test]
    fn lines_come_in_pairs_or_short() {
        let fields =
            Fields::of("item=A&quantity=2&item=&quantity=&item=B&quantity=&line=C*3&line=D");
        let pair = |item: &str, quantity: &str| (item.to_owned(), quantity.to_owned());
        assert_eq!(
            lines(&fields),
            [
                pair("A", "2"),
                pair("B", ""),
                pair("C", "3"),
                pair("D", "1")
            ]
        );
    }
}
