//! What a real Envoy spends on a request, how many it serves, and what its clients wait: without a filter, with filters that
//! do nothing, and with those that look for something.

mod lua;
mod process;
mod traffic;

use std::path::PathBuf;
use std::time::Duration;

use self::process::Proxy;
use self::traffic::Client;
use super::quantile;
use crate::inputs::Input;

/// What a listener has between client and router.
#[derive(Clone, Debug)]
pub enum Between {
    /// Nothing.
    Nothing,
    /// A wasm filter with its configuration.
    Wasm(PathBuf, String),
    /// Envoy's own Lua filter, with a dozen patterns.
    Lua,
}

/// A listener that is measured.
#[derive(Clone, Debug)]
pub struct Listener {
    /// What tables call it.
    pub name: &'static str,
    /// What it has.
    pub between: Between,
    /// Whether the e-mail addresses of bodies are to be gone behind it.
    pub redacts: bool,
    /// Whether it sends events.
    pub audits: bool,
}

/// How long and how often.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Rounds whose median is taken.
    pub rounds: usize,
    /// Requests at a fixed rate.
    pub paced: usize,
}

/// What a listener costs.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Cost {
    /// The body that comes back.
    pub input: &'static str,
    /// Its size in bytes.
    pub size: usize,
    /// The listener.
    pub listener: &'static str,
    /// Microseconds of Envoy's CPU time a request, the median of the rounds.
    pub cpu_us: f64,
    /// Half the distance of its quartiles, as a share of the median.
    pub spread: f64,
    /// The median of it by the first listener's, round by round.
    pub ratio: f64,
    /// The median of it less the first listener's, round by round.
    pub added_us: f64,
    /// Requests a second over two connections, as fast as they are answered.
    pub rate: f64,
    /// Requests a second at which latency was measured.
    pub paced: u32,
    /// The median latency less the first listener's, in microseconds.
    pub added_p50_us: f64,
    /// The same of the 99th percentile.
    pub added_p99_us: f64,
}

/// How long requests come as fast as they are answered, in each round.
const SPURT: Duration = Duration::from_millis(250);

/// What stands in every body with hits.
const ADDRESS: &[u8] = b"someone@shop.example";

/// Measures listeners over bodies; the first one is what the others are compared with.
///
/// # Errors
/// No Envoy, or it fails, or a listener lets an address pass that it is to redact, or sends no events.
pub fn measure(
    listeners: &[Listener],
    inputs: &[Input],
    keys: &[(String, String)],
    effort: Effort,
) -> Result<Vec<Cost>, String> {
    let mut costs = Vec::new();
    for input in inputs {
        let upstream = traffic::serve(input).map_err(|error| error.to_string())?;
        let proxy = Proxy::start(listeners, upstream, keys)?;
        let mut clients = Vec::new();
        for (listener, &address) in listeners.iter().zip(&proxy.addresses) {
            let failed = |error: Box<dyn std::error::Error>| format!("{}: {error}", listener.name);
            let mut client = Client::connect(address).map_err(failed)?;
            let body = client.get().map_err(failed)?;
            if listener.redacts && body.windows(ADDRESS.len()).any(|it| it == ADDRESS) {
                return Err(format!("{} lets an e-mail address pass", listener.name));
            }
            clients.push(client);
        }
        costs.extend(of_body(listeners, input, &proxy, &mut clients, effort)?);
        if listeners.iter().any(|listener| listener.audits) && !proxy.delivers() {
            return Err("no event was delivered".to_owned());
        }
    }
    Ok(costs)
}

/// What was seen of a listener.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Microseconds of CPU time a request, a round each.
    cpu_us: Vec<f64>,
    /// Requests a second, a round each.
    rates: Vec<f64>,
    /// A request each.
    latencies_us: Vec<f64>,
}

