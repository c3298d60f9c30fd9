//! Frozen vectors of the seal: the engine writes them byte for byte, and an independent verifier agrees on each verdict.
//!
//! `INKSEAL_WRITE_VECTORS=1 cargo test --test seal_vectors` writes them anew. Do so only with a new version of the
//! construction: trails that were sealed before must verify for ever.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use data_encoding::HEXLOWER;
use inkseal_engine::Entropy;
use inkseal_engine::keyring::{Keyring, Window};
use inkseal_engine::pseudonym::pseudonym_at;
use inkseal_engine::seal::body::{Lost, Open, Previous, Status};
use inkseal_engine::seal::{Chain, Kind, Record};
use inkseal_engine::verify::{Anchor, Head, Report, Verifier};
use serde_json::{Value, json};

/// A fixed stream of bytes, which makes the vectors the same each time.
struct Fixed(u64);

impl Entropy for Fixed {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            *byte = (self.0 >> 56) as u8;
        }
    }
}

fn keyring() -> Keyring {
    Keyring::generate("vector", Window::default(), &mut Fixed(2026))
}

/// An edge that seals a trail.
struct Edge {
    chain: Chain,
    entropy: Fixed,
    records: Vec<Record>,
}

impl Edge {
    fn open(number: u64, previous: Option<Previous>) -> Edge {
        let (keyring, mut entropy) = (keyring(), Fixed(number));
        let public = keyring.verifier_public_at(0).unwrap();
        let chain = Chain::open(keyring.seal_key_at(0).unwrap(), &public, &mut entropy).unwrap();
        let open = Open { time_ms: 1_790_000_000_000, plan: "sha256:00".into(), mode: "enforce".into(), previous };
        let body = open.to_body(&mut entropy);
        let mut edge = Edge { chain, entropy, records: Vec::new() };
        edge.seal(Kind::Open, body);
        edge
    }

    /// Open, five events, heartbeat, three events, close: numbers 0 to 10.
    fn whole(number: u64) -> Edge {
        let mut edge = Edge::open(number, None);
        edge.events(5);
        edge.heartbeat(Status::default());
        edge.events(3);
        edge.close();
        edge
    }

    fn seal(&mut self, kind: Kind, body: String) {
        self.records.push(self.chain.seal(kind, body, kind != Kind::Event));
    }

    fn events(&mut self, count: u64) {
        for _ in 0..count {
            let n = inkseal_engine::seal::body::nonce(&mut self.entropy);
            let text = format!("{{\"n\":\"{n}\",\"path\":\"/v1/caf\u{e9}/\\\"{{id}}\\\"\"}}");
            self.seal(Kind::Event, text);
        }
    }

    fn heartbeat(&mut self, status: Status) {
        let status = Status { accumulator: self.chain.accumulator(), ..status };
        let body = status.to_heartbeat(&mut self.entropy);
        self.seal(Kind::Heartbeat, body);
    }

    fn close(&mut self) {
        let status = Status { accumulator: self.chain.accumulator(), ..Status::default() };
        let body = status.to_close(&mut self.entropy);
        self.seal(Kind::Close, body);
    }

    fn head(&self) -> Head {
        let (last, accumulator) = (self.records.last().unwrap(), Some(self.chain.accumulator()));
        Head { kid: last.kid.clone(), chain: last.chain, seq: last.seq, tag: Some(last.tag), accumulator }
    }
}

/// A trail as lines, and what is known of it from elsewhere.
struct Case {
    name: &'static str,
    lines: Vec<String>,
    anchor: Anchor,
}

fn lines(records: &[Record]) -> Vec<String> {
    records.iter().map(Record::to_json).collect()
}

fn anchored(edges: &[&Edge]) -> Anchor {
    Anchor { witnessed: true, tree_size: None, heads: edges.iter().map(|edge| edge.head()).collect() }
}

