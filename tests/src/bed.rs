//! An Envoy with scripted upstreams, one listener a plan.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use inkseal::envoy::{self, Bootstrap, Cluster, Envoy, Filter, Installation, Listener, Options};
use tempfile::TempDir;

use crate::client;
use crate::message::{Protocol, Request, Response};
use crate::upstream::Upstream;

/// The cluster that plans name for their audit events.
pub const COLLECTOR: &str = "audit_collector";

/// Whether `INKSEAL_SKIP` names `what`. Says so where a test harness does not swallow it.
pub fn skipped(what: &str) -> bool {
    let skip = std::env::var("INKSEAL_SKIP").unwrap_or_default();
    let skipped = skip.split(',').any(|name| name.trim() == what);
    if skipped {
        let _ =
            std::io::Write::write_all(&mut std::io::stderr(), format!("SKIPPED: {what} (INKSEAL_SKIP)\n").as_bytes());
    }
    skipped
}

/// The Envoy of this machine; found, or installed, once a process.
///
/// # Errors
/// None can be had: that fails a suite, it does not skip it.
pub fn installation() -> Result<&'static Installation> {
    static FOUND: OnceLock<Result<Installation, String>> = OnceLock::new();
    let progress = &mut |line: &str| {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{line}\n").as_bytes());
    };
    let found = FOUND.get_or_init(|| envoy::find(progress).map_err(|error| format!("{error:#}")));
    found.as_ref().map_err(|error| anyhow!("{error}"))
}

/// A listener to be: its name, and the plan of its filter if it has one.
#[derive(Debug, Clone)]
pub struct Route {
    /// The listener's name, which is the plugin's too.
    pub name: String,
    /// The route's name, which policies match.
    pub route: String,
    /// The plan, as compiled.
    pub plan: Option<String>,
}

/// A running Envoy, an upstream for each listener, and their folder.
#[derive(Debug)]
pub struct Bed {
    /// The Envoy.
    pub envoy: Envoy,
    upstreams: Vec<(String, Upstream)>,
    folder: TempDir,
}

/// What the two ends of one exchange saw.
#[derive(Debug)]
pub struct Seen {
    /// What the client got; an error if the stream broke.
    pub client: Result<Response>,
    /// What the upstream got whole.
    pub upstream: Vec<Request>,
}

impl Bed {
    /// Starts upstreams, then Envoy with a listener for each of `routes`. `collector` is where events go; without one
    /// the cluster leads to a closed port.
    ///
    /// # Errors
    /// No Envoy, no port, or Envoy refuses its configuration.
    pub async fn start(
        routes: &[Route],
        wasm: &Path,
        keys: Vec<(String, String)>,
        collector: Option<SocketAddr>,
    ) -> Result<Self> {
        let folder = tempfile::tempdir().context("no temporary folder")?;
        let mut upstreams = Vec::new();
        for route in routes {
            upstreams.push((route.name.clone(), Upstream::start().await?));
        }
        let addresses: Vec<_> = upstreams.iter().map(|(name, upstream)| (name.clone(), upstream.address())).collect();
        let bootstrap = bootstrap(routes, &addresses, wasm, collector, folder.path());
        let options = Options { keys, deadline: Duration::from_secs(60), ..Options::new(folder.path()) };
        let envoy = tokio::task::spawn_blocking(move || Envoy::start(installation()?, &bootstrap, &options)).await??;
        Ok(Self { envoy, upstreams, folder })
    }

    /// The upstream of a listener.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn upstream(&self, route: &str) -> Result<&Upstream> {
        let found = self.upstreams.iter().find(|(name, _)| name == route);
        found.map(|(_, upstream)| upstream).with_context(|| format!("no upstream `{route}`"))
    }

    /// One exchange through a listener, the upstream answering `response`; pieces of bodies are `gap` apart. Exchanges
    /// of one listener must not overlap.
    ///
    /// # Errors
    /// There is no such listener. A broken stream is part of what was [`Seen`].
    pub async fn exchange(
        &self,
        route: &str,
        protocol: Protocol,
        request: &Request,
        response: Response,
        gap: Duration,
    ) -> Result<Seen> {
        let upstream = self.upstream(route)?;
        upstream.answer(response, gap);
        let client = client::send(self.envoy.address(route)?, protocol, request, gap).await;
        Ok(Seen { client, upstream: upstream.received() })
    }

    /// What the access log holds so far.
    pub fn access_log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default()
    }

    /// The folder of Envoy's configuration and logs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The configuration of a bed.
pub fn bootstrap(
    routes: &[Route],
    upstreams: &[(String, SocketAddr)],
    wasm: &Path,
    collector: Option<SocketAddr>,
    folder: &Path,
) -> Bootstrap {
    let cluster = |name: &str, address: SocketAddr, protocol| Cluster {
        name: name.to_owned(),
        host: address.ip().to_string(),
        port: address.port(),
        protocol,
    };
    // Port 9 is `discard`, which nothing listens on.
    let collector = collector.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 9)));
    let mut clusters = vec![cluster(COLLECTOR, collector, envoy::Protocol::Http1)];
    clusters.extend(
        upstreams.iter().map(|(name, address)| cluster(&format!("to-{name}"), *address, envoy::Protocol::AsDownstream)),
    );
    let listener = |route: &Route| Listener {
        name: route.name.clone(),
        host: "127.0.0.1".into(),
        port: 0,
        filter: route.plan.as_ref().map(|plan| Filter {
            name: route.name.clone(),
            wasm: wasm.to_owned(),
            plan: plan.clone(),
        }),
        route: route.route.clone(),
        cluster: format!("to-{}", route.name),
    };
    Bootstrap {
        listeners: routes.iter().map(listener).collect(),
        clusters,
        admin_port: 0,
        access_log: folder.join("access.log"),
    }
}
