//! The log as a whole, on a disk that behaves and on one that does not.