fn cases() -> Vec<Case> {
    let whole = Edge::whole(1);
    let records = &whole.records;
    let anchor = anchored(&[&whole]);
    let mut cases = Vec::new();
    let mut add = |name, lines, anchor: &Anchor| cases.push(Case { name, lines, anchor: anchor.clone() });
    // One record replaced by what `alter` makes of it; `None` deletes it.
    let with = |at: usize, alter: &dyn Fn(&Record) -> Option<Record>| {
        let keep = |(index, record): (usize, &Record)| if index == at { alter(record) } else { Some(record.clone()) };
        lines(&records.iter().enumerate().filter_map(keep).collect::<Vec<_>>())
    };
    let plus = |extra: Record| [lines(records), lines(&[extra])].concat();

    add("whole", lines(records), &anchor);
    add("whole, nothing known elsewhere", lines(records), &Anchor::default());
    add("whole, no witness", lines(records), &Anchor { witnessed: false, ..anchor.clone() });
    add("reversed", lines(records).into_iter().rev().collect(), &anchor);
    add("a copy", plus(records[3].clone()), &anchor);
    add("empty", Vec::new(), &Anchor::default());

    add("body altered", with(2, &|r| Some(Record { body: Some("{}".into()), ..r.clone() })), &anchor);
    add("body gone", with(2, &|r| Some(Record { body: None, ..r.clone() })), &anchor);
    add("bodies all gone", records.iter().map(|r| Record { body: None, ..r.clone() }.to_json()).collect(), &anchor);
    add("bad copy beside the record", plus(Record { body: Some("{}".into()), ..records[2].clone() }), &anchor);
    add("commitment altered", with(2, &|r| Some(Record { c: [1; 32], ..r.clone() })), &anchor);
    add("tag altered", with(2, &|r| Some(Record { tag: [1; 32], ..r.clone() })), &anchor);
    add("kind altered", with(2, &|r| Some(Record { kind: 2, ..r.clone() })), &anchor);
    add("key id altered", with(2, &|r| Some(Record { kid: "other".into(), ..r.clone() })), &anchor);
    add("renumbered", with(2, &|r| Some(Record { seq: 100, ..r.clone() })), &anchor);
    add("seed of the open altered", with(0, &|r| Some(Record { seed: Some(vec![7; 80]), ..r.clone() })), &anchor);
    add("no seeds", records.iter().map(|r| Record { seed: None, ..r.clone() }.to_json()).collect(), &anchor);

    add("open deleted", with(0, &|_| None), &anchor);
    add("middle deleted", with(4, &|_| None), &anchor);
    add("middle deleted, nothing known elsewhere", with(4, &|_| None), &Anchor::default());
    add("heartbeat deleted", with(6, &|_| None), &anchor);
    add("close deleted", with(10, &|_| None), &anchor);
    add("close deleted, nothing known elsewhere", with(10, &|_| None), &Anchor::default());
    add("all deleted", Vec::new(), &anchor);

    let event = records[4].clone();
    add("row of seq 10^12", plus(Record { seq: 1_000_000_000_000, ..event.clone() }), &anchor);
    add("row of seq 9999", plus(Record { seq: 9999, ..event.clone() }), &anchor);
    add("row of a foreign chain", plus(Record { chain: [9; 16], ..event.clone() }), &anchor);
    add("row of an unknown key", plus(Record { kid: "other".into(), ..event.clone() }), &anchor);
    let malformed = [
        event.to_json().replace("\"kind\":1", "\"kind\":300"),
        event.to_json().replace("\"seq\":\"4\"", "\"seq\":\"04\""),
        event.to_json().replace("\"seq\":\"4\"", "\"seq\":4"),
        event.to_json().replace("\"c\":\"", "\"c\":\"G"),
        event.to_json().replace("\"tag\":", "\"gat\":"),
        event.to_json().to_uppercase(),
        "not json".to_owned(),
    ];
    add("malformed rows", [lines(records), malformed.to_vec()].concat(), &anchor);

    let mut forger = Edge::open(1, None);
    forger.events(5);
    forger.heartbeat(Status::default());
    forger.seal(Kind::Event, "{\"forged\":true}".into());
    forger.events(2);
    forger.close();
    add("forked", [lines(records), lines(&forger.records[7..])].concat(), &anchor);
    add("another history", lines(&forger.records), &anchor);
    let mut mixed = records.clone();
    mixed[7] = forger.records[7].clone();
    add("another history in the middle", lines(&mixed), &Anchor::default());

    let other = Edge::whole(2);
    let spliced = with(4, &|r| Some(Record { chain: r.chain, ..other.records[4].clone() }));
    add("spliced", [spliced, lines(&other.records)].concat(), &anchored(&[&whole, &other]));

    let mut after = Edge::whole(3);
    after.events(1);
    add("after the close", lines(&after.records), &anchored(&[&after]));

    let mut crashed = Edge::open(4, None);
    crashed.events(2);
    add("crashed", lines(&crashed.records), &anchored(&[&crashed]));
    let beyond = Record { seq: 5_000_000, ..crashed.records[1].clone() };
    add("crashed, a row beyond reach", [lines(&crashed.records), lines(&[beyond])].concat(), &Anchor::default());

    let mut lossy = Edge::open(5, None);
    lossy.events(6);
    let lost = |first, last| vec![Lost { class: "changed".into(), first, last }];
    lossy.heartbeat(Status { dropped: lost(2, 3), rejected: lost(5, 5), ..Status::default() });
    lossy.close();
    let kept = |gone: &[u64]| lossy.records.iter().filter(|r| !gone.contains(&r.seq)).cloned().collect::<Vec<_>>();
    add("declared losses", lines(&kept(&[2, 3, 5])), &anchored(&[&lossy]));
    add("more lost than declared", lines(&kept(&[2, 3, 4, 5])), &anchored(&[&lossy]));

    let mut refused = Edge::open(6, None);
    refused.heartbeat(Status { rejected: vec![Lost { class: "open".into(), first: 0, last: 0 }], ..Status::default() });
    refused.close();
    add("open refused by the collector", lines(&refused.records[1..]), &anchored(&[&refused]));

    let last = whole.head();
    let accumulator = whole.chain.accumulator();
    let previous = Previous { kid: last.kid, chain: last.chain, seq: last.seq, accumulator };
    let mut successor = Edge::open(7, Some(previous));
    successor.close();
    let both = anchored(&[&whole, &successor]);
    add("succeeded", [lines(records), lines(&successor.records)].concat(), &both);
    add("predecessor cut", [lines(&records[..8]), lines(&successor.records)].concat(), &Anchor::default());
    add("predecessor gone", lines(&successor.records), &Anchor::default());

    let mut echoing = Edge::open(8, None);
    // A checkpoint over 120 records, as an acknowledgement carries it.
    let checkpoint = Some("aW5rc2VhbAoxMjAKcm9vdAoK".to_owned());
    echoing.heartbeat(Status { checkpoint, ..Status::default() });
    echoing.close();
    let shrunk = Anchor { tree_size: Some(119), ..anchored(&[&echoing]) };
    add("store rolled back", lines(&echoing.records), &shrunk);
    add("store as it was", lines(&echoing.records), &Anchor { tree_size: Some(120), ..shrunk });

    let foreign = Head { kid: "other".into(), ..whole.head() };
    let heads = [anchor.heads.clone(), vec![foreign]].concat();
    add("anchor of an unknown key", lines(records), &Anchor { heads, ..anchor.clone() });
    cases
}

