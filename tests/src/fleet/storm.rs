//! Every shop connects at once: how long a broker takes, and what it costs.

use std::io::BufRead;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use futures_util::StreamExt;
use futures_util::stream;
use rumqttc::Packet;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{ConnectReturnCode, SubscribeReasonCode};
use storefleet_wire::topic::down_filter;
use tokio::time::timeout;

use crate::bench::{Metric, median};
use crate::fleet::brokers::{Broker, write_identity};
use crate::fleet::cpu;
use crate::fleet::line::{Line, Visitor};
use crate::fleet::network::{Knocks, Network};
use crate::processes::Products;

/// Connections being made at the same time.
pub const AT_ONCE: usize = 256;
/// How long one connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(60);
/// How long a broker may take to forget what was closed.
const FORGET_MAX: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);
const TIME_RATIO_MAX: f64 = 0.5;
const CPU_RATIO_MAX: f64 = 1.5;

/// What one storm took.
#[derive(Debug, Clone, Copy)]
struct Storm {
    time: Duration,
    cpu: Duration,
    failures: usize,
}

/// Storms against the gate, mosquitto and a bare acceptor, in turn.
pub async fn measure(
    products: &Products,
    shops: u32,
    rounds: usize,
) -> anyhow::Result<Vec<Metric>> {
    let mut network = Network::prepare(products, shops, Knocks::Unlimited)?;
    let folder = network.folder().join("brokers");
    write_identity(&network.keys()?, &folder)?;
    network.start().await?;
    let pid = network.controller.pid().context("the controller runs")?;
    let mut brokers = [
        Broker::gate(network.gate_port, pid),
        Broker::mosquitto(&folder).await?,
        Broker::acceptor(&folder, network.machines.len())?,
    ];
    let visitors: Vec<_> = network
        .machines
        .iter()
        .map(|machine| {
            let tls = machine.identity.client_config()?;
            anyhow::Ok(Visitor::new(machine.id.to_string(), &tls))
        })
        .collect::<Result<_, _>>()?;
    let mut taken: [Vec<Storm>; 3] = Default::default();
    for round in 0..rounds {
        for (broker, taken) in brokers.iter_mut().zip(&mut taken) {
            let storm = storm(broker, &visitors).await?;
            eprintln!("storm {round} {}: {storm:?}", broker.name);
            ensure!(
                storm.failures == 0,
                "{} of {shops} connections to {} failed",
                storm.failures,
                broker.name
            );
            taken.push(storm);
        }
    }
    let middle = |storms: &[Storm], of: fn(&Storm) -> Duration| {
        median(
            &mut storms
                .iter()
                .map(|it| of(it).as_secs_f64())
                .collect::<Vec<_>>(),
        )
    };
    let [gate, mosquitto, acceptor] = &taken;
    let time = middle(gate, |it| it.time) / middle(mosquitto, |it| it.time);
    let cpu = middle(gate, |it| it.cpu) / middle(acceptor, |it| it.cpu);
    Ok(vec![
        Metric::at_most("storm.time_ratio", time, "gate/mosquitto", TIME_RATIO_MAX),
        Metric::at_most("storm.cpu_ratio", cpu, "gate/acceptor", CPU_RATIO_MAX),
    ])
}

async fn storm(broker: &mut Broker, visitors: &[Visitor]) -> anyhow::Result<Storm> {
    let idle = cpu::open_files(broker.pid)?;
    let before = cpu::used(broker.pid)?;
    let started = Instant::now();
    let (port, speaks) = (broker.port, broker.acceptor.is_none());
    let lines: Vec<_> = stream::iter(visitors)
        .map(|visitor| async move {
            let line = async {
                let mut line = Line::open(visitor, port, Ipv4Addr::LOCALHOST).await?;
                if speaks {
                    subscribe(visitor, &mut line).await?;
                }
                anyhow::Ok(line)
            };
            timeout(CONNECT_MAX, line).await?
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let failures = lines.iter().filter(|line| line.is_err()).count();
    if let Some(error) = lines.iter().find_map(|line| line.as_ref().err()) {
        eprintln!("{}: {error:#}", broker.name);
    }
    // A handshake of TLS 1.3 is over for the client before the acceptor has judged it.
    if let Some(said) = broker.acceptor.as_mut().filter(|_| failures == 0) {
        tokio::task::block_in_place(|| said.read_line(&mut String::new()))?;
    }
    let time = started.elapsed();
    let cpu = cpu::used(broker.pid)?.saturating_sub(before);
    drop(lines);
    let forgotten = async {
        while cpu::open_files(broker.pid)? > idle {
            tokio::time::sleep(LOOK).await;
        }
        anyhow::Ok(())
    };
    timeout(FORGET_MAX, forgotten)
        .await
        .with_context(|| format!("{} keeps closed connections", broker.name))??;
    Ok(Storm {
        time,
        cpu,
        failures,
    })
}

/// CONNECT and SUBSCRIBE, with their answers.
async fn subscribe(visitor: &Visitor, line: &mut Line) -> anyhow::Result<()> {
    line.connect(&visitor.name).await?;
    let Some(Packet::ConnAck(answer)) = line.next().await? else {
        bail!("no CONNACK")
    };
    ensure!(
        answer.code == ConnectReturnCode::Success,
        "{:?}",
        answer.code
    );
    line.subscribe(&down_filter(&visitor.name)).await?;
    let Some(Packet::SubAck(answer)) = line.next().await? else {
        bail!("no SUBACK")
    };
    let granted = [SubscribeReasonCode::Success(QoS::AtLeastOnce)];
    ensure!(answer.return_codes == granted, "{:?}", answer.return_codes);
    Ok(())
}
