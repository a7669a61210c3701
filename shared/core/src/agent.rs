//! What the agent says about itself.

use crate::ids::Seq;

/// The agent is ready to sell.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Started {
    /// Version of the program.
    #[n(0)]
    pub version: String,
    /// Last entry found in the journal when it was opened.
    #[n(1)]
    pub found: Seq,
    /// Bytes of a torn tail that were cut off and kept aside; 0 after a clean stop.
    #[n(2)]
    pub torn_bytes: u64,
}