fn verify(case: &Case) -> Report {
    let keyring = keyring();
    let mut verifier = Verifier::new(&keyring, case.anchor.clone());
    for line in &case.lines {
        match Record::from_json(line) {
            Ok(record) => verifier.push(record),
            Err(_) => verifier.push_malformed(),
        }
    }
    verifier.finish()
}

/// What both verifiers say of a trail, in the independent one's form.
fn outcome(report: &Report) -> Value {
    let mut codes: Vec<_> = report.codes().iter().map(|code| code.as_str()).collect();
    codes.sort_unstable();
    let mut notes: BTreeMap<&str, u64> = BTreeMap::new();
    for note in &report.notes {
        *notes.entry(note.code.as_str()).or_default() += note.rows;
    }
    let verdict = report.verdict.as_str();
    json!({"codes": codes, "notes": notes, "records": report.records, "rows": report.rows, "verdict": verdict})
}

fn vectors(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)
}

/// Holds `made` against the frozen file, or freezes it where the environment asks for that.
fn frozen(name: &str, made: &Value) {
    let text = serde_json::to_string_pretty(made).unwrap() + "\n";
    if std::env::var_os("INKSEAL_WRITE_VECTORS").is_some() {
        std::fs::write(vectors(name), &text).unwrap();
    }
    let kept = std::fs::read_to_string(vectors(name)).expect("the vectors are part of the repository");
    assert!(kept == text, "tests/vectors/{name} is not what the engine makes: trails sealed before would not verify");
}

