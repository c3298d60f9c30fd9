//! What comes in: stored once if it verifies, quarantined if not, answered clearly in any case.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use inkseal_engine::seal::Record;
use support::{Place, log, ndjson, otlp, trace};

#[test]
fn a_good_batch_is_stored_once_by_either_way_in() {
    let place = Place::new();
    let collector = place.serve(&[]);
    let records = place.edge().life(20);
    let answer = collector.logs(&records);
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    let again = collector.audit(&records);
    assert_eq!(again.status, 200);
    assert_eq!(again.json(), serde_json::json!({"accepted": 0, "duplicate": 22, "rejected": 0}));
    let other = place.edge().life(3);
    assert_eq!(collector.audit(&other).json()["accepted"], 5);
    assert_eq!(place.count("SELECT count(*) FROM records"), 27);
    assert_eq!(place.count("SELECT count(*) FROM quarantine"), 0);
    let exported = String::from_utf8(place.run("export", &[]).stdout).unwrap();
    assert_eq!(exported, ndjson(&records) + &ndjson(&other));
}

#[test]
fn a_retried_record_may_bring_the_seed_anew() {
    let place = Place::new();
    let collector = place.serve(&[]);
    let mut edge = place.edge();
    let open = edge.open();
    let event = edge.event(1);
    collector.audit(&[open.clone(), event.clone()]);
    let with_seed = Record { seed: open.seed.clone(), ..event };
    assert_eq!(collector.audit(&[with_seed]).json()["duplicate"], 1);
}

#[test]
fn late_records_and_seeds_in_any_place_of_a_batch_are_fine() {
    let place = Place::new();
    let collector = place.serve(&[]);
    let mut edge = place.edge();
    let records = edge.life(30);
    assert_eq!(collector.audit(&[records[7].clone()]).json()["rejected"], 1, "no seed was ever seen");
    let late: Vec<Record> = records[5..].iter().rev().cloned().collect();
    assert_eq!(collector.audit(&late).json()["accepted"], 27);
    assert_eq!(collector.audit(&records[..5]).json()["accepted"], 5);
    assert_eq!(place.count("SELECT count(*) FROM records"), 32);
}

#[test]
fn tampered_records_are_quarantined_and_never_stored() {
    let place = Place::new();
    let collector = place.serve(&[]);
    let mut edge = place.edge();
    let open = edge.open();
    let event = edge.event(1);
    assert_eq!(collector.audit(std::slice::from_ref(&open)).json()["accepted"], 1);
    let altered: Vec<(&str, Record)> = vec![
        (
            "BODY_ALTERED",
            Record { body: Some(event.body.clone().unwrap().replace("redacted", "SECRETX")), ..event.clone() },
        ),
        ("BODY_MISSING", Record { body: None, ..event.clone() }),
        ("FORGED", Record { seq: 2, ..event.clone() }),
        ("FORGED", Record { kind: 2, ..event.clone() }),
        ("FORGED", Record { tag: [0; 32], ..event.clone() }),
        ("FORGED", Record { seed: Some(vec![0; open.seed.clone().unwrap().len()]), ..event.clone() }),
        ("NO_SEED", Record { chain: [0; 16], ..event.clone() }),
        ("UNKNOWN_KID", Record { kid: "s9".into(), seed: open.seed.clone(), ..event.clone() }),
        ("UNREACHABLE", Record { seq: 1_000_000_000_000, ..event.clone() }),
        ("UNREACHABLE", Record { seq: u64::MAX, ..event.clone() }),
        ("FORK", Record { body: event.body.clone(), ..open.clone() }),
    ];
    for (number, (verdict, record)) in altered.iter().enumerate() {
        let answer = collector.audit(std::slice::from_ref(record)).json();
        assert_eq!(answer["rejected"], 1, "{verdict}");
        assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "1");
        let message = answer["partialSuccess"]["errorMessage"].as_str().unwrap();
        assert!(message.starts_with(&format!("record 0: {verdict} (")), "{verdict}: {message}");
        assert_eq!(place.count("SELECT count(*) FROM quarantine"), number as i64 + 1);
        assert_eq!(
            place.count(&format!(
                "SELECT count(*) FROM quarantine WHERE verdict = '{verdict}' AND number = {}",
                number + 1
            )),
            1
        );
    }
    // One bad record does not hold up the good ones around it.
    let mixed = [altered[0].1.clone(), event];
    let answer = collector.logs(&mixed);
    assert_eq!((answer.status, answer.rejected()), (200, "1"));
    assert_eq!(place.count("SELECT count(*) FROM records"), 2);
    let (_, log) = collector.stop();
    assert!(log.contains("BODY_ALTERED") && !log.contains("SECRETX"));
    let file = std::fs::read(place.store()).unwrap();
    assert!(!String::from_utf8_lossy(&file).contains("SECRETX"));
}

