//! Carts, promotions and records of pricing as JSON: for files, interfaces and people's eyes.

pub mod cart;
pub mod promotion;
pub mod record;
