//! The gate over real sockets: what an honest shop gets, and what the others do not.

#[cfg(test)]
#[path = "gate/everyday.rs"]
mod everyday;
#[cfg(test)]
#[path = "gate/hostile.rs"]
mod hostile;
#[cfg(test)]
#[path = "gate/support.rs"]
mod support;
#[cfg(test)]
#[path = "gate/takeover.rs"]
mod takeover;
