//! Bodies that others wrote, through the engine and through the shipped `.wasm`, whole and at seeded cuts: JSONTestSuite,
//! the form and multipart sets, event streams and the API bodies of the evaluation data beside the project. Where that folder is absent nothing is
//! tried, and the test says so: the project's own cases stand without it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a suite")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use inkseal::exchange::cuts::Cut;
use inkseal::exchange::message::{Wire, Wires};
use inkseal::exchange::native::Native;
use inkseal::exchange::observed::{Observed, Side};
use inkseal::exchange::policy::plan;
use inkseal::exchange::wasm::Wasm;
use inkseal::exchange::{Engine, Found, Loaded};
use inkseal_engine::policy::{Catalogue, Sources};
use inkseal_tests::cuts::seeded;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

/// Nesting and digits beyond which a body is no longer followed.
const DEPTH: usize = 64;
const HOLD_BACK: usize = 1024;

/// Bytes of a part's head that are read.
const HEAD: usize = 16 << 10;

/// Bodies up to this many bytes also come byte by byte.
const SHORT: usize = 1024;

/// Looks at everything, by content, by path and by name, and finds none of it in these bodies.
fn nothing() -> Value {
    json!({
        "version": "inkseal/v1", "name": "nothing", "on_limit": "pass_and_flag", "on_uninspectable": "pass_and_flag",
        "limits": {"hold_back": HOLD_BACK, "depth": DEPTH},
        "detectors": [{"id": "none", "entity": "NONE", "pattern": "none-[0-9]{24}-none", "examples": ["none-000000000000000000000000-none"]}],
        "rules": [{"id": "none", "find": [
            {"in": "any", "detect": ["NONE"]},
            {"in": "json", "path": "$..no_such_member_anywhere", "action": "remove"},
            {"in": "field", "name": ["no_such_field_anywhere"]},
            {"in": "part", "name": ["no_such_part_anywhere"], "action": "remove"},
            {"in": "part", "name": ["no_such_part_anywhere"], "detect": ["NONE"]},
        ]}],
    })
}

fn recommended() -> Value {
    json!({
        "version": "inkseal/v1", "name": "recommended", "on_limit": "pass_and_flag", "on_uninspectable": "pass_and_flag",
        "limits": {"hold_back": HOLD_BACK, "depth": DEPTH},
        "include": [{"pack": "recommended", "direction": "any", "apply": "traffic"}],
    })
}

/// A body of the data.
struct Row {
    name: String,
    media_type: String,
    request: bool,
    body: Vec<u8>,
    /// The data says that it is valid JSON.
    json: bool,
}

impl Row {
    fn wires(&self) -> Wires {
        let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        let kind = pair("content-type", &self.media_type);
        let mut request = vec![
            pair(":method", if self.request { "POST" } else { "GET" }),
            pair(":scheme", "https"),
            pair(":authority", "a.example"),
            pair(":path", "/"),
        ];
        let mut response = vec![pair(":status", "200")];
        let of = |this: bool| if this { self.body.clone() } else { Vec::new() };
        if self.request {
            request.push(kind)
        } else {
            response.push(kind)
        }
        Wires {
            request: Wire { headers: request, body: of(self.request), trailers: Vec::new() },
            response: Wire { headers: response, body: of(!self.request), trailers: Vec::new() },
            route: None,
        }
    }

    fn cut(&self, at: Vec<usize>, end_with_last: bool) -> Cut {
        let (request, response) = if self.request { (at, Vec::new()) } else { (Vec::new(), at) };
        Cut { request, response, end_with_last }
    }

    fn cuts(&self, count: usize) -> Vec<Cut> {
        let length = self.body.len();
        // The longest bodies are a hundred thousand brackets: what they show, a few cuts show.
        let count = if length > 1 << 16 { count.min(4) } else { count };
        let mut cuts: Vec<Cut> = seeded(length, count, length as u64)
            .into_iter()
            .enumerate()
            .map(|(index, at)| self.cut(at, index % 2 == 1))
            .collect();
        if length <= SHORT {
            cuts.push(self.cut((1..length).collect(), false));
        }
        cuts
    }

