//! Orders about late tails, sent to the running centre.

use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::Value;
use storefleet_core::ids::WorkplaceId;
use storefleet_core::money::Money;

use crate::admin_client::{Question, ask, escaped};
use crate::console::words::money;

/// Which tail, who decides, and why.
#[derive(Debug, Args)]
pub struct Decision {
    /// The workplace, such as s00421-1.
    workplace: WorkplaceId,
    /// The epoch of the retired machine, as listed.
    epoch: u32,
    /// The last entry that you looked at, as listed.
    #[arg(long, value_name = "ENTRY")]
    to: u64,
    /// Why, for the office's log and the shop's journal.
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// Who you are.
    #[arg(long = "as", value_name = "NAME", env = "USER")]
    name: String,
}

/// What may be ordered.
#[derive(Debug, Subcommand)]
pub enum Order {
    /// Lists what machines sent after they were replaced, and nobody decided on yet.
    List,
    /// Lets it count: the shop's journal adopts what it moved.
    Accept(Decision),
    /// Leaves it aside: it is kept, and counts nowhere.
    Refuse(Decision),
}

/// Sends an order; says what came of it, a line each.
///
/// # Errors
/// When the centre does not answer, or its own words why not.
pub fn carry_out(data: &Path, order: Order) -> anyhow::Result<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (decision, verdict) = match order {
        Order::List => {
            let tails = runtime.block_on(ask(data, Question::get("/v1/tails")))?;
            return Ok(listed(&tails));
        }
        Order::Accept(decision) => (decision, "accept"),
        Order::Refuse(decision) => (decision, "refuse"),
    };
    let workplace = escaped(&decision.workplace.to_string());
    let path = format!("/v1/tails/{workplace}/{}/{verdict}", decision.epoch);
    let query = vec![
        ("to", decision.to.to_string()),
        ("why", decision.why),
        ("as", decision.name),
    ];
    runtime.block_on(ask(data, Question::post(&path, query)))?;
    Ok(vec![match verdict {
        "accept" => "accepted: the shop adopts it as soon as it is on line".to_owned(),
        _ => "refused: it is kept and counts nowhere".to_owned(),
    }])
}

fn listed(tails: &Value) -> Vec<String> {
    let tails = tails.as_array().map(Vec::as_slice).unwrap_or_default();
    if tails.is_empty() {
        return vec!["nothing waits for a decision".to_owned()];
    }
    let line = |tail: &Value| {
        let number = |name: &str| tail[name].as_i64().unwrap_or_default();
        format!(
            "{} epoch {}: entries {} to {}, {} receipts, {}, {} serials",
            tail["workplace"].as_str().unwrap_or_default(),
            number("epoch"),
            number("first"),
            number("last"),
            number("receipts"),
            money(Money(number("total_kop"))),
            number("serials"),
        )
    };
    tails.iter().map(line).collect()
}
