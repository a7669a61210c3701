//! What both programs need of the machine: tasks with an owner, clocks, logging, signals.

pub mod clock;
pub mod logging;
pub mod signal;
pub mod tasks;

pub use clock::Clock;
pub use tasks::{Shutdown, Tasks};
