//! Orders about releases, sent to the running centre; the answers are told in lines for people.

use std::path::Path;

use anyhow::bail;
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::Value;
use storefleet_core::money::Money;

use crate::admin_client::{Question, ask, escaped};
use crate::console::words::money;
use crate::rollouts::api::{FreezeBody, RulesBody};

/// Who orders it, and why.
#[derive(Debug, Args)]
pub struct Signature {
    /// Why, for the office's log.
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// Who you are.
    #[arg(long = "as", value_name = "NAME", env = "USER")]
    name: String,
    /// In which language a refusal is told: ru or en.
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    language: String,
}

/// What may be ordered.
#[derive(Debug, Subcommand)]
pub enum Order {
    /// Lists all releases, the newest first.
    List,
    /// Shows a release: findings, waves, gates, and the shops that are not there.
    Show {
        /// The release, such as R-7.
        release: String,
    },
    /// Lists the receipts that a release touched: sold while a shop had it, with something that it changed.
    Receipts {
        /// The release.
        release: String,
    },
    /// Says what happens next to every release that has not ended.
    Plan,
    /// Puts everything that was changed and not released yet into a release.
    New {
        /// Its name for people.
        #[arg(long)]
        title: String,
        /// To all shops at once, by day and in a freeze: a wrong price is on sale.
        #[arg(long)]
        urgent: bool,
        #[command(flatten)]
        by: Signature,
    },
    /// Takes what the preview holds upon yourself; whoever made the release cannot.
    Confirm {
        /// The release.
        release: String,
        /// Name of the check.
        check: String,
        #[command(flatten)]
        by: Signature,
    },
    /// Agrees.
    Approve {
        /// The release.
        release: String,
        /// To so many shops at most; to all that it reaches now, unless given.
        #[arg(long)]
        reach: Option<u64>,
        #[command(flatten)]
        by: Signature,
    },
    /// Freezes the list of shops and lets the first wave go.
    Start {
        /// The release.
        release: String,
        /// How long a wave is watched after its last shop could switch; a day unless given.
        #[arg(long, value_name = "MINUTES")]
        bake: Option<u32>,
        /// When shops may switch, by their own walls; 02:00-05:00 unless given.
        #[arg(long, value_name = "FROM-TO", value_parser = window)]
        window: Option<(u16, u16)>,
        #[command(flatten)]
        by: Signature,
    },
    /// Takes a gate that is red or cannot tell upon yourself, for the wave that is out.
    Accept {
        /// The release.
        release: String,
        /// Name of the gate.
        gate: String,
        /// The red value that you saw; a worse one stops it again.
        #[arg(long, value_name = "VALUE")]
        red_up_to: Option<u64>,
        #[command(flatten)]
        by: Signature,
    },
    /// Lets no further wave go, and no further shop switch.
    Pause(Deed),
    /// Goes on after a pause.
    Resume(Deed),
    /// Takes every shop back to what it had before.
    RollBack(Deed),
    /// Ends a release that no shop has yet.
    Cancel(Deed),
    /// Shows the rules, or sets them.
    Rules {
        /// More shops than these need two people.
        #[arg(long, value_name = "SHOPS", requires = "why")]
        one_person_reach: Option<u64>,
        /// Days on which nothing goes out: 2026-12-20..2027-01-10=New Year. These replace all that stand.
        #[arg(long, value_name = "DAYS", requires = "why")]
        freeze: Vec<String>,
        /// Why, for the office's log.
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        /// Who you are.
        #[arg(long = "as", value_name = "NAME", env = "USER")]
        name: Option<String>,
    },
}

/// A step that needs nothing but a reason.
#[derive(Debug, Args)]
pub struct Deed {
    /// The release.
    release: String,
    #[command(flatten)]
    by: Signature,
}

fn window(text: &str) -> Result<(u16, u16), String> {
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour < 24 && minute < 60).then(|| hour.saturating_mul(60).saturating_add(minute))
    };
    let (from, to) = text.split_once('-').unwrap_or((text, ""));
    let both = minute(from).zip(minute(to));
    both.ok_or_else(|| "write it like 02:00-05:00".to_owned())
}

impl Signature {
    fn query(self) -> Vec<(&'static str, String)> {
        vec![
            ("why", self.why),
            ("as", self.name),
            ("language", self.language),
        ]
    }
}

/// Carries an order out, and says what came of it, a line each.
///
/// # Errors
/// When nobody answers, or with the centre's words why not.
pub fn carry_out(data: &Path, order: Order) -> anyhow::Result<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(answer(data, order))
}