    fn side<'a>(&self, observed: &'a Observed) -> &'a Side {
        if self.request { &observed.request } else { &observed.response }
    }

    /// Whether it may be nested too deeply, have too long a number or head, or be coded.
    fn may_be_beyond_limits(&self) -> bool {
        let opened = self.body.iter().filter(|byte| b"[{".contains(byte)).count();
        let digits = self.body.split(|byte| !b"+-.eE0123456789".contains(byte)).map(<[u8]>::len).max();
        let multipart = self.media_type.starts_with("multipart/");
        let coded = multipart && self.body.to_ascii_lowercase().windows(16).any(|it| it == b"content-encoding");
        opened > DEPTH || digits > Some(HOLD_BACK) || multipart && self.body.len() > HEAD || coded
    }
}

/// The evaluation data, beside the project or beside the folder of its worktrees.
fn folder() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let beside = |up: &str| root.join(up).join("shared/eval");
    [beside(".."), beside("../..")].into_iter().find(|folder| folder.is_dir())
}

fn rows(folder: &Path, file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("`{file}`: {error}"));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn all(folder: &Path) -> BTreeMap<&'static str, Vec<Row>> {
    let text = |row: &Value, member: &str| row[member].as_str().unwrap_or_default().to_owned();
    let decode = |value: &Value| BASE64.decode(value.as_str().unwrap().as_bytes()).unwrap();
    let suite = rows(folder, "json_testsuite.jsonl").into_iter().map(|row| Row {
        name: text(&row, "name"),
        media_type: "application/json".into(),
        request: false,
        body: decode(&row["body_b64"]),
        json: row["expect"] == "accept",
    });
    let forms = rows(folder, "form_urlencoded.jsonl").into_iter().map(|row| Row {
        name: text(&row, "name"),
        media_type: "application/x-www-form-urlencoded".into(),
        request: true,
        body: row["chunks_b64"].as_array().unwrap().iter().flat_map(decode).collect(),
        json: false,
    });
    let api = rows(folder, "api_bodies.jsonl").into_iter().map(|row| Row {
        name: text(&row, "name"),
        media_type: text(&row, "content_type"),
        request: row["direction"] == "request",
        body: text(&row, "body").into_bytes(),
        json: row["content_type"] == "application/json" && is_json(text(&row, "body").as_bytes()),
    });
    let parts = rows(folder, "multipart.jsonl").into_iter().map(|row| Row {
        name: text(&row, "name"),
        media_type: format!("multipart/form-data; boundary=\"{}\"", text(&row, "boundary")),
        request: true,
        body: match row["chunks_b64"].as_array() {
            Some(chunks) => chunks.iter().flat_map(decode).collect(),
            None => decode(&row["body_b64"]),
        },
        json: false,
    });
    let sse = rows(folder, "sse.jsonl").into_iter().map(|row| Row {
        name: text(&row, "name"),
        media_type: text(&row, "content_type"),
        request: false,
        body: row["chunks_b64"].as_array().unwrap().iter().flat_map(decode).collect(),
        json: false,
    });
    BTreeMap::from([
        ("SSE", sse.collect()),
        ("JSONTestSuite", suite.collect()),
        ("forms", forms.collect()),
        ("API bodies", api.collect()),
        ("multipart", parts.collect()),
    ])
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// What came of the rows under one policy.
#[derive(Default)]
struct Counts {
    runs: usize,
    changed: usize,
    beyond: usize,
    wrong: Vec<String>,
}

impl Counts {
    fn wrong(&mut self, row: &Row, what: String) {
        if self.wrong.len() < 8 {
            self.wrong.push(format!("{}: {what}", row.name));
        }
    }
}

type Seen = (Vec<u8>, Option<Vec<Found>>, Option<Vec<Found>>, Option<String>);

