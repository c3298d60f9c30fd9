//! The trail of the shipped `.wasm` in the native host: sealed records arrive through a collector that fails in every
//! way, and verify; one changed letter does not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers")]

use inkseal::exchange::{keys, policy};
use inkseal::host::{Answer, Call, Config, Engine, Module, Vm};
use inkseal::wasm_build::filter_wasm;
use inkseal_engine::policy::{Catalogue, Sources};
use inkseal_engine::seal::{Kind, Record};
use inkseal_engine::verify::{Anchor, Code, Report, Verdict, Verifier};

/// A worker with the shipped filter, which sends a record a line.
fn start() -> Vm {
    let mut sources = Sources::new();
    let catalogue = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS).unwrap();
    let document = serde_json::json!({
        "include": ["recommended"], "audit": {"sink": {"cluster": "collector", "format": "ndjson", "path": "/v1/audit"}},
    });
    let plan = policy::plan(&mut sources, &catalogue, &document, "trail").unwrap();
    let mut config = Config::default().configuration(plan);
    config.env = keys::environment(config.now_ns / 1_000_000).unwrap();
    let module = Module::from_file(&Engine::new().unwrap(), &filter_wasm().unwrap()).unwrap();
    Vm::new(&module, config).unwrap()
}

fn exchange(vm: &mut Vm) {
    let mut stream = vm.stream().unwrap();
    stream.request_headers(&[(":method", "GET"), (":path", "/a"), (":authority", "a.example")], true).unwrap();
    stream.response_headers(&[(":status", "200"), ("content-type", "text/plain")], false).unwrap();
    stream.response_body(b"mail aaa@bbb.example", true).unwrap();
    assert_eq!(stream.finish().unwrap().client.body, b"mail [REDACTED:EMAIL_ADDRESS]");
}

/// Answers all waiting calls; what a 2xx accepts is stored.
fn collect(vm: &mut Vm, status: u16, store: &mut Vec<Record>) {
    for call in vm.calls().into_iter().cloned().collect::<Vec<Call>>() {
        assert_eq!(call.cluster, "collector");
        if status == 200 {
            let text = String::from_utf8(call.body).unwrap();
            store.extend(text.lines().map(|line| Record::from_json(line).unwrap()));
        }
        let answer = if status == 0 { Answer::reset() } else { Answer::status(status) };
        vm.answer(call.token, answer).unwrap();
    }
}

/// Ends the root context, delivering to the last.
fn close(vm: &mut Vm, store: &mut Vec<Record>) {
    for _ in 0..20 {
        let done = vm.shut_down().unwrap();
        if done {
            return;
        }
        vm.tick(1000).unwrap();
        collect(vm, 200, store);
    }
    panic!("the filter does not end");
}

fn verify(records: &[Record]) -> Report {
    let keyring = keys::keyring();
    let mut verifier = Verifier::new(&keyring, Anchor::default());
    records.iter().cloned().for_each(|record| verifier.push(record));
    verifier.finish()
}

#[test]
fn a_trail_survives_a_collector_that_fails_in_every_way() {
    let (mut vm, mut store) = (start(), Vec::new());
    for status in [503, 0, 429, 502, 200] {
        for _ in 0..10 {
            exchange(&mut vm);
        }
        vm.tick(2000).unwrap();
        collect(&mut vm, status, &mut store);
    }
    // Nobody answers: the calls time out, and their records come again.
    exchange(&mut vm);
    vm.tick(120_000).unwrap();
    for _ in 0..60 {
        vm.tick(1000).unwrap();
        collect(&mut vm, 200, &mut store);
    }
    close(&mut vm, &mut store);

    let events = |store: &[Record]| {
        let mut sequence: Vec<u64> =
            store.iter().filter(|record| record.kind == Kind::Event as u8).map(|record| record.seq).collect();
        sequence.sort_unstable();
        sequence.dedup();
        sequence.len()
    };
    assert_eq!(events(&store), 51, "every event arrives");
    let report = verify(&store);
    assert_eq!(report.verdict, Verdict::Unanchored, "no checkpoint is held elsewhere: {:?}", report.codes());

    let last = store.iter_mut().rfind(|record| record.kind == Kind::Event as u8).unwrap();
    last.body = last.body.take().map(|body| body.replacen("\"code\":200", "\"code\":500", 1));
    let report = verify(&store);
    assert_eq!(report.verdict, Verdict::Tampered);
    assert!(report.codes().contains(&Code::BodyAltered), "{:?}", report.codes());
}

#[test]
fn a_vm_without_traffic_opens_a_chain_at_its_first_tick() {
    let (mut vm, mut store) = (start(), Vec::new());
    assert!(vm.calls().is_empty());
    for _ in 0..15 {
        vm.tick(1000).unwrap();
        collect(&mut vm, 200, &mut store);
    }
    close(&mut vm, &mut store);
    let kinds: Vec<u8> = store.iter().map(|record| record.kind).collect();
    assert_eq!(kinds.first(), Some(&(Kind::Open as u8)));
    assert!(kinds.contains(&(Kind::Heartbeat as u8)), "{kinds:?}");
    assert_eq!(kinds.last(), Some(&(Kind::Close as u8)));
    assert_eq!(verify(&store).verdict, Verdict::Unanchored);
}
