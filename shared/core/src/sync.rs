//! How entries travel up: what both sides say, and the two machines that decide without any I/O.

pub mod backoff;
pub mod freshness;
pub mod ingest;
pub mod message;
pub mod uplink;
