//! The simulated shops of a push, in as many processes as the open files of one ask for.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use storefleet_daemon::{Clock, Tasks};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::client::{Arrival, Client, Shared};
use super::moment::Moment;
use super::{ARRIVE_MAX, arrived};
use crate::fleet::network::Machine;
use crate::fleet::shop::Shop;
use crate::fleet::storm::AT_ONCE;
use crate::fleet::{FILES_EACH, FILES_OTHER, SEGMENT_BYTES, open_files_max, raise_open_files};

/// Arrivals that were told and not taken yet.
const TOLD_MAX: usize = 4_096;
const STOP_MAX: Duration = Duration::from_secs(20);

/// The shops of one process.
#[derive(Debug, Clone, clap::Args)]
pub struct Few {
    /// Folder of the network.
    #[arg(long)]
    folder: PathBuf,
    /// Port of the gate on loopback.
    #[arg(long)]
    gate: u16,
    /// Number of the first shop.
    #[arg(long)]
    first: u32,
    /// How many.
    #[arg(long)]
    count: u32,
}

impl Few {
    /// Runs them until the input ends; prints a line for each arrival, those of the first version included.
    pub async fn run(self) -> anyhow::Result<()> {
        raise_open_files(u64::from(self.count))?;
        let (told, arrivals) = mpsc::channel(self.count.max(1) as usize);
        let mut tasks = Tasks::default();
        let (mut out, mut parent) = (tokio::io::stdout(), tokio::io::stdin());
        let (shops, mut arrivals) = self.stock(&mut tasks, told, arrivals).await?;
        out.write_all(b"stocked\n").await?;
        out.flush().await?;
        let mut nothing = [0];
        loop {
            let arrival = tokio::select! {
                arrival = arrivals.recv() => arrival.context("the shops ended")?,
                _ = parent.read(&mut nothing) => break,
            };
            let mut lines = arrival.0.to_line() + "\n";
            while let Ok(arrival) = arrivals.try_recv() {
                lines.push_str(&arrival.0.to_line());
                lines.push('\n');
            }
            out.write_all(lines.as_bytes()).await?;
            out.flush().await?;
        }
        tasks.stop(STOP_MAX).await;
        drop(shops);
        Ok(())
    }

    async fn stock(
        &self,
        tasks: &mut Tasks,
        told: mpsc::Sender<Arrival>,
        mut arrivals: mpsc::Receiver<Arrival>,
    ) -> anyhow::Result<(Vec<Shop>, mpsc::Receiver<Arrival>)> {
        let (clock, shared) = (Clock::start(), Shared::default());
        let broker = format!("127.0.0.1:{}", self.gate);
        let machines = (self.first..self.first + self.count)
            .map(|number| Machine::read(&self.folder, number).map(Arc::new))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut opened = Vec::new();
        // The first fetches for all what all have.
        let (first, others) = machines.split_at(1.min(machines.len()));
        for group in std::iter::once(first).chain(others.chunks(AT_ONCE)) {
            for machine in group {
                let mut shop = Shop::open(machine, &broker, clock, SEGMENT_BYTES)?;
                let ends = shop.datasets().context("they are taken once")?;
                shop.connect(tasks);
                let client = Client::new(machine, &broker, clock, ends, &shared);
                tasks.spawn("shop-datasets", client.run(told.clone(), tasks.shutdown()));
                opened.push(shop);
            }
            arrived(&mut arrivals, group.len()).await?;
        }
        Ok((opened, arrivals))
    }
}

/// A process with some of the shops.
struct Process {
    child: Child,
    /// It ends when this is closed.
    input: ChildStdin,
}

/// All simulated shops.
pub struct Crowd {
    /// Switches that the centre acknowledged.
    pub arrivals: mpsc::Receiver<Arrival>,
    count: usize,
    processes: Vec<Process>,
    readers: Tasks,
}

impl Crowd {
    /// Starts `count` shops from number `first` on, as few processes as can be, and waits until the newest version
    /// is on sale in each.
    pub async fn start(folder: &Path, gate: u16, first: u32, count: u32) -> anyhow::Result<Self> {
        let most = (open_files_max()?.saturating_sub(FILES_OTHER) / FILES_EACH).max(1);
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let processes = count.div_ceil(most).max(1);
        let each = count.div_ceil(processes).max(1);
        let (told, arrivals) = mpsc::channel(TOLD_MAX);
        let mut crowd = Self {
            arrivals,
            count: count as usize,
            processes: Vec::new(),
            readers: Tasks::default(),
        };
        for start in (0..count).step_by(each as usize) {
            let few = Few {
                folder: folder.to_owned(),
                gate,
                first: first + start,
                count: each.min(count - start),
            };
            let (process, mut lines) = few.spawn()?;
            crowd.processes.push(process);
            let stocked = timeout(ARRIVE_MAX * 2, lines.next_line()).await;
            let line = stocked.context("the shops take no first version in time")??;
            ensure!(line.as_deref() == Some("stocked"), "shops ended: {line:?}");
            let told = told.clone();
            crowd.readers.spawn("shop-arrivals", read(lines, told));
        }
        Ok(crowd)
    }

    /// How many shops.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Ends them in good order.
    pub async fn stop(self) -> anyhow::Result<()> {
        for Process { mut child, input } in self.processes {
            drop(input);
            let ended = timeout(STOP_MAX * 2, child.wait()).await;
            let status = ended.context("shops do not end")??;
            ensure!(status.success(), "shops ended with {status}");
        }
        self.readers.stop(STOP_MAX).await;
        Ok(())
    }
}

impl Few {
    fn spawn(&self) -> anyhow::Result<(Process, Lines<BufReader<ChildStdout>>)> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("shops")
            .arg("--folder")
            .arg(&self.folder)
            .args(["--gate", &self.gate.to_string()])
            .args(["--first", &self.first.to_string()])
            .args(["--count", &self.count.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("start a process of shops")?;
        let input = child.stdin.take().context("the input of shops")?;
        let out = child.stdout.take().context("the output of shops")?;
        let lines = BufReader::new(out).lines();
        Ok((Process { child, input }, lines))
    }
}

async fn read(
    mut lines: Lines<BufReader<ChildStdout>>,
    told: mpsc::Sender<Arrival>,
) -> anyhow::Result<()> {
    while let Some(line) = lines.next_line().await? {
        told.send(Arrival(Moment::of_line(&line)?)).await?;
    }
    Ok(())
}