async fn answer(data: &Path, order: Order) -> anyhow::Result<Vec<String>> {
    let (release, deed, query) = match order {
        Order::List => {
            let releases = ask(data, Question::get("/v1/releases")).await?;
            let releases: Vec<_> = releases.as_array().into_iter().flatten().collect();
            let lines: Vec<_> = releases.into_iter().map(headline).collect();
            return Ok(match lines.is_empty() {
                true => vec!["no releases yet".to_owned()],
                false => lines,
            });
        }
        Order::Show { release } => {
            let path = format!("/v1/releases/{}", escaped(&release));
            return Ok(card(&ask(data, Question::get(&path)).await?));
        }
        Order::Receipts { release } => {
            let path = format!("/v1/releases/{}/receipts", escaped(&release));
            return Ok(receipts(&ask(data, Question::get(&path)).await?));
        }
        Order::Plan => {
            let plan = ask(data, Question::get("/v1/plan")).await?;
            let plan = plan.as_str().unwrap_or_default();
            return Ok(plan.lines().map(str::to_owned).collect());
        }
        Order::New { title, urgent, by } => {
            let mut query = by.query();
            query.extend([("title", title), ("urgent", urgent.to_string())]);
            let drafted = ask(data, Question::post("/v1/releases", query)).await?;
            return Ok(told_of_draft(&drafted));
        }
        Order::Rules {
            one_person_reach,
            freeze,
            why,
            name,
        } => return rules(data, one_person_reach, &freeze, why, name).await,
        Order::Confirm { release, check, by } => {
            (release, "confirm", with(by, [("check", Some(check))]))
        }
        Order::Approve { release, reach, by } => {
            let reach = reach.map(|reach| reach.to_string());
            (release, "approve", with(by, [("reach", reach)]))
        }
        Order::Start {
            release,
            bake,
            window,
            by,
        } => {
            let fields = [
                ("bake_minutes", bake.map(|minutes| minutes.to_string())),
                ("opens", window.map(|(opens, _)| opens.to_string())),
                ("closes", window.map(|(_, closes)| closes.to_string())),
            ];
            (release, "start", with(by, fields))
        }
        Order::Accept {
            release,
            gate,
            red_up_to,
            by,
        } => {
            let value = red_up_to.map(|value| value.to_string());
            let fields = [("gate", Some(gate)), ("red_up_to", value)];
            (release, "accept", with(by, fields))
        }
        Order::Pause(Deed { release, by }) => (release, "pause", by.query()),
        Order::Resume(Deed { release, by }) => (release, "resume", by.query()),
        Order::RollBack(Deed { release, by }) => (release, "roll-back", by.query()),
        Order::Cancel(Deed { release, by }) => (release, "cancel", by.query()),
    };
    let path = format!("/v1/releases/{}/{deed}", escaped(&release));
    Ok(card(&ask(data, Question::post(&path, query)).await?))
}

fn receipts(touched: &Value) -> Vec<String> {
    let number = |of: &Value, name: &str| of[name].as_i64().unwrap_or_default();
    let mut lines = vec![format!(
        "{} receipts of {} shops, {}",
        number(touched, "receipts"),
        number(touched, "shops"),
        money(Money(number(touched, "total_kop"))),
    )];
    for row in touched["rows"].as_array().into_iter().flatten() {
        let at = jiff::Timestamp::from_millisecond(number(row, "at_ms"));
        let items = row["items"].as_array().into_iter().flatten();
        let items: Vec<_> = items.filter_map(Value::as_str).collect();
        lines.push(format!(
            "{} receipt {} of {}: {} for {}",
            row["workplace"].as_str().unwrap_or_default(),
            number(row, "number"),
            at.map(|at| at.to_string()).unwrap_or_default(),
            items.join(", "),
            money(Money(number(row, "total_kop"))),
        ));
    }
    lines
}