#[test]
fn the_construction_is_frozen() {
    let keyring = keyring();
    let edge = Edge::whole(1);
    let pseudonym = |(entity, value): (&str, &str)| {
        let made = keyring.pseudonym_at(0).unwrap().pseudonym(entity, value.as_bytes());
        assert_eq!(pseudonym_at(made.as_bytes(), 0), Some(made.len()));
        json!({"entity": entity, "normalised": value, "pseudonym": made})
    };
    let values = [("EMAIL_ADDRESS", "a@shop.example"), ("CREDIT_CARD", "4111111111111111"), ("FIELD", "")];
    let keeps = |trace: u64| {
        let trace = trace.to_be_bytes();
        let rates = [10_000, 100_000, 500_000].map(|rate| keyring.sampling_at(0).unwrap().keeps(&trace, rate));
        json!({"keeps_at_1_10_50_percent": rates, "trace": HEXLOWER.encode(&trace)})
    };
    let made = json!({
        "accumulator": HEXLOWER.encode(&edge.chain.accumulator()),
        "keyring": serde_json::from_str::<Value>(&keyring.to_json()).unwrap(),
        "pseudonyms": values.map(pseudonym),
        "records": edge.records.iter().map(|r| serde_json::from_str(&r.to_json()).unwrap()).collect::<Vec<Value>>(),
        "sampling": (0..8).map(keeps).collect::<Vec<_>>(),
        "verifier_public": HEXLOWER.encode(&keyring.verifier_public_at(0).unwrap()),
    });
    frozen("construction.json", &made);
}

#[test]
fn the_verdicts_are_frozen() {
    let frozen_case = |case: &Case| {
        let anchor: Value = serde_json::from_str(&case.anchor.to_json()).unwrap();
        json!({"heads": anchor, "name": case.name, "outcome": outcome(&verify(case)), "rows": case.lines})
    };
    let made: Vec<_> = cases().iter().map(frozen_case).collect();
    frozen("trails.json", &json!({"cases": made}));
}

fn python(args: &[&std::path::Path]) -> std::process::Output {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("verify.py");
    let output = Command::new("python3").arg("-I").arg(script).args(args).output();
    output.expect("python3 is needed to run the independent verifier: install it")
}

