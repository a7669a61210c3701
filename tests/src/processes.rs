//! The real programs: built, started, killed, restarted, each on its own folder and free ports.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use storefleet_core::ids::WorkplaceId;

/// How long a program may take to be ready.
const READY_MAX: Duration = Duration::from_secs(60);
/// Segments of the logs here: many agents on one disk.
const SEGMENT_BYTES: u32 = 1024 * 1024;

/// The three programs.
#[derive(Debug, Clone)]
pub struct Products {
    folder: PathBuf,
}

impl Products {
    /// Builds the programs and says where they are.
    pub fn build(release: bool) -> anyhow::Result<Self> {
        let cargo = option_env!("CARGO").unwrap_or("cargo");
        let mut command = Command::new(cargo);
        command.arg("build").args(["-p", "storefleet-agent"]);
        command.args(["-p", "storefleet-controller", "-p", "storefleet-provision"]);
        if release {
            command.arg("--release");
        }
        // Under `cargo run` these name our own package; build scripts that read them would run again,
        // and everything behind them, with every change from one cargo to the other.
        let ours = std::env::vars_os().map(|(name, _)| name);
        let of_package = ours.filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        for name in of_package {
            command.env_remove(name);
        }
        let built = command
            .stdout(Stdio::null())
            .status()
            .context("start cargo")?;
        ensure!(built.success(), "the programs do not build");
        let target = std::env::current_exe()?;
        let target = target
            .ancestors()
            .find(|path| path.ends_with("release") || path.ends_with("debug"))
            .and_then(Path::parent)
            .context("this program does not run from a target folder")?;
        Ok(Self {
            folder: target.join(if release { "release" } else { "debug" }),
        })
    }

    /// The path of one program.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs a program to its end and says what it printed.
    pub fn run(&self, name: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let out = Command::new(self.program(name))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("start {name}"))?;
        let told = String::from_utf8_lossy(&out.stderr);
        ensure!(
            out.status.success(),
            "{name} {}: {told}",
            arguments.join(" ")
        );
        Ok(String::from_utf8(out.stdout)?)
    }
}

/// A free port of loopback, free at least a moment ago.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}

/// A process that is killed when nobody holds it any more.
#[derive(Debug)]
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Running {
    /// Asks the process to end and waits for it.
    fn stop(mut self) -> anyhow::Result<()> {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = self.0.wait()?;
        ensure!(status.success(), "ended with {status}");
        Ok(())
    }
}

/// A program with its folder; started and stopped at will.
#[derive(Debug)]
pub struct Server {
    products: Products,
    name: &'static str,
    data: PathBuf,
    settings: PathBuf,
    ready_file: &'static str,
    running: Option<Running>,
}

impl Server {
    /// A program that has not started, with its settings; it is ready when it wrote `ready_file`.
    pub fn new(
        products: &Products,
        name: &'static str,
        data: PathBuf,
        settings: &str,
        ready_file: &'static str,
    ) -> anyhow::Result<Self> {
        fs::create_dir_all(&data)?;
        let path = data.join("settings.toml");
        fs::write(&path, settings)?;
        Ok(Self {
            products: products.clone(),
            name,
            data,
            settings: path,
            ready_file,
            running: None,
        })
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Starts the program; it is ready when it wrote its port.
    pub fn start(&mut self) -> anyhow::Result<()> {
        ensure!(self.running.is_none(), "{} runs already", self.name);
        let ready = self.data.join(self.ready_file);
        drop(fs::remove_file(&ready));
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.data.join("stderr.log"))?;
        let child = Command::new(self.products.program(self.name))
            .arg("--settings")
            .arg(&self.settings)
            .arg("run")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("start {}", self.name))?;
        self.running = Some(Running(child));
        Ok(())
    }

    /// Whether the program wrote its port since it was started.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.port().is_some()
    }

    /// Waits until the program is ready.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + READY_MAX;
        while !self.is_ready() {
            let ended = self
                .running
                .as_mut()
                .and_then(|r| r.0.try_wait().ok().flatten());
            if let Some(status) = ended {
                bail!("{} ended with {status}: {}", self.name, self.last_words());
            }
            ensure!(
                Instant::now() < deadline,
                "{} is not ready: {}",
                self.name,
                self.last_words()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// The end of its log.
    #[must_use]
    pub fn last_words(&self) -> String {
        let text = fs::read_to_string(self.data.join("stderr.log")).unwrap_or_default();
        let lines: Vec<_> = text.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// The port it wrote.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        fs::read_to_string(self.data.join(self.ready_file))
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    /// A text file of its data folder.
    pub fn text(&self, name: &str) -> anyhow::Result<String> {
        let path = self.data.join(name);
        Ok(fs::read_to_string(&path)
            .with_context(|| path.display().to_string())?
            .trim()
            .to_owned())
    }

    /// Its process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.0.id())
    }

    /// Kills it as a power cut would end it.
    pub fn kill(&mut self) {
        self.running = None;
        drop(fs::remove_file(self.data.join(self.ready_file)));
    }

    /// Ends it in good order.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        match self.running.take() {
            Some(running) => running.stop().with_context(|| self.last_words()),
            None => Ok(()),
        }
    }

    /// Runs a command of the same program on the same settings.
    pub fn command(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let settings = self.settings.display().to_string();
        let mut all = vec!["--settings", &settings];
        all.extend(arguments);
        self.products.run(self.name, &all)
    }
}

