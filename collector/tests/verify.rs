//! What verification says of a store that nobody touched, and of one that somebody did.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use inkseal_engine::verify::{Anchor, Verdict, Verifier};
use support::{Place, newest};

/// A place whose collector took in one closed chain of 12 records and has stopped.
fn stored() -> Place {
    let place = Place::new();
    let collector = place.serve(&["--witness", "witness"]);
    assert_eq!(collector.audit(&place.edge().life(10)).json()["accepted"], 12);
    collector.stop();
    place
}

#[test]
fn an_untouched_store_is_verified() {
    let place = stored();
    let (verdict, report, code) = place.verify(true);
    assert_eq!((verdict.as_str(), code), ("VERIFIED", 0), "{report}");
    let json = place.run("verify", &["--witness", "witness", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((json["verdict"].as_str(), json["records"].as_u64()), (Some("VERIFIED"), Some(12)));
    assert_eq!(json["witness"]["newest"], 12);
}

#[test]
fn without_a_witness_it_is_unanchored() {
    let place = stored();
    let (verdict, report, code) = place.verify(false);
    assert_eq!((verdict.as_str(), code), ("UNANCHORED", 1), "{report}");
}

#[test]
fn a_chain_that_runs_is_incomplete_and_named() {
    let place = Place::new();
    let collector = place.serve(&["--witness", "witness"]);
    let mut edge = place.edge();
    collector.audit(&[edge.open(), edge.event(1)]);
    collector.stop();
    let (verdict, report, code) = place.verify(true);
    assert_eq!((verdict.as_str(), code), ("INCOMPLETE", 1), "{report}");
    let chain = data_encoding::HEXLOWER.encode(edge.chain.id());
    assert!(report.contains(&format!("chain s1 {chain}: 2 records, NOT CLOSED")), "{report}");
    assert!(report.contains("UNCLOSED at 1: its edge still runs, or died without a close"), "{report}");
}

#[test]
fn every_edit_by_hand_is_tampering() {
    for (statement, code) in [
        (
            "UPDATE records SET body = CAST(replace(CAST(body AS TEXT), 'redacted', 'allowed!') AS BLOB) WHERE position = 3",
            "BODY_ALTERED",
        ),
        ("UPDATE records SET body = NULL WHERE position = 3", "BODY_MISSING"),
        ("UPDATE records SET body = x'ff' WHERE position = 3", "BODY_ALTERED: position 3: `body` cannot be read"),
        ("UPDATE records SET chain = x'00' WHERE position = 3", "INDEX_ALTERED"),
        ("UPDATE records SET status = 500 WHERE position = 3", "INDEX_ALTERED"),
        ("UPDATE records SET actor = NULL WHERE position = 3", "INDEX_ALTERED"),
        ("UPDATE records SET findings = 'NONE=1' WHERE position = 3", "INDEX_ALTERED"),
        ("UPDATE records SET received_ms = received_ms + 1 WHERE position = 3", "ROLLED_BACK"),
        ("UPDATE records SET tag = zeroblob(32) WHERE position = 3", "ROLLED_BACK"),
        ("DELETE FROM records WHERE position = 3", "ROLLED_BACK"),
        ("DELETE FROM records WHERE position > 5", "ROLLED_BACK"),
        ("DELETE FROM records", "ROLLED_BACK"),
        ("UPDATE records SET position = position + 100 WHERE position = 11", "INDEX_ALTERED"),
    ] {
        let place = stored();
        place.sql(statement);
        let (verdict, report, exit) = place.verify(true);
        assert_eq!((verdict.as_str(), exit), ("TAMPERED", 1), "{statement}: {report}");
        assert!(report.contains(code), "{statement}: {report}");
        assert!(!report.contains("ik1_"), "a report shows no body");
    }
}

#[test]
fn an_altered_index_of_many_rows_is_a_short_report_that_still_names_the_root() {
    let place = Place::new();
    let collector = place.serve(&["--witness", "witness"]);
    collector.audit(&place.edge().life(300));
    collector.stop();
    place.sql("UPDATE records SET status = 500, received_ms = 1 WHERE kind = 1");
    let (verdict, report, _) = place.verify(true);
    assert_eq!(verdict, "TAMPERED", "{report}");
    assert!(report.contains("and 200 more rows"), "{report}");
    assert!(report.contains("ROLLED_BACK: the root over the first 302 records"), "{report}");
    assert!(report.lines().count() < 120, "{report}");
}

#[test]
fn a_witness_that_takes_nothing_is_said_and_proves_nothing() {
    let place = Place::new();
    let collector = place.serve(&["--witness", "witness"]);
    std::fs::remove_dir_all(place.path("witness")).unwrap();
    assert_eq!(collector.audit(&place.edge().life(2)).json()["accepted"], 4);
    let (code, log) = collector.stop();
    assert_eq!(code, 0);
    assert!(log.contains("the witness did not take the checkpoint"), "{log}");
    std::fs::create_dir(place.path("witness")).unwrap();
    assert_eq!(place.verify(true).0, "UNANCHORED");
}

#[test]
fn a_checkpoint_that_somebody_rewrote_counts_for_nothing() {
    let place = stored();
    // Whoever rewrites a checkpoint cannot sign it.
    let file = newest(&place.path("witness"));
    let note = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, note.replacen("\n12\n", "\n11\n", 1)).unwrap();
    let (verdict, report, _) = place.verify(true);
    assert_eq!(verdict, "UNANCHORED", "{report}");
    assert!(report.contains("its signature does not fit"), "{report}");
}

#[test]
fn a_store_behind_its_witness_is_rolled_back_and_not_served() {
    let place = Place::new();
    let collector = place.serve(&["--witness", "witness"]);
    collector.audit(&place.edge().life(4));
    collector.stop();
    let backup = std::fs::read(place.store()).unwrap();
    let collector = place.serve(&["--witness", "witness"]);
    collector.audit(&place.edge().life(4));
    collector.stop();
    std::fs::write(place.store(), backup).unwrap();
    let (verdict, report, code) = place.verify(true);
    assert_eq!((verdict.as_str(), code), ("TAMPERED", 1), "{report}");
    assert!(report.contains("ROLLED_BACK: the witness saw 12 records, the store holds 6"), "{report}");
    let refused = place.run("serve", &["--listen", "127.0.0.1:0", "--witness", "witness"]);
    let error = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(3), "{error}");
    assert!(error.contains("the witness saw 12 records, the store holds 6"), "{error}");
}