fn with<const N: usize>(
    by: Signature,
    fields: [(&'static str, Option<String>); N],
) -> Vec<(&'static str, String)> {
    let mut query = by.query();
    let given = fields.into_iter();
    query.extend(given.filter_map(|(name, value)| Some((name, value?))));
    query
}

async fn rules(
    data: &Path,
    one_person_reach: Option<u64>,
    freezes: &[String],
    why: Option<String>,
    name: Option<String>,
) -> anyhow::Result<Vec<String>> {
    let path = "/v1/rollout-rules";
    let mut rules: RulesBody = serde_json::from_value(ask(data, Question::get(path)).await?)?;
    if let Some(why) = why {
        rules.one_person_reach = one_person_reach.unwrap_or(rules.one_person_reach);
        if !freezes.is_empty() {
            let read: anyhow::Result<_> = freezes.iter().map(|text| freeze(text)).collect();
            rules.freezes = read?;
        }
        let question = Question {
            method: Method::POST,
            media: "application/json",
            body: serde_json::to_vec(&rules)?,
            query: vec![("why", why), ("as", name.unwrap_or_default())],
            ..Question::get(path)
        };
        ask(data, question).await?;
    }
    let reach = rules.one_person_reach;
    let mut lines = vec![format!("more than {reach} shops need two people")];
    for FreezeBody { from, to, name } in rules.freezes {
        lines.push(format!("nothing goes out from {from} to {to}: {name}"));
    }
    Ok(lines)
}

fn freeze(text: &str) -> anyhow::Result<FreezeBody> {
    let parts = text.split_once('=').and_then(|(days, name)| {
        let (from, to) = days.split_once("..")?;
        Some(FreezeBody {
            from: from.to_owned(),
            to: to.to_owned(),
            name: name.to_owned(),
        })
    });
    match parts {
        Some(freeze) => Ok(freeze),
        None => bail!("{text:?} is no freeze; write 2026-12-20..2027-01-10=New Year"),
    }
}

fn told_of_draft(drafted: &Value) -> Vec<String> {
    let text = |name: &str| drafted[name].as_str().unwrap_or_default().to_owned();
    let mut lines = vec![format!(
        "{}: {} layers, {} shops, {} bytes to all of them",
        text("release"),
        drafted["layers"],
        drafted["shops"],
        drafted["bytes"]
    )];
    lines.extend(findings(drafted));
    for (layer, release) in held(&drafted["waits"]) {
        lines.push(format!(
            "{layer} changed too; it waits for {release}, which holds it"
        ));
    }
    for (layer, release) in held(&drafted["under"]) {
        lines.push(format!(
            "{layer} is held by {release}: shops that have it get its rows and the fix, the others what they have and \
             the fix; taking {release} back keeps the fix"
        ));
    }
    lines
}

/// Layers, each with the release that holds it.
fn held(list: &Value) -> impl Iterator<Item = (&str, &str)> {
    list.as_array().into_iter().flatten().map(|held| {
        let text = |name: &str| held[name].as_str().unwrap_or_default();
        (text("layer"), text("release"))
    })
}

fn findings(of: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in of["findings"].as_array().into_iter().flatten() {
        let text = |name: &str| finding[name].as_str().unwrap_or_default();
        let mark = match (finding["holds"].as_bool(), finding["confirmed_by"].as_str()) {
            (Some(true), Some(by)) => format!("confirmed by {by}"),
            (Some(true), None) => "HOLDS".to_owned(),
            (Some(false) | None, _) => "note".to_owned(),
        };
        lines.push(format!(
            "  {mark}: {}: {} rows: {}",
            text("check"),
            finding["count"],
            text("text")
        ));
        for example in finding["examples"].as_array().into_iter().flatten() {
            let cell = |place: usize| example[place].as_str().unwrap_or_default();
            lines.push(format!("    {}: {} -> {}", cell(0), cell(1), cell(2)));
        }
    }
    lines
}

fn headline(release: &Value) -> String {
    let text = |name: &str| release[name].as_str().unwrap_or_default();
    let counts = &release["counts"];
    let because = release["because"].as_str();
    format!(
        "{} {} [{}{}] {} shops: {} done, {} at work, {} refused, {} silent, {} waiting",
        text("release"),
        text("title"),
        text("stage"),
        because.map(|why| format!(": {why}")).unwrap_or_default(),
        release["shops"],
        counts["done"],
        counts["at_work"],
        counts["failed"],
        counts["silent"],
        counts["waiting"],
    )
}

fn card(release: &Value) -> Vec<String> {
    let mut lines = vec![headline(release)];
    let why = release["why"].as_str().unwrap_or_default();
    let by = release["drafted_by"].as_str().unwrap_or_default();
    lines.push(format!("  put together by {by}: {why}"));
    lines.extend(findings(release));
    for (layer, over) in held(&release["under"]) {
        lines.push(format!("  goes under {over}, which holds {layer}"));
    }
    for (layer, fix) in held(&release["fixes"]) {
        lines.push(format!("  goes on with the urgent fix {fix} of {layer}"));
    }
    for approval in release["approvals"].as_array().into_iter().flatten() {
        let text = |name: &str| approval[name].as_str().unwrap_or_default();
        lines.push(format!(
            "  approved by {} to {} shops: {}",
            text("by"),
            approval["reach"],
            text("why")
        ));
    }
    for (place, wave) in (1..).zip(release["waves"].as_array().into_iter().flatten()) {
        let out = match wave["released_ms"].is_null() {
            true => "not out",
            false => "out",
        };
        let (done, size) = (&wave["done"], &wave["size"]);
        lines.push(format!("  wave {place}: {out}, {done} of {size} shops"));
    }
    for gate in release["gates"].as_array().into_iter().flatten() {
        let text = |name: &str| gate[name].as_str().unwrap_or_default();
        lines.push(format!(
            "  gate {}: {}, {} (value {})",
            text("gate"),
            text("verdict"),
            text("text"),
            gate["value"]
        ));
    }
    lines.extend(release["next"].as_str().map(|next| format!("  {next}")));
    for shop in release["late"].as_array().into_iter().flatten() {
        let text = |name: &str| shop[name].as_str().unwrap_or_default();
        let (store, state, detail) = (text("store"), text("state"), text("detail"));
        lines.push(format!("  {store}: {state} {detail}").trim_end().to_owned());
    }
    lines
}
