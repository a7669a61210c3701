//! The log as a whole, on a disk that behaves and on one that does not.

mod crash;
mod damage;
mod disk;
mod faults;
mod fuzzed;
mod golden;
mod model;
mod records;
