//! Sealed trails: the rows of a chain with edits of four bytes each, or rows as text. The report does not depend on the
//! rows' order, and a trail is VERIFIED only when every record of the chain is there as it was sealed.

use inkseal_engine::keyring::Keyring;
use inkseal_engine::seal::body::{Claims, Open, Status};
use inkseal_engine::seal::{Chain, Kind, Record};
use inkseal_engine::verify::{Anchor, Head, Report, STEPS, Verdict, Verifier};

use super::ready::{Counting, keyring};

/// Rows after edits, at most: each costs a few HMACs.
const MAX_ROWS: usize = 24;

struct Trail {
    keyring: Keyring,
    anchor: Anchor,
    records: Vec<Record>,
}

thread_local! {
    static TRAIL: Trail = sealed();
}

/// Open, three events, heartbeat, two events, close.
fn sealed() -> Trail {
    let keyring = keyring();
    let mut entropy = Counting(7);
    let public = keyring.verifier_public_at(0).expect("the keyring has a verifier key");
    let mut chain =
        Chain::open(keyring.seal_key_at(0).expect("and a seal key"), &public, &mut entropy).expect("it opens");
    let open = Open { plan: "sha256:00".into(), mode: "enforce".into(), time_ms: 1, previous: None };
    let mut records = vec![chain.seal(Kind::Open, open.to_body(&mut entropy), true)];
    for kind in [Kind::Event, Kind::Event, Kind::Event, Kind::Heartbeat, Kind::Event, Kind::Event, Kind::Close] {
        let status = Status { accumulator: chain.accumulator(), ..Status::default() };
        let body = match kind {
            Kind::Heartbeat => status.to_heartbeat(&mut entropy),
            Kind::Close => status.to_close(&mut entropy),
            Kind::Open | Kind::Event => format!("{{\"n\":\"{:032x}\"}}", chain.next_seq()),
        };
        records.push(chain.seal(kind, body, kind != Kind::Event));
    }
    let last = records.last().expect("it has records");
    let accumulator = Some(chain.accumulator());
    let head = Head { kid: last.kid.clone(), chain: last.chain, seq: last.seq, tag: Some(last.tag), accumulator };
    Trail { keyring, anchor: Anchor { witnessed: true, tree_size: None, heads: vec![head] }, records }
}

pub(super) fn run(data: &[u8]) {
    TRAIL.with(|trail| {
        let rows = match data {
            [b'{', ..] => read(&String::from_utf8_lossy(data)),
            _ => edited(&trail.records, data),
        };
        let report = verify(trail, &trail.anchor, rows.iter());
        assert!(verify(trail, &trail.anchor, rows.iter().rev()) == report, "the order of rows counts: {rows:?}");
        if report.verdict == Verdict::Verified {
            for record in &trail.records {
                let same =
                    |row: &&Record| Record { seed: None, ..(*row).clone() } == Record { seed: None, ..record.clone() };
                assert!(rows.iter().any(|row| same(&row)), "verified without {record:?}: {rows:?}");
            }
        }
        let loose = verify(trail, &Anchor::default(), rows.iter());
        assert!(loose.verdict != Verdict::Verified, "verified without an anchor: {rows:?}");
    });
}

fn verify<'a>(trail: &Trail, anchor: &Anchor, rows: impl Iterator<Item = &'a Record>) -> Report {
    let mut verifier = Verifier::new(&trail.keyring, anchor.clone());
    rows.for_each(|row| verifier.push(row.clone()));
    verifier.finish()
}

/// A row a line; lines are tried as everything else that verification reads, too.
fn read(text: &str) -> Vec<Record> {
    let mut rows = Vec::new();
    for line in text.lines() {
        drop((Keyring::parse(line), Anchor::from_json(line)));
        Claims::parse(line);
        if let Ok(record) = Record::from_json(line) {
            assert!(
                Record::from_json(&record.to_json()).as_ref() == Ok(&record),
                "written otherwise than read: {line}"
            );
            rows.push(near(record));
        }
    }
    rows.truncate(MAX_ROWS);
    rows
}

/// What claims to be far ahead is walked to, for a second: here it claims to be beyond all bounds.
fn near(record: Record) -> Record {
    let seq = if (64..=STEPS + 64).contains(&record.seq) { record.seq + 2 * STEPS } else { record.seq };
    Record { seq, ..record }
}

fn edited(records: &[Record], data: &[u8]) -> Vec<Record> {
    let mut rows = records.to_vec();
    for edit in data.chunks_exact(4) {
        let [row, what, place, with] = *edit else { continue };
        let (at, place) = (usize::from(row) % rows.len().max(1), usize::from(place));
        let Some(other) = rows.get(place % rows.len().max(1)).cloned() else { continue };
        let many = rows.len() >= MAX_ROWS;
        let row = &mut rows[at];
        match what % 12 {
            0 => drop(rows.remove(at)),
            1 if !many => rows.push(other),
            2 => {
                let places = rows.len();
                rows.swap(at, place % places);
            }
            3 => row.body = None,
            4 => row.seed = None,
            5 => row.seed = other.seed,
            6 => row.body = other.body,
            7 => row.c[place % 32] ^= with,
            8 => row.tag[place % 32] ^= with,
            9 => row.kind = with,
            10 => *row = near(Record { seq: row.seq ^ 1 << (with % 64), ..row.clone() }),
            _ => {
                // A byte of the wire form.
                let mut wire = row.to_json().into_bytes();
                let place = (place | usize::from(what / 12) << 8) % wire.len();
                wire[place] = with;
                match Record::from_json(&String::from_utf8_lossy(&wire)) {
                    Ok(record) => *row = near(record),
                    Err(_) => drop(rows.remove(at)),
                }
            }
        }
    }
    rows
}
