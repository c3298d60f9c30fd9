//! The command line: exit codes, one-line errors, the listing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::process::Output;
use support::{Place, trace};

/// One line, and the exit code.
fn refused(output: Output, code: i32, text: &str) {
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{error}");
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines.len(), 1, "{error}");
    assert!(error.starts_with("error: ") && error.contains(text), "{error}");
    assert!(output.stdout.is_empty());
}

#[test]
fn what_cannot_start_says_why_in_one_line() {
    let place = Place::new();
    let running = place.serve(&[]);
    let other = |arguments: &[&str]| place.command("serve").args(arguments).output().unwrap();
    refused(other(&["--listen", "127.0.0.1:0"]), 3, "in use by another collector");

    let second = Place::new();
    refused(second.run("serve", &["--listen", &running.address]), 3, "is in use: choose another with --listen");
    refused(second.run("serve", &["--listen", "192.0.2.1:1"]), 3, "cannot listen at `192.0.2.1:1`");
    std::fs::write(second.path("file"), "x").unwrap();
    refused(second.run("serve", &["--listen", "127.0.0.1:0", "--witness", "file"]), 3, "cannot write the witness");
    std::fs::write(second.path("sources.json"), "[]").unwrap();
    refused(second.run("serve", &["--sources", "sources.json"]), 2, "no source is named");
    refused(second.run("serve", &["--sources", "absent.json"]), 3, "cannot read the sources");

    std::fs::write(second.path("keys.json"), second.keyring.for_filter(0).unwrap().as_bytes()).unwrap();
    refused(second.run("serve", &[]), 2, "no private verifier key");
    std::fs::write(second.path("keys.json"), "{").unwrap();
    refused(second.run("serve", &[]), 2, "keys.json");
    std::fs::remove_file(second.path("keys.json")).unwrap();
    refused(second.run("serve", &[]), 3, "cannot read the keyring");
    let no_keys = std::process::Command::new(env!("CARGO_BIN_EXE_inkseal-collector"))
        .current_dir(second.folder.path())
        .env_remove("INKSEAL_KEYS")
        .arg("serve")
        .output()
        .unwrap();
    refused(no_keys, 2, "no keyring: name one with --keys or INKSEAL_KEYS");
    for name in ["list", "export", "verify"] {
        let output = Place::new();
        let arguments: &[&str] = &[];
        let output = if name == "list" { list(&output, arguments) } else { output.run(name, arguments) };
        refused(output, 3, "no store at");
    }
}

#[test]
fn a_store_that_is_none_is_refused() {
    let place = Place::new();
    std::fs::write(place.store(), "this is no database, it only has its name").unwrap();
    refused(place.run("serve", &["--listen", "127.0.0.1:0"]), 3, "cannot write the store");
    refused(place.run("verify", &[]), 3, "cannot read the store");
    let other = Place::new();
    rusqlite::Connection::open(other.store()).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    refused(other.run("serve", &["--listen", "127.0.0.1:0"]), 3, "a database of another program");
    let nowhere = Place::new();
    std::fs::create_dir(nowhere.store()).unwrap();
    refused(nowhere.run("serve", &["--listen", "127.0.0.1:0"]), 3, "cannot write the store");
}

#[test]
fn usage_errors_exit_2() {
    let place = Place::new();
    assert_eq!(place.run("serve", &["--listen", "nonsense"]).status.code(), Some(2));
    assert_eq!(place.run("serve", &["--origin", "a b"]).status.code(), Some(2));
    assert_eq!(place.run("export", &["--heads", "x"]).status.code(), Some(2));
    assert_eq!(place.run("nonsense", &[]).status.code(), Some(2));
}

#[test]
fn keys_come_by_the_environment_too() {
    let place = Place::new();
    let command = |keys: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_inkseal-collector"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--port-file", "port", "--store", "store.db"]);
        command.current_dir(place.folder.path()).env("INKSEAL_KEYS", keys);
        support::Collector::start(&mut command)
    };
    let collector = command(&place.keyring.to_json());
    let address = std::fs::read_to_string(place.path("port")).unwrap();
    assert_eq!(address.trim_end(), collector.address);
    assert_eq!(collector.audit(&place.edge().life(1)).json()["accepted"], 3);
    collector.stop();
    assert_eq!(command("keys.json").stop().0, 0);
}

#[test]
fn the_listing_shows_events_and_finds_a_trace() {
    let place = Place::new();
    let collector = place.serve(&[]);
    collector.audit(&place.edge().life(5));
    let text = |output: Output| String::from_utf8(output.stdout).unwrap();
    // While it is served, and after.
    for _ in 0..2 {
        let table = text(list(&place, &[]));
        assert_eq!(table.lines().count(), 6, "{table}");
        assert!(table.starts_with("TIME"));
        let row = table.lines().nth(3).unwrap();
        let cells: Vec<&str> = row.split_whitespace().collect();
        let expected = [
            "2025-11-24T16:00:00.002Z",
            &trace(2),
            "ik1_p1_aaaaaaaaaaaaaaaaaaaaaaaaaa",
            "POST",
            "/v1/users/{id}/pay",
            "200",
            "redacted",
            "CREDIT_CARD=1",
        ];
        assert_eq!(cells, expected);
    }
    collector.stop();
    let found = text(list(&place, &["--trace", &trace(3), "--json"]));
    let found: Vec<serde_json::Value> = found.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0]["seq"].as_str(), found[0]["status"].as_u64()), (Some("4"), Some(200)));
    assert_eq!(text(list(&place, &["--trace", "absent"])).lines().count(), 1);
    let newest = text(list(&place, &["--limit", "2"]));
    assert!(newest.contains(&trace(4)) && newest.contains(&trace(3)) && !newest.contains(&trace(2)), "{newest}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    use std::process::Stdio;
    let place = Place::new();
    let collector = place.serve(&[]);
    collector.audit(&place.edge().life(2000));
    collector.stop();
    let mut child = place.command("export").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

fn list(place: &Place, arguments: &[&str]) -> Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_inkseal-collector"));
    command.arg("list").arg("--store").arg(place.store()).args(arguments).output().unwrap()
}
