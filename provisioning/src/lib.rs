//! Identity of workplaces: authorities, claims, enrolment, renewal, revocation and key lists.
//!
//! The centre uses the library on line with an [`ca::Issuer`] and a [`registry::Registry`] folded from
//! the office log; the program of the same name keeps the offline root and asks a running centre.

pub mod admin;
pub mod ca;
pub mod centre;
pub mod enrolment;
pub mod files;
pub mod identity;
pub mod keylists;
pub mod offline;
pub mod registry;
