//! What was changed and not released yet, and how an urgent fix goes under a release that holds its layer.

use storefleet_core::dataset::LayerId;
use storefleet_core::rollout::fact::{LayerChange, Underlay};
use storefleet_core::rollout::names::ReleaseId;

use crate::master::underlay::Beside;
use crate::master::{MasterStore, StoreError};

/// A layer that was changed and that another release holds.
#[derive(Debug, Clone)]
pub struct Held {
    /// The layer as a parsed name.
    pub layer: LayerId,
    /// What was changed since that release was made.
    pub change: LayerChange,
    /// The release.
    pub release: ReleaseId,
    /// The version of shops without it.
    pub without: u64,
}

impl Held {
    /// What shops have without the release, with the changes since.
    #[must_use]
    pub fn beside(&self) -> Beside {
        Beside {
            layer: self.layer.clone(),
            base: self.without,
            from: self.change.from,
            to: self.change.to,
        }
    }
}

/// What was changed and not released yet.
#[derive(Debug, Default)]
pub struct Unreleased {
    /// Layers that no release on its way holds.
    pub free: Vec<LayerChange>,
    /// Layers that one holds.
    pub held: Vec<Held>,
}

/// What was changed and not released yet.
///
/// # Errors
/// When master data cannot be read.
pub fn unreleased(store: &MasterStore) -> Result<Unreleased, StoreError> {
    let mut unreleased = Unreleased::default();
    for change in store.unreleased()? {
        let Some((release, goes)) = holder(store, &change) else {
            unreleased.free.push(change);
            continue;
        };
        let Ok(layer) = change.layer.as_str().parse::<LayerId>() else {
            continue;
        };
        let root = |number: u64| store.version(&layer, number).map(|it| it.map(|it| it.root));
        if root(goes.to)? != root(change.to)? {
            unreleased.held.push(Held {
                layer,
                release: release.clone(),
                without: goes.from,
                change: LayerChange {
                    from: goes.to,
                    ..change
                },
            });
        }
    }
    Ok(unreleased)
}

/// Where an urgent release goes under those that hold its layers: shops whose turn for the other has not come get what
/// they have with the fix. `lay` makes these versions and gives their numbers. Where shops have nothing of the layer
/// there is nothing to fix.
///
/// # Errors
/// Those of `lay`.
pub fn go_under<E>(
    held: &[Held],
    lay: impl FnOnce(&[Beside]) -> Result<Vec<u64>, E>,
) -> Result<Vec<Underlay>, E> {
    let (there, nothing): (Vec<&Held>, Vec<&Held>) = held.iter().partition(|it| it.without > 0);
    let besides: Vec<Beside> = there.iter().map(|held| held.beside()).collect();
    let numbers = lay(&besides)?;
    let under = |(held, to): (&Held, u64)| Underlay {
        layer: held.change.layer.clone(),
        release: held.release.clone(),
        from: held.without,
        to,
    };
    let there = there.into_iter().zip(numbers);
    let nothing = nothing.into_iter().map(|held| (held, 0));
    Ok(there.chain(nothing).map(under).collect())
}

/// The release that holds a layer, and how it goes there.
fn holder<'s>(
    store: &'s MasterStore,
    change: &LayerChange,
) -> Option<(&'s ReleaseId, LayerChange)> {
    let (release, rollout) = store.rollouts().holder(&change.layer)?;
    Some((release, rollout.change(&change.layer)?))
}
