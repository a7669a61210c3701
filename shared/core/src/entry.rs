//! One entry of a journal: a header, a body, and the hash over both as written.

use sha2::{Digest, Sha256};

use crate::cbor::{self, CborError};
use crate::coded_enum;
use crate::fact::Fact;
use crate::ids::{Epoch, Hash, Seq, WorkplaceId};
use crate::kind::FactKind;
use crate::time::{BusinessDate, StoreTime};

/// Bound of a body in bytes; longer documents are lines plus a closing entry.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Bound of a whole entry; the header's own fields are bounded where they are made.
pub const ENTRY_BYTES_MAX: usize = BODY_BYTES_MAX + 4 * 1024;

coded_enum! {
    /// How far the clock behind a time can be trusted.
    pub enum ClockState {
        /// Nothing confirmed it since the machine started.
        Untrusted = 0 => "untrusted",
        /// Held up to the newest time known from the journal or the build.
        Floor = 1 => "floor",
        /// Confirmed by the centre or another source.
        Trusted = 2 => "trusted",
    }
}

/// Which request of a client caused an entry: the same request again gets the first answer.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct RequestRef {
    /// The client's idempotency key.
    #[n(0)]
    pub key: String,
    /// SHA-256 of what was asked.
    #[n(1)]
    pub hash: Hash,
}

/// What stands before the body of every entry.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Header {
    /// Version of the header's form.
    #[n(0)]
    pub version: u8,
    /// Bits a reader must understand or keep its hands off the entry.
    #[n(1)]
    pub flags: u32,
    /// Whose journal.
    #[n(2)]
    pub workplace: WorkplaceId,
    /// Which chain of that journal.
    #[n(3)]
    pub epoch: Epoch,
    /// Place in the chain, from 1.
    #[n(4)]
    pub seq: Seq,
    /// Hash of the entry before; zeros for the first of an epoch.
    #[n(5)]
    pub prev: Hash,
    /// What the body says.
    #[n(6)]
    pub kind: FactKind,
    /// The real clock when the entry was written.
    #[n(7)]
    pub wall: StoreTime,
    /// Trust in that clock.
    #[n(8)]
    pub clock: ClockState,
    /// Milliseconds of the machine's monotonic clock.
    #[n(9)]
    pub monotonic_ms: u64,
    /// Start of the machine that the monotonic time counts from.
    #[n(10)]
    pub boot: u64,
    /// The store's date the fact belongs to.
    #[n(11)]
    pub business_date: BusinessDate,
    /// Till of the workplace.
    #[n(12)]
    pub till: u8,
    /// The open shift, if any.
    #[n(13)]
    pub shift: Option<u32>,
    /// Fiscal register where money moves.
    #[n(14)]
    pub register: Option<String>,
    /// Legal entity the register belongs to.
    #[n(15)]
    pub legal_entity: Option<String>,
    /// Who acted.
    #[n(16)]
    pub employee: Option<String>,
    /// The client's request that caused it.
    #[n(17)]
    pub request: Option<RequestRef>,
    /// An earlier entry of this epoch that caused it.
    #[n(18)]
    pub cause: Option<Seq>,
    /// Root of the datasets it was decided on.
    #[n(19)]
    pub datasets: Option<Hash>,
}

/// The header version this build writes.
pub const HEADER_VERSION: u8 = 1;

/// Why bytes are not an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Larger than any entry.
    #[error("entry of {0} bytes is over the limit of {ENTRY_BYTES_MAX}")]
    Oversize(usize),
    /// Header or body are not strict CBOR.
    #[error("entry is malformed: {0}")]
    Malformed(#[from] CborError),
}

/// An entry as it was written; nothing in it is ever encoded again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The decoded header.
    pub header: Header,
    /// The body; a kind of a newer version stays as its bytes.
    pub fact: Fact,
    /// Hash of header and body as written.
    pub hash: Hash,
}

impl Entry {
    /// Reads header and body of a whole entry.
    ///
    /// # Errors
    /// When the bytes are not one entry. A kind or body this version does not know is no error.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        let (header, body) = split(bytes)?;
        let header: Header = cbor::decode_checked(header)?;
        let fact = Fact::decode(header.kind, body);
        Ok(Self {
            header,
            fact,
            hash: hash(bytes),
        })
    }
}

/// Reads the header alone.
///
/// # Errors
/// When the bytes are not one entry.
pub fn header(bytes: &[u8]) -> Result<Header, EntryError> {
    let (header, _) = split(bytes)?;
    Ok(cbor::decode_checked(header)?)
}

/// Reads the header alone and the entry's hash: all that chains and queues need.
///
/// # Errors
/// When the bytes are not one entry.
pub fn parse_header(bytes: &[u8]) -> Result<(Header, Hash), EntryError> {
    Ok((header(bytes)?, hash(bytes)))
}

fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), EntryError> {
    if bytes.len() > ENTRY_BYTES_MAX {
        return Err(EntryError::Oversize(bytes.len()));
    }
    let at = cbor::item_len(bytes)?;
    let (header, body) = bytes.split_at_checked(at).ok_or(CborError::Truncated)?;
    match cbor::item_len(body)? {
        len if len == body.len() => Ok((header, body)),
        len => Err(CborError::Trailing(body.len().saturating_sub(len)).into()),
    }
}

/// SHA-256 over the bytes of an entry.
#[must_use]
pub fn hash(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

/// Writes an entry: the header and the fact's body behind each other.
///
/// # Errors
/// When the body is over its limit; nothing was written then.
pub fn write(header: &Header, fact: &Fact) -> Result<Vec<u8>, EntryError> {
    let body = fact.encode();
    if body.len() > BODY_BYTES_MAX {
        return Err(EntryError::Oversize(body.len()));
    }
    let mut bytes = cbor::encode(header);
    bytes.extend_from_slice(&body);
    Ok(bytes)
}
