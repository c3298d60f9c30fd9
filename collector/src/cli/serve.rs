//! `serve`: the running collector.

use super::keys::{KeysArgs, signing_key};
use super::{Failure, StoreArgs};
use crate::evidence::replay::{Replay, Replayed};
use crate::evidence::witness::{FileWitness, Held};
use crate::evidence::{key, tree::Tree};
use crate::http::{self, listen};
use crate::ingest::gate::Gate;
use crate::ingest::limits::Limits;
use crate::ingest::sources::Sources;
use crate::ingest::writer::{Notary, Writer};
use crate::store::{SqliteStore, Store};
use ed25519_dalek::SigningKey;
use std::fs::{File, TryLockError};
use std::io::{IsTerminal, Write};
use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// How long open connections may take to end at shutdown.
const GRACE: Duration = Duration::from_secs(10);

/// Receive records: OTLP/HTTP JSON at /v1/logs, NDJSON at /v1/audit
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    keys: KeysArgs,
    /// Address and port to listen at; port 0 takes a free one. Only this machine is served unless you name another
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4318")]
    listen: SocketAddr,
    /// Write the bound address to this file once records are accepted
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
    /// Keep checkpoints in this folder, which stands in for a real witness: keep it where the store's writer cannot write
    #[arg(long, value_name = "DIR")]
    witness: Option<PathBuf>,
    /// The log's name in its checkpoints
    #[arg(long, value_name = "NAME", default_value = "inkseal-collector", value_parser = origin)]
    origin: String,
    /// Sources and their bearer tokens, `[{"source", "token", "kids"?}]`; without it anyone who reaches the port may send
    #[arg(long, value_name = "FILE", env = "INKSEAL_COLLECTOR_SOURCES")]
    sources: Option<PathBuf>,
    /// Bytes of a request's body
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().body_bytes)]
    max_body: usize,
    /// Requests in work at once; more are told to come again
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().requests)]
    max_requests: usize,
    /// How logs are written to stderr
    #[arg(long, value_enum, default_value = "text")]
    log_format: LogFormat,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

pub(super) fn run(args: Args) -> Result<ExitCode, Failure> {
    start_logs(args.log_format);
    let keyring = args.keys.load()?;
    let sources = read_sources(args.sources.as_deref())?;
    let path = args.store.store.as_path();
    let store_failure = |error: &dyn std::fmt::Display| {
        Failure::environment(format!("cannot write the store `{}`: {error}", path.display()))
    };
    let _lock = lock(path)?;
    let store = SqliteStore::create(path).map_err(|error| store_failure(&error))?;
    let ring_key = signing_key(&keyring);
    let generated = ring_key.is_none();
    let key = match ring_key {
        Some(key) => key,
        None => key::beside(path)
            .map_err(|error| Failure::environment(format!("no checkpoint key beside the store: {error}")))?,
    };
    let (held, witness) = match args.witness.as_deref() {
        None => (Held::default(), None),
        Some(folder) => {
            let (held, witness) = open_witness(folder, &args.origin, &key, generated)?;
            (held, Some(witness))
        }
    };
    let tree = rebuild(&store, held, path)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::environment(format!("cannot start: {error}")))?;
    let listener = runtime.block_on(TcpListener::bind(args.listen)).map_err(|error| {
        Failure::environment(match error.kind() {
            std::io::ErrorKind::AddrInUse => format!("`{}` is in use: choose another with --listen", args.listen),
            _ => format!("cannot listen at `{}`: {error}", args.listen),
        })
    })?;

    let limits = Limits { body_bytes: args.max_body, requests: args.max_requests, ..Limits::default() };
    let records = tree.size();
    let notary = Notary { origin: args.origin, key, witness };
    let writer = Writer::new(Box::new(store), Gate::new(keyring, limits.chains), tree, notary, limits);
    if sources.open() && !is_loopback(args.listen.ip()) {
        tracing::warn!("anyone who reaches the port may send: name sources with --sources");
    }
    if args.witness.is_none() {
        tracing::warn!("no witness: what is stored can be verified only as UNANCHORED");
    }
    let (jobs, ready, thread) =
        writer.start().map_err(|error| Failure::environment(format!("cannot start: {error}")))?;
    let router = http::router(jobs, ready, sources, limits);
    runtime.block_on(serve(listener, router, args.port_file.as_deref(), records))?;
    // Whatever still runs holds a sender; without it the writer signs a last checkpoint and ends.
    runtime.shutdown_timeout(Duration::from_secs(1));
    thread.join().map_err(|_| Failure::environment("the writer ended early"))?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn serve(
    listener: TcpListener,
    router: axum::Router,
    port_file: Option<&Path>,
    records: u64,
) -> Result<(), Failure> {
    let mut stop = Stop::listen()?;
    let failure = |error| Failure::environment(format!("cannot say where it listens: {error}"));
    let address = listener.local_addr().map_err(failure)?;
    if let Some(path) = port_file {
        announce(path, address).map_err(failure)?;
    }
    // A closed stdout is no reason not to serve.
    let _ = writeln!(std::io::stdout().lock(), "{}", serde_json::json!({"listening": address.to_string()}));
    tracing::info!(%address, records, "listening");
    let stopped = async move {
        stop.wait().await;
        tracing::info!("stopping");
    };
    listen::serve(listener, router, stopped, GRACE).await;
    Ok(())
}

