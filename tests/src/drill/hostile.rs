//! `hostile`: shops gone bad and strangers at the gate, while honest shops sell.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use storefleet_agent::link::speech::Speaker;
use storefleet_core::ids::Seq;
use storefleet_core::sync::uplink::Plan;
use storefleet_daemon::Tasks;

use crate::bench::{median, percentile};
use crate::demo::sell::Folder;
use crate::drill::Drill;
use crate::drill::hostile::cases::{Case, Intruder};
use crate::drill::hostile::load::{Gang, Tally};
use crate::fleet::flow::Connected;
use crate::fleet::line::Visitor;
use crate::fleet::network::{Knocks, Machine, Network};
use crate::fleet::shop::Shop;
use crate::processes::{Products, Server};

mod cases;
mod load;
mod page;
mod papers;

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "hostile",
    about: "bad shops, strangers and web pages against gate and till, while 50 shops sell",
};

const HONEST: usize = 50;
/// Receipts a second of all honest shops.
const PACE_S: u64 = 200;
const PAIRS: usize = 3;
const WINDOW: Duration = Duration::from_secs(15);
/// Honest shops' acks, hostile to quiet.
const RATIO_MAX: f64 = 2.0;
const STOP_MAX: Duration = Duration::from_secs(30);
const SEGMENT_BYTES: u32 = 1024 * 1024;
/// Machines beside the honest ones: who tries, floods, is mute, dribbles, is deaf, was revoked, and
/// the one whose browser shows a bad page.
const BAD: u32 = 7;

/// Runs the drill.
pub async fn run() -> anyhow::Result<Value> {
    let products = Products::build(true)?;
    let network = Network::prepare(&products, u32::try_from(HONEST)? + BAD, Knocks::Default)?;
    let fleet = Connected::start(network, HONEST, SEGMENT_BYTES).await?;
    let network = &fleet.network;
    let [.., tries, floods, mute, dribbles, deaf, revoked, paged] = &network.machines[..] else {
        anyhow::bail!("there are bad machines")
    };
    revoke(&products, network, revoked)?;
    let mut agent = agent(&products, paged)?;
    agent.start()?;
    agent.ready().await?;
    let till = Folder(paged.data.clone());
    page::sell_one(&till).await?;
    let gang = Gang {
        intruder: Arc::new(intruder(&fleet, tries, revoked)?),
        flooder: visitor(floods)?,
        mute: visitor(mute)?,
        dribbler: visitor(dribbles)?,
        deaf: visitor(deaf)?,
    };

    let tally = Tally::default();
    let (mut quiet, mut hostile) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        quiet.push(ack_p99_ms(&fleet).await?);
        let mut attacks = Tasks::default();
        gang.attack(&mut attacks, &tally);
        hostile.push(ack_p99_ms(&fleet).await?);
        attacks.stop(STOP_MAX).await;
        eprintln!("acks p99: quiet {quiet:.0?} ms, hostile {hostile:.0?} ms");
    }
    let (outlasted, pages) = tokio::join!(gang.outlast(&tally), page::try_all(&till));
    outlasted?;
    let pages: BTreeMap<_, _> = pages?.into_iter().collect();
    crate::drill::shops::emptied(&paged.data).await?;
    agent.stop()?;

    let lost = fleet.shops.iter().filter(|shop| shop.lost_a_line()).count();
    let honest_page = BTreeMap::from([(paged.id.to_string(), 1)]);
    let proof = fleet.prove().await?;
    let counts = tally.counts();
    let refused = Case::ALL
        .iter()
        .map(|(_, name)| *name)
        .chain(load::NAMES)
        .all(|name| {
            let count = counts.get(name).copied().unwrap_or_default();
            let all_must = name != load::KNOCKS;
            count.refused > 0 && (count.refused == count.tried || !all_must)
        });
    let ratio = median(&mut hostile) / median(&mut quiet);
    let exact = proof.is_exact() && proof.others == honest_page;
    let holds = refused && exact && lost == 0 && ratio <= RATIO_MAX && pages.values().all(|ok| *ok);
    Ok(json!({
        "drill": "hostile", "holds": holds, "honest_ack_ratio": ratio,
        "quiet_p99_ms": quiet, "hostile_p99_ms": hostile, "honest_lines_lost": lost,
        "attacks": counts, "pages_refused": pages, "all_refused": refused,
        "log_is_exact": exact, "proof": proof.to_json(),
    }))
}

/// The honest shops sell for a window; how soon most of it was acknowledged.
async fn ack_p99_ms(fleet: &Connected) -> anyhow::Result<f64> {
    fleet.sell_paced(PACE_S, WINDOW).await?;
    fleet.emptied().await?;
    Ok(percentile(&mut fleet.take_delays(), 99))
}

fn visitor(machine: &Machine) -> anyhow::Result<Visitor> {
    let tls = machine.identity.client_config()?;
    Ok(Visitor::new(machine.id.to_string(), &tls))
}

fn intruder(fleet: &Connected, own: &Machine, revoked: &Machine) -> anyhow::Result<Intruder> {
    let network = &fleet.network;
    let keys = network.keys()?;
    let (victim, machine) = (&fleet.shops[0], &network.machines[0]);
    Ok(Intruder {
        port: network.gate_port,
        from: Ipv4Addr::new(127, 0, 0, 65),
        own: visitor(own)?,
        other: victim.id.to_string(),
        others_batch: signed_batch(victim, machine)?,
        ack_key: keys.ack.public(),
        revoked: visitor(revoked)?,
        expired: papers::expired(&keys, &own.id)?,
        foreign: papers::foreign(&keys, &victim.id, &network.folder().join("others"))?,
        never_enrolled: papers::never_enrolled(&keys, &victim.id)?,
        without: papers::without(&keys, &victim.id)?,
    })
}

/// What the victim sent and somebody caught: its first entries, as it signs them.
fn signed_batch(victim: &Shop, machine: &Machine) -> anyhow::Result<Vec<u8>> {
    let till = victim.till();
    let journal = till.journal()?;
    let newest = journal.heads().pop_last();
    let (epoch, last) = newest.context("the victim has a journal")?;
    let speaker = Speaker {
        workplace: &victim.id,
        version: "fleet",
        session: 1,
        key: &machine.identity.journal_key,
        key_list: 1,
    };
    let plan = Plan {
        epoch,
        first: Seq(1),
        last,
    };
    let batch = speaker.batch(&journal, &plan)?;
    Ok(batch.context("the victim has entries")?.message)
}

fn revoke(products: &Products, network: &Network, machine: &Machine) -> anyhow::Result<()> {
    let data = network.controller.data().display().to_string();
    let id = machine.id.to_string();
    let reason = "stolen";
    let arguments = ["revoke", "--data", &data, &id, "--reason", reason];
    products.run("storefleet-provision", &arguments).map(drop)
}

fn agent(products: &Products, machine: &Machine) -> anyhow::Result<Server> {
    let settings = format!("data = {:?}\n[till]\nport = 0\n", machine.data);
    let (name, ready) = ("storefleet-agent", "till.port");
    Server::new(products, name, machine.data.clone(), &settings, ready)
}