#[test]
fn an_envelope_that_differs_from_the_body_is_quarantined() {
    let place = Place::new();
    let collector = place.serve(&[]);
    let mut edge = place.edge();
    collector.audit(&[edge.open()]);
    let event = edge.event(7);
    let request = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut log = log(&event);
        change(&mut log);
        serde_json::json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [log]}]}]}).to_string()
    };
    let other_trace = collector.post("/v1/logs", &request(&|log| log["traceId"] = trace(8).into()));
    let other_time = collector.post("/v1/logs", &request(&|log| log["timeUnixNano"] = "1764000000000000000".into()));
    for (answer, name) in [(other_trace, "traceId"), (other_time, "timeUnixNano")] {
        let message = answer.json()["partialSuccess"]["errorMessage"].to_string();
        assert!(message.contains("ATTRIBUTES_DIFFER") && message.contains(name), "{message}");
    }
    let without = request(&|log| {
        log.as_object_mut().unwrap().remove("traceId");
        log["timeUnixNano"] = 0.into();
    });
    assert_eq!(collector.post("/v1/logs", &without).rejected(), "0");
    assert_eq!(place.count("SELECT count(*) FROM records"), 2);
}

#[test]
fn bad_requests_get_clear_answers() {
    let place = Place::new();
    let collector = place.serve(&["--max-body", "100000"]);
    let says = |answer: support::Answer, status: u16, text: &str| {
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.json()["message"].as_str().unwrap().contains(text), "{answer:?}");
    };
    says(collector.post("/v1/logs", "{\"resourceLogs\":["), 400, "the json ends early, at line 1 column 17");
    says(collector.post("/v1/logs", "hello"), 400, "not json");
    says(collector.post("/v1/logs", r#"{"resourceLogs":7}"#), 400, "not an OTLP logs request");
    says(collector.post("/v1/logs", &"x".repeat(100_001)), 413, "larger than 100000 bytes");
    says(collector.post("/v1/audit", &"x\n".repeat(10_001)), 413, "more than 10000 records");
    let protobuf = collector.request("POST", "/v1/logs", &[("content-type", "application/x-protobuf")], b"\x0a\x00");
    says(protobuf, 415, "application/json");
    let gzip = collector.request("POST", "/v1/audit", &[("content-encoding", "gzip")], b"\x1f\x8b");
    says(gzip, 415, "compressed");
    assert_eq!(collector.request("GET", "/v1/logs", &[], b"").status, 405);
    assert_eq!(collector.request("GET", "/", &[], b"").status, 404);
    assert_eq!(collector.request("GET", "/healthz", &[], b"").status, 200);
    assert_eq!(collector.request("GET", "/readyz", &[], b"").status, 200);
    let lines = collector.post("/v1/audit", "\n{}\nnot json\n");
    assert_eq!((lines.status, lines.json()["rejected"].as_u64()), (200, Some(2)));
    assert_eq!(place.count("SELECT count(*) FROM records"), 0);
}

#[test]
fn sources_need_their_token_and_keep_to_their_keys() {
    let place = Place::new();
    let sources =
        r#"[{"source":"a","token":"AAAAAAAAAAAAAAAA"},{"source":"b","token":"BBBBBBBBBBBBBBBB","kids":["s2"]}]"#;
    std::fs::write(place.path("sources.json"), sources).unwrap();
    let collector = place.serve(&["--sources", "sources.json"]);
    let records = place.edge().life(1);
    assert_eq!(collector.audit(&records).status, 401);
    let send =
        |token: &str| collector.request("POST", "/v1/audit", &[("authorization", token)], ndjson(&records).as_bytes());
    assert_eq!(send("Bearer CCCCCCCCCCCCCCCC").status, 401);
    assert_eq!(send("Bearer BBBBBBBBBBBBBBBB").json()["rejected"], 3);
    assert_eq!(place.count("SELECT count(*) FROM quarantine WHERE verdict = 'WRONG_SOURCE' AND source = 'b'"), 3);
    assert_eq!(send("Bearer AAAAAAAAAAAAAAAA").json()["accepted"], 3);
    let (_, log) = collector.stop();
    assert!(!log.contains("AAAAAAAA") && !log.contains("BBBBBBBB"));
}

#[test]
fn over_its_bound_it_says_when_to_come_again() {
    let place = Place::new();
    let collector = place.serve(&["--max-requests", "1"]);
    // A sender that has begun and does not go on holds the one place, unless it came while another had it.
    let begin = || {
        let mut slow = std::net::TcpStream::connect(&collector.address).unwrap();
        let head = b"POST /v1/audit HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n";
        std::io::Write::write_all(&mut slow, head).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(100));
        slow
    };
    let mut slow = begin();
    let mut answer = collector.audit(&[]);
    for _ in 0..50 {
        if answer.status == 429 {
            break;
        }
        slow = begin();
        answer = collector.audit(&[]);
    }
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
    drop(slow);
    let mut after = collector.audit(&[]);
    for _ in 0..50 {
        if after.status == 200 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
        after = collector.audit(&[]);
    }
    assert_eq!(after.status, 200);
}

