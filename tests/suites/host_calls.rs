//! What a plain exchange asks of the proxy, by callback. Each call of the host costs Envoy about a tenth of a microsecond,
//! and a whole one where it hands something over: a call that comes back for every request has to be seen here first.
#![allow(clippy::unwrap_used, reason = "a suite")]

use std::collections::BTreeMap;

use inkseal::exchange::{keys, policy};
use inkseal::host::{Config, Engine, Module, Vm};
use inkseal::wasm_build::filter_wasm;
use inkseal_engine::policy::{Catalogue, Sources};
use serde_json::{Value, json};

/// Calls by callback and host function, less the prefixes of their names.
type Calls = BTreeMap<(&'static str, &'static str), u64>;

const REQUEST: &str = "proxy_on_request_headers";
const RESPONSE: &str = "proxy_on_response_headers";
const BODY: &str = "proxy_on_response_body";
const LOG: &str = "proxy_on_log";

/// What no policy spares: the count of requests, the time, both header maps, the count of pieces, the outcome for logs.
const LEAST: [((&str, &str), u64); 7] = [
    ((REQUEST, "proxy_increment_metric"), 1),
    ((REQUEST, "proxy_get_current_time_nanoseconds"), 1),
    ((REQUEST, "proxy_get_header_map_pairs"), 1),
    ((RESPONSE, "proxy_get_header_map_pairs"), 1),
    ((BODY, "proxy_increment_metric"), 1),
    ((LOG, "proxy_set_property"), 1),
    ((LOG, "proxy_get_current_time_nanoseconds"), 1),
];

/// What an event adds: the route; then code, flags, duration, details, source, attempts and cluster.
const EVENT: [((&str, &str), u64); 2] = [((REQUEST, "proxy_get_property"), 1), ((LOG, "proxy_get_property"), 7)];

/// What rules for the response's body add: the path for logs, an edited header, the piece, and its measures.
const READ: [((&str, &str), u64); 4] = [
    ((REQUEST, "proxy_set_property"), 1),
    ((RESPONSE, "proxy_remove_header_map_value"), 1),
    ((BODY, "proxy_get_buffer_bytes"), 1),
    ((LOG, "proxy_record_metric"), 2),
];

/// The calls of one exchange in which nothing is found, after one that has defined metrics and opened the chain.
fn calls(module: &Module, document: &Value) -> Calls {
    let mut sources = Sources::new();
    let catalogue = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS).unwrap();
    let plan = policy::plan(&mut sources, &catalogue, document, "host-calls").unwrap();
    let mut config = Config::default().configuration(plan);
    config.env = keys::environment(config.now_ns / 1_000_000).unwrap();
    let mut vm = Vm::new(module, config).unwrap();
    for _ in 0..2 {
        vm.take_host_calls();
        let mut stream = vm.stream().unwrap();
        let request = [
            (":method", "GET"),
            (":scheme", "https"),
            (":authority", "a.example"),
            (":path", "/orders"),
            ("accept", "application/json"),
            ("x-request-id", "7c1a0e2b-0d0c-4f5e-9a43-0a4bd5b5f0c1"),
        ];
        stream.request_headers(&request, true).unwrap();
        let response = [(":status", "200"), ("content-type", "application/json"), ("content-length", "13")];
        stream.response_headers(&response, false).unwrap();
        stream.response_body(br#"{"a":[1,2,3]"#, false).unwrap();
        stream.response_body(b"}", true).unwrap();
        stream.finish().unwrap();
    }
    vm.take_host_calls()
}

#[test]
fn a_plain_exchange_asks_for_little() {
    let module = Module::from_file(&Engine::new().unwrap(), &filter_wasm().unwrap()).unwrap();
    let none: &[((&str, &str), u64)] = &[];
    let sampled_out = [((REQUEST, "proxy_get_property"), 1), ((LOG, "proxy_get_property"), 1)];
    let silent = json!({"level": "none"});
    for (what, policy, parts) in [
        (
            "off, no events",
            json!({"include": ["recommended"], "mode": "off", "audit": silent}),
            [&LEAST[..], none, none],
        ),
        ("off", json!({"include": ["recommended"], "mode": "off"}), [&LEAST[..], &EVENT, none]),
        ("recommended, no events", json!({"include": ["recommended"], "audit": silent}), [&LEAST[..], none, &READ]),
        (
            "recommended, sampled out",
            json!({"include": ["recommended"], "audit": {"sample": {"clean": "0%"}}}),
            [&LEAST[..], &sampled_out, &READ],
        ),
        ("recommended", json!({"include": ["recommended"]}), [&LEAST[..], &EVENT, &READ]),
    ] {
        let mut most: Calls = BTreeMap::new();
        for (call, count) in parts.into_iter().flatten() {
            *most.entry(*call).or_default() += count;
        }
        // The second piece of the body.
        for (_, count) in most.iter_mut().filter(|((callback, _), _)| *callback == BODY) {
            *count *= 2;
        }
        let found = calls(&module, &policy);
        assert_eq!(found, most, "{what}");
    }
}
