//! What the suites share: an edge that seals, a collector that runs, a client that speaks plain HTTP.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use inkseal_engine::keyring::{Keyring, Window};
use inkseal_engine::seal::body::{Open, Status, nonce};
use inkseal_engine::seal::{Chain, Kind, Record};
use inkseal_engine::{Entropy, canonical};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

pub struct Random;

impl Entropy for Random {
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
}

/// A folder with a keyring, in which a collector runs.
pub struct Place {
    pub folder: tempfile::TempDir,
    pub keyring: Keyring,
}

impl Place {
    pub fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let keyring = Keyring::generate("", Window::default(), &mut Random);
        let keys = folder.path().join("keys.json");
        std::fs::write(&keys, keyring.to_json().as_bytes()).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&keys, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        Place { folder, keyring }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn store(&self) -> PathBuf {
        self.path("store.db")
    }

    pub fn edge(&self) -> Edge {
        let public = self.keyring.verifier_public_at(0).unwrap();
        Edge { chain: Chain::open(self.keyring.seal_key_at(0).unwrap(), &public, &mut Random).unwrap() }
    }

    /// The command with this place's keys, and nothing of the caller's environment that could matter.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inkseal-collector"));
        command.current_dir(self.folder.path()).env_remove("INKSEAL_KEYS").env_remove("INKSEAL_LOG");
        command.arg(name).arg("--store").arg(self.store()).arg("--keys").arg(self.path("keys.json"));
        command
    }

    pub fn run(&self, name: &str, arguments: &[&str]) -> Output {
        self.command(name).args(arguments).output().unwrap()
    }

    /// The verdict (the last line) and the whole report.
    pub fn verify(&self, witness: bool) -> (String, String, i32) {
        let arguments: &[&str] = if witness { &["--witness", "witness"] } else { &[] };
        let output = self.run("verify", arguments);
        let report = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
        (report.lines().last().unwrap_or_default().to_owned(), report, output.status.code().unwrap())
    }

    pub fn serve(&self, arguments: &[&str]) -> Collector {
        Collector::start(self.command("serve").args(["--listen", "127.0.0.1:0"]).args(arguments))
    }

    pub fn sql(&self, statement: &str) {
        let connection = rusqlite::Connection::open(self.store()).unwrap();
        assert_ne!(connection.execute(statement, []).unwrap(), 0, "{statement} changed nothing");
    }

    pub fn count(&self, query: &str) -> i64 {
        let connection = rusqlite::Connection::open(self.store()).unwrap();
        connection.query_row(query, [], |row| row.get(0)).unwrap()
    }
}

/// An edge with one open chain.
pub struct Edge {
    pub chain: Chain,
}

impl Edge {
    pub fn open(&mut self) -> Record {
        let open =
            Open { time_ms: 1_764_000_000_000, plan: "sha256:00".into(), mode: "enforce".into(), previous: None };
        self.chain.seal(Kind::Open, open.to_body(&mut Random), true)
    }

    pub fn event(&mut self, number: u64) -> Record {
        self.chain.seal(Kind::Event, event_body(number), false)
    }

    pub fn events(&mut self, count: u64) -> Vec<Record> {
        (0..count).map(|number| self.event(number)).collect()
    }

    fn status(&self, checkpoint: Option<String>) -> Status {
        Status {
            time_ms: 1_764_000_000_500,
            plan: "sha256:00".into(),
            mode: "enforce".into(),
            accumulator: self.chain.accumulator(),
            checkpoint,
            ..Status::default()
        }
    }

    pub fn heartbeat(&mut self, checkpoint: Option<String>) -> Record {
        let body = self.status(checkpoint).to_heartbeat(&mut Random);
        self.chain.seal(Kind::Heartbeat, body, true)
    }

    pub fn close(&mut self) -> Record {
        let body = self.status(None).to_close(&mut Random);
        self.chain.seal(Kind::Close, body, true)
    }

    /// An open, so many events, a close.
    pub fn life(&mut self, events: u64) -> Vec<Record> {
        let mut records = vec![self.open()];
        records.extend(self.events(events));
        records.push(self.close());
        records
    }
}

