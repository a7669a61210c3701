//! A whole network on a folder in memory: authority, controller process, and machines of shops.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use ring::rand::SystemRandom;
use storefleet_agent::identity::{Identity, IdentityFolder};
use storefleet_core::ids::WorkplaceId;
use storefleet_core::time::Timestamp;
use storefleet_daemon::Clock;
use storefleet_provision::centre::CentreKeys;
use storefleet_provision::offline::OfflineRoot;
use tempfile::TempDir;

use crate::fleet::enrolled::Office;
use crate::processes::{Products, Server, free_port};

/// Where files cost no disk.
const MEMORY: &str = "/dev/shm";

/// What a shop's machine holds, and where.
pub struct Machine {
    /// Its name.
    pub id: WorkplaceId,
    /// Its data folder.
    pub data: PathBuf,
    /// Keys, certificate and trust.
    pub identity: Identity,
}

impl Machine {
    /// The machine of that number, as it was enrolled in a network's folder.
    pub fn read(folder: &Path, number: u32) -> anyhow::Result<Self> {
        let (id, data) = Self::place(folder, number)?;
        let identity = IdentityFolder::new(&data).load()?;
        Ok(Self { id, data, identity })
    }

    fn place(folder: &Path, number: u32) -> anyhow::Result<(WorkplaceId, PathBuf)> {
        let id: WorkplaceId = format!("f{number:05}-1").parse()?;
        let data = folder.join("shops").join(id.to_string());
        Ok((id, data))
    }
}

/// How often one address may knock at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knocks {
    /// As the product has it.
    Default,
    /// As often as it likes: thousands of shops have one address here.
    Unlimited,
}

impl Knocks {
    fn settings(self) -> &'static str {
        match self {
            Self::Default => "",
            Self::Unlimited => {
                "connections_per_ip_per_s = 1000000\nconnections_per_ip_burst = 1000000\n"
            }
        }
    }
}

/// A network whose controller can be started.
pub struct Network {
    folder: TempDir,
    /// The controller.
    pub controller: Server,
    /// Port of the gate; stays the same over restarts.
    pub gate_port: u16,
    /// The shops' machines.
    pub machines: Vec<Arc<Machine>>,
}

impl Network {
    /// Makes authority, office and machines of that many shops.
    pub fn prepare(products: &Products, shops: u32, knocks: Knocks) -> anyhow::Result<Self> {
        let folder = memory_folder()?;
        let now = Timestamp(Clock::start().wall_ms());
        let authority = folder.path().join("authority");
        OfflineRoot::create(&authority, "fleet", now, &SystemRandom::new())?;
        let (gate_port, console_port) = (free_port()?, free_port()?);
        let (data, keys) = (folder.path().join("centre"), authority.join("online"));
        let broker = format!("127.0.0.1:{gate_port}");
        let mut office = Office::begin(&data.join("office"), &keys, &broker, now)?;
        let mut machines = Vec::new();
        for number in 1..=shops {
            let (id, data) = Machine::place(folder.path(), number)?;
            office.enrol(&id, &data)?;
            machines.push(Arc::new(Machine::read(folder.path(), number)?));
        }
        office.finish()?;
        let settings = format!(
            "data = {data:?}\nkeys = {keys:?}\n[gate]\nlisten = \"{broker}\"\n\
             names = \"127.0.0.1\"\n{}[console]\nport = {console_port}\n\
             [log]\nfilter = \"info\"\n",
            knocks.settings(),
        );
        let name = "storefleet-controller";
        Ok(Self {
            controller: Server::new(products, name, data, &settings, "gate.port")?,
            gate_port,
            machines,
            folder,
        })
    }

    /// The folder everything lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The keys of the centre.
    pub fn keys(&self) -> anyhow::Result<CentreKeys> {
        let now = Timestamp(Clock::start().wall_ms());
        let online = self.folder.path().join("authority").join("online");
        Ok(CentreKeys::read(&online, now)?)
    }

    /// Starts the controller and waits until it is ready.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        self.controller.start()?;
        self.controller.ready().await
    }
}

/// A new folder in memory where the system has one for it, else where temporary files go.
pub fn memory_folder() -> anyhow::Result<TempDir> {
    let made = tempfile::tempdir_in(MEMORY).or_else(|_| tempfile::tempdir());
    made.context("make a folder")
}
