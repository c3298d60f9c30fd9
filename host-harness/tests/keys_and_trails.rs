//! `inkseal keygen` and `inkseal verify` as their users meet them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use inkseal_engine::Entropy;
use inkseal_engine::keyring::Keyring;
use inkseal_engine::seal::body::{Open, Status};
use inkseal_engine::seal::{Chain, Kind, Record};
use inkseal_engine::verify::{Anchor, Head};

struct Fixed(u64);

impl Entropy for Fixed {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            *byte = (self.0 >> 56) as u8;
        }
    }
}

fn inkseal(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inkseal")).args(args).env_remove("INKSEAL_KEYS").output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder with a keyring, and the text of a path in it.
struct Bench {
    folder: tempfile::TempDir,
    keyring: Keyring,
}

impl Bench {
    fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keyring.json");
        let output = inkseal(&["keygen", "--kid", "edge-a", "--out", keys.to_str().unwrap()]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
        let keyring = Keyring::parse(&fs::read_to_string(&keys).unwrap()).ok().unwrap();
        Bench { folder, keyring }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.text(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Open, two events, close; and the heads.
    fn trail(&self) -> (Vec<Record>, String) {
        let mut entropy = Fixed(1);
        let public = self.keyring.verifier_public_at(0).unwrap();
        let mut chain = Chain::open(self.keyring.seal_key_at(0).unwrap(), &public, &mut entropy).unwrap();
        let mut records = vec![chain.seal(Kind::Open, Open::default().to_body(&mut entropy), true)];
        for _ in 0..2 {
            records.push(chain.seal(Kind::Event, "{\"n\":\"kept from the report\"}".to_owned(), false));
        }
        let status = Status { accumulator: chain.accumulator(), ..Status::default() };
        records.push(chain.seal(Kind::Close, status.to_close(&mut entropy), true));
        let accumulator = Some(chain.accumulator());
        let head = Head { kid: chain.kid().to_owned(), chain: *chain.id(), seq: 3, tag: None, accumulator };
        (records, Anchor { witnessed: true, tree_size: None, heads: vec![head] }.to_json())
    }

    fn verify(&self, files: &[&str], more: &[&str]) -> Output {
        let keys = self.text("keyring.json");
        inkseal(&[&["verify", "--keys", &keys], files, more].concat())
    }
}

fn ndjson(records: &[Record]) -> String {
    records.iter().map(|record| record.to_json() + "\n").collect()
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
}

#[test]
fn a_keyring_is_private_and_never_overwritten() {
    let bench = Bench::new();
    #[cfg(unix)]
    assert_eq!(mode(&bench.path("keyring.json")), 0o600);
    let before = fs::read(bench.path("keyring.json")).unwrap();
    let again = inkseal(&["keygen", "--out", &bench.text("keyring.json")]);
    assert_eq!((again.status.code(), fs::read(bench.path("keyring.json")).unwrap()), (Some(2), before));
    assert!(stderr(&again).contains("never overwritten"));
    let missing = inkseal(&["keygen", "--out", &bench.text("no/such/folder")]);
    assert_eq!(missing.status.code(), Some(3));
    for bad in [["--kid", "Edge"], ["--kid", "a_b"], ["--not-before", "tomorrow"]] {
        let output = inkseal(&["keygen", bad[0], bad[1]]);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{bad:?}");
    }
}

#[test]
fn the_filter_gets_an_environment_without_the_private_key() {
    let bench = Bench::new();
    let output = inkseal(&["keygen", "--for-filter", &bench.text("keyring.json")]);
    let text = stdout(&output);
    let names: Vec<_> = text.lines().map(|line| line.split_once('=').unwrap().0).collect();
    assert_eq!(names, ["INKSEAL_SEAL_KEYS", "INKSEAL_PSEUDONYM_KEY", "INKSEAL_SAMPLING_KEY"]);
    let seal_keys = text.lines().next().unwrap().split_once('=').unwrap().1.trim_matches('\'');
    assert!(!Keyring::parse(seal_keys).ok().unwrap().can_verify());
    let filter = bench.write("filter.json", seal_keys);
    let trail = bench.write("trail.ndjson", &ndjson(&bench.trail().0));
    let output = inkseal(&["verify", &trail, "--keys", &filter]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no private verifier key"), "{}", stderr(&output));
}

#[test]
fn a_trail_is_judged() {
    let bench = Bench::new();
    let (records, heads) = bench.trail();
    let heads = bench.write("heads.json", &heads);
    let whole = bench.write("whole.ndjson", &ndjson(&records));

    let output = bench.verify(&[&whole], &["--heads", &heads]);
    assert_eq!(
        (output.status.code(), stdout(&output).lines().next()),
        (Some(0), Some("VERIFIED")),
        "{}",
        stderr(&output)
    );
    assert!(!stdout(&output).contains("kept from the report"));
    let output = bench.verify(&[&whole], &[]);
    assert_eq!((output.status.code(), stdout(&output).lines().next()), (Some(1), Some("UNANCHORED")));

    let mut altered = records.clone();
    altered[1].body = Some("{}".to_owned());
    let altered = bench.write("altered.ndjson", &ndjson(&altered));
    let output = bench.verify(&[&altered], &["--heads", &heads]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).starts_with("TAMPERED") && stdout(&output).contains("BODY_ALTERED 1"),
        "{}",
        stdout(&output)
    );

    let cut = bench.write("cut.ndjson", &ndjson(&records[..3]));
    let output = bench.verify(&[&cut], &["--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), report["verdict"].as_str()), (Some(1), Some("INCOMPLETE")));
    assert_eq!(report["chains"][0]["findings"][0]["code"], "UNCLOSED");

    // Any order, several files, and rows of no weight.
    let [one, two] = [&records[2..], &records[..2]].map(ndjson);
    let one = bench.write("one.ndjson", &format!("not json\n{{\"type\":\"checkpoint\"}}\n\n{one}"));
    let two = bench.write("two.ndjson", &two);
    let output = bench.verify(&[&one, &two], &["--heads", &heads]);
    assert!(output.status.success() && stdout(&output).contains("MALFORMED: 1 rows"), "{}", stdout(&output));
}

#[test]
fn otlp_is_read_on_one_line_and_on_many() {
    let bench = Bench::new();
    let (records, heads) = bench.trail();
    let heads = bench.write("heads.json", &heads);
    let log = |record: &Record| {
        let wire: serde_json::Value = serde_json::from_str(&record.to_json()).unwrap();
        let text =
            |name: &str| serde_json::json!({"key": format!("inkseal.{name}"), "value": {"stringValue": wire[name]}});
        let mut attributes: Vec<_> = ["kid", "chain", "seq", "c", "tag"].map(text).into();
        attributes.push(serde_json::json!({"key": "inkseal.kind", "value": {"intValue": record.kind.to_string()}}));
        if record.seed.is_some() {
            attributes.push(text("seed"));
        }
        serde_json::json!({"body": {"stringValue": wire["body"]}, "attributes": attributes})
    };
    let logs: Vec<_> = records.iter().map(log).collect();
    let request = serde_json::json!({"resourceLogs": [{"scopeLogs": [{"logRecords": logs}]}]});
    let line = bench.write("line.json", &request.to_string());
    let pretty = bench.write("pretty.json", &serde_json::to_string_pretty(&request).unwrap());
    for file in [line, pretty] {
        let output = bench.verify(&[&file], &["--heads", &heads]);
        assert!(output.status.success(), "{file}: {}{}", stdout(&output), stderr(&output));
    }
}

#[test]
fn bad_input_is_one_clear_error() {
    let bench = Bench::new();
    let (records, _) = bench.trail();
    let trail = bench.write("trail.ndjson", &ndjson(&records));
    let weak =
        bench.write("weak.json", &format!("[{{\"kid\":\"s1\",\"purpose\":\"seal\",\"key\":\"{}\"}}]", "00".repeat(32)));
    let heads =
        bench.write("heads.json", "{\"witnessed\":true,\"heads\":[{\"kid\":\"s1\",\"chain\":\"x\",\"seq\":\"1\"}]}");
    let empty = bench.write("empty.ndjson", "\n");
    let keys = bench.text("keyring.json");
    let missing = bench.text("missing");
    for (args, code, words) in [
        (vec!["verify", &trail, "--keys", &weak], 2, "repeats few bytes"),
        (vec!["verify", &trail, "--keys", &missing], 3, "cannot read the keyring"),
        (vec!["verify", &missing, "--keys", &keys], 3, "cannot open"),
        (vec!["verify", &empty, "--keys", &keys], 2, "no record in the input"),
        (vec!["verify", &trail, "--keys", &keys, "--heads", &heads], 2, "head 1: `chain` is malformed"),
        (vec!["verify", &trail], 2, "--keys"),
        (vec!["keygen", "--for-filter", &trail], 2, "keyring: is not JSON"),
    ] {
        let output = inkseal(&args);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(code), ""), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(words), "{args:?}: {}", stderr(&output));
    }
}
