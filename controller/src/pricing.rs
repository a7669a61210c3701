//! Prices carts from files: the engine of the shops over the tables of the office.

pub mod chain;
mod error;
pub mod office;
pub(crate) mod promotions_file;
pub(crate) mod sentences;
mod table;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use storefleet_core::pricing::evaluate;
use storefleet_core::pricing::json::cart::RawCartIn;
use storefleet_core::pricing::json::record::{PricedCart, to_json};
use storefleet_messages::{Catalogue, Language};

pub use chain::Chain;
pub use error::DataError;
use sentences::Teller;

/// How priced carts are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The whole record, one JSON object a line.
    Json,
    /// Sentences for people.
    Sentences(Language),
}

/// Prices the carts of a file of JSON lines, one at a time, and writes each in that form.
///
/// # Errors
/// When a file cannot be read or written, or the first line that is not a cart of this chain.
pub fn price_file(
    chain: &Chain,
    carts: &Path,
    form: Form,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let texts = match form {
        Form::Json => None,
        Form::Sentences(language) => Some(Catalogue::of(language)),
    };
    let teller = texts.as_ref().map(|texts| Teller {
        texts,
        names: &chain.names,
    });
    let file = File::open(carts).map_err(|error| DataError::unreadable(carts, &error))?;
    for (index, line) in BufReader::new(file).lines().enumerate() {
        let number = index.saturating_add(1);
        let place = || format!("{} line {number}", carts.display());
        let line = line.map_err(|error| DataError::new(place(), error.to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        let priced =
            price_cart(chain, &line).map_err(|problem| DataError::new(place(), problem))?;
        match &teller {
            Some(teller) => teller.write(&priced, out)?,
            None => writeln!(out, "{}", to_json(&priced))?,
        }
    }
    Ok(())
}

/// Prices one cart written as JSON.
///
/// # Errors
/// What is wrong with the cart and what to do.
pub fn price_cart(chain: &Chain, json: &str) -> Result<PricedCart, String> {
    let raw = RawCartIn::parse(json)?;
    let place = |problem: String| format!("cart {:?}: {problem}", raw.name());
    let store = chain.shops.get(raw.store());
    let store =
        store.ok_or_else(|| place(format!("store {:?} is not in stores.csv", raw.store())))?;
    let price_type = raw.price_type();
    if !chain.rules.price_types.contains_key(&price_type) {
        let problem = format!(
            "price_type {:?} is not in price_types.csv",
            price_type.as_str()
        );
        return Err(place(problem));
    }
    let cart = raw.on_the_wall(&|at| store.wall(at))?;
    let record = evaluate(&cart.basket, &store.shop, &chain.catalogue, &chain.rules);
    Ok(PricedCart {
        cart: cart.name,
        moment: cart.basket.moment,
        repriced: cart.repriced,
        record,
    })
}
