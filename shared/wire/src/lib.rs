//! What travels: topics, envelopes, codecs and signatures. Every shape has golden bytes beside it.

pub mod batch;
pub mod enrol;
pub mod envelope;
pub mod keys;
pub mod message;
mod squeeze;
pub mod topic;
