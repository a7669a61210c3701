//! What the program and a running centre say to each other over the local admin socket.

use serde::{Deserialize, Serialize};

/// Name of the socket in the centre's data folder.
pub const SOCKET_NAME: &str = "admin.sock";
/// Path of claims: `POST` makes one.
pub const CLAIMS_PATH: &str = "/v1/claims";
/// Path of revocations: `POST` makes one.
pub const REVOCATIONS_PATH: &str = "/v1/revocations";
/// Path of retirements: `POST` makes one.
pub const RETIREMENTS_PATH: &str = "/v1/retirements";
/// Path of workplaces: `GET` lists them.
pub const WORKPLACES_PATH: &str = "/v1/workplaces";

/// Order of a claim code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimRequest {
    /// The workplace to enrol, such as `s00421-1`.
    pub workplace: String,
    /// IANA name of the store's time zone.
    pub time_zone: String,
    /// The legal entity that sells there.
    pub legal_entity: String,
    /// `ru` or `en`.
    pub language: String,
    /// Whether nothing sold there is real.
    #[serde(default)]
    pub training: bool,
    /// Whether an enrolled machine is replaced.
    #[serde(default)]
    pub replaces: bool,
}

/// The claim code, shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimAnswer {
    /// The code as typed by the installer.
    pub code: String,
    /// When it becomes void, RFC 3339 in UTC.
    pub expires: String,
}

/// Order of a revocation or a retirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawRequest {
    /// The workplace.
    pub workplace: String,
    /// Why, for the log.
    pub reason: String,
}

/// One workplace in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkplaceRow {
    /// Its id.
    pub workplace: String,
    /// `claimed`, `enrolled`, `revoked` or `retired`.
    pub standing: String,
    /// Whether nothing sold there is real.
    pub training: bool,
    /// End of the newest certificate, RFC 3339 in UTC.
    pub certificate_until: Option<String>,
    /// Until when an unspent claim can be used, RFC 3339 in UTC.
    pub claim_until: Option<String>,
}

/// Why an order was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What is wrong.
    pub title: String,
    /// Stable code for programs.
    pub code: String,
    /// What to do next.
    #[serde(default)]
    pub next: String,
}
