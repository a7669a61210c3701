//! Records that a shop could not read: it would refuse the whole version.

use super::{Check, Found, Release};

/// The line in the list.
pub(super) const CHECK: Check = Check {
    name: "broken-record",
    look,
};

fn look(release: &Release<'_>) -> Vec<Found> {
    let rows = release.broken.clone();
    vec![Found::hold(rows, "records that cannot be read")]
}
