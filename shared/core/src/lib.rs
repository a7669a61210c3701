//! Every rule and every fold of Storefleet: pure functions of state, event and time.
//!
//! Five verbs are the whole program: *decide → append → apply → effects → view*. This crate holds
//! all but *append*; its manifest has no crate that could read a clock, a file or a socket.
#![warn(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

pub mod agent;
pub mod brought_forward;
pub mod cash;
pub mod cbor;
pub mod coupon;
pub mod dataset;
pub mod document;
pub mod entry;
pub mod epoch;
pub mod fact;
pub mod health;
pub mod identifier;
pub mod ids;
pub mod kind;
pub mod master;
pub mod money;
#[cfg(feature = "planted")]
pub mod planted;
pub mod pricing;
pub mod receipt;
pub mod request;
pub mod rollout;
pub mod serial;
pub mod shelf_tag;
pub mod shift;
pub mod stock;
pub mod store;
pub mod sync;
pub mod time;
pub mod workplace;
