//! The till's HTTP API on loopback, guarded as if every page of the world could reach it.

pub mod api;
pub mod guard;
pub mod http;