#[test]
fn an_edge_that_saw_more_shows_a_rollback_without_a_witness() {
    let place = Place::new();
    let mut edge = place.edge();
    let collector = place.serve(&[]);
    collector.audit(&[edge.open(), edge.event(1)]);
    collector.stop();
    let collector = place.serve(&[]);
    let checkpoint = collector.audit(&[]).header("inkseal-checkpoint").unwrap().to_owned();
    let note = String::from_utf8(data_encoding::BASE64.decode(checkpoint.as_bytes()).unwrap()).unwrap();
    assert!(note.starts_with("inkseal-collector\n2\n"), "{note}");
    collector.audit(&[edge.heartbeat(Some(checkpoint)), edge.close()]);
    collector.stop();
    assert_eq!(place.verify(false).0, "UNANCHORED");
    place.sql("DELETE FROM records WHERE position < 3 AND position > 0 AND kind = 1");
    place.sql("DELETE FROM records WHERE kind = 0 OR kind = 9");
    let (verdict, report, _) = place.verify(false);
    assert_eq!(verdict, "TAMPERED", "{report}");
    assert!(report.contains("an edge was shown a checkpoint over more records"), "{report}");
}

#[test]
fn an_export_verifies_elsewhere_with_its_heads() {
    let place = stored();
    let output = place.run("export", &["--witness", "witness", "--heads", "heads.json", "--out", "trail.ndjson"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let anchor = Anchor::from_json(&std::fs::read_to_string(place.path("heads.json")).unwrap()).unwrap();
    assert_eq!((anchor.witnessed, anchor.tree_size, anchor.heads.len()), (true, Some(12), 1));
    let mut verifier = Verifier::new(&place.keyring, anchor);
    for line in std::fs::read_to_string(place.path("trail.ndjson")).unwrap().lines() {
        verifier.push(inkseal_engine::seal::Record::from_json(line).unwrap());
    }
    assert_eq!(verifier.finish().verdict, Verdict::Verified);

    place.sql("DELETE FROM records WHERE position > 5");
    let refused = place.run("export", &["--witness", "witness", "--heads", "other.json"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(!place.path("other.json").exists());
}

#[test]
fn without_a_key_in_the_keyring_the_witness_pins_the_one_beside_the_store() {
    let mut place = Place::new();
    let entries: Vec<serde_json::Value> = serde_json::from_str(&place.keyring.to_json()).unwrap();
    let kept: Vec<_> = entries.into_iter().filter(|entry| entry["purpose"] != "checkpoint").collect();
    let json = serde_json::to_string(&kept).unwrap();
    place.keyring = inkseal_engine::keyring::Keyring::parse(&json).ok().unwrap();
    std::fs::write(place.path("keys.json"), json).unwrap();
    let collector = place.serve(&["--witness", "witness"]);
    collector.audit(&place.edge().life(2));
    collector.stop();
    let key = place.path("store.db.checkpoint-key");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&key.metadata().unwrap().permissions()) & 0o777, 0o600);
    assert_eq!(place.verify(true).0, "VERIFIED");
    // With another key beside the store the witness would trust nothing of what comes: it is not begun.
    std::fs::remove_file(key).unwrap();
    let refused = place.run("serve", &["--listen", "127.0.0.1:0", "--witness", "witness"]);
    let error = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(3), "{error}");
    assert!(error.contains("knows this log by another key"), "{error}");
}
