//! The shipped filter in the native host: the same exchanges through the very `.wasm` that a proxy loads.

use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::cuts::{Cut, pieces};
use super::keys;
use super::message::{Wire, Wires};
use super::model::Found;
use super::observed::{Observed, Side};
use super::run::{Engine, Loaded};
use crate::host::{self, Answer, Call, Config, Finished, Module, Seen, Stream, Vm};

/// The filter, compiled once; each plan starts a VM of it.
pub struct Wasm {
    module: Module,
}

impl Wasm {
    /// Compiles the filter.
    ///
    /// # Errors
    /// If it is no proxy-wasm filter that this host runs.
    pub fn new(path: &Path) -> anyhow::Result<Self> {
        let engine = host::Engine::new()?;
        let module = Module::from_file(&engine, path).with_context(|| format!("`{}`", path.display()))?;
        Ok(Self { module })
    }

    /// The shipped filter, built from this workspace.
    ///
    /// # Errors
    /// If it does not build.
    pub fn shipped() -> anyhow::Result<Self> {
        Self::new(&crate::wasm_build::filter_wasm()?)
    }
}

impl Engine for Wasm {
    fn name(&self) -> &'static str {
        "wasm"
    }

    fn load(&self, plan: &str) -> anyhow::Result<Box<dyn Loaded>> {
        let mut config = Config::default().configuration(plan);
        config.env = keys::environment(config.now_ns / 1_000_000)?;
        Ok(Box::new(Running { vm: Vm::new(&self.module, config)? }))
    }
}

struct Running {
    vm: Vm,
}

impl Loaded for Running {
    fn run(&mut self, wires: &Wires, cut: &Cut) -> anyhow::Result<Observed> {
        self.vm.take_logs();
        let finished = carry(self.vm.stream()?, wires, cut)?;
        let mut logged = Vec::new();
        let event = self.event(&mut logged)?;
        for (name, value) in self.vm.metrics() {
            logged.push((format!("metric {name}"), format!("{name} {value:?}").into_bytes()));
        }
        logged.extend(self.vm.take_logs().into_iter().map(|line| ("log line".to_owned(), line.message.into_bytes())));
        Ok(observed(finished, event, logged))
    }
}

impl Running {
    /// Lets time pass until the filter has delivered its events, plays a collector that accepts everything, and returns
    /// the last event's body. What the collector gets goes into `logged`.
    fn event(&mut self, logged: &mut Vec<(String, Vec<u8>)>) -> anyhow::Result<Option<Value>> {
        /// Longer than the longest flush that tests use.
        const SECONDS: usize = 6;
        let mut event = None;
        for _ in 0..SECONDS {
            self.vm.tick(1000)?;
            let calls: Vec<Call> = self.vm.calls().into_iter().cloned().collect();
            for call in calls {
                for body in records(&call.body) {
                    // Opens, heartbeats and closes are records of the trail itself, not of an exchange.
                    let parsed: Value = serde_json::from_str(&body).context("a record's body is not JSON")?;
                    logged.push(("record".to_owned(), body.into_bytes()));
                    if parsed.get("class_uid").and_then(Value::as_u64) == Some(4002) {
                        event = Some(parsed);
                    }
                }
                let fields = call.headers.iter().map(|(name, value)| [name.as_slice(), b": ", value].concat());
                logged
                    .push(("collector call".to_owned(), [fields.collect::<Vec<_>>().join(&b'\n'), call.body].concat()));
                self.vm.answer(call.token, Answer { body: b"{}".to_vec(), ..Answer::status(200) })?;
            }
            if event.is_some() {
                break;
            }
        }
        Ok(event)
    }
}

/// Sends an exchange through a stream, as Envoy would: a request that the filter answers itself has no upstream.
fn carry(mut stream: Stream<'_>, wires: &Wires, cut: &Cut) -> Result<Finished, host::HostError> {
    if let Some(route) = &wires.route {
        stream.set_property(&["xds", "route_name"], route.as_bytes());
    }
    let bodiless = |wire: &Wire| wire.body.is_empty() && wire.trailers.is_empty();
    let request = &wires.request;
    stream.request_headers(&request.headers, bodiless(request))?;
    for (piece, end) in pieces(&request.body, &cut.request, cut.end_with_last, !request.trailers.is_empty()) {
        if stream.answered() {
            break;
        }
        stream.request_body(piece, end)?;
    }
    if !request.trailers.is_empty() && !stream.answered() {
        stream.request_trailers(&request.trailers)?;
    }
    let response = &wires.response;
    if !stream.answered() {
        stream.response_headers(&response.headers, bodiless(response))?;
    }
    for (piece, end) in pieces(&response.body, &cut.response, cut.end_with_last, !response.trailers.is_empty()) {
        stream.response_body(piece, end)?;
    }
    if !response.trailers.is_empty() {
        stream.response_trailers(&response.trailers)?;
    }
    stream.finish()
}

/// The bodies of all records in a delivery, whether OTLP or a record a line.
fn records(delivery: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(delivery);
    let mut bodies = Vec::new();
    if let Ok(otlp) = serde_json::from_str::<Value>(&text)
        && let Some(resources) = otlp.get("resourceLogs")
    {
        let each = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        for resource in resources.as_array().into_iter().flatten() {
            for scope in each(resource, "scopeLogs") {
                for log in each(&scope, "logRecords") {
                    bodies.extend(log.pointer("/body/stringValue").and_then(Value::as_str).map(str::to_owned));
                }
            }
        }
        return bodies;
    }
    for line in text.lines() {
        let record = serde_json::from_str::<Value>(line).ok();
        bodies.extend(record.as_ref().and_then(|record| record.get("body")?.as_str()).map(str::to_owned));
    }
    bodies
}

fn observed(finished: Finished, event: Option<Value>, logged: Vec<(String, Vec<u8>)>) -> Observed {
    let own = event.as_ref().and_then(|event| event.pointer("/unmapped/inkseal"));
    let filter_state = finished
        .filter_state
        .iter()
        .filter_map(|(path, value)| {
            Some((path.strip_prefix("inkseal.")?.to_owned(), String::from_utf8_lossy(value).into_owned()))
        })
        .collect::<std::collections::BTreeMap<_, _>>();
    Observed {
        request: side(finished.upstream),
        response: side(finished.client),
        findings: own.and_then(|own| found(own.get("findings")?)),
        shadow: own.and_then(|own| found(own.get("shadow")?)),
        outcome: filter_state.get("outcome").cloned(),
        filter_state,
        makes_events: true,
        event,
        logged,
    }
}

fn side(seen: Seen) -> Side {
    Side {
        ended: seen.ended && !seen.reset,
        headers: seen.headers,
        body: seen.body,
        trailers: seen.trailers.unwrap_or_default(),
    }
}

fn found(findings: &Value) -> Option<Vec<Found>> {
    serde_json::from_value(findings.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_from_both_formats() {
        let otlp = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"{}"}},{}]}]}]}"#;
        assert_eq!(records(otlp), ["{}"]);
        assert_eq!(records(b"{\"kid\":\"a\",\"body\":\"{}\"}\n{\"body\":null}\n"), ["{}"]);
    }
}
