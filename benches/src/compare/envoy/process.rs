//! An Envoy with a listener for each thing that is measured, on ports that were free a moment ago.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use inkseal::envoy::{self, Bootstrap, Cluster, Filter, Protocol};
use inkseal::process::Leashed;
use inkseal_tests::bed::installation;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Between, Listener, lua, traffic};

/// Until it serves: the VMs of a searcher over hundreds of expressions take their time.
const DEADLINE: Duration = Duration::from_secs(120);

const UPSTREAM: &str = "upstream";
const COLLECTOR: &str = "audit_collector";

/// A running Envoy. Dropping it ends it.
pub struct Proxy {
    process: Leashed,
    admin: SocketAddr,
    /// Where the listeners are, in their order.
    pub addresses: Vec<SocketAddr>,
    _folder: TempDir,
}

impl Proxy {
    /// Starts it and waits until it serves.
    ///
    /// # Errors
    /// There is no Envoy, or it does not start.
    pub fn start(listeners: &[Listener], upstream: SocketAddr, keys: &[(String, String)]) -> Result<Self, String> {
        let failed = |error: std::io::Error| error.to_string();
        let folder = tempfile::tempdir().map_err(failed)?;
        let collector = traffic::swallow().map_err(failed)?;
        let admin = free().map_err(failed)?;
        let addresses = listeners.iter().map(|_| free()).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let bootstrap = Bootstrap {
            listeners: listeners.iter().zip(&addresses).map(|(listener, address)| built(listener, *address)).collect(),
            clusters: vec![cluster(UPSTREAM, upstream), cluster(COLLECTOR, collector)],
            admin_port: admin.port(),
            access_log: folder.path().join("access.log"),
        };
        let mut config = bootstrap.to_json();
        for (at, _) in listeners.iter().enumerate().filter(|(_, it)| matches!(it.between, Between::Lua)) {
            with_lua(&mut config, at).ok_or("the configuration has no filters")?;
        }
        let [file, log] = ["envoy.json", "envoy.log"].map(|name| folder.path().join(name));
        fs::write(&file, config.to_string()).map_err(failed)?;
        let output = fs::File::create(&log).map_err(failed)?;
        let program = &installation().map_err(|error| format!("{error:#}"))?.program;
        let mut command = Command::new(program);
        command.arg("--config-path").arg(&file).args(["--disable-hot-restart", "--concurrency", "1"]);
        command.args(["--log-level", "warning"]).envs(keys.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::from(output.try_clone().map_err(failed)?)).stderr(Stdio::from(output));
        let mut process = Leashed::spawn(&mut command).map_err(failed)?;
        let deadline = Instant::now() + DEADLINE;
        while !inkseal::http::get(admin, "/ready").is_ok_and(|response| response.status == 200) {
            if process.try_wait().map_err(failed)?.is_some() || Instant::now() > deadline {
                let said = fs::read_to_string(&log).unwrap_or_default();
                let lines: Vec<String> = said.lines().map(|line| line.chars().take(400).collect()).collect();
                let last = lines.len().saturating_sub(8);
                return Err(format!("Envoy does not start: {}", lines.get(last..).unwrap_or_default().join("\n")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { process, admin, addresses, _folder: folder })
    }

    /// Whether a collector has acknowledged an event, or does within a few deliveries.
    pub fn delivers(&self) -> bool {
        let acknowledged = |line: &str| line.starts_with("inkseal_events_acked_total") && !line.ends_with(" 0");
        (0..50).any(|_| {
            let metrics = inkseal::http::get(self.admin, "/stats/prometheus").map(|response| response.text());
            let found = metrics.is_ok_and(|text| text.lines().any(acknowledged));
            if !found {
                std::thread::sleep(Duration::from_millis(100));
            }
            found
        })
    }

    /// Nanoseconds that all its threads have run.
    ///
    /// # Errors
    /// It is gone.
    pub fn cpu_ns(&self) -> std::io::Result<u64> {
        let mut total = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            // A thread may end meanwhile.
            let text = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
            total += text.split(' ').next().and_then(|first| first.parse::<u64>().ok()).unwrap_or(0);
        }
        Ok(total)
    }
}

/// An address that nobody has now.
fn free() -> std::io::Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr()
}

fn cluster(name: &str, address: SocketAddr) -> Cluster {
    let (host, port) = (address.ip().to_string(), address.port());
    Cluster { name: name.to_owned(), host, port, protocol: Protocol::Http1 }
}

fn built(listener: &Listener, address: SocketAddr) -> envoy::Listener {
    let filter = match &listener.between {
        Between::Wasm(wasm, configuration) => {
            let (name, wasm, plan) = (listener.name.to_owned(), wasm.clone(), configuration.clone());
            Some(Filter { name, wasm, plan })
        }
        Between::Nothing | Between::Lua => None,
    };
    envoy::Listener {
        name: listener.name.to_owned(),
        host: address.ip().to_string(),
        port: address.port(),
        filter,
        route: "all".to_owned(),
        cluster: UPSTREAM.to_owned(),
    }
}

/// Puts the Lua filter before the router of a listener.
fn with_lua(config: &mut Value, listener: usize) -> Option<()> {
    let manager = "filter_chains/0/filters/0/typed_config";
    let filters = config.pointer_mut(&format!("/static_resources/listeners/{listener}/{manager}/http_filters"))?;
    let lua = json!({
        "name": "envoy.filters.http.lua",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
            "default_source_code": {"inline_string": lua::script()},
        },
    });
    filters.as_array_mut()?.insert(0, lua);
    Some(())
}
