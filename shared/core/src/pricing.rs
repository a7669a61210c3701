//! What a basket costs and why: one pure engine for the office, the tills and the reports.
//!
//! Amounts are whole kopecks, quantities thousandths, parts millionths; nothing is ever a floating-point
//! number. [`evaluate()`](evaluate::evaluate) finds each line's price ([`price`], [`corridor`]), lets the
//! promotions act phase by phase ([`promotion`], [`kind`]), and returns a record that explains every kopeck
//! ([`explain`]). It starts from base prices at every call, so evaluating twice changes nothing.

pub mod base;
pub mod basket;
mod cap;
pub mod corridor;
mod coupon;
pub mod distribute;
pub mod evaluate;
pub mod explain;
mod group_phase;
pub mod item;
pub mod json;
pub mod kind;
mod line;
mod line_phase;
mod manual;
pub mod moment;
pub mod names;
pub mod position;
pub mod price;
pub mod promotion;
mod receipt_phase;
mod redeem;
pub mod rounding;
pub mod rules;
pub mod select;
mod sheet;
pub mod shop;
mod units;
pub mod vat;
mod world;

pub use coupon::coupon_tag;
pub use evaluate::evaluate;
pub use redeem::{earned_points, points_cap, points_taken_back};
