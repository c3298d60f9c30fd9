//! What was acknowledged is there, whatever happens to the process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use support::{Place, ndjson};

#[test]
fn a_restart_keeps_everything_and_goes_on() {
    let place = Place::new();
    let mut edge = place.edge();
    let mut records = vec![edge.open()];
    records.extend(edge.events(9));
    let collector = place.serve(&["--witness", "witness"]);
    assert_eq!(collector.audit(&records).json()["accepted"], 10);
    let (code, log) = collector.stop();
    assert_eq!(code, 0, "{log}");

    let collector = place.serve(&["--witness", "witness"]);
    // Neither the open nor a seed comes again: the store has them.
    let mut more = edge.events(5);
    more.push(edge.close());
    more.last_mut().unwrap().seed = None;
    assert_eq!(collector.audit(&more).json()["accepted"], 6);
    collector.stop();
    records.extend(more);
    let exported = String::from_utf8(place.run("export", &[]).stdout).unwrap();
    assert_eq!(exported, ndjson(&records));
    let (verdict, report, _) = place.verify(true);
    assert_eq!(verdict, "VERIFIED", "{report}");
}

#[test]
fn a_kill_under_load_loses_nothing_that_was_acknowledged() {
    let place = Place::new();
    for round in 0..5u64 {
        let collector = place.serve(&["--witness", "witness"]);
        let address = collector.address.clone();
        let done = AtomicBool::new(false);
        let mut edge = place.edge();
        let mut acknowledged = edge.open().to_json() + "\n";
        assert_eq!(collector.post("/v1/audit", &acknowledged).status, 200);
        let sealed = std::thread::scope(|scope| {
            let sender = scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let batch = ndjson(&edge.events(3));
                    match send(&address, &batch) {
                        true => acknowledged += &batch,
                        false => break,
                    }
                }
                acknowledged
            });
            std::thread::sleep(Duration::from_millis(150 + 37 * round));
            collector.kill();
            done.store(true, Ordering::Relaxed);
            sender.join().unwrap()
        });
        assert!(sealed.lines().count() > 10, "the kill came too early to say anything");
        let output = place.run("export", &[]);
        let exported = String::from_utf8(output.stdout).unwrap();
        let exported: HashSet<&str> = exported.lines().collect();
        for line in sealed.lines() {
            assert!(exported.contains(line), "round {round}: an acknowledged record is gone");
        }
    }
    let doubled =
        place.count("SELECT count(*) FROM (SELECT 1 FROM records GROUP BY kid, chain, seq HAVING count(*) > 1)");
    assert_eq!(doubled, 0);
    // The chains' edges still run: nothing is missing, and none is closed.
    place.serve(&["--witness", "witness"]).stop();
    let (verdict, report, code) = place.verify(true);
    assert_eq!((verdict.as_str(), code), ("INCOMPLETE", 1), "{report}");
    assert!(report.contains("nothing is missing, but 5 chains are not closed"), "{report}");
}

/// Whether the collector said 200.
fn send(address: &str, body: &str) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(address) else { return false };
    let head =
        format!("POST /v1/audit HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).is_err() {
        return false;
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer.starts_with(b"HTTP/1.1 200")
}
