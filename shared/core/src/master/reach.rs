//! The columns `layer` and `scope_id`: how far a row of prices or bounds reaches.

use super::{CellError, Cells, Rule};
use crate::pricing::price::Reach;

/// Layers of prices.
pub const LAYERS: &[&str] = &["network", "region", "dealer", "store"];

/// Reads `scope_id` for a layer.
///
/// # Errors
/// When the network's row names a scope, or another row names none.
pub fn read(cells: &Cells<'_>, layer: &'static str) -> Result<Reach, CellError> {
    let scope = cells.needed("scope_id")?;
    let named = scope != "*";
    match layer {
        "region" if named => Ok(Reach::Region(scope.into())),
        "dealer" if named => Ok(Reach::Dealer(scope.into())),
        "store" if named => Ok(Reach::Store(scope.into())),
        "network" if !named => Ok(Reach::Network),
        _ => Err(cells.bad("scope_id", Rule::Scope)),
    }
}

/// The texts of `layer` and `scope_id`.
#[must_use]
pub fn texts(reach: &Reach) -> [String; 2] {
    let (layer, scope) = match reach {
        Reach::Network => ("network", "*"),
        Reach::Region(region) => ("region", region.as_str()),
        Reach::Dealer(dealer) => ("dealer", dealer.as_str()),
        Reach::Store(store) => ("store", store.as_str()),
    };
    [layer.to_owned(), scope.to_owned()]
}