#[test]
fn the_independent_verifier_knows_its_primitives() {
    let output = python(&[std::path::Path::new("--self-test")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the independent verifier says of many trails.
fn second_opinions(cases: &Value) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let [file, keys] = ["cases.json", "keyring.json"].map(|name| folder.path().join(name));
    std::fs::write(&file, cases.to_string()).unwrap();
    std::fs::write(&keys, keyring().to_json().as_str()).unwrap();
    let output = python(&[std::path::Path::new("--cases"), &file, &keys]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The frozen trails, not freshly made ones: both verifiers read what is in the repository.
#[test]
fn an_independent_verifier_agrees() {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(vectors("trails.json")).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() > 40);
    let opinions = second_opinions(&file);
    assert_eq!(opinions.len(), cases.len());
    for (case, opinion) in cases.iter().zip(opinions) {
        assert_eq!(opinion, case["outcome"], "{}", case["name"]);
    }
}

/// Its command line, on a trail that is whole and on one that is not.
#[test]
fn the_independent_verifier_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let edge = Edge::whole(1);
    let keys = write("keyring.json", &keyring().to_json());
    let heads = write("heads.json", &anchored(&[&edge]).to_json());
    for (rows, code, verdict) in [(0..11, 0, "VERIFIED"), (0..10, 1, "TAMPERED")] {
        let trail = write("trail.ndjson", &lines(&edge.records[rows]).join("\n"));
        let output = python(&[&trail, &keys, &heads]);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((output.status.code(), said["verdict"].as_str()), (Some(code), Some(verdict)));
    }
    assert_eq!(python(&[&folder.path().join("none"), &keys]).status.code(), Some(2));
}

/// Trails tampered with at random, always in the same ways.
#[test]
fn both_verifiers_agree_on_random_tampering() {
    let mut verdicts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut made = Vec::new();
    for number in 0..400 {
        let case = tampered(&mut Fixed(number));
        let report = verify(&case);
        *verdicts.entry(report.verdict.as_str()).or_default() += 1;
        let anchor: Value = serde_json::from_str(&case.anchor.to_json()).unwrap();
        made.push(json!({"heads": anchor, "outcome": outcome(&report), "rows": case.lines}));
    }
    assert!(verdicts.len() == 4 && verdicts.values().all(|count| *count > 10), "{verdicts:?}");
    let opinions = second_opinions(&json!({"cases": made}));
    for (number, (case, opinion)) in made.iter().zip(&opinions).enumerate() {
        assert_eq!(opinion, &case["outcome"], "case {number}: {}", serde_json::to_string_pretty(case).unwrap());
    }
}

/// Two chains, the second succeeding the first, with a few random changes, in a random order.
fn tampered(random: &mut Fixed) -> Case {
    let mut below = |bound: usize| {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        (u64::from_le_bytes(bytes) % bound as u64) as usize
    };
    let first = Edge::whole(1);
    let (last, accumulator) = (first.head(), first.chain.accumulator());
    let previous = Previous { kid: last.kid, chain: last.chain, seq: last.seq, accumulator };
    let mut second = Edge::open(2, Some(previous));
    second.events(3);
    let lost = |first, last| vec![Lost { class: "changed".into(), first, last }];
    second.heartbeat(Status { dropped: lost(1, 2), rejected: lost(2, 3), ..Status::default() });
    second.close();
    let mut forger = Edge::open(1, None);
    forger.events(5);
    forger.heartbeat(Status::default());
    forger.seal(Kind::Event, "{\"forged\":true}".into());
    forger.close();

    let mut records = [first.records.clone(), second.records.clone()].concat();
    for _ in 0..below(4) {
        if records.is_empty() {
            break;
        }
        let at = below(records.len());
        let copy = records[at].clone();
        match below(14) {
            0 | 1 => drop(records.remove(at)),
            2 => drop(records.drain(at..records.len().min(at + 3))),
            3 => records.push(copy),
            4 => records.push(Record { body: Some("{}".into()), ..copy }),
            5 => records[at].body = None,
            6 => records[at].body = Some("{\"n\":\"1\"}".into()),
            7 => records[at].tag[below(32)] ^= 1,
            8 => records[at].kind = below(10) as u8,
            9 => records[at].seq = [0, 1, 7, 11, 5000][below(5)],
            10 => records[at].seed = None,
            11 => records.push(forger.records[7 + below(2)].clone()),
            12 => records.push(Record { seq: copy.seq + 1, ..copy }),
            _ => records[at].chain = second.records[0].chain,
        }
    }
    for at in (1..records.len()).rev() {
        records.swap(at, below(at + 1));
    }
    let mut anchor = anchored(&[&first, &second]);
    match below(5) {
        0 => anchor.witnessed = false,
        1 => anchor.heads.clear(),
        2 => {
            let seq = below(11);
            let tag = Some(first.records[seq].tag);
            anchor.heads[0] = Head { seq: seq as u64, tag, accumulator: None, ..anchor.heads[0].clone() };
        }
        _ => {}
    }
    Case { name: "random", lines: lines(&records), anchor }
}
