//! Every case of `tests/cases` through a real Envoy with the shipped filter: at 32 seeded cuts, over HTTP/1.1 and
//! HTTP/2, with and without trailers. The filter's own count of body callbacks confirms that the cuts arrived.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    missing_docs
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use inkseal::exchange::{keys, message::Wires};
use inkseal_tests::bed::{Bed, Route, skipped};
use inkseal_tests::cases;
use inkseal_tests::lane::{self, Case, Run};
use inkseal_tests::message::{Message, Response};
use inkseal_tests::records;
use inkseal_tests::upstream::Upstream;

/// Plans in one Envoy: each is a plugin in the same VM, whose memory is capped.
const PLANS: usize = 12;

/// Cases of one listener at most: listeners run side by side.
const LANE: usize = 4;

/// How long the last events may take.
const DELIVERY: Duration = Duration::from_secs(20);

/// Of the pieces that were sent, the share that must have come as callbacks of their own. The kernel may join two.
const ARRIVED: f64 = 0.9;

/// Cases that share a plan and a route.
struct Lane {
    plan: String,
    route: String,
    cases: Vec<Case>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_case_holds_in_a_real_envoy() {
    if skipped("envoy") {
        return;
    }
    let began = Instant::now();
    let lanes = lanes();
    let wasm = tokio::task::spawn_blocking(inkseal::wasm_build::filter_wasm).await.unwrap().unwrap();
    let mut outcome = Outcome::default();
    for lanes in lanes.chunks(PLANS) {
        outcome.add(run(lanes, &wasm).await);
    }
    let share = |(sent, arrived): (usize, u64)| format!("{arrived} callbacks for {sent} pieces");
    eprintln!(
        "{} runs of {} cases in {:.0} s; requests: {}; responses: {}",
        outcome.runs,
        lanes.iter().map(|lane| lane.cases.len()).sum::<usize>(),
        began.elapsed().as_secs_f32(),
        share(outcome.request),
        share(outcome.response)
    );
    assert!(outcome.failures.is_empty(), "{} failures:\n{}", outcome.failures.len(), report(&outcome.failures));
    for (sent, arrived) in [outcome.request, outcome.response] {
        assert!(
            arrived as f64 >= ARRIVED * sent as f64,
            "{arrived} callbacks for {sent} pieces: the cuts did not arrive"
        );
    }
}

fn report(failures: &BTreeMap<String, (String, usize)>) -> String {
    let line = |(what, (first, count)): (&String, &(String, usize))| format!("{what} ({count} runs)\n{first}");
    failures.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Every case, by plan and route; `INKSEAL_CASE` keeps those whose name or place contains it.
fn lanes() -> Vec<Lane> {
    let mut cases = cases::all().unwrap_or_else(|error| panic!("{error:#}"));
    if let Ok(wanted) = std::env::var("INKSEAL_CASE") {
        cases.retain(|case| case.exchange.name.contains(&wanted) || case.place.contains(&wanted));
    }
    assert!(!cases.is_empty(), "there are no cases to run");
    let mut grouped: BTreeMap<(String, String), Vec<Case>> = BTreeMap::new();
    for cases::Case { place, exchange, plan } in cases {
        let route = Wires::new(&exchange).unwrap().route.unwrap_or_else(|| "all".into());
        let plan = plan.unwrap_or_else(|error| panic!("{place}: {error}"));
        grouped.entry((plan, route)).or_default().push(Case { place, exchange });
    }
    let split = |((plan, route), cases): ((String, String), Vec<Case>)| {
        let lane = |cases: &[Case]| Lane { plan: plan.clone(), route: route.clone(), cases: cases.to_vec() };
        cases.chunks(LANE).map(lane).collect::<Vec<_>>()
    };
    grouped.into_iter().flat_map(split).collect()
}

#[derive(Default)]
struct Outcome {
    runs: usize,
    /// What failed where, with the first run that showed it and how many did.
    failures: BTreeMap<String, (String, usize)>,
    /// Pieces sent and callbacks counted.
    request: (usize, u64),
    response: (usize, u64),
}

impl Outcome {
    fn fail(&mut self, what: String, details: impl FnOnce() -> String) {
        self.failures.entry(what).or_insert_with(|| (details(), 0)).1 += 1;
    }

    fn add(&mut self, other: Outcome) {
        self.runs += other.runs;
        for (what, (first, count)) in other.failures {
            self.failures.entry(what).or_insert((first, 0)).1 += count;
        }
        for (own, other) in [(&mut self.request, other.request), (&mut self.response, other.response)] {
            own.0 += other.0;
            own.1 += other.1;
        }
    }
}

/// One Envoy with these lanes, all at once.
async fn run(lanes: &[Lane], wasm: &Path) -> Outcome {
    let collector = Upstream::start().await.unwrap();
    let accepted = Message { chunks: vec![b"{}".to_vec()], ..Message::default() };
    collector.answer(Response { status: 200, message: accepted }, Duration::ZERO);
    let name = |index: usize| format!("lane-{index}");
    let routes: Vec<Route> = lanes
        .iter()
        .enumerate()
        .map(|(index, lane)| Route { name: name(index), route: lane.route.clone(), plan: Some(lane.plan.clone()) })
        .collect();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
    let keys = keys::environment(now).unwrap();
    let bed = Arc::new(Bed::start(&routes, wasm, keys, Some(collector.address())).await.unwrap());
    let mut tasks = Vec::new();
    for (index, lane) in lanes.iter().enumerate() {
        let (bed, cases) = (Arc::clone(&bed), lane.cases.clone());
        tasks.push(tokio::spawn(async move { lane::run(&bed, &name(index), &cases).await.unwrap() }));
    }
    let mut runs: Vec<Vec<Run>> = Vec::new();
    for task in tasks {
        runs.push(task.await.unwrap());
    }
    let wanted: usize = runs.iter().map(Vec::len).sum();
    let deadline = Instant::now() + DELIVERY;
    let mut bodies = records::bodies(&collector.received());
    while records::events(&bodies).len() < wanted && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(200)).await;
        bodies = records::bodies(&collector.received());
    }
    let events = records::events(&bodies);
    let mut outcome = Outcome::default();
    for (lane, runs) in lanes.iter().zip(&runs) {
        for run in runs {
            let case = &lane.cases[run.case];
            outcome.runs += 1;
            let event = events.get(&run.trace);
            // What is refused is not read to its end.
            let refused = event.and_then(|event| event.pointer("/unmapped/inkseal/outcome")?.as_str());
            if !matches!(refused, Some("blocked" | "reset")) {
                outcome.request.0 += run.pieces.0;
                outcome.response.0 += run.pieces.1;
            }
            for mismatch in lane::judge(case, run, event) {
                outcome.fail(format!("{} {}: {}", case.place, case.exchange.name, mismatch.what), || {
                    format!("    {}\n    expected: {}\n    got:      {}", run.how, mismatch.expected, mismatch.got)
                });
            }
        }
    }
    let metrics = bed.envoy.metrics().unwrap();
    outcome.request.1 = callbacks(&metrics, "request");
    outcome.response.1 = callbacks(&metrics, "response");
    let places = [
        ("Envoy's log", bed.envoy.log()),
        ("access log", bed.access_log()),
        ("metrics", metrics),
        ("events", bodies.join("\n")),
    ];
    for case in lanes.iter().flat_map(|lane| &lane.cases) {
        let expect = &case.exchange.expect;
        for secret in expect.never_contains.iter().chain(&expect.never_logged).filter(|secret| !secret.is_empty()) {
            for (place, text) in &places {
                if text.contains(secret.as_str()) {
                    outcome.fail(format!("{}: `{secret}` stands in {place}", case.place), String::new);
                }
            }
        }
    }
    outcome
}

fn callbacks(metrics: &str, direction: &str) -> u64 {
    let start = format!("inkseal_body_callbacks_total{{direction=\"{direction}\"");
    metrics
        .lines()
        .filter(|line| line.starts_with(&start))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}
