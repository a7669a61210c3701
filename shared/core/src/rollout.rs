//! Rollouts: a release goes out in waves, each wave past its gates, and every step is a fact with a reason.
//!
//! What the centre's executor calls, and nothing else:
//!
//! 1. [`preview::preview`] looks at the rows of a release; its findings go into [`Act::Preview`].
//! 2. [`decide`] turns a [`Command`] of a person or of the planner into facts or a [`Refusal`]; the facts
//!    are appended to the office's log and then folded by [`RolloutState::apply`]. The same command again
//!    yields no facts.
//! 3. [`plan::plan`] reads the state and what is known of the shops; [`plan::Plan::commands`] are decided
//!    like any other, [`plan::Plan::wake_at`] says when to ask again at the latest, and
//!    [`plan::Plan::text`] is what the support desk reads.
//! 4. [`assign::Assignments`] says which version of a layer a shop has, and to which it switches when: the
//!    executor writes it into the shop's manifest, also after a rollback.
//!
//! A new gate is a file in `gate/` and a line in [`gate::GATES`]; a new check of a release is a file in
//! `preview/` and a line in [`preview::CHECKS`].

pub mod assign;
pub mod calendar;
pub mod command;
mod decide;
pub mod fact;
pub mod gate;
pub mod history;
pub mod names;
pub mod observe;
pub mod plan;
pub mod preview;
mod refusal;
pub mod settings;
mod share;
pub mod state;
pub mod target;
pub mod waves;
pub mod window;

pub use command::{Act, Actor, Command, Right};
pub use decide::decide;
pub use fact::RolloutFact;
pub use refusal::Refusal;
pub use state::{Rollout, RolloutState, Stage};
