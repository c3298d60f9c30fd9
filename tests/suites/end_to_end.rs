//! The whole way: client, Envoy with the shipped filter, upstream, collector. What each of them saw, that the trail
//! verifies, that tampering shows, and that no secret stands anywhere; and how Envoy refuses what is broken.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use inkseal::collector::{self, Archive, Collector};
use inkseal::edge::Edge;
use inkseal::envoy::{self, Options};
use inkseal::exchange::policy;
use inkseal::process::Leashed;
use inkseal_engine::policy::{Catalogue, Sources};
use inkseal_tests::bed::{self, Bed, Route, installation, skipped};
use inkseal_tests::client;
use inkseal_tests::message::{Fields, Message, Protocol, Request, Response};
use inkseal_tests::upstream::Upstream;
use serde_json::Value;

const POLICY: &str = r#"
version: inkseal/v1
name: shop
include: [secrets, pii-core, pci]
rules:
  - id: callers
    match: {direction: request}
    find:
      - {in: header, name: [authorization], entity: API_CREDENTIAL, action: hash, apply: logs}
      - {in: query, name: [code], action: redact, apply: logs}
      - {in: json, path: "$.card", entity: CREDIT_CARD, action: {mask: {keep_last: 4}}}
  - id: customers
    match: {direction: response}
    find:
      - {in: json, path: "$..email", entity: EMAIL_ADDRESS, action: {hash: {keep_domain: true}}}
  - id: no-private-keys
    match: {direction: response}
    find: [{in: body, detect: [PRIVATE_KEY], action: {block: {status: 502}}}]
audit: {sink: {flush: 200ms}}
"#;

const HOST: &str = "shop.example";
const BEARER: &str = "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const CODE: &str = "CCCCCCCCCCCCCCCCCCCC";
const CARD: &str = "4111111111111111";
const MAIL: &str = "ada.lovelace@shop.example";
const KEY: &str =
    "-----BEGIN PRIVATE KEY-----\nBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB\n-----END PRIVATE KEY-----\n";
const GAP: Duration = Duration::from_millis(5);

/// What must be nowhere but between the client, Envoy and the upstream.
const SECRETS: [&str; 5] = [
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    CODE,
    CARD,
    "ada.lovelace",
    "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB",
];

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
}

fn plan(policy_text: &str) -> String {
    let mut sources = Sources::new();
    let catalogue = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS).unwrap();
    policy::plan(&mut sources, &catalogue, &Value::from(policy_text), "shop").unwrap_or_else(|error| panic!("{error}"))
}

/// A body cut in the middle of what matters.
fn cut(body: &str, at: &str) -> Vec<Vec<u8>> {
    let middle = body.find(at).unwrap() + at.len() / 2;
    vec![body.as_bytes()[..middle].to_vec(), body.as_bytes()[middle..].to_vec()]
}

fn trace(number: usize) -> String {
    format!("{number:032x}")
}

fn request(method: &str, target: &str, number: usize, chunks: Vec<Vec<u8>>) -> Request {
    let traceparent = format!("00-{}-00000000000000aa-01", trace(number));
    let mut headers = fields(&[("authorization", BEARER), ("traceparent", &traceparent)]);
    if !chunks.is_empty() {
        headers.extend(fields(&[("content-type", "application/json")]));
    }
    let trailers = (!chunks.is_empty()).then(|| fields(&[("x-end", "request")]));
    Request {
        method: method.into(),
        target: target.into(),
        host: HOST.into(),
        message: Message { headers, chunks, trailers, broken: None },
    }
}

fn response(kind: &str, chunks: Vec<Vec<u8>>) -> Response {
    let headers = fields(&[("content-type", kind)]);
    Response {
        status: 200,
        message: Message { headers, chunks, trailers: Some(fields(&[("x-end", "response")])), broken: None },
    }
}

