//! Reads what came: whose it is, whether that one signed it, and whether it hangs together.

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use storefleet_core::sync::ingest::Offer;
use storefleet_core::sync::message::{Batch, RefusedCode};
use storefleet_wire::batch;
use storefleet_wire::envelope::{EnvelopeError, Kind, Sealed};
use storefleet_wire::message::{self, MessageError};
use storefleet_wire::topic::Up;

use super::{JournalKeys, Received, SHARE_MIN};

/// A batch and what it offers, or why it is refused.
pub(super) type Opened = Result<(Batch, Offer), (RefusedCode, String)>;

/// Opens the batches among messages on all cores; nothing in the place of what is no batch.
pub(super) fn open_all(messages: &[Received<'_>], keys: &dyn JournalKeys) -> Vec<Option<Opened>> {
    messages
        .par_iter()
        .with_min_len(SHARE_MIN)
        .map(|received| (received.class == Up::Batch).then(|| open(received, keys)))
        .collect()
}

fn open(received: &Received<'_>, keys: &dyn JournalKeys) -> Opened {
    let malformed = |error: String| (RefusedCode::Malformed, error);
    let sealed = Sealed::parse(received.payload).map_err(|error| match error {
        EnvelopeError::Oversize(_) => (RefusedCode::Oversize, error.to_string()),
        EnvelopeError::Malformed
        | EnvelopeError::Generation(_)
        | EnvelopeError::UnknownKind(_)
        | EnvelopeError::WrongKind { .. }
        | EnvelopeError::Flags(_)
        | EnvelopeError::Signature(_)
        | EnvelopeError::Compression => malformed(error.to_string()),
    })?;
    let key = keys
        .newest(received.workplace)
        .into_iter()
        .find(|key| key.id() == sealed.key_id());
    let key = key.ok_or_else(|| {
        (
            RefusedCode::Signature,
            format!("key {} is not of this workplace", sealed.key_id()),
        )
    })?;
    let batch = batch::open(&key, received.payload).map_err(|error| match &error {
        batch::BatchError::Message(MessageError::Envelope(EnvelopeError::Signature(_))) => {
            (RefusedCode::Signature, error.to_string())
        }
        batch::BatchError::Message(_)
        | batch::BatchError::Empty
        | batch::BatchError::Entry { .. }
        | batch::BatchError::Chain { .. } => malformed(error.to_string()),
    })?;
    if batch.workplace != *received.workplace {
        return Err((
            RefusedCode::Workplace,
            format!("a batch of {}", batch.workplace),
        ));
    }
    if keys.of_epoch(received.workplace, batch.epoch) != Some(key) {
        return Err((
            RefusedCode::Epoch,
            format!("epoch {} is not of this key", batch.epoch),
        ));
    }
    let offer = batch::check(&batch).map_err(|error| malformed(error.to_string()))?;
    Ok((batch, offer))
}

/// A message signed by any key of the workplace.
pub(super) fn read_signed<T>(
    kind: Kind,
    received: &Received<'_>,
    keys: &dyn JournalKeys,
) -> Result<T, MessageError>
where
    T: for<'b> minicbor::Decode<'b, ()>,
{
    let id = Sealed::parse(received.payload)?.key_id();
    let key = keys
        .newest(received.workplace)
        .into_iter()
        .find(|key| key.id() == id);
    message::read(
        kind,
        &key.ok_or(EnvelopeError::Signature(id))?,
        received.payload,
    )
}
