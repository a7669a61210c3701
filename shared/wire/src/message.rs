//! Messages as bytes: a strict CBOR body inside a signed envelope.

use minicbor::{Decode, Encode};
use storefleet_core::cbor::{self, CborError};

use crate::envelope::{EnvelopeError, Kind, PublicKey, Sealed, SigningKey, seal};

/// Why a message is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Frame, signature or compression.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The body is not what the kind says.
    #[error("message body is malformed: {0}")]
    Body(#[from] CborError),
}

/// Writes and signs a message.
#[must_use]
pub fn write<T: Encode<()>>(kind: Kind, key: &SigningKey, message: &T) -> Vec<u8> {
    seal(kind, key, &cbor::encode(message))
}

/// Checks and reads a message whose type borrows nothing from the bytes.
///
/// # Errors
/// When the bytes are no message of this kind signed by `key`.
pub fn read<T>(kind: Kind, key: &PublicKey, bytes: &[u8]) -> Result<T, MessageError>
where
    T: for<'b> Decode<'b, ()>,
{
    let body = Sealed::parse(bytes)?.open(kind, key)?;
    Ok(cbor::decode(&body)?)
}
