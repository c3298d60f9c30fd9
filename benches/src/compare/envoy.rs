//! What a real Envoy spends on a request: without a filter, with one whose policy is off, and with a pack.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

use inkseal::envoy::{Envoy, Options};
use inkseal_tests::bed::{Route, bootstrap, installation};

use super::quantile;
use crate::inputs::Input;

/// CPU time of a request through a listener.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Cost {
    /// The body that comes back.
    pub input: &'static str,
    /// Its size in bytes.
    pub size: usize,
    /// The listener.
    pub route: String,
    /// The median of the rounds, in microseconds of Envoy's CPU time.
    pub microseconds: f64,
    /// The median of this by the first listener's, round by round.
    pub ratio: f64,
}

/// Measures listeners with these plans, none being no filter; the first one is what the others are compared with.
///
/// # Errors
/// No Envoy, or it fails.
pub fn measure(
    routes: &[(&str, Option<String>)],
    inputs: &[Input],
    wasm: &Path,
    keys: Vec<(String, String)>,
    rounds: usize,
) -> Result<Vec<Cost>, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let mut costs = Vec::new();
    for input in inputs {
        let upstream = serve(input).map_err(|error| told(&error))?;
        let folder = tempfile::tempdir().map_err(|error| told(&error))?;
        let route = |(name, plan): &(&str, Option<String>)| Route {
            name: (*name).to_owned(),
            route: "all".to_owned(),
            plan: plan.clone(),
        };
        let routes: Vec<Route> = routes.iter().map(route).collect();
        let addresses: Vec<_> = routes.iter().map(|route| (route.name.clone(), upstream)).collect();
        let bootstrap = bootstrap(&routes, &addresses, wasm, None, folder.path());
        let options = Options { keys: keys.clone(), deadline: Duration::from_secs(60), ..Options::new(folder.path()) };
        let found = installation().map_err(|error| format!("{error:#}"))?;
        let envoy = Envoy::start(found, &bootstrap, &options).map_err(|error| format!("{error:#}"))?;
        // About as long for each size.
        let requests = (4 << 20) / (input.body.len() + (16 << 10)) + 8;
        let mut rows: Vec<Vec<f64>> = vec![Vec::new(); routes.len()];
        for round in 0..=rounds {
            for (route, row) in routes.iter().zip(&mut rows) {
                let address = envoy.address(&route.name).map_err(|error| format!("{error:#}"))?;
                let before = cpu(envoy.id()).map_err(|error| told(&error))?;
                send(address, requests).map_err(|error| format!("{}: {error}", route.name))?;
                let spent = cpu(envoy.id()).map_err(|error| told(&error))?.saturating_sub(before);
                // The first round warms up.
                if round > 0 {
                    row.push(spent as f64 / 1e3 / requests as f64);
                }
            }
        }
        let first = rows.first().cloned().unwrap_or_default();
        for (route, row) in routes.iter().zip(rows) {
            let ratios = row.iter().zip(&first).map(|(mine, first)| mine / first).collect();
            costs.push(Cost {
                input: input.name,
                size: input.body.len(),
                route: route.name.clone(),
                microseconds: quantile(row, 0.5),
                ratio: quantile(ratios, 0.5),
            });
        }
        envoy.stop().map_err(|error| format!("{error:#}"))?;
    }
    Ok(costs)
}

/// Nanoseconds that all threads of a process have run.
fn cpu(process: u32) -> std::io::Result<u64> {
    let mut total = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread may end meanwhile.
        let text = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        total += text.split(' ').next().and_then(|first| first.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(total)
}

/// A server that answers every request with the body, as long as the process lives.
fn serve(input: &Input) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
        input.media_type,
        input.body.len()
    );
    let response = [head.as_bytes(), &input.body].concat();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let response = response.clone();
            // Envoy closes the connection when it ends.
            thread::spawn(move || answer(stream, &response));
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream, response: &[u8]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line == "\r\n" {
            stream.write_all(response)?;
        }
    }
}

/// Requests over one connection, one behind the other.
fn send(address: SocketAddr, requests: usize) -> Result<(), Box<dyn std::error::Error>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut reader = BufReader::with_capacity(64 << 10, stream.try_clone()?);
    for _ in 0..requests {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a.example\r\n\r\n")?;
        read_response(&mut reader)?;
    }
    Ok(())
}

fn read_response(reader: &mut BufReader<TcpStream>) -> Result<(), Box<dyn std::error::Error>> {
    let (mut line, mut length, mut chunked, mut first) = (String::new(), 0, false, true);
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        if first && !line.starts_with("HTTP/1.1 200") {
            return Err(format!("an answer of `{}`", line.trim_end()).into());
        }
        first = false;
        let lower = line.trim_end().to_ascii_lowercase();
        match lower.split_once(": ") {
            _ if lower.is_empty() => break,
            Some(("content-length", value)) => length = value.parse()?,
            Some(("transfer-encoding", value)) => chunked = value.contains("chunked"),
            _ => {}
        }
    }
    loop {
        if chunked {
            line.clear();
            reader.read_line(&mut line)?;
            length = usize::from_str_radix(line.trim_end(), 16)?;
        }
        let last = !chunked || length == 0;
        std::io::copy(&mut reader.by_ref().take(length as u64 + if chunked { 2 } else { 0 }), &mut std::io::sink())?;
        if last {
            return Ok(());
        }
    }
}

/// The costs as a table of Markdown.
pub fn markdown(costs: &[Cost]) -> String {
    let mut table =
        "| body | size | listener | CPU a request, us | by the first |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for cost in costs {
        table += &format!(
            "| {} | {} KiB | {} | {:.1} | x{:.2} |\n",
            cost.input,
            cost.size >> 10,
            cost.route,
            cost.microseconds,
            cost.ratio
        );
    }
    table
}
