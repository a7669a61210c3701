//! What the office's log says of rollouts. Stored shapes only grow.

use super::calendar::Rules;
use super::names::{LayerId, Person, ReleaseId, WaveNumber};
use super::preview::Finding;
use super::settings::Settings;
use super::target::Member;
use crate::coded_enum;
use crate::time::Timestamp;

/// Shops of one entry of the office's log; a longer list is several entries.
pub const PART_MEMBERS_MAX: usize = 1_000;
/// Layers of one entry of the office's log; a longer list is several entries.
pub const PART_LAYERS_MAX: usize = 1_000;

coded_enum! {
    /// What a release brings.
    pub enum ReleaseKind {
        /// Layers of datasets.
        Data = 1 => "data",
        /// A version of the agent.
        Agent = 2 => "agent",
    }
}

/// A person and the reason given.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Deed {
    /// Who.
    #[n(0)]
    pub by: Person,
    /// Why, in the person's words.
    #[n(1)]
    pub reason: String,
}

/// A layer and the version it gets.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct LayerChange {
    /// The layer.
    #[n(0)]
    pub layer: LayerId,
    /// The version that shops have now.
    #[n(1)]
    pub from: u64,
    /// The version that they get.
    #[n(2)]
    pub to: u64,
}

/// The same fix under a release that holds its layer: what shops get whose turn for that release has not come.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Underlay {
    /// The layer.
    #[n(0)]
    pub layer: LayerId,
    /// The release that holds it.
    #[n(1)]
    pub release: ReleaseId,
    /// The version that shops have without that release.
    #[n(2)]
    pub from: u64,
    /// The same with the fix; 0 where they have none.
    #[n(3)]
    pub to: u64,
}

/// What is released.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Draft {
    /// Its name for people.
    #[n(0)]
    pub title: String,
    /// What it brings.
    #[n(1)]
    pub kind: ReleaseKind,
    /// The layers it changes, each once.
    #[n(2)]
    pub layers: Vec<LayerChange>,
    /// A wrong price is on sale: no waves, no window, no freeze.
    #[n(3)]
    pub urgent: bool,
    /// Where an urgent fix goes under releases on their way; steps of their own say it in the log.
    #[cbor(skip)]
    pub under: Vec<Underlay>,
}

impl Draft {
    /// Where it goes under a release that holds the layer.
    #[must_use]
    pub fn under(&self, layer: &LayerId) -> Option<&Underlay> {
        self.under.iter().find(|under| under.layer == *layer)
    }
}

/// Why a rollout stopped.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum PauseCause {
    /// A gate was red.
    #[n(0)]
    Gate {
        /// Its name.
        #[n(0)]
        gate: String,
        /// What it saw.
        #[n(1)]
        reason: String,
    },
    /// A person stopped it.
    #[n(1)]
    Person(#[n(0)] Deed),
}

/// A reading that a person takes upon themselves.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Accepted {
    /// In this wave only.
    #[n(0)]
    pub wave: WaveNumber,
    /// The gate.
    #[n(1)]
    pub gate: String,
    /// The value that was red; a worse one is red again. Nothing when the gate knew nothing.
    #[n(2)]
    pub red_up_to: Option<u64>,
    /// Who and why.
    #[n(3)]
    pub deed: Deed,
}

/// How a started rollout goes.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Started {
    /// Who and why.
    #[n(0)]
    pub deed: Deed,
    /// How many shops the parts before it named.
    #[n(1)]
    pub stores: u64,
    /// Sizes of the waves.
    #[n(2)]
    pub waves: Vec<u64>,
    /// Limits, window and bake time.
    #[n(3)]
    pub settings: Settings,
}

/// One step of one rollout.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Step {
    /// A release was put together.
    #[n(0)]
    Drafted(#[n(0)] Draft, #[n(1)] Deed),
    /// Its rows were looked at; earlier approvals and confirmations do not count any more.
    #[n(1)]
    Previewed(#[n(0)] Vec<Finding>),
    /// A second person takes a finding that holds upon themselves.
    #[n(2)]
    Confirmed {
        /// Name of the check.
        #[n(0)]
        check: String,
        /// Who and why.
        #[n(1)]
        deed: Deed,
    },
    /// A person agreed.
    #[n(3)]
    Approved {
        /// To how many shops.
        #[n(0)]
        reach: u64,
        /// Who and why.
        #[n(1)]
        deed: Deed,
    },
    /// Shops of a rollout that is about to start, from this place of the list on.
    #[n(4)]
    Members {
        /// Place of the first.
        #[n(0)]
        first: u64,
        /// The shops.
        #[n(1)]
        members: Vec<Member>,
    },
    /// The list is whole and frozen.
    #[n(5)]
    Started(#[n(0)] Box<Started>),
    /// Shops of a wave may switch.
    #[n(6)]
    WaveReleased(#[n(0)] WaveNumber),
    /// No further wave until a person resumes.
    #[n(7)]
    Paused(#[n(0)] PauseCause),
    /// A person takes a reading upon themselves.
    #[n(8)]
    GateAccepted(#[n(0)] Accepted),
    /// It goes on; the wave bakes anew.
    #[n(9)]
    Resumed(#[n(0)] Deed),
    /// Every shop goes back to the versions before.
    #[n(10)]
    RolledBack(#[n(0)] Deed),
    /// It ended before a shop had it.
    #[n(11)]
    Cancelled(#[n(0)] Deed),
    /// Every wave passed.
    #[n(12)]
    Done,
    /// More layers of a release that was just put together.
    #[n(13)]
    Layers(#[n(0)] Vec<LayerChange>),
    /// Layers of an urgent release that was just put together and goes under releases on their way.
    #[n(14)]
    Under(#[n(0)] Vec<Underlay>),
}

/// A fact of the office's log about rollouts.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum RolloutFact {
    /// The office set reach and freezes.
    #[n(0)]
    RulesSet(#[n(0)] Rules, #[n(1)] Deed),
    /// A rollout made a step.
    #[n(1)]
    Stepped {
        /// Which.
        #[n(0)]
        release: ReleaseId,
        /// When.
        #[n(1)]
        at: Timestamp,
        /// What.
        #[n(2)]
        step: Box<Step>,
    },
}
