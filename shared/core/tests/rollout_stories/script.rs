//! The lines of a story: `given` what stands, `at` a time somebody does something, `run` the time, `expect`.

use std::collections::BTreeMap;

use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::rollout::calendar::{Freeze, Rules};
use storefleet_core::rollout::fact::{Draft, LayerChange, ReleaseKind, RolloutFact, Underlay};
use storefleet_core::rollout::names::{ReleaseId, WaveNumber};
use storefleet_core::rollout::preview::{Finding, Severity};
use storefleet_core::rollout::settings::Settings;
use storefleet_core::rollout::{Act, Actor, Command, Refusal, Right};
use storefleet_core::time::{BusinessDate, OffsetMinutes, Timestamp};

use super::world::World;

type Outcome = Result<Vec<RolloutFact>, Refusal>;

/// A story as far as it was played.
#[derive(Default)]
pub(crate) struct Script {
    world: World,
    rights: BTreeMap<String, Right>,
    rules: Rules,
    settings: Settings,
    /// What came of the last command, until a line says what was expected of it.
    last: Option<Outcome>,
}

impl Script {
    /// Plays a line.
    pub(crate) fn play(&mut self, line: &str) -> Result<(), String> {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] => Ok(()),
            ["given", given @ ..] => self.given(given),
            ["refused", text] => match self.last.take() {
                Some(Err(refusal)) if refusal.to_string().contains(text) => Ok(()),
                other => Err(format!("it was not refused so: {other:?}")),
            },
            ["nothing", "changes"] => match self.last.take() {
                Some(Ok(facts)) if facts.is_empty() => Ok(()),
                other => Err(format!("something came of it: {other:?}")),
            },
            ["at", day, time, act @ ..] if day.contains('-') => {
                self.settle()?;
                self.world.run_to(instant(day, time)?);
                self.act(act)
            }
            ["at", time, act @ ..] => {
                self.settle()?;
                let today = LocalTime(self.world.now().0).date().to_string();
                self.world.run_to(instant(&today, time)?);
                self.act(act)
            }
            ["run", "to", day, time] => {
                self.settle()?;
                self.world.run_to(instant(day, time)?);
                Ok(())
            }
            ["expect", expected @ ..] => {
                self.settle()?;
                self.expect(expected)
            }
            _ => Err("no such line".to_owned()),
        }
    }

    /// A refusal or a repetition that the story did not expect is a fault.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        match self.last.take() {
            Some(Err(refusal)) => Err(format!("the command before was refused: {refusal}")),
            Some(Ok(facts)) if facts.is_empty() => {
                Err("the command before changed nothing".to_owned())
            }
            Some(Ok(_)) | None => Ok(()),
        }
    }

    fn given(&mut self, given: &[&str]) -> Result<(), String> {
        match given {
            [count, "shops"] => self.world.open_shops(number(count)? as usize),
            ["no", "history"] => self.world.forget_history(),
            [who, "may", right] => {
                let right = match *right {
                    "stop" => Right::Stop,
                    "create" => Right::Create,
                    "approve" => Right::Approve,
                    _ => return Err("no such right".to_owned()),
                };
                self.rights.insert((*who).to_owned(), right);
            }
            ["freeze", name, "from", from, "to", to] => {
                let day = |text| BusinessDate::parse(text).ok_or("no date");
                self.rules.freezes.push(Freeze {
                    from: day(from)?,
                    to: day(to)?,
                    name: (*name).to_owned(),
                });
            }
            ["two", "people", "above", count, "shops"] => {
                self.rules.one_person_reach = number(count)?;
            }
            _ => return Err("no such circumstance".to_owned()),
        }
        self.rules.offset = OffsetMinutes(0);
        let by = Actor::Person {
            name: "office".into(),
            may: Right::Rule,
            reason: "given".to_owned(),
        };
        let rules = self.rules.clone();
        self.world
            .command(Command::SetRules { by, rules })
            .map_err(|refusal| refusal.to_string())?;
        Ok(())
    }

    fn act(&mut self, act: &[&str]) -> Result<(), String> {
        if self.world.happens(act)? {
            return Ok(());
        }
        if let ["preview", "of", title, "finds", found @ ..] = act {
            let findings = findings(found)?;
            return self.command(Actor::Centre, title, Act::Preview(findings));
        }
        let (act, reason) = match act {
            [act @ .., "because", reason] => (act, *reason),
            act => (act, ""),
        };
        let [who, verb, title, more @ ..] = act else {
            return Err("who does what?".to_owned());
        };
        let by = Actor::Person {
            name: (*who).into(),
            may: self.rights.get(*who).copied().unwrap_or(Right::Approve),
            reason: reason.to_owned(),
        };
        let act = self.act_of(verb, title, more)?;
        self.command(by, title, act)
    }

    fn act_of(&self, verb: &str, title: &str, more: &[&str]) -> Result<Act, String> {
        let act = match (verb, more) {
            ("drafts", [urgent @ .., "of", layer, "from", from, "to", to]) => {
                Act::Draft(draft(title, urgent == ["urgent"], layer, from, to)?)
            }
            (
                "drafts",
                [
                    urgent @ ..,
                    "of",
                    layer,
                    "from",
                    from,
                    "to",
                    to,
                    "under",
                    over,
                    "from",
                    low,
                    "to",
                    fixed,
                ],
            ) => Act::Draft(Draft {
                under: vec![Underlay {
                    layer: (*layer).into(),
                    release: release(over),
                    from: number(low)?,
                    to: number(fixed)?,
                }],
                ..draft(title, urgent == ["urgent"], layer, from, to)?
            }),
            ("confirms", [check]) => Act::Confirm {
                check: (*check).to_owned(),
            },
            ("approves", ["for", reach, "shops"]) => Act::Approve {
                reach: number(reach)?,
            },
            ("starts", ["with", count, "shops"]) => Act::Start {
                stores: self.world.targets(number(count)? as usize),
                settings: self.settings.clone(),
            },
            ("pauses", []) => Act::Pause,
            ("resumes", []) => Act::Resume,
            ("accepts", [gate]) => Act::AcceptGate {
                gate: (*gate).to_owned(),
                red_up_to: None,
            },
            ("accepts", [gate, "up", "to", most]) => Act::AcceptGate {
                gate: (*gate).to_owned(),
                red_up_to: Some(number(most)?),
            },
            ("releases", ["wave", wave]) => Act::ReleaseWave(WaveNumber(number(wave)? as u16)),
            ("rolls-back", []) => Act::RollBack,
            ("cancels", []) => Act::Cancel,
            _ => return Err("no such action".to_owned()),
        };
        Ok(act)
    }

    fn command(&mut self, by: Actor, title: &str, act: Act) -> Result<(), String> {
        let release = release(title);
        let command = Command::Step { by, release, act };
        self.last = Some(self.world.command(command));
        Ok(())
    }

    fn expect(&self, expected: &[&str]) -> Result<(), String> {
        let text = self.world.text();
        let check = |holds: bool, is: String| match holds {
            true => Ok(()),
            false => Err(format!("{is}\n{text}")),
        };
        match expected {
            ["the", "plan", "says", said] => check(text.contains(said), "it does not".to_owned()),
            ["the", "plan", "does", "not", "say", said] => {
                check(!text.contains(said), "it does".to_owned())
            }
            [title, "is", "at", "wave", wave, "of", waves] => {
                let rollout = self.world.rollout(&release(title))?;
                let is = format!("{} of {}", rollout.wave(), rollout.waves());
                check(is == format!("{wave} of {waves}"), is)
            }
            [title, "is", stage @ ..] => {
                let is = self.world.rollout(&release(title))?.stage.name();
                check(is == stage.join(" "), is.to_owned())
            }
            [count, "shops", "get", "version", version, "of", layer] => {
                let get = self.world.get(layer, number(version)?);
                check(get == number(count)?, format!("{get} get it"))
            }
            [count, "shops", "have", title] => {
                let have = self.world.have(&release(title));
                check(have == number(count)?, format!("{have} have it"))
            }
            _ => Err("no such expectation".to_owned()),
        }
    }
}