fn of_body(
    listeners: &[Listener],
    input: &Input,
    proxy: &Proxy,
    clients: &mut [Client],
    effort: Effort,
) -> Result<Vec<Cost>, String> {
    // About as long for each size.
    let requests = (16 << 20) / (input.body.len() + (16 << 10)) + 8;
    // A rate that the slowest listener can serve.
    let pace = if input.body.len() > 64 << 10 { 20 } else { 200 };
    let mut seen = vec![Seen::default(); listeners.len()];
    for round in 0..=effort.rounds {
        for (((listener, client), &address), seen) in
            listeners.iter().zip(clients.iter_mut()).zip(&proxy.addresses).zip(&mut seen)
        {
            let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", listener.name);
            let before = proxy.cpu_ns().map_err(|error| failed(&error))?;
            for _ in 0..requests {
                client.get().map_err(|error| failed(&error))?;
            }
            let after = proxy.cpu_ns().map_err(|error| failed(&error))?;
            let rate = traffic::spurt(address, SPURT).map_err(|error| failed(&error))?;
            // The first round warms up.
            if round > 0 {
                seen.cpu_us.push(after.saturating_sub(before) as f64 / 1e3 / requests as f64);
                seen.rates.push(rate);
            }
        }
    }
    let latencies = paced(listeners, clients, pace, effort.paced)?;
    for (seen, latencies) in seen.iter_mut().zip(latencies) {
        seen.latencies_us = latencies;
    }
    let first = seen.first().cloned().unwrap_or_default();
    let cost = |(listener, seen): (&Listener, &Seen)| {
        let beside = |of: fn(f64, f64) -> f64| {
            let pairs = seen.cpu_us.iter().zip(&first.cpu_us);
            quantile(pairs.map(|(mine, first)| of(*mine, *first)).collect(), 0.5)
        };
        let added = |at: f64| quantile(seen.latencies_us.clone(), at) - quantile(first.latencies_us.clone(), at);
        Cost {
            input: input.name,
            size: input.body.len(),
            listener: listener.name,
            ratio: beside(|mine, first| mine / first),
            added_us: beside(|mine, first| mine - first),
            spread: super::spread(&seen.cpu_us),
            cpu_us: quantile(seen.cpu_us.clone(), 0.5),
            rate: quantile(seen.rates.clone(), 0.5),
            paced: pace,
            added_p50_us: added(0.5),
            added_p99_us: added(0.99),
        }
    };
    Ok(listeners.iter().zip(&seen).map(cost).collect())
}

/// Turns in which latency is measured: each listener has its share of what else the machine does.
const TURNS: usize = 10;

/// Latencies of each listener's requests at a rate.
fn paced(listeners: &[Listener], clients: &mut [Client], pace: u32, count: usize) -> Result<Vec<Vec<f64>>, String> {
    // Fewer at a lower rate, so that it takes no longer than twice as long.
    let count = if pace < 100 { count / 5 } else { count };
    let mut latencies: Vec<Vec<f64>> = vec![Vec::new(); listeners.len()];
    for _ in 0..TURNS {
        for ((listener, client), latencies) in listeners.iter().zip(clients.iter_mut()).zip(&mut latencies) {
            let turn = client.paced(pace, count / TURNS).map_err(|error| format!("{}: {error}", listener.name))?;
            latencies.extend(turn);
        }
    }
    Ok(latencies)
}

/// The costs as a table of Markdown.
pub fn markdown(costs: &[Cost]) -> String {
    let mut table =
        "| body | size | listener | CPU a request, us | by the first | added CPU, us | requests a second | \
                     at a second | added p50, us | added p99, us |\n"
            .to_owned();
    table += &format!("|{}\n", " --- |".repeat(10));
    for cost in costs {
        table += &format!(
            "| {} | {} KiB | {} | {:.1} ±{:.0} % | x{:.2} | {:.1} | {:.0} | {} | {:.0} | {:.0} |\n",
            cost.input,
            cost.size >> 10,
            cost.listener,
            cost.cpu_us,
            cost.spread * 100.0,
            cost.ratio,
            cost.added_us,
            cost.rate,
            cost.paced,
            cost.added_p50_us,
            cost.added_p99_us,
        );
    }
    table
}
