//! The till's HTTP API on loopback, guarded as if every page of the world could reach it.

pub mod answers;
mod carts;
mod datasets;
pub mod errors;
pub mod guard;
pub mod http;
pub mod problem;
pub mod requests;
pub mod staff;
pub mod tag_count;
mod tags;