fn draft(title: &str, urgent: bool, layer: &str, from: &str, to: &str) -> Result<Draft, String> {
    Ok(Draft {
        title: title.to_owned(),
        kind: ReleaseKind::Data,
        layers: vec![LayerChange {
            layer: layer.into(),
            from: number(from)?,
            to: number(to)?,
        }],
        urgent,
        under: Vec::new(),
    })
}

fn findings(found: &[&str]) -> Result<Vec<Finding>, String> {
    let ["hold", check, count] = found else {
        return match found {
            ["nothing"] => Ok(vec![]),
            _ => Err("no such finding".to_owned()),
        };
    };
    Ok(vec![Finding {
        check: (*check).to_owned(),
        severity: Severity::Hold,
        count: number(count)?,
        examples: vec![],
        text: String::new(),
    }])
}

fn release(title: &str) -> ReleaseId {
    title.to_lowercase().replace(' ', "-").into()
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

fn instant(day: &str, time: &str) -> Result<Timestamp, String> {
    let local = LocalTime::parse(&format!("{day}T{time}:00"));
    local
        .map(|local| Timestamp(local.0))
        .ok_or_else(|| format!("{day} {time} is no time"))
}

/// Words, and texts in quotes as one word each; what stands behind `#` is for people.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in line.split('"').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
            continue;
        }
        let (part, comment) = part
            .split_once('#')
            .map_or((part, false), |(p, _)| (p, true));
        words.extend(part.split_whitespace().map(str::to_owned));
        if comment {
            break;
        }
    }
    words
}
