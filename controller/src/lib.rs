//! The centre: one process that admits the shops, keeps what they say for ever, and shows it.

pub mod central_log;
pub mod console;
pub mod fleet;
pub mod gate;
pub mod bus;
pub mod ingest;
pub mod office;
#[cfg(feature = "planted")]
pub mod planted;
pub mod settings;