#[test]
fn many_senders_at_once_lose_and_double_nothing() {
    let place = Place::new();
    let collector = place.serve(&["--witness", "witness"]);
    let lives: Vec<Vec<Record>> = (0..8).map(|_| place.edge().life(200)).collect();
    std::thread::scope(|scope| {
        for life in &lives {
            for _ in 0..2 {
                scope.spawn(|| {
                    for batch in life.chunks(50) {
                        let mut batch = batch.to_vec();
                        batch[0].seed = life[0].seed.clone();
                        let answer = collector.post("/v1/logs", &otlp(&batch));
                        assert_eq!((answer.status, answer.rejected()), (200, "0"), "{answer:?}");
                    }
                });
            }
        }
    });
    assert_eq!(place.count("SELECT count(*) FROM records"), 8 * 202);
    collector.stop();
    let (verdict, report, code) = place.verify(true);
    assert_eq!((verdict.as_str(), code), ("VERIFIED", 0), "{report}");
}

#[test]
fn what_arrived_is_kept_when_the_sender_is_gone_before_the_answer() {
    use std::io::Write as _;
    let place = Place::new();
    let collector = place.serve(&[]);
    let body = ndjson(&place.edge().life(200));
    let mut socket = std::net::TcpStream::connect(&collector.address).unwrap();
    let head = format!("POST /v1/audit HTTP/1.1\r\nhost: collector\r\ncontent-length: {}\r\n\r\n", body.len());
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(body.as_bytes()).unwrap();
    socket.shutdown(std::net::Shutdown::Both).unwrap();
    drop(socket);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while place.count("SELECT count(*) FROM records") < 202 {
        assert!(std::time::Instant::now() < deadline, "{} of 202", place.count("SELECT count(*) FROM records"));
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
