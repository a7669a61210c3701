//! The real agents of a push: each a process with its datasets in redb, behind a line that weighs what it carries.

use std::sync::Arc;

use anyhow::ensure;
use hyper::StatusCode;

use crate::bench::assortment::barcode;
use crate::demo::sell::Folder;
use crate::drill::shops::emptied;
use crate::fleet::network::Machine;
use crate::processes::{Products, Server};
use crate::proxy::Proxy;
use crate::till_client::TillClient;

/// Bytes on the TLS socket of one shop.
#[derive(Debug, Clone, Copy)]
pub struct Bytes {
    /// To the shop.
    pub down: u64,
    /// To the centre.
    pub up: u64,
}

/// An agent and its line.
pub struct Agent {
    /// The process.
    pub server: Server,
    /// Its line.
    pub line: Proxy,
}

impl Agent {
    /// Starts the agent of a machine and waits until its datasets are on sale and known to the centre.
    pub async fn start(
        products: &Products,
        gate_port: u16,
        machine: &Machine,
    ) -> anyhow::Result<Self> {
        let line = Proxy::start(gate_port).await?;
        let settings = format!(
            "data = {data:?}\n[till]\nport = 0\n[link]\nbrokers = \"127.0.0.1:{port}\"\n",
            data = machine.data,
            port = line.port,
        );
        let data = machine.data.clone();
        let server = Server::new(products, "storefleet-agent", data, &settings, "till.port")?;
        let mut agent = Self { server, line };
        agent.on_sale().await?;
        Ok(agent)
    }

    /// Starts the process and waits until the first item is on sale.
    pub async fn on_sale(&mut self) -> anyhow::Result<()> {
        self.server.start()?;
        self.server.ready().await?;
        let mut till = TillClient::new(Folder(self.server.data().to_owned()));
        let (status, told) = till.get(&format!("/v1/items/{}", barcode(0))).await?;
        let told = String::from_utf8_lossy(&told);
        ensure!(status == StatusCode::OK, "{status} {told}");
        emptied(self.server.data()).await
    }

    /// What its line carried so far.
    #[must_use]
    pub fn carried(&self) -> Bytes {
        Bytes {
            down: self.line.bytes_down(),
            up: self.line.bytes_up(),
        }
    }
}

/// Several agents.
pub struct Agents(Vec<Agent>);

impl Agents {
    /// Starts the agents of these machines, one after the other.
    pub async fn start(
        products: &Products,
        gate_port: u16,
        machines: &[Arc<Machine>],
    ) -> anyhow::Result<Self> {
        let mut agents = Vec::new();
        for machine in machines {
            agents.push(Agent::start(products, gate_port, machine).await?);
        }
        Ok(Self(agents))
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What each line carried so far.
    #[must_use]
    pub fn carried(&self) -> Vec<Bytes> {
        self.0.iter().map(Agent::carried).collect()
    }

    /// What each line carried since then, once everything is acknowledged.
    pub async fn since(&self, before: &[Bytes]) -> anyhow::Result<Vec<Bytes>> {
        for agent in &self.0 {
            emptied(agent.server.data()).await?;
        }
        let each = self.0.iter().map(Agent::carried).zip(before);
        let since = each.map(|(now, before)| Bytes {
            down: now.down - before.down,
            up: now.up - before.up,
        });
        Ok(since.collect())
    }

    /// Ends them in good order.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.0.iter_mut().try_for_each(|agent| agent.server.stop())
    }
}
