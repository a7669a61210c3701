//! The console's pages, on loopback.
