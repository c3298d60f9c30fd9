//! One running Envoy.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use inkseal_engine::compile;
use inkseal_engine::policy::{Catalogue, Sources};
use serde_json::Value;

use super::config;
use super::{Bootstrap, HOST_ENV_KEYS, Installation};
use crate::http;
use crate::process::Leashed;

const POLL: Duration = Duration::from_millis(20);

/// How long Envoy has to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// Looks in a row at which everything must have been drained: workers let go of a configuration one by one.
const QUIET: u32 = 15;

/// How long listeners may take to drain: longer than the drain time that it is started with.
const DRAIN: Duration = Duration::from_secs(10);

/// How to run it.
#[derive(Debug, Clone)]
pub struct Options {
    /// A folder for its configuration, log and the file of its admin address; made if missing.
    pub folder: PathBuf,
    /// What the filter may read: the variables of [`HOST_ENV_KEYS`] with their values. Those of our own environment are
    /// not passed on.
    pub keys: Vec<(String, String)>,
    /// Worker threads.
    pub concurrency: u32,
    /// How long it may take to be ready.
    pub deadline: Duration,
}

impl Options {
    /// One worker, no keys, half a minute.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), keys: Vec::new(), concurrency: 1, deadline: Duration::from_secs(30) }
    }
}

/// A running Envoy, ready when this exists. Dropping it kills it.
#[derive(Debug)]
pub struct Envoy {
    process: Leashed,
    log: PathBuf,
    listeners_file: PathBuf,
    bootstrap: Bootstrap,
    admin: SocketAddr,
    listeners: Vec<(String, SocketAddr)>,
}

impl Envoy {
    /// Starts it and waits until it serves.
    ///
    /// # Errors
    /// It cannot be started, refuses its configuration (with its own error lines), or is not ready in time.
    pub fn start(installation: &Installation, bootstrap: &Bootstrap, options: &Options) -> Result<Self> {
        let admin_file = options.folder.join("admin-address");
        let _ = fs::remove_file(&admin_file);
        let log = options.folder.join("envoy.log");
        let listeners_file = options.folder.join("listeners.json");
        let (config, listeners) = bootstrap.to_watched_json(&listeners_file);
        let mut command = command(installation, &config, options, &log)?;
        write(&listeners_file, &listeners)?;
        // Everything at once: no wait for a drain that nobody needs, no socket shared with another Envoy.
        command.args(["--disable-hot-restart", "--drain-time-s", "1", "--file-flush-interval-msec", "50"]);
        command.args(["--log-level", "warning", "--component-log-level", "wasm:info"]);
        command.arg("--concurrency").arg(options.concurrency.to_string());
        command.arg("--admin-address-path").arg(&admin_file);
        let process = Leashed::spawn(&mut command).context("cannot start Envoy")?;
        let admin = SocketAddr::from(([127, 0, 0, 1], 0));
        let bootstrap = bootstrap.clone();
        let mut envoy = Self { process, log, listeners_file, bootstrap, admin, listeners: Vec::new() };
        envoy.await_ready(&admin_file, Instant::now() + options.deadline)?;
        Ok(envoy)
    }

    fn await_ready(&mut self, admin_file: &Path, deadline: Instant) -> Result<()> {
        loop {
            if let Some(status) = self.process.try_wait().context("cannot wait for Envoy")? {
                bail!("Envoy refused to start ({status}): {}", complaints(&self.log()));
            }
            if Instant::now() > deadline {
                bail!("Envoy was not ready in time: {}", complaints(&self.log()));
            }
            if let Ok(address) = fs::read_to_string(admin_file).unwrap_or_default().trim().parse() {
                self.admin = address;
                let ready = http::get(self.admin, "/ready").is_ok_and(|response| response.status == 200);
                if ready {
                    self.listeners = self.bound_listeners().unwrap_or_default();
                    if self.listeners.len() == self.bootstrap.listeners.len() {
                        return Ok(());
                    }
                    if self.stat("listener_manager.lds.update_rejected")? > 0 {
                        bail!("Envoy refuses its listeners: {}", complaints(&self.log()));
                    }
                }
            }
            std::thread::sleep(POLL);
        }
    }

    fn bound_listeners(&self) -> Result<Vec<(String, SocketAddr)>> {
        let found: Value = serde_json::from_slice(&http::get(self.admin, "/listeners?format=json")?.body)?;
        let statuses = found.get("listener_statuses").and_then(Value::as_array).into_iter().flatten();
        let bound = statuses.filter_map(|status| {
            let address = status.pointer("/local_address/socket_address")?;
            let host = address.get("address")?.as_str()?.parse().ok()?;
            let port = u16::try_from(address.get("port_value")?.as_u64()?).ok()?;
            (port != 0).then_some((status.get("name")?.as_str()?.to_owned(), SocketAddr::new(host, port)))
        });
        Ok(bound.collect())
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The address of the admin interface.
    pub fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// The address that a listener is bound to.
    ///
    /// # Errors
    /// There is no listener of that name.
    pub fn address(&self, listener: &str) -> Result<SocketAddr> {
        let found = self.listeners.iter().find(|(name, _)| name == listener);
        found.map(|(_, address)| *address).ok_or_else(|| anyhow!("Envoy has no listener `{listener}`"))
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Its metrics in Prometheus' text form.
    ///
    /// # Errors
    /// The admin interface does not answer.
    pub fn metrics(&self) -> Result<String> {
        Ok(http::get(self.admin, "/stats/prometheus").context("Envoy's admin interface does not answer")?.text())
    }

    /// The sum of a metric over all its labels; 0 if it does not exist yet.
    ///
    /// # Errors
    /// The admin interface does not answer.
    pub fn counter(&self, name: &str) -> Result<u64> {
        let metrics = self.metrics()?;
        let values = metrics.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            rest.starts_with(['{', ' ']).then(|| rest.rsplit(' ').next()?.parse::<u64>().ok()).flatten()
        });
        Ok(values.sum())
    }