/// Sends three exchanges over a protocol; their trace ids count from `from`.
async fn traffic(bed: &Bed, protocol: Protocol, from: usize) {
    let target = format!("/v1/users/42?code={CODE}");
    let body = format!(r#"{{"name":"Ada","email":"{MAIL}"}}"#);
    let answer = response("application/json", cut(&body, MAIL));
    let seen = bed.exchange("shop", protocol, &request("GET", &target, from, Vec::new()), answer, GAP).await.unwrap();
    let client = seen.client.unwrap();
    assert_eq!(client.message.broken, None);
    let text = String::from_utf8(client.message.body()).unwrap();
    assert!(text.starts_with(r#"{"name":"Ada","email":"ik1_p1_"#) && text.ends_with(r#"@shop.example"}"#), "{text}");
    assert_eq!(client.message.trailer("x-end"), Some(&b"response"[..]));
    let upstream = &seen.upstream[0];
    assert_eq!(
        (upstream.target.as_str(), upstream.message.header("authorization")),
        (target.as_str(), Some(BEARER.as_bytes()))
    );

    let body = format!(r#"{{"order":1001,"card":"{CARD}"}}"#);
    let sent = request("POST", "/v1/orders", from + 1, cut(&body, CARD));
    let answer = response("text/plain", cut("thank you for your order", "order"));
    let seen = bed.exchange("shop", protocol, &sent, answer, GAP).await.unwrap();
    assert_eq!(seen.client.unwrap().message.body(), b"thank you for your order");
    let upstream = &seen.upstream[0];
    assert_eq!(upstream.message.body(), br#"{"order":1001,"card":"************1111"}"#);
    assert_eq!(upstream.message.trailer("x-end"), Some(&b"request"[..]));

    let answer = response("text/plain", cut(KEY, "BEGIN"));
    let seen =
        bed.exchange("shop", protocol, &request("GET", "/v1/config", from + 2, Vec::new()), answer, GAP).await.unwrap();
    let client = seen.client.unwrap();
    assert_eq!(client.message.broken, None);
    assert_eq!((client.status, client.message.body()), (502, Vec::new()));
}

fn await_that<T>(what: &str, mut test: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = test() {
            return found;
        }
        assert!(Instant::now() < deadline, "gave up waiting until {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The listed events by trace id.
fn listed(archive: &Archive) -> Vec<Value> {
    archive.list(&["--json"]).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Everything that stands in files under a folder, by file.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(contents(&path)),
            false => found.push((path.display().to_string(), std::fs::read(&path).unwrap())),
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traffic_is_redacted_sealed_collected_and_verified() {
    if skipped("envoy") {
        return;
    }
    let wasm = tokio::task::spawn_blocking(inkseal::wasm_build::filter_wasm).await.unwrap().unwrap();
    let program = tokio::task::spawn_blocking(collector::program).await.unwrap().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let edge = Edge::new("").unwrap();
    let collector = Collector::start(&program, folder.path(), &edge).unwrap();
    let route = Route { name: "shop".into(), route: "shop".into(), plan: Some(plan(POLICY)) };
    let bed = Bed::start(&[route], &wasm, edge.environment().unwrap(), Some(collector.address())).await.unwrap();

    traffic(&bed, Protocol::Http1, 1).await;
    traffic(&bed, Protocol::Http2, 11).await;

    let events = await_that("the collector has six events", || {
        let events = listed(collector.archive());
        (events.len() >= 6).then_some(events)
    });
    for (number, method, path, status, outcome) in [
        (1, "GET", "/v1/users/{id}", 200, "redacted"),
        (2, "POST", "/v1/orders", 200, "redacted"),
        (3, "GET", "/v1/config", 502, "blocked"),
        (11, "GET", "/v1/users/{id}", 200, "redacted"),
        (12, "POST", "/v1/orders", 200, "redacted"),
        (13, "GET", "/v1/config", 502, "blocked"),
    ] {
        let event =
            events.iter().find(|event| event["trace"] == trace(number)).unwrap_or_else(|| panic!("no event {number}"));
        let got =
            (event["method"].as_str(), event["path"].as_str(), event["status"].as_u64(), event["outcome"].as_str());
        assert_eq!(got, (Some(method), Some(path), Some(status), Some(outcome)), "event {number}");
    }
    assert_eq!(events.len(), 6, "one event for each exchange");

    let log = await_that("the access log has six lines", || {
        let log = bed.access_log();
        (log.lines().count() >= 6).then_some(log)
    });
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["path"], "/v1/users/42?code=%5BREDACTED%3AFIELD%5D");
    assert!(lines.iter().all(|line| line["authorization"].as_str().unwrap().starts_with("Bearer ik1_p1_")), "{log}");
    assert_eq!((lines[1]["outcome"].as_str(), lines[2]["outcome"].as_str()), (Some("redacted"), Some("blocked")));

    let metrics = bed.envoy.metrics().unwrap();
    assert_eq!(bed.envoy.counter("inkseal_requests_total").unwrap(), 6);
    assert_eq!(bed.envoy.counter("inkseal_blocked_total").unwrap(), 2);
    assert!(metrics.contains(r#"inkseal_findings_total{rule="customers",action="hash"} 2"#), "{metrics}");

    bed.envoy.drain().unwrap();
    await_that("every chain has closed", || {
        (!collector.archive().verify().unwrap().report.contains("UNCLOSED")).then_some(())
    });
    let envoy_log = bed.envoy.log();
    let config_dump = inkseal::http::get(bed.envoy.admin(), "/config_dump").unwrap().body;
    let archive = collector.stop().unwrap();
    let trail = archive.verify().unwrap();
    assert_eq!(trail.verdict, "VERIFIED", "{}", trail.report);
    let export = archive.export().unwrap();
    assert!(export.lines().count() >= 6 + 2, "events, opens and closes: {export}");

    // No secret of the traffic anywhere, and no key of the edge but in the collector's own files for them.
    let mut places = contents(bed.folder());
    assert!(places.iter().any(|(name, _)| name.ends_with("access.log")));
    places.extend(contents(folder.path()));
    places.extend([
        ("metrics".to_owned(), metrics.into_bytes()),
        ("export".to_owned(), export.into_bytes()),
        ("Envoy's log".to_owned(), envoy_log.into_bytes()),
        ("config dump".to_owned(), config_dump),
    ]);
    assert!(places.iter().any(|(name, bytes)| name.ends_with("audit.db") && bytes.len() > 10_000));
    let keys = edge.secrets().unwrap();
    for (place, bytes) in &places {
        let holds = |secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        for secret in SECRETS {
            assert!(!holds(secret), "`{secret}` stands in {place}");
        }
        let own = place.ends_with("keys.json") || place.ends_with("sources.json");
        assert!(own || !keys.iter().any(|key| holds(key)), "a key of the edge stands in {place}");
    }

    tamper(&archive, folder.path());
}

/// One word of one stored body, changed in the bytes of the store.
fn tamper(archive: &Archive, folder: &Path) {
    let copy = archive.copy(&folder.join("tampered")).unwrap();
    let (word, lie) = (br#""outcome":"blocked""#, br#""outcome":"allowed""#);
    let mut bytes = std::fs::read(&copy.store).unwrap();
    let at = bytes.windows(word.len()).position(|window| window == word).unwrap();
    bytes[at..at + word.len()].copy_from_slice(lie);
    std::fs::write(&copy.store, bytes).unwrap();
    let after = copy.verify().unwrap();
    assert_eq!(after.verdict, "TAMPERED", "{}", after.report);
    assert!(after.report.contains("BODY_ALTERED"), "{}", after.report);
    assert_eq!(archive.verify().unwrap().verdict, "VERIFIED", "the original is as it was");
}

/// What Envoy says to a plan and keys that it must refuse, both when it only checks and when it starts.
fn refusal(plan: &str, keys: Vec<(String, String)>) -> [String; 2] {
    let wasm = inkseal::wasm_build::filter_wasm().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let route = Route { name: "shop".into(), route: "shop".into(), plan: Some(plan.to_owned()) };
    let bootstrap =
        bed::bootstrap(&[route], &[("shop".into(), ([127, 0, 0, 1], 9).into())], &wasm, None, folder.path());
    let options = Options { keys, ..Options::new(folder.path()) };
    let validated = envoy::validate(installation().unwrap(), &bootstrap, &options).unwrap_err();
    let started = envoy::Envoy::start(installation().unwrap(), &bootstrap, &options).unwrap_err();
    [validated, started].map(|error| format!("{error:#}"))
}

#[test]
fn envoy_refuses_what_is_broken_and_says_why() {
    if skipped("envoy") {
        return;
    }
    let edge = Edge::new("").unwrap();
    let keys = edge.environment().unwrap();
    let without = |name: &str| keys.iter().filter(|(other, _)| other != name).cloned().collect::<Vec<_>>();
    let good = plan(POLICY);
    for (plan, keys, reason) in [
        (good.clone(), without("INKSEAL_SEAL_KEYS"), "INKSEAL_SEAL_KEYS"),
        (good.clone(), without("INKSEAL_PSEUDONYM_KEY"), "INKSEAL_PSEUDONYM_KEY"),
        (good.replacen("shop", "shoq", 1), keys.clone(), "digest"),
        ("{}".into(), keys.clone(), "plan"),
        ("not a plan".into(), keys.clone(), "StringValue"),
    ] {
        for said in refusal(&plan, keys.clone()) {
            assert!(said.contains("configuration refused") && said.contains(reason), "{reason}: {said}");
            for secret in edge.secrets().unwrap() {
                assert!(!said.contains(&secret), "a key stands in what Envoy says");
            }
        }
    }
}

/// The example runs as it is shipped, but for its addresses and folders; a rename of the watched file is the kill switch,
/// and a broken file changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_example_that_users_copy_runs_and_follows_its_file() {
    if skipped("envoy") {
        return;
    }
    let wasm = tokio::task::spawn_blocking(inkseal::wasm_build::filter_wasm).await.unwrap().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let watched = folder.path().join("filter.json");
    let put = |plan: String, version: &str| {
        let filter = envoy::Filter { name: "inkseal".into(), wasm: wasm.clone(), plan };
        let partial = folder.path().join("filter.json.new");
        std::fs::write(&partial, filter.to_ecds(version).to_string()).unwrap();
        std::fs::rename(&partial, &watched).unwrap();
    };
    put(plan(POLICY), "1");
    let upstream = Upstream::start().await.unwrap();
    let body = format!(r#"{{"email":"{MAIL}"}}"#);
    upstream.answer(response("application/json", cut(&body, MAIL)), GAP);
    let example = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../envoy/envoy.yaml")).unwrap();
    let example = example
        .replace("/etc/envoy/inkseal/filter.json", &watched.display().to_string())
        .replace("/var/log/envoy/access.log", &folder.path().join("access.log").display().to_string())
        .replace("address: 0.0.0.0, port_value: 10000", "address: 127.0.0.1, port_value: 0")
        .replace("port_value: 9901", "port_value: 0")
        .replace("port_value: 8080", &format!("port_value: {}", upstream.address().port()));
    let file = folder.path().join("envoy.yaml");
    std::fs::write(&file, example).unwrap();
    let admin_file = folder.path().join("admin");
    let log = folder.path().join("envoy.log");
    let mut command = std::process::Command::new(&installation().unwrap().program);
    command.args(["--disable-hot-restart", "--concurrency", "1", "--config-path"]).arg(&file);
    command.arg("--admin-address-path").arg(&admin_file).arg("--log-path").arg(&log);
    command.envs(Edge::new("").unwrap().environment().unwrap());
    let _envoy = Leashed::spawn(command.stderr(std::process::Stdio::null())).unwrap();
    let admin: SocketAddr =
        await_that("Envoy has an admin address", || std::fs::read_to_string(&admin_file).ok()?.trim().parse().ok());
    let shop: SocketAddr = await_that("Envoy listens", || {
        let listeners = inkseal::http::get(admin, "/listeners").ok()?.text();
        listeners.trim().strip_prefix("shop::")?.parse().ok()
    });
    let ask = async || {
        let seen =
            client::send(shop, Protocol::Http1, &request("GET", "/v1/users/42", 1, Vec::new()), GAP).await.unwrap();
        (seen.status, String::from_utf8(seen.message.body()).unwrap())
    };
    let (status, redacted) = ask().await;
    assert!(status == 200 && redacted.contains("ik1_p1_"), "{status} {redacted}");

    put("{}".into(), "2");
    await_that("Envoy says why it refuses", || {
        std::fs::read_to_string(&log).ok()?.contains("configuration refused").then_some(())
    });
    let (status, still) = ask().await;
    assert!(status == 200 && still.contains("ik1_p1_"), "a refused plan leaves the old one in force: {status} {still}");

    put(plan(&format!("{POLICY}mode: off\n")), "3");
    let deadline = Instant::now() + Duration::from_secs(20);
    while ask().await.1 != body {
        assert!(Instant::now() < deadline, "the kill switch has no effect");
    }
}