/// Whole or not at all, so that who waits for the file never reads half an address.
fn announce(path: &Path, address: SocketAddr) -> std::io::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    std::fs::write(&partial, format!("{address}\n"))?;
    std::fs::rename(&partial, path)
}

/// Opens the witness with what it holds. One that pinned another key than the one beside the store would trust nothing
/// of what is signed from now on; a keyring's key needs no pin.
fn open_witness(
    folder: &Path,
    origin: &str,
    key: &SigningKey,
    generated: bool,
) -> Result<(Held, FileWitness), Failure> {
    let public = key.verifying_key();
    let failure = |error| Failure::environment(format!("cannot write the witness `{}`: {error}", folder.display()));
    let witness = FileWitness::create(folder, origin, &public).map_err(failure)?;
    if generated && witness.pinned_key() != Some(public) {
        return Err(Failure::environment(format!(
            "the witness `{}` knows this log by another key than the one beside the store",
            folder.display()
        )));
    }
    let held = witness.held(&[public]).map_err(failure)?;
    for (name, error) in &held.refused {
        tracing::warn!(name, %error, "the witness holds a file that counts for nothing");
    }
    Ok((held, witness))
}

/// Reads the whole store once: its tree must be the one that the witness saw, or appending would hide what was done.
fn rebuild(store: &SqliteStore, held: Held, path: &Path) -> Result<Tree, Failure> {
    let advice = format!("run `inkseal-collector verify --store {}`", path.display());
    let mut replay = Replay::new(held.checkpoints);
    let mut damage = None;
    let read = store.entries(&mut |entry| match entry {
        Ok(entry) => {
            replay.push(&entry);
            ControlFlow::Continue(())
        }
        Err(found) => {
            damage = Some(found);
            ControlFlow::Break(())
        }
    });
    read.map_err(|error| Failure::environment(format!("cannot read the store `{}`: {error}", path.display())))?;
    if let Some(damage) = damage {
        return Err(Failure::environment(format!(
            "the store's row {} is damaged in `{}`: {advice}",
            damage.position, damage.column
        )));
    }
    let Replayed { tree, faults, .. } = replay.finish();
    match faults.first() {
        Some(fault) => Err(Failure::environment(format!("the store was altered: {fault}; {advice}"))),
        None => Ok(tree),
    }
}

/// One writer a store: two would give the same positions to different records.
fn lock(path: &Path) -> Result<File, Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let failure = |error| Failure::environment(format!("cannot write the store `{}`: {error}", path.display()));
    let file = File::create(name).map_err(failure)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Failure::environment(format!("the store `{}` is in use by another collector", path.display())))
        }
        Err(TryLockError::Error(error)) => Err(failure(error)),
    }
}

fn read_sources(path: Option<&Path>) -> Result<Sources, Failure> {
    let Some(path) = path else { return Ok(Sources::default()) };
    let json = std::fs::read_to_string(path)
        .map_err(|error| Failure::environment(format!("cannot read the sources `{}`: {error}", path.display())))?;
    let sources =
        Sources::parse(&json).map_err(|error| Failure::usage(format!("sources `{}`: {error}", path.display())))?;
    // An empty list would let everyone in, which nobody means who names a file.
    match sources.open() {
        true => Err(Failure::usage(format!("sources `{}`: no source is named", path.display()))),
        false => Ok(sources),
    }
}

fn origin(name: &str) -> Result<String, String> {
    match !name.is_empty() && name.len() <= 128 && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+') {
        true => Ok(name.to_owned()),
        false => Err("a name of at most 128 printable ascii characters without space and plus".into()),
    }
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

fn start_logs(format: LogFormat) {
    let filter = EnvFilter::try_from_env("INKSEAL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    match format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
}

/// The signals that ask for an orderly end.
struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Result<Stop, Failure> {
        Ok(Stop {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .map_err(|error| Failure::environment(format!("cannot listen for signals: {error}")))?,
        })
    }

    async fn wait(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
