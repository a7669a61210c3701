//! The plan as the support desk reads it.

use std::fmt;

use super::{GateLine, Next, Plan, RolloutPlan, Waiting, WaveLine};
use crate::pricing::moment::LocalTime;
use crate::rollout::fact::PauseCause;
use crate::rollout::gate::{Standing, Verdict};
use crate::rollout::state::Stage;
use crate::time::Timestamp;

impl Plan {
    /// Every rollout that has not ended: its wave, its gates, what is waited for and until when.
    #[must_use]
    pub fn text(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rollouts.is_empty() {
            return writeln!(f, "no rollouts");
        }
        let mut rollouts = self.rollouts.iter();
        rollouts.try_for_each(|rollout| write_rollout(f, rollout))
    }
}

fn write_rollout(f: &mut fmt::Formatter<'_>, rollout: &RolloutPlan) -> fmt::Result {
    let RolloutPlan {
        title,
        release,
        stage,
        waves,
        ..
    } = rollout;
    write!(f, "{title} ({release}): {}", stage.name())?;
    match &rollout.out {
        Some(out) => writeln!(f, ", wave {} of {waves}", out.wave)?,
        None => writeln!(f)?,
    }
    if let Some(out) = &rollout.out {
        write_wave(f, out)?;
    }
    if let Stage::Paused(cause) = stage {
        match cause {
            PauseCause::Gate { gate, reason } => writeln!(f, "  paused by {gate}: {reason}")?,
            PauseCause::Person(deed) => {
                writeln!(f, "  paused by {}: {}", deed.by, deed.reason)?;
            }
        }
    }
    writeln!(f, "  {}", next(&rollout.next))
}

fn write_wave(f: &mut fmt::Formatter<'_>, out: &WaveLine) -> fmt::Result {
    write!(f, "  wave {}: {} shops", out.wave, out.size)?;
    for (standing, shops) in &out.standing {
        write!(f, ", {shops} {}", standing_name(*standing))?;
    }
    writeln!(f, "; released {}", utc(out.released))?;
    out.gates.iter().try_for_each(|line| write_gate(f, line))
}

fn write_gate(f: &mut fmt::Formatter<'_>, line: &GateLine) -> fmt::Result {
    let (word, why) = match &line.reading.verdict {
        Verdict::Green => ("green", ""),
        Verdict::Red(_) => ("red", ""),
        Verdict::Unknown(why) if *why == line.reading.text => ("unknown", ""),
        Verdict::Unknown(why) => ("unknown", why.as_str()),
    };
    write!(
        f,
        "  gate {:<20} {word:<8} {}",
        line.gate, line.reading.text
    )?;
    if !why.is_empty() {
        write!(f, "; {why}")?;
    }
    match line.accepted {
        true => writeln!(f, " (accepted)"),
        false => writeln!(f),
    }
}

fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::Done => "done",
        Standing::Failed => "failed",
        Standing::Silent => "silent",
        Standing::AtWork => "at work",
    }
}

impl Next {
    /// What happens next, in words.
    #[must_use]
    pub fn text(&self) -> String {
        next(self)
    }
}

fn next(next: &Next) -> String {
    match next {
        Next::Release(wave) => format!("next: wave {wave} goes"),
        Next::Pause { gate, reason } => format!("next: pauses at {gate}: {reason}"),
        Next::Finish => "next: done".to_owned(),
        Next::Wait(Waiting::Bake(until)) => {
            format!("waits for the bake time to end, until {}", utc(*until))
        }
        Next::Wait(Waiting::Freeze(name)) => format!("waits for the end of the freeze: {name}"),
        Next::Wait(Waiting::Shops) => "waits for shops to switch".to_owned(),
        Next::Wait(Waiting::Person(gate)) => {
            format!("waits for a person: the gate {gate} cannot tell yet")
        }
        Next::Wait(Waiting::Resume) => {
            "waits for a person to resume it, or to roll it back".to_owned()
        }
        Next::Wait(Waiting::Start) => "waits for a person to approve and start it".to_owned(),
    }
}

fn utc(at: Timestamp) -> String {
    let text = LocalTime(at.0).to_string();
    let minutes = text.get(..16).unwrap_or(&text);
    format!("{} UTC", minutes.replace('T', " "))
}
