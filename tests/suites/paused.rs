//! Streams that pause with an open candidate: time lets it go, though no byte comes, and nothing is lost behind it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a suite")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use inkseal::exchange::{keys, policy};
use inkseal::host::{Answer, Config, Engine, Module, Seen, Stream, Vm};
use inkseal::wasm_build::filter_wasm;
use inkseal_engine::policy::{Catalogue, Sources};
use inkseal_tests::bed::{Bed, Route, skipped};
use inkseal_tests::client;
use inkseal_tests::message::{Fields, Message, Protocol, Request, Response};
use serde_json::json;

fn plan() -> String {
    let mut sources = Sources::new();
    let catalogue = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS).unwrap();
    let policy = json!({
        "version": "inkseal/v1", "name": "chats",
        "detectors": [{"id": "own.key", "entity": "KEY", "pattern": "key_[A-Za-z0-9]{8}", "examples": ["key_AAAAAAAA"]}],
        "rules": [{"id": "chat", "find": [{"in": "sse", "stream_text": "openai-chat", "detect": ["KEY"]}]}],
        "audit": {"sink": {"cluster": "audit_collector", "format": "ndjson", "path": "/v1/audit", "flush": "10s"}},
    });
    policy::plan(&mut sources, &catalogue, &policy, "chats").unwrap()
}

fn chat(text: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
}

/// Pieces of a stream, and what becomes of them when its pauses are short, and when each is longer than two seconds.
fn script() -> [Vec<String>; 3] {
    let texts = |texts: &[&[&str]]| -> Vec<String> {
        texts.iter().map(|piece| piece.iter().map(|text| chat(text)).collect()).collect()
    };
    [
        texts(&[&["Hello.", " a key_AA"], &["A? "], &["Well. ", "key_BB"]]),
        texts(&[&["Hello.", " a key_AA"], &["A? "], &["Well. ", "key_BB"]]),
        texts(&[&["Hello.", " a [REDACTED:KEY]"], &["A? "], &["Well. ", "[REDACTED:KEY]"]]),
    ]
}

const REQUEST: [(&str, &str); 4] =
    [(":method", "POST"), (":path", "/"), (":authority", "a.example"), ("content-type", "text/event-stream")];

/// Sends the pieces with `pause` milliseconds behind each, in steps as ticks come; what is seen at last, and after the
/// first pause.
fn carried(vm: &mut Vm, request: bool, trailers: bool, pause: u64) -> (Seen, Seen) {
    let [pieces, ..] = script();
    let mut stream = vm.stream().unwrap();
    let seen = |stream: &Stream<'_>| if request { stream.upstream() } else { stream.client() };
    stream.request_headers(&REQUEST, !request).unwrap();
    if !request {
        stream.response_headers(&[(":status", "200"), ("content-type", "text/event-stream")], false).unwrap();
    }
    let mut first = None;
    for piece in &pieces {
        match request {
            true => stream.request_body(piece.as_bytes(), false).unwrap(),
            false => stream.response_body(piece.as_bytes(), false).unwrap(),
        }
        for _ in 0..pause / 100 {
            stream.tick(100).unwrap();
        }
        first.get_or_insert_with(|| seen(&stream));
    }
    match (request, trailers) {
        (true, true) => stream.request_trailers(&[("x-end", "reached")]).unwrap(),
        (true, false) => stream.request_body(b"", true).unwrap(),
        (false, true) => stream.response_trailers(&[("x-end", "reached")]).unwrap(),
        (false, false) => stream.response_body(b"", true).unwrap(),
    }
    let last = seen(&stream);
    stream.finish().unwrap();
    (last, first.unwrap())
}

fn text(seen: &Seen) -> String {
    String::from_utf8(seen.body.clone()).unwrap()
}

#[test]
fn in_the_host_time_lets_go_and_nothing_is_lost() {
    let mut config = Config::default().configuration(plan());
    config.env = keys::environment(config.now_ns / 1_000_000).unwrap();
    let module = Module::from_file(&Engine::new().unwrap(), &filter_wasm().unwrap()).unwrap();
    let mut vm = Vm::new(&module, config).unwrap();
    let [_, quick, slow] = script();
    for (request, trailers) in [(false, false), (false, true), (true, false), (true, true)] {
        for (pause, expected, first) in [
            (0, &quick, String::new()),
            (400, &quick, chat("Hello.")),
            (1500, &quick, chat("Hello.")),
            (2000, &slow, slow[0].clone()),
            (60_000, &slow, slow[0].clone()),
        ] {
            let (seen, after) = carried(&mut vm, request, trailers, pause);
            let how = format!("request {request}, trailers {trailers}, pauses of {pause} ms");
            assert_eq!(text(&seen), expected.concat(), "{how}");
            assert!(seen.ended && !seen.reset, "{how}");
            assert_eq!(seen.trailers.is_some(), trailers, "{how}");
            assert_eq!(text(&after), first, "{how}: after the first");
        }
    }
}

