//! What people and the planner ask of rollouts.

use super::calendar::Rules;
use super::fact::Draft;
use super::names::{Person, ReleaseId, WaveNumber};
use super::preview::Finding;
use super::settings::Settings;
use super::target::Target;

/// What a person may do; each right holds the ones before it, so that stopping needs least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Pause, cancel, roll back.
    Stop,
    /// Put a release together.
    Create,
    /// Approve, confirm, start, resume, accept a gate.
    Approve,
    /// Set reach and freezes.
    Rule,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The centre itself: preview and planner.
    Centre,
    /// A person.
    Person {
        /// By name.
        name: Person,
        /// The largest right.
        may: Right,
        /// Never empty.
        reason: String,
    },
}

/// What is asked for one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Put a release together.
    Draft(Draft),
    /// Keep what the preview found.
    Preview(Vec<Finding>),
    /// Take a finding that holds upon oneself.
    Confirm {
        /// Name of the check.
        check: String,
    },
    /// Agree.
    Approve {
        /// To how many shops.
        reach: u64,
    },
    /// Freeze the list of shops and begin.
    Start {
        /// The shops.
        stores: Vec<Target>,
        /// How it goes.
        settings: Settings,
    },
    /// Let a wave go.
    ReleaseWave(WaveNumber),
    /// Stop at a red gate.
    PauseAtGate {
        /// Its name.
        gate: String,
        /// What it saw.
        reason: String,
    },
    /// Stop by hand.
    Pause,
    /// Take a reading of a gate upon oneself, in the current wave.
    AcceptGate {
        /// Its name.
        gate: String,
        /// The red value that was shown; nothing when the gate knew nothing.
        red_up_to: Option<u64>,
    },
    /// Go on.
    Resume,
    /// Take every shop back to the versions before.
    RollBack,
    /// End it before a shop has it.
    Cancel,
    /// Every wave passed.
    Finish,
}

impl Act {
    /// The right a person needs; none for what only the centre does.
    #[must_use]
    pub fn right(&self) -> Option<Right> {
        match self {
            Self::Pause | Self::RollBack | Self::Cancel => Some(Right::Stop),
            Self::Draft(_) => Some(Right::Create),
            Self::Confirm { .. }
            | Self::Approve { .. }
            | Self::Start { .. }
            | Self::AcceptGate { .. }
            | Self::Resume => Some(Right::Approve),
            Self::Preview(_) | Self::ReleaseWave(_) | Self::PauseAtGate { .. } | Self::Finish => {
                None
            }
        }
    }
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Set reach and freezes.
    SetRules {
        /// Who.
        by: Actor,
        /// The rules.
        rules: Rules,
    },
    /// A step of a rollout.
    Step {
        /// Who.
        by: Actor,
        /// Which release.
        release: ReleaseId,
        /// What.
        act: Act,
    },
}

impl Command {
    /// A step that the centre asks for.
    #[must_use]
    pub fn of_centre(release: &ReleaseId, act: Act) -> Self {
        Self::Step {
            by: Actor::Centre,
            release: release.clone(),
            act,
        }
    }
}
