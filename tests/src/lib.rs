//! What proves the product: demo, simulator, drills, load and benchmarks. Never shipped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a failed expectation here is a failed test, and a panic says where"
)]

pub mod arguments;
pub mod bench;
pub mod browser;
pub mod demo;
pub mod drill;
pub mod fleet;
pub mod fuzz;
pub mod processes;
pub mod proxy;
pub mod sim;
pub mod till_client;
