//! The shop: a daemon per workplace that owns the journal, serves the till and speaks to the centre.

pub mod centre_http;
pub mod datasets;
pub mod disk_trace;
pub mod doctor;
pub mod documents;
pub mod enrol;
pub mod evidence;
pub mod identity;
pub mod inspect;
pub mod journal;
pub mod link;
#[cfg(feature = "planted")]
pub mod planted;
pub mod run;
pub mod settings;
pub mod state_db;
pub mod store_loop;
pub mod store_thread;
pub mod till;
