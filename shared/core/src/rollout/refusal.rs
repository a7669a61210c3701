//! Why a command for a rollout is refused: values that are shown to people.

use super::command::Right;
use super::names::{LayerId, ReleaseId, WaveNumber};
use crate::time::BusinessDate;

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such release.
    #[error("there is no release {0}")]
    UnknownRelease(ReleaseId),
    /// The name is taken by another.
    #[error("{0} is another release already")]
    NameTaken(ReleaseId),
    /// A person acts without a reason.
    #[error("say why")]
    ReasonMissing,
    /// A person lacks the right.
    #[error("this needs the right to {}", right_name(*.0))]
    Right(Right),
    /// The planner alone does this, past the gates.
    #[error("only the planner does this, when every gate is green")]
    PlannerOnly,
    /// A person must do this.
    #[error("a person must do this")]
    PersonOnly,
    /// A release that changes nothing, a layer twice, a version that stays.
    #[error("the layers of a release must differ and their versions must change")]
    Layers,
    /// Only an urgent fix goes under a release on its way.
    #[error("only an urgent release goes under another one; others wait for it")]
    UnderNeedsUrgent,
    /// The release that a fix was to go under ended, or another fix was faster.
    #[error(
        "{release} went on with {layer} since: cancel this one and make the urgent release anew"
    )]
    Overtaken {
        /// The release that held the layer.
        release: ReleaseId,
        /// The layer.
        layer: LayerId,
    },
    /// What a release on its way was moved onto cannot be pulled from under it.
    #[error("the fix lies under {0}: correct the rows and make another urgent release instead")]
    FixStays(String),
    /// Only prices are so urgent.
    #[error("a release of the agent is never urgent")]
    UrgentAgent,
    /// It is not at the stage for this.
    #[error("the rollout is {stage}")]
    Stage {
        /// Where it stands.
        stage: &'static str,
    },
    /// A finding holds it.
    #[error("the preview holds it: {}; a second person must confirm each by name", .0.join(", "))]
    Held(Vec<String>),
    /// No finding of that name holds.
    #[error("no finding {0:?} holds this release")]
    NothingToConfirm(String),
    /// It needs two different people.
    #[error("a second person must do this")]
    SecondPerson,
    /// Nobody approved, or only one of two.
    #[error("{stores} shops need the approval of {needed}, {have} given")]
    Approvals {
        /// How many shops.
        stores: u64,
        /// How many people.
        needed: u64,
        /// How many did.
        have: u64,
    },
    /// More shops than were approved.
    #[error("{approved} shops were approved, {asked} are asked for")]
    Reach {
        /// The smallest reach approved.
        approved: u64,
        /// The length of the list.
        asked: u64,
    },
    /// A shop is named twice.
    #[error("the list names a shop twice")]
    Stores,
    /// Another rollout holds a layer.
    #[error(
        "{title} ({release}) holds {layer}: finish, cancel or roll it back first; only an urgent release goes under it"
    )]
    Crossing {
        /// The first one.
        release: ReleaseId,
        /// Its name for people.
        title: String,
        /// The layer.
        layer: LayerId,
    },
    /// The layer moved on since the draft.
    #[error("{layer} has version {has}, the release was made from {based_on}: make it anew")]
    Stale {
        /// The layer.
        layer: LayerId,
        /// Its version now.
        has: u64,
        /// The one it had at the draft.
        based_on: u64,
    },
    /// Nothing goes out on these days.
    #[error("{name}: nothing goes out until {to}")]
    Frozen {
        /// Why.
        name: String,
        /// The last day.
        to: BusinessDate,
    },
    /// Waves go in order.
    #[error("the next wave is {0}")]
    WaveOrder(WaveNumber),
    /// No gate has that name.
    #[error("there is no gate {0:?}")]
    UnknownGate(String),
    /// Shops have it already.
    #[error("shops have it already: roll it back")]
    AlreadyOut,
    /// No shop has it.
    #[error("no shop has it yet: cancel it")]
    NothingOut,
}

fn right_name(right: Right) -> &'static str {
    match right {
        Right::Stop => "stop rollouts",
        Right::Create => "create releases",
        Right::Approve => "approve rollouts",
        Right::Rule => "set the rules of rollouts",
    }
}