/// Runs one row whole and cut. `quiet` is a policy that finds nothing.
fn run(row: &Row, running: &mut dyn Loaded, cuts: usize, quiet: bool, counts: &mut Counts) {
    let wires = row.wires();
    let mut see = |cut: &Cut| -> anyhow::Result<Seen> {
        counts.runs += 1;
        let observed = running.run(&wires, cut)?;
        let side = row.side(&observed);
        anyhow::ensure!(side.ended || row.body.is_empty(), "the stream did not end");
        Ok((side.body.clone(), observed.findings.clone(), observed.shadow.clone(), observed.outcome.clone()))
    };
    let whole = match see(&Cut::default()) {
        Ok(whole) => whole,
        Err(error) => return counts.wrong(row, format!("{error:#}")),
    };
    let mut wrong = Vec::new();
    for cut in row.cuts(cuts) {
        match see(&cut) {
            Ok(seen) if seen == whole => {}
            Ok(seen) => wrong.push(format!("{cut} differs\n  whole {}\n  cut   {}", shown(&whole), shown(&seen))),
            Err(error) => wrong.push(format!("{cut}: {error:#}")),
        }
    }
    let (body, findings, _, outcome) = &whole;
    let outcome = outcome.as_deref().unwrap_or_default();
    let beyond = outcome == "uninspected";
    counts.beyond += usize::from(beyond);
    counts.changed += usize::from(*body != row.body);
    if quiet && (*body != row.body || findings.as_ref().is_none_or(|found| !found.is_empty())) {
        wrong.push(format!("it is changed\n  {}", shown(&whole)));
    }
    if beyond && !row.may_be_beyond_limits() {
        wrong.push("it is called beyond limits".to_owned());
    }
    if !matches!(outcome, "allowed" | "redacted" | "uninspected") {
        wrong.push(format!("it fails: `{outcome}`"));
    }
    if row.json && !(is_json(&row.body) && is_json(body)) {
        wrong.push(format!("it is no longer JSON\n  {}", shown(&whole)));
    }
    wrong.into_iter().for_each(|what| counts.wrong(row, what));
}

fn shown((body, findings, shadow, outcome): &Seen) -> String {
    let body = &body[..body.len().min(400)];
    format!("{outcome:?} {findings:?} {shadow:?} \"{}\"", body.escape_ascii())
}

/// Every row under both policies, with `cuts` cuts of each.
fn try_all(engine: &dyn Engine, cuts: usize) {
    let mut report = std::io::stderr();
    let Some(folder) = folder() else {
        writeln!(
            report,
            "eval_bodies on {}: NOT RUN, there is no folder `../shared/eval` beside the project",
            engine.name()
        )
        .unwrap();
        return;
    };
    let mut sources = Sources::new();
    let catalogue = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS)
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut wrong = Vec::new();
    for (policy, quiet) in [(nothing(), true), (recommended(), false)] {
        let name = policy["name"].as_str().unwrap().to_owned();
        let plan = plan(&mut sources, &catalogue, &policy, &name).unwrap_or_else(|error| panic!("{error:#}"));
        for (set, rows) in all(&folder) {
            assert!(!rows.is_empty(), "{set} has no rows");
            let mut running = engine.load(&plan).unwrap_or_else(|error| panic!("{error:#}"));
            let mut counts = Counts::default();
            for row in &rows {
                run(row, running.as_mut(), cuts, quiet, &mut counts);
            }
            let Counts { runs, changed, beyond, .. } = counts;
            let valid = rows.iter().filter(|row| row.json).count();
            writeln!(
                report,
                "{} {set} under `{name}`: {} bodies ({valid} valid JSON), {runs} runs, {changed} changed, {beyond} beyond limits, {} wrong",
                engine.name(),
                rows.len(),
                counts.wrong.len()
            )
            .unwrap();
            wrong.extend(counts.wrong.into_iter().map(|what| format!("{set} under `{name}`: {what}")));
        }
    }
    assert!(wrong.is_empty(), "on {}:\n{}", engine.name(), wrong.join("\n"));
}

#[test]
fn bodies_that_others_wrote_on_the_engine() {
    try_all(&Native, 48);
}

#[test]
fn bodies_that_others_wrote_on_the_shipped_wasm() {
    try_all(&Wasm::shipped().unwrap_or_else(|error| panic!("{error:#}")), 4);
}