#[test]
fn ticks_for_what_waits_flush_no_audit_records() {
    let mut config = Config::default().configuration(plan());
    config.env = keys::environment(config.now_ns / 1_000_000).unwrap();
    let module = Module::from_file(&Engine::new().unwrap(), &filter_wasm().unwrap()).unwrap();
    let mut vm = Vm::new(&module, config).unwrap();
    vm.tick(200).unwrap();
    carried(&mut vm, false, false, 0);
    let first: Vec<u32> = vm.calls().iter().map(|call| call.token).collect();
    assert_eq!(first.len(), 1, "the chain's opening");
    vm.answer(first[0], Answer::status(200)).unwrap();
    vm.tick(9_400).unwrap();
    assert!(vm.calls().is_empty(), "the policy says ten seconds");
    vm.tick(600).unwrap();
    assert_eq!(vm.calls().len(), 1, "the stream's event");
}

/// Data as it came, with the time since the request, and the trailers.
struct Came {
    data: Vec<(Duration, Bytes)>,
    trailers: bool,
}

impl Came {
    fn text(&self, within: Duration) -> String {
        let data = self.data.iter().filter(|(at, _)| *at < within).map(|(_, data)| data.as_ref());
        String::from_utf8(data.collect::<Vec<_>>().concat()).unwrap()
    }
}

async fn get(address: SocketAddr, protocol: Protocol) -> Came {
    let start = Instant::now();
    let io = TokioIo::new(tokio::net::TcpStream::connect(address).await.unwrap());
    let request = http::Request::get(format!("http://{address}/")).header("host", "a.example");
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let mut response = match protocol {
        Protocol::Http1 => {
            let (mut sender, connection) = http1::handshake(io).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await.unwrap()
        }
        Protocol::Http2 => {
            let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await.unwrap()
        }
    };
    let mut came = Came { data: Vec::new(), trailers: false };
    while let Some(frame) = response.body_mut().frame().await {
        match frame.unwrap().into_data() {
            Ok(data) => came.data.push((start.elapsed(), data)),
            Err(frame) => came.trailers = frame.trailers_ref().is_some_and(|map| map.contains_key("x-end")),
        }
    }
    came
}

const SHORT: Duration = Duration::from_millis(700);
const LONG: Duration = Duration::from_millis(2600);

#[tokio::test(flavor = "multi_thread")]
async fn in_envoy_time_lets_go_and_nothing_is_lost() {
    if skipped("envoy") {
        return;
    }
    let mut runs = Vec::new();
    for protocol in [Protocol::Http1, Protocol::Http2] {
        for trailers in [false, true] {
            for gap in [SHORT, LONG] {
                for request in [false, true] {
                    runs.push((protocol, trailers, gap, request));
                }
            }
        }
    }
    let name = |index: usize| format!("chats{index}");
    let routes = (0..runs.len()).map(|index| Route { name: name(index), route: "chats".into(), plan: Some(plan()) });
    let routes: Vec<_> = routes.collect();
    let keys = keys::environment(u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()).unwrap();
    let wasm = tokio::task::spawn_blocking(filter_wasm).await.unwrap().unwrap();
    let bed = Bed::start(&routes, &wasm, keys.into_iter().collect(), None).await.unwrap();
    let [pieces, quick, slow] = script();
    let fields = |name: &str, value: &str| -> Fields { vec![(name.to_owned(), value.as_bytes().to_vec())] };
    let mut tasks = Vec::new();
    for (index, (protocol, trailers, gap, request)) in runs.into_iter().enumerate() {
        let message = Message {
            headers: fields("content-type", "text/event-stream"),
            chunks: pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect(),
            // An empty list keeps HTTP/1.1 from declaring a length, and sends none.
            trailers: Some(if trailers { fields("x-end", "reached") } else { Fields::new() }),
            broken: None,
        };
        let upstream = bed.upstream(&name(index)).unwrap();
        let response = Response { status: 200, message: if request { Message::default() } else { message.clone() } };
        upstream.answer(response, gap);
        let address = bed.envoy.address(&name(index)).unwrap();
        tasks.push((
            (protocol, trailers, gap, request, name(index)),
            tokio::spawn(async move {
                if !request {
                    return Some(get(address, protocol).await);
                }
                let (method, target, host) = ("POST".into(), "/".into(), "a.example".into());
                let response = client::send(address, protocol, &Request { method, target, host, message }, gap).await;
                assert_eq!(response.unwrap().status, 200);
                None
            }),
        ));
    }
    for (how, task) in tasks {
        let came = task.await.unwrap();
        let (_, trailers, gap, _, upstream) = &how;
        let expected = if *gap == LONG { slow.concat() } else { quick.concat() };
        if let Some(came) = came {
            assert_eq!(came.text(Duration::MAX), expected, "{how:?}");
            assert_eq!(came.trailers, *trailers, "{how:?}");
            // The second piece leaves at twice the gap: by then what stood before the candidate has long left, and after
            // two seconds the candidate itself.
            let before = came.text(*gap * 2 - Duration::from_millis(100));
            let first = if *gap == LONG { slow[0].clone() } else { chat("Hello.") };
            assert_eq!(before, first, "{how:?}: before the second piece");
        } else {
            let received = bed.upstream(upstream).unwrap().received();
            assert_eq!(String::from_utf8(received[0].message.body()).unwrap(), expected, "{how:?}");
            assert_eq!(received[0].message.trailer("x-end").is_some(), *trailers, "{how:?}");
        }
    }
    bed.envoy.stop().unwrap();
}
