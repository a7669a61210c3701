//! The centre: one process that admits the shops, keeps what they say for ever, and shows it.

pub mod admin;
mod admin_answers;
pub mod admin_client;
pub mod backup;
pub mod bus;
pub mod central_log;
pub mod certificate;
pub mod checkpoint;
pub mod console;
pub mod datasets;
mod derived;
pub mod desk;
pub mod documents;
pub mod fleet;
pub mod gate;
#[cfg(test)]
mod golden;
pub mod history;
pub mod import;
pub mod incarnation;
pub mod ingest;
pub mod load;
pub mod master;
pub mod office;
pub mod office_api;
#[cfg(feature = "planted")]
pub mod planted;
pub mod pricing;
pub mod release_orders;
pub mod rollouts;
pub mod run;
pub mod settings;
pub mod tails;
pub mod verify;
