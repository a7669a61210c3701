//! What is known of the shops, as the planner wants it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use storefleet_core::dataset::LayerId;
use storefleet_core::ids::Hash;
use storefleet_core::rollout::history::{SoldHour, WEEK_HOURS, WEEKS, WallHour, usual_of};
use storefleet_core::rollout::names::ReleaseId;
use storefleet_core::rollout::observe::{Contact, Observation, Observations, Progress};
use storefleet_core::rollout::target::Target;
use storefleet_core::rollout::{Rollout, RolloutState};
use storefleet_core::time::Timestamp;

use super::{layers, roots};
use crate::fleet::Live;
use crate::ingest::thread::Shared;
use crate::master::{MasterStore, StoreError};

/// Shops that no turn has come for yet are watched over this time.
const WATCHED_MS: i64 = 24 * 3_600_000;

/// The roots that a release brings, by layer: its own, and those of urgent fixes that went under it.
type Brings = BTreeMap<LayerId, BTreeSet<Hash>>;

/// What is known of the shops of active rollouts.
///
/// # Errors
/// When master data cannot be read.
pub(super) fn observations(
    store: &MasterStore,
    shared: &Shared,
    now: Timestamp,
) -> Result<Observations, StoreError> {
    let state = store.rollouts();
    let mut brings: BTreeMap<&ReleaseId, Brings> = BTreeMap::new();
    for (release, rollout) in active(state) {
        brings.insert(release, brought(store, release, rollout)?);
    }
    let mut observations = Observations::default();
    if brings.is_empty() {
        return Ok(observations);
    }
    let fleet = shared.fleet.lock().unwrap_or_else(PoisonError::into_inner);
    for (release, rollout) in active(state) {
        for member in &rollout.members {
            let target = &member.target;
            let since = rollout.slot(release, member).filter(|slot| *slot <= now);
            let since = since.unwrap_or_else(|| now.plus_ms(-WATCHED_MS));
            let workplaces = fleet.store(&target.store);
            let lives: Vec<&Live> = workplaces.into_iter().map(|(_, live)| live).collect();
            let known = observations.stores.entry(target.store.clone());
            let known = known.or_insert_with(|| observed(&lives, target, since, now));
            if let Some(brings) = brings.get(release) {
                known
                    .progress
                    .insert(release.clone(), progress(&lives, brings));
            }
        }
    }
    Ok(observations)
}

fn active(state: &RolloutState) -> impl Iterator<Item = (&ReleaseId, &Rollout)> {
    let rollouts = state.rollouts.iter();
    rollouts.filter(|(_, rollout)| rollout.stage.is_active())
}

fn brought(
    store: &MasterStore,
    release: &ReleaseId,
    rollout: &Rollout,
) -> Result<Brings, StoreError> {
    let mut brings = Brings::new();
    for (layer, change) in layers(rollout) {
        let roots = roots(store, release, &layer, change)?;
        if !roots.is_empty() {
            brings.insert(layer, roots);
        }
    }
    Ok(brings)
}

/// A shop is where its slowest till is.
fn progress(lives: &[&Live], brings: &Brings) -> Progress {
    let mut newest = None;
    for live in lives.iter().filter(|live| live.seen.is_some()) {
        let rejected = live.shelf.rejected.as_ref().filter(|rejected| {
            let layer = rejected.layer.as_ref();
            let wanted = layer.and_then(|layer| brings.get(layer));
            let root = rejected.root.as_ref();
            wanted
                .zip(root)
                .is_some_and(|(wanted, root)| wanted.contains(root))
        });
        if let Some(rejected) = rejected {
            return Progress::Refused {
                code: rejected.code.name().to_owned(),
            };
        }
        let mut mine = brings.iter().filter_map(|(layer, roots)| {
            let held = live.shelf.layers.get(layer)?;
            Some(roots.contains(&held.root).then_some(held.at))
        });
        let switched = mine.try_fold(Timestamp(i64::MIN), |latest, at| Some(latest.max(at?)));
        match switched {
            Some(at) if at > Timestamp(i64::MIN) => newest = newest.max(Some(at)),
            Some(_) | None => return Progress::Unsaid,
        }
    }
    newest.map_or(Progress::Unsaid, |at| Progress::Reached { at })
}

fn observed(lives: &[&Live], target: &Target, since: Timestamp, now: Timestamp) -> Observation {
    let heard = lives.iter().filter(|live| live.seen.is_some());
    let silent = heard.clone().filter(|live| !live.online);
    let contact = match silent.map(|live| live.since).min() {
        Some(since) => Contact::Silent(since),
        None => match heard.clone().map(|live| live.since).max() {
            Some(since) => Contact::Online(since),
            None => Contact::Silent(Timestamp(0)),
        },
    };
    let restarts = heard.clone().map(|live| {
        let starts = live.starts.iter();
        starts.filter(|at| **at > since && **at <= now).count()
    });
    let failures = heard.clone().map(|live| live.failures.since(since));
    let known_until = match contact {
        Contact::Online(_) => now,
        Contact::Silent(at) => at,
    };
    Observation {
        contact,
        progress: BTreeMap::new(),
        till_errors: failures.max().unwrap_or(0),
        restarts: u32::try_from(restarts.max().unwrap_or(0)).unwrap_or(u32::MAX),
        backlog: heard.map(|live| live.backlog()).max().unwrap_or(0),
        receipts: receipts(lives, target, since, known_until),
    }
}

/// The whole hours of a span beside what is usual then.
fn receipts(lives: &[&Live], target: &Target, since: Timestamp, until: Timestamp) -> Vec<SoldHour> {
    let mut counts: BTreeMap<i32, u32> = BTreeMap::new();
    for sold in lives.iter().flat_map(|live| live.sold.hours()) {
        let count = counts.entry(sold.hour.0).or_default();
        *count = count.saturating_add(sold.count);
    }
    let Some(first) = counts.keys().next().copied() else {
        return Vec::new();
    };
    let count = |hour: i32| counts.get(&hour).copied().unwrap_or(0);
    let begins = WallHour::of(since, target.offset).0.saturating_add(1);
    let ends = WallHour::of(until, target.offset).0;
    let hours = (begins..ends).map(|hour| {
        let weeks = (1..=WEEKS).map(|week| hour.saturating_sub(week.saturating_mul(WEEK_HOURS)));
        let mut usual: Vec<u32> = weeks.filter(|then| *then >= first).map(count).collect();
        SoldHour {
            hour: WallHour(hour),
            made: count(hour),
            usual: usual_of(&mut usual),
        }
    });
    hours.collect()
}
