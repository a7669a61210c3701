//! The centre: one process that admits the shops, keeps what they say for ever, and shows it.

pub mod bus;
pub mod gate;