/// The office's side: authority, controller, claims.
#[derive(Debug)]
pub struct Centre {
    /// The controller.
    pub server: Server,
    products: Products,
    /// Port of the gate; stays the same over restarts.
    pub gate_port: u16,
    /// Port of the console; stays the same over restarts.
    pub console_port: u16,
}

impl Centre {
    /// Makes an authority and starts a controller below `folder`.
    pub async fn start(products: &Products, folder: &Path) -> anyhow::Result<Self> {
        let authority = folder.join("authority");
        let path = authority.display().to_string();
        products.run("storefleet-provision", &["ca", "init", "--folder", &path])?;
        let (gate_port, console_port) = (free_port()?, free_port()?);
        let data = folder.join("centre");
        let settings = format!(
            "data = {data:?}\nkeys = {keys:?}\n[gate]\nlisten = \"127.0.0.1:{gate_port}\"\n\
             names = \"127.0.0.1\"\n[console]\nport = {console_port}\n[log]\nfilter = \"info\"\n",
            keys = authority.join("online"),
        );
        let name = "storefleet-controller";
        let mut server = Server::new(products, name, data, &settings, "gate.port")?;
        server.start()?;
        server.ready().await?;
        Ok(Self {
            server,
            products: products.clone(),
            gate_port,
            console_port,
        })
    }

    /// Orders a claim code as an office worker would.
    pub fn claim(&self, workplace: &WorkplaceId) -> anyhow::Result<String> {
        self.claim_with(workplace, &[])
    }

    fn claim_with(&self, workplace: &WorkplaceId, more: &[&str]) -> anyhow::Result<String> {
        let data = self.server.data().display().to_string();
        let id = workplace.to_string();
        let mut arguments = vec![
            "claim",
            "--data",
            &data,
            &id,
            "--time-zone",
            "Europe/Moscow",
            "--legal-entity",
            "Demo",
            "--language",
            "ru",
            "--training",
        ];
        arguments.extend(more);
        let out = self.products.run("storefleet-provision", &arguments)?;
        let code = out
            .split_whitespace()
            .find(|word| word.len() == 11 && word.contains('-'));
        Ok(code
            .with_context(|| format!("no code in {out:?}"))?
            .to_owned())
    }

    /// Enrols a machine as an installer would, and makes its agent.
    pub fn enrol(
        &self,
        folder: &Path,
        workplace: &WorkplaceId,
        broker: Option<&str>,
    ) -> anyhow::Result<Server> {
        let code = self.claim(workplace)?;
        self.enrol_by(&code, folder, workplace, broker)
    }

    /// Puts a new machine in the place of one that is enrolled.
    pub fn replace(&self, folder: &Path, workplace: &WorkplaceId) -> anyhow::Result<Server> {
        let code = self.claim_with(workplace, &["--replaces"])?;
        self.enrol_by(&code, folder, workplace, None)
    }

    fn enrol_by(
        &self,
        code: &str,
        folder: &Path,
        workplace: &WorkplaceId,
        broker: Option<&str>,
    ) -> anyhow::Result<Server> {
        let data = folder.join(workplace.to_string());
        let brokers = broker.unwrap_or_default();
        let settings = format!(
            "data = {data:?}\n[till]\nport = 0\n[journal]\nsegment_bytes = {SEGMENT_BYTES}\n\
             [link]\nbrokers = \"{brokers}\"\n",
        );
        let agent = Server::new(
            &self.products,
            "storefleet-agent",
            data,
            &settings,
            "till.port",
        )?;
        let (server, id) = (
            format!("127.0.0.1:{}", self.gate_port),
            workplace.to_string(),
        );
        agent.command(&[
            "enrol",
            "--server",
            &server,
            "--workplace",
            &id,
            "--code",
            code,
        ])?;
        Ok(agent)
    }
}
