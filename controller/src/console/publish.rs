//! Says that something was changed and no release brings it to the tills yet.

use maud::{Markup, html};

use super::frame::shape;
use super::words::Words;
use crate::fleet::Status;
use crate::master::{MasterStore, StoreError};

/// The line above pages of master data.
pub(super) fn banner(words: &Words<'_>, store: &MasterStore) -> Result<Markup, StoreError> {
    let waits = store.has_unpublished()?;
    Ok(html! {
        @if waits {
            p.note.warned { (shape(Status::Warn)) (words.text("unpublished")) " " a href="/rollouts/new" { (words.text("unpublished-next")) } }
        }
    })
}