    /// One of Envoy's own counters or gauges by its full name; 0 if it does not exist.
    ///
    /// # Errors
    /// The admin interface does not answer.
    pub fn stat(&self, name: &str) -> Result<u64> {
        let stats = http::get(self.admin, &format!("/stats?filter=^{name}$"))?.text();
        let value = stats.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")?.parse().ok());
        Ok(value.unwrap_or(0))
    }

    /// Takes all listeners away, waits until their last connections are gone and the filter has closed its chains and
    /// delivered what it had. A signal alone gives the filter no time for that.
    ///
    /// # Errors
    /// The admin interface does not answer, or this takes longer than ten seconds.
    pub fn drain(&self) -> Result<()> {
        let partial = self.listeners_file.with_extension("partial");
        write(&partial, &self.bootstrap.to_drain_json(&idle_plan()?))?;
        fs::rename(&partial, &self.listeners_file).context("cannot replace Envoy's listeners")?;
        let deadline = Instant::now() + DRAIN;
        let mut quiet = 0;
        while quiet < QUIET {
            quiet = if self.is_drained()? { quiet + 1 } else { 0 };
            if Instant::now() > deadline {
                bail!("Envoy does not drain its listeners: {}", complaints(&self.log()));
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    fn is_drained(&self) -> Result<bool> {
        let listeners = self.bound_listeners()?;
        let gone = listeners.iter().all(|(name, _)| name == config::DRAIN)
            && self.stat("listener_manager.total_listeners_draining")? == 0;
        let events = |what: &str| self.counter(&format!("inkseal_events_{what}_total"));
        Ok(gone && events("emitted")? <= events("acked")? + events("rejected")? + events("dropped")?)
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Ends it by SIGTERM, or by force after five seconds.
    ///
    /// # Errors
    /// What the system says.
    pub fn stop(mut self) -> Result<()> {
        self.process.stop(GRACE).context("cannot stop Envoy")?;
        Ok(())
    }
}

/// It must look for something to be a policy at all.
const DRAIN_POLICY: &str = "
version: inkseal/v1
name: drain
mode: off
rules: [{id: nothing, find: [{in: header, name: [x-inkseal-nothing], action: observe}]}]
audit: {sink: {flush: 60s}}
";

/// A plan that touches nothing, and whose filter leaves no chain: chains open at the first tick, a minute away.
fn idle_plan() -> Result<String> {
    let mut sources = Sources::new();
    let file = sources.add("drain.yaml", DRAIN_POLICY);
    let compiled = compile::compile(&sources, file, &Catalogue::default(), &compile::Options::default());
    compiled.map(|plan| plan.json).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow!("the plan for draining does not compile: {}", errors.join("; "))
    })
}

/// Runs Envoy's own check of a configuration, which also configures the filter.
///
/// # Errors
/// It cannot be run, or refuses: then with its own error lines.
pub fn validate(installation: &Installation, bootstrap: &Bootstrap, options: &Options) -> Result<()> {
    let log = options.folder.join("validate.log");
    let mut command = command(installation, &bootstrap.to_json(), options, &log)?;
    command.args(["--mode", "validate", "--log-level", "warning"]);
    let mut process = Leashed::spawn(&mut command).context("cannot start Envoy")?;
    let status = process.wait_until(Instant::now() + options.deadline).context("cannot wait for Envoy")?;
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => {
            bail!("Envoy refuses ({status}): {}", complaints(&fs::read_to_string(&log).unwrap_or_default()))
        }
        None => bail!("Envoy did not check its configuration in time"),
    }
}

/// The program with what every run needs: its configuration, only the given keys, its log in a file.
fn command(installation: &Installation, config: &Value, options: &Options, log: &Path) -> Result<Command> {
    let folder = &options.folder;
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let file = folder.join("envoy.json");
    write(&file, config)?;
    let output = File::create(log).with_context(|| format!("cannot write `{}`", log.display()))?;
    let mut command = Command::new(&installation.program);
    command.arg("--config-path").arg(&file);
    for name in HOST_ENV_KEYS {
        command.env_remove(name);
    }
    command.envs(options.keys.iter().map(|(name, value)| (name, value)));
    command
        .stdout(Stdio::from(output.try_clone().context("cannot share Envoy's log file")?))
        .stderr(Stdio::from(output));
    Ok(command)
}

fn write(file: &Path, config: &Value) -> Result<()> {
    fs::write(file, config.to_string()).with_context(|| format!("cannot write `{}`", file.display()))
}

/// The lines in which Envoy says what is wrong, without their prefix; a line may hold a whole configuration, so each is
/// cut.
fn complaints(log: &str) -> String {
    const LINES: usize = 6;
    const LENGTH: usize = 400;
    let serious = |line: &&str| line.contains("][error]") || line.contains("][critical]");
    let said: Vec<String> = log
        .lines()
        .filter(serious)
        .map(|line| line.splitn(3, "] ").last().unwrap_or(line).chars().take(LENGTH).collect())
        .collect();
    match said.as_slice() {
        [] => log.lines().last().map_or_else(|| "it said nothing".into(), |line| line.chars().take(LENGTH).collect()),
        said => said.get(..said.len().min(LINES)).unwrap_or_default().join("; "),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_plan_for_draining_compiles() {
        assert!(super::idle_plan().unwrap().contains("60000"));
    }
}
