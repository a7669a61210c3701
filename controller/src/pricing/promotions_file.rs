//! Reads the file of promotions: the key of coupons, limits of dealers, promotions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use storefleet_core::pricing::json::promotion::{read as read_promotion, read_limit};
use storefleet_core::pricing::names::PromotionId;
use storefleet_core::pricing::promotion::Promotion;
use storefleet_core::pricing::rules::DealerLimit;

use super::error::DataError;

/// What the file holds.
pub(super) struct ReadPromotions {
    pub promotions: Vec<Promotion>,
    /// What people call them.
    pub names: BTreeMap<PromotionId, String>,
    pub dealer_limits: Vec<DealerLimit>,
    pub coupon_key: Vec<u8>,
    pub warnings: Vec<String>,
}

/// The file as it is written.
#[derive(Deserialize)]
pub(crate) struct PromotionsFile {
    #[serde(default)]
    pub(crate) coupon_key: String,
    #[serde(default)]
    pub(crate) dealer_limits: Vec<Value>,
    pub(crate) promotions: Vec<Map<String, Value>>,
}

/// Reads the file.
pub(super) fn read(path: &Path) -> Result<ReadPromotions, DataError> {
    let file = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| DataError::unreadable(path, &error))?;
    let raw: PromotionsFile =
        serde_json::from_str(&text).map_err(|error| DataError::new(&file, error.to_string()))?;
    let mut read = ReadPromotions {
        promotions: Vec::new(),
        names: BTreeMap::new(),
        dealer_limits: Vec::new(),
        coupon_key: raw.coupon_key.into_bytes(),
        warnings: Vec::new(),
    };
    for (index, limit) in raw.dealer_limits.into_iter().enumerate() {
        let place = format!("{file}, dealer limit {}", index.saturating_add(1));
        let limit = read_limit(limit).map_err(|problem| DataError::new(place, problem))?;
        read.dealer_limits.push(limit);
    }
    let mut ids = BTreeSet::new();
    for (index, map) in raw.promotions.into_iter().enumerate() {
        let number = index.saturating_add(1);
        let id = map
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or("without id");
        let place = format!("{file}, promotion {number} ({id})");
        let of_file =
            read_promotion(map).map_err(|problem| DataError::new(place.clone(), problem))?;
        for unknown in &of_file.ignored {
            let warning = format!("{place}: {unknown} means nothing for its kind and is ignored");
            read.warnings.push(warning);
        }
        let promotion = of_file.promotion;
        if !ids.insert(promotion.id.clone()) {
            let problem = "its id is taken by an earlier one: take one of them out";
            return Err(DataError::new(place, problem));
        }
        if !of_file.name.is_empty() {
            read.names.insert(promotion.id.clone(), of_file.name);
        }
        read.promotions.push(promotion);
    }
    Ok(read)
}
