//! The demo: real receipts through real processes with faults, then three independent sums.

pub mod receipts;
pub mod reference;
pub mod sell;
pub mod table;
