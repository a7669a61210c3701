//! Gates: what must hold of a wave before the next one may go. A gate that cannot know is never green.

use super::names::{ReleaseId, WaveNumber};
use super::observe::{Contact, Observation, Observations, Progress};
use super::settings::{Limits, Settings};
use super::share::{count, permille, share_up};
use super::state::Rollout;
use super::target::{Member, Target};
use crate::time::Timestamp;

mod backlog;
mod convergence;
mod refused;
mod restarts;
mod sales;
mod silent;
mod till_errors;

/// Every gate, in the order in which a person reads them.
pub const GATES: &[Gate] = &[
    convergence::GATE,
    refused::GATE,
    silent::GATE,
    till_errors::GATE,
    restarts::GATE,
    backlog::GATE,
    sales::GATE,
];

/// Name of the gate that waits for shops and for nothing else.
pub const CONVERGENCE: &str = convergence::GATE.name;

/// A gate.
pub struct Gate {
    /// Its name in facts and for people; never changed.
    pub name: &'static str,
    /// Judges a wave.
    pub judge: fn(&WaveView<'_>) -> Reading,
}

/// What a gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Green,
    /// The rollout pauses.
    Red(String),
    /// It cannot tell: time or a person must help.
    Unknown(String),
}

/// What a gate measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The number; larger is worse, but for convergence.
    pub value: u64,
    /// What it is held against.
    pub limit: u64,
    /// Both in words.
    pub text: String,
    /// What follows.
    pub verdict: Verdict,
}

/// How a shop of a wave stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It has the release.
    Done,
    /// It refused it.
    Failed,
    /// It is not heard.
    Silent,
    /// It is in contact and not there yet.
    AtWork,
}

/// A shop as the gates see it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The shop.
    pub target: &'a Target,
    /// When it may switch; nothing for a shop of a later wave.
    pub slot: Option<Timestamp>,
    /// What is known of it.
    pub observation: Option<&'a Observation>,
    /// How it stands.
    pub standing: Standing,
}

impl Seen<'_> {
    /// When it switched.
    #[must_use]
    pub fn switched(&self, release: &ReleaseId) -> Option<Timestamp> {
        match self.observation?.progress(release) {
            Progress::Reached { at } => Some(*at),
            Progress::Unsaid | Progress::Refused { .. } => None,
        }
    }
}

/// A wave and what its gates look at.
#[derive(Debug, Clone)]
pub struct WaveView<'a> {
    /// The release.
    pub release: &'a ReleaseId,
    /// Its number.
    pub wave: WaveNumber,
    /// When it was released.
    pub released: Timestamp,
    /// When the last of its shops may switch.
    pub last_slot: Timestamp,
    /// The present moment.
    pub now: Timestamp,
    /// Its shops, with those of earlier waves that came back since.
    pub members: Vec<Seen<'a>>,
    /// Shops of later waves: what happens to them too is not the release's doing.
    pub controls: Vec<Seen<'a>>,
    /// Shops of earlier waves, which passed their gates.
    pub settled: Vec<Seen<'a>>,
    /// Limits.
    pub settings: &'a Settings,
    /// All that is known.
    pub observations: &'a Observations,
}

impl<'a> WaveView<'a> {
    /// The wave that is out; nothing before the first.
    #[must_use]
    pub fn of(
        release: &'a ReleaseId,
        rollout: &'a Rollout,
        observations: &'a Observations,
        now: Timestamp,
    ) -> Option<Self> {
        let wave = rollout.wave();
        let released = rollout.released_at(wave)?;
        let settings = &rollout.started.as_ref()?.settings;
        let mut view = Self {
            release,
            wave,
            released,
            last_slot: released,
            now,
            members: Vec::new(),
            controls: Vec::new(),
            settled: Vec::new(),
            settings,
            observations,
        };
        for member in &rollout.members {
            let seen = view.see(rollout, member);
            match seen.slot {
                None => view.controls.push(seen),
                // A shop that was away when its wave went counts with the wave it comes back in.
                Some(_) if member.wave < wave && !view.is_late(&seen) => view.settled.push(seen),
                Some(slot) => {
                    view.last_slot = view.last_slot.max(slot);
                    view.members.push(seen);
                }
            }
        }
        Some(view)
    }

    fn is_late(&self, seen: &Seen<'_>) -> bool {
        let switched = seen.switched(self.release);
        switched.is_some_and(|at| at >= self.released)
    }

    fn see(&self, rollout: &Rollout, member: &'a Member) -> Seen<'a> {
        let observation = self.observations.stores.get(&member.target.store);
        let is_silent = observation.is_none_or(|known| match known.contact {
            Contact::Online(_) => false,
            Contact::Silent(since) => self.now.since_ms(since) > self.settings.limits.silent_ms,
        });
        let progress = observation.map(|known| known.progress(self.release));
        let standing = match progress {
            Some(Progress::Reached { .. }) => Standing::Done,
            Some(Progress::Refused { .. }) => Standing::Failed,
            Some(Progress::Unsaid) | None if is_silent => Standing::Silent,
            Some(Progress::Unsaid) | None => Standing::AtWork,
        };
        Seen {
            target: &member.target,
            slot: rollout.slot(self.release, member),
            observation,
            standing,
        }
    }

    /// How many shops of the wave stand so.
    #[must_use]
    pub fn standing(&self, standing: Standing) -> u64 {
        let members = self.members.iter();
        tally(members.filter(|member| member.standing == standing))
    }

    /// How many faulty shops pause this wave.
    #[must_use]
    pub fn faulty_max(&self) -> u64 {
        let size = count(&self.members);
        let Limits {
            faulty_stores,
            faulty_permille,
            ..
        } = self.settings.limits;
        share_up(size, faulty_permille)
            .max(faulty_stores)
            .min(size.max(1))
    }

    /// Reads a gate that counts shops with a fault: red when there are too many beyond what all other
    /// shops have of it.
    fn faults(&self, what: &str, has: impl Fn(&Seen<'_>) -> bool) -> Reading {
        let value = tally(self.members.iter().filter(|member| has(member)));
        let others = || self.controls.iter().chain(&self.settled);
        let others = permille(tally(others().filter(|other| has(other))), tally(others()));
        let expected = share_up(count(&self.members), others);
        let limit = self.faulty_max();
        let text = format!("{value} {what}, limit {limit}, {expected} as elsewhere");
        let verdict = if value.saturating_sub(expected) >= limit {
            Verdict::Red(text.clone())
        } else if self.standing(Standing::Done) == 0 {
            Verdict::Unknown("no shop has switched yet".to_owned())
        } else {
            Verdict::Green
        };
        Reading {
            value,
            limit,
            text,
            verdict,
        }
    }
}

/// How many there are.
fn tally<T>(of: impl Iterator<Item = T>) -> u64 {
    u64::try_from(of.count()).unwrap_or(u64::MAX)
}
