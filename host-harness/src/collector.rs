//! The collector as a child process: found or built, started, asked, stopped.
//!
//! This crate does not link the collector: it is a program of its own, and is used as one.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::edge::Edge;
use crate::process::Leashed;

const NAME: &str = "inkseal-collector";

const POLL: Duration = Duration::from_millis(20);

/// How long it may take to start, and to end after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(15);

/// The collector's program: built from this workspace, or, where the sources are gone, the one beside this program or
/// on the path.
///
/// # Errors
/// It does not build, or there is none.
pub fn program() -> Result<PathBuf> {
    let workspace =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().filter(|folder| folder.join("collector/Cargo.toml").is_file());
    match workspace {
        Some(workspace) => build(workspace),
        None => installed(),
    }
}

fn build(workspace: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(&cargo)
        .current_dir(workspace)
        .args(["build", "--package", NAME, "--message-format", "json-render-diagnostics", "--quiet"])
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{}` to build the collector", cargo.to_string_lossy()))?;
    if !output.status.success() {
        bail!(
            "the collector does not build ({}):\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut programs = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    programs.next_back().context("cargo built no collector")
}

fn installed() -> Result<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(NAME)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(NAME));
    let found = beside.into_iter().chain(on_path).find(|program| program.is_file());
    found.context("no `inkseal-collector` was found: install it beside `inkseal`, or on the path")
}

/// A running collector with a store, a witness in another folder, and the keys of one edge. Dropping it kills it.
pub struct Collector {
    process: Leashed,
    address: SocketAddr,
    archive: Archive,
}

/// What a collector leaves: its store, the witness's folder, the keyring to verify with.
#[derive(Debug, Clone)]
pub struct Archive {
    program: PathBuf,
    /// The store's file.
    pub store: PathBuf,
    /// The witness's folder.
    pub witness: PathBuf,
    /// The keyring's file.
    pub keys: PathBuf,
    /// The collector's log.
    pub log: PathBuf,
}

/// What `verify` says.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Whether the verdict is VERIFIED.
    pub verified: bool,
    /// The verdict's word.
    pub verdict: String,
    /// The whole report.
    pub report: String,
}

impl Collector {
    /// Starts it on a free loopback port with everything it writes under `folder`, and waits until it accepts records.
    ///
    /// # Errors
    /// It cannot be started, ends at once (with what it says), or is not ready in time.
    pub fn start(program: &Path, folder: &Path, edge: &Edge) -> Result<Self> {
        let archive = Archive {
            program: program.to_owned(),
            store: folder.join("store/audit.db"),
            witness: folder.join("witness"),
            keys: folder.join("keys.json"),
            log: folder.join("collector.log"),
        };
        fs::create_dir_all(folder.join("store")).with_context(|| format!("cannot make `{}`", folder.display()))?;
        edge.write_keyring(&archive.keys)?;
        let sources = folder.join("sources.json");
        edge.write_sources(&sources)?;
        let port = folder.join("collector-address");
        let _ = fs::remove_file(&port);
        let log = File::create(&archive.log).with_context(|| format!("cannot write `{}`", archive.log.display()))?;
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        command.arg("--store").arg(&archive.store).arg("--keys").arg(&archive.keys);
        command.arg("--witness").arg(&archive.witness).arg("--sources").arg(&sources).arg("--port-file").arg(&port);
        command.stdout(Stdio::null()).stderr(Stdio::from(log));
        let mut process = Leashed::spawn(&mut command).context("cannot start the collector")?;
        let deadline = Instant::now() + PATIENCE;
        let address = loop {
            if let Ok(address) = fs::read_to_string(&port).unwrap_or_default().trim().parse() {
                break address;
            }
            let ended = process.try_wait().context("cannot wait for the collector")?;
            if ended.is_some() || Instant::now() > deadline {
                let log = fs::read_to_string(&archive.log).unwrap_or_default();
                bail!("the collector does not start: {}", log.lines().last().unwrap_or("it said nothing"));
            }
            std::thread::sleep(POLL);
        };
        Ok(Self { process, address, archive })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it leaves.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Ends it in order: what it accepted is stored and witnessed.
    ///
    /// # Errors
    /// What the system says.
    pub fn stop(mut self) -> Result<Archive> {
        self.process.stop(PATIENCE).context("cannot stop the collector")?;
        Ok(self.archive)
    }
}

impl Archive {
    /// The same, with its store's files copied into `folder`.
    ///
    /// # Errors
    /// They cannot be copied.
    pub fn copy(&self, folder: &Path) -> Result<Self> {
        let from = self.store.parent().context("the store has no folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        for entry in fs::read_dir(from).context("cannot read the store's folder")? {
            let entry = entry.context("cannot read the store's folder")?;
            fs::copy(entry.path(), folder.join(entry.file_name())).context("cannot copy the store")?;
        }
        let name = self.store.file_name().context("the store has no name")?;
        Ok(Self { store: folder.join(name), ..self.clone() })
    }

    /// `inkseal-collector list`.
    ///
    /// # Errors
    /// It fails.
    pub fn list(&self, arguments: &[&str]) -> Result<String> {
        self.ask(&["list", "--store"], arguments)
    }

    /// `inkseal-collector export`: every record, one a line.
    ///
    /// # Errors
    /// It fails.
    pub fn export(&self) -> Result<String> {
        self.ask(&["export", "--store"], &[])
    }

    /// `inkseal-collector verify` with the keyring and the witness.
    ///
    /// # Errors
    /// It gives no verdict.
    pub fn verify(&self) -> Result<Verification> {
        let mut command = Command::new(&self.program);
        command.arg("verify").arg("--store").arg(&self.store).arg("--keys").arg(&self.keys);
        let output = command.arg("--witness").arg(&self.witness).stdin(Stdio::null()).output();
        let output = output.context("cannot start the collector's verify")?;
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        match (output.status.code(), report.lines().last()) {
            (Some(0 | 1), Some(verdict)) => Ok(Verification {
                verified: output.status.success(),
                verdict: verdict.to_owned(),
                report: report.clone(),
            }),
            _ => bail!("no verdict: {}", String::from_utf8_lossy(&output.stderr).trim_end()),
        }
    }

    fn ask(&self, verb: &[&str], arguments: &[&str]) -> Result<String> {
        let output = Command::new(&self.program)
            .args(verb)
            .arg(&self.store)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .context("cannot start the collector")?;
        if !output.status.success() {
            bail!("`{NAME} {}` fails: {}", verb.join(" "), String::from_utf8_lossy(&output.stderr).trim_end());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