pub fn trace(number: u64) -> String {
    format!("{number:032x}")
}

pub fn event_body(number: u64) -> String {
    canonical::to_string(&json!({
        "activity_id": 6, "actor": {"user": {"uid": "ik1_p1_aaaaaaaaaaaaaaaaaaaaaaaaaa"}}, "class_uid": 4002,
        "http_request": {"http_method": "POST", "url": {"path": "/v1/users/{id}/pay"}},
        "http_response": {"code": 200}, "n": nonce(&mut Random), "time": 1_764_000_000_000u64 + number,
        "trace_uid": trace(number),
        "unmapped": {"inkseal": {"findings": [
            {"action": "mask", "count": 1, "entity": "CREDIT_CARD", "path": "$.card", "rule": "r", "surface": "response.body"},
        ], "outcome": "redacted"}},
    }))
}

pub fn otlp(records: &[Record]) -> String {
    let logs: Vec<Value> = records.iter().map(log).collect();
    json!({"resourceLogs": [{"resource": {"attributes": []}, "scopeLogs": [{"scope": {"name": "inkseal"}, "logRecords": logs}]}]})
        .to_string()
}

pub fn log(record: &Record) -> Value {
    let wire: Value = serde_json::from_str(&record.to_json()).unwrap();
    let mut attributes = vec![json!({"key": "inkseal.kind", "value": {"intValue": record.kind.to_string()}})];
    for name in ["kid", "chain", "seq", "c", "tag", "seed"] {
        if let Some(value) = wire.get(name) {
            attributes.push(json!({"key": format!("inkseal.{name}"), "value": {"stringValue": value}}));
        }
    }
    let body: Value = serde_json::from_str(record.body.as_deref().unwrap_or("{}")).unwrap_or_default();
    let mut log = json!({"attributes": attributes, "body": {"stringValue": record.body}, "severityNumber": 9});
    if let Some(time) = body["time"].as_u64() {
        log["timeUnixNano"] = (time * 1_000_000).to_string().into();
    }
    if let Some(trace) = body.get("trace_uid") {
        log["traceId"] = trace.clone();
    }
    log
}

pub fn ndjson(records: &[Record]) -> String {
    records.iter().map(|record| record.to_json() + "\n").collect()
}

/// A running collector; killed when dropped.
pub struct Collector {
    child: Child,
    pub address: String,
}

impl Collector {
    pub fn start(command: &mut Command) -> Collector {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Ok(line) = serde_json::from_str::<Value>(&line) else {
            let mut errors = String::new();
            child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
            panic!("the collector did not start: {errors}");
        };
        Collector { address: line["listening"].as_str().unwrap().to_owned(), child }
    }

    pub fn post(&self, path: &str, body: &str) -> Answer {
        let content_type = if path == "/v1/logs" { "application/json" } else { "application/x-ndjson" };
        self.request("POST", path, &[("content-type", content_type)], body.as_bytes())
    }

    pub fn logs(&self, records: &[Record]) -> Answer {
        self.post("/v1/logs", &otlp(records))
    }

    pub fn audit(&self, records: &[Record]) -> Answer {
        self.post("/v1/audit", &ndjson(records))
    }

    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += "\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        // A server that refuses early need not read on.
        let _ = stream.write_all(body);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        Answer::parse(&bytes)
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; gives the exit code and what was logged.
    pub fn stop(mut self) -> (i32, String) {
        let status = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code().unwrap_or(-1), log)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Answer {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().filter_map(|line| line.split_once(": ")).find(|(found, _)| *found == name).map(|pair| pair.1)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no json: {self:?}"))
    }

    pub fn rejected(&self) -> &'static str {
        match self.json()["partialSuccess"]["rejectedLogRecords"].as_str() {
            None => "0",
            Some(count) => count.to_owned().leak(),
        }
    }
}

/// The newest checkpoint's file in a witness's folder.
pub fn newest(witness: &Path) -> PathBuf {
    let mut files: Vec<PathBuf> = std::fs::read_dir(witness).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "checkpoint"));
    files.sort();
    files.pop().expect("the witness holds a checkpoint")
}
