//! What somebody can do to a stored trail, and what verification calls it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use inkseal_engine::Entropy;
use inkseal_engine::keyring::{Keyring, Window};
use inkseal_engine::seal::body::{Counters, Lost, Open, Previous, Status};
use inkseal_engine::seal::{Chain, Kind, Record};
use inkseal_engine::verify::{Anchor, Code, Head, Report, STEPS, Verdict, Verifier};

/// A fixed stream of bytes.
struct Fixed(u64);

impl Entropy for Fixed {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            *byte = (self.0 >> 56) as u8;
        }
    }
}

struct Edge {
    chain: Chain,
    entropy: Fixed,
    records: Vec<Record>,
}

impl Edge {
    fn open(keyring: &Keyring, seed: u64, previous: Option<Previous>) -> Edge {
        let mut entropy = Fixed(seed);
        let key = keyring.seal_key_at(0).unwrap();
        let chain = Chain::open(key, &keyring.verifier_public_at(0).unwrap(), &mut entropy).unwrap();
        let mut edge = Edge { chain, entropy, records: Vec::new() };
        let body = Open { plan: "sha256:00".into(), mode: "enforce".into(), time_ms: 1, previous };
        let body = body.to_body(&mut edge.entropy);
        edge.seal(Kind::Open, body);
        edge
    }

    fn seal(&mut self, kind: Kind, body: String) {
        let record = self.chain.seal(kind, body, kind != Kind::Event);
        self.records.push(record);
    }

    fn events(&mut self, count: u64) {
        for _ in 0..count {
            let body = format!("{{\"n\":\"{:032x}\"}}", self.chain.next_seq());
            self.seal(Kind::Event, body);
        }
    }

    fn status(&mut self, kind: Kind, dropped: Vec<Lost>, rejected: Vec<Lost>, checkpoint: Option<String>) {
        let status = Status {
            accumulator: self.chain.accumulator(),
            counts: Counters { emitted: self.chain.next_seq(), ..Counters::default() },
            dropped,
            rejected,
            checkpoint,
            ..Status::default()
        };
        let body = match kind {
            Kind::Close => status.to_close(&mut self.entropy),
            _ => status.to_heartbeat(&mut self.entropy),
        };
        self.seal(kind, body);
    }

    fn previous(&self) -> Previous {
        Previous {
            kid: self.chain.kid().to_owned(),
            chain: *self.chain.id(),
            seq: self.chain.next_seq() - 1,
            accumulator: self.chain.accumulator(),
        }
    }

    fn head(&self) -> Head {
        let last = self.records.last().unwrap();
        Head {
            kid: last.kid.clone(),
            chain: last.chain,
            seq: last.seq,
            tag: Some(last.tag),
            accumulator: Some(self.chain.accumulator()),
        }
    }
}

fn keyring() -> Keyring {
    Keyring::generate("", Window::default(), &mut Fixed(77))
}

/// Open, five events, heartbeat, three events, close: numbers 0 to 10.
fn edge(seed: u64) -> Edge {
    let mut edge = Edge::open(&keyring(), seed, None);
    edge.events(5);
    edge.status(Kind::Heartbeat, vec![], vec![], None);
    edge.events(3);
    edge.status(Kind::Close, vec![], vec![], None);
    edge
}

fn anchor(edges: &[&Edge]) -> Anchor {
    Anchor { witnessed: true, tree_size: None, heads: edges.iter().map(|edge| edge.head()).collect() }
}

/// The report, which must not depend on the rows' order.
fn verify(records: &[Record], anchor: &Anchor) -> Report {
    let keyring = keyring();
    let run = |records: &mut dyn Iterator<Item = &Record>| {
        let mut verifier = Verifier::new(&keyring, anchor.clone());
        records.for_each(|record| verifier.push(record.clone()));
        verifier.finish()
    };
    let report = run(&mut records.iter());
    assert_eq!(run(&mut records.iter().rev()), report, "reversed");
    let middle = records.len() / 2;
    assert_eq!(run(&mut records[middle..].iter().chain(&records[..middle])), report, "rotated");
    report
}

/// The verdicts with the anchor and without it, and the codes with it.
fn judge(records: &[Record], edges: &[&Edge]) -> (Verdict, Verdict, Vec<Code>) {
    let anchored = verify(records, &anchor(edges));
    let loose = verify(records, &Anchor::default());
    (anchored.verdict, loose.verdict, anchored.codes())
}

fn notes(report: &Report) -> Vec<(Code, u64)> {
    report.notes.iter().map(|note| (note.code, note.rows)).collect()
}

use Verdict::{Incomplete, Tampered, Unanchored, Verified};

#[test]
fn an_untouched_trail_is_verified_once_it_is_anchored() {
    let edge = edge(1);
    assert_eq!(judge(&edge.records, &[&edge]), (Verified, Unanchored, vec![]));
    let report = verify(&edge.records, &anchor(&[&edge]));
    assert_eq!((report.rows, report.records, report.notes.len()), (11, 11, 0));
    assert_eq!(report.chains[0].unchecked, []);
    let unwitnessed = Anchor { witnessed: false, ..anchor(&[&edge]) };
    assert_eq!(verify(&edge.records, &unwitnessed).verdict, Unanchored);
    let mut partly = anchor(&[&edge]);
    partly.heads[0] = Head { seq: 9, tag: Some(edge.records[9].tag), accumulator: None, ..partly.heads[0].clone() };
    let report = verify(&edge.records, &partly);
    assert_eq!((report.verdict, report.chains[0].findings[0].first), (Unanchored, 10));
}

#[test]
fn an_empty_trail_is_not_verified() {
    assert_eq!(verify(&[], &Anchor { witnessed: true, ..Anchor::default() }).verdict, Unanchored);
}

#[test]
fn every_altered_byte_of_every_member_is_caught() {
    let edge = edge(1);
    for at in 0..edge.records.len() {
        let wire = edge.records[at].to_json();
        let mut alterations = 0;
        for byte in 0..wire.len() {
            let mut altered = wire.clone().into_bytes();
            altered[byte] = match altered[byte] {
                b'0' => b'1',
                b'1'..=b'9' => b'0',
                b'a' => b'b',
                b'b'..=b'z' => b'a',
                other => other ^ 1,
            };
            let Ok(text) = String::from_utf8(altered) else { continue };
            let mut records = edge.records.clone();
            match Record::from_json(&text) {
                Ok(record) => records[at] = record,
                // No record any more: as if it were deleted.
                Err(_) => drop(records.remove(at)),
            }
            let (anchored, loose, codes) = judge(&records, &[&edge]);
            // Only a seed may change unnoticed: others carry it too, and it is evidence of nothing.
            if anchored == Verified {
                let [original, altered] = [&edge.records[at], &records[at]];
                assert_eq!(Record { seed: None, ..altered.clone() }, Record { seed: None, ..original.clone() });
                assert_ne!(altered.seed, original.seed, "byte {byte} of record {at}");
                continue;
            }
            assert_eq!(anchored, Tampered, "byte {byte} of record {at}: {codes:?}");
            assert!(loose >= Incomplete, "byte {byte} of record {at}");
            alterations += 1;
        }
        assert!(alterations > 200, "record {at}: {alterations}");
    }
}

#[test]
fn deletions_are_caught() {
    let edge = edge(1);
    let without = |gone: std::ops::Range<usize>| {
        let kept = |(at, record): (usize, &Record)| (!gone.contains(&at)).then(|| record.clone());
        edge.records.iter().enumerate().filter_map(kept).collect::<Vec<_>>()
    };
    let head = judge(&without(0..1), &[&edge]);
    assert_eq!(head, (Tampered, Tampered, vec![Code::NoOpen, Code::MissingBelowAnchor]));
    for middle in [1..2, 3..5, 6..7, 4..8, 1..10] {
        let (anchored, loose, codes) = judge(&without(middle.clone()), &[&edge]);
        assert_eq!((anchored, loose, codes), (Tampered, Incomplete, vec![Code::MissingBelowAnchor]), "{middle:?}");
    }
    assert_eq!(verify(&without(3..5), &Anchor::default()).codes(), [Code::Missing, Code::Unanchored]);
    for tail in [10..11, 5..11, 1..11] {
        let (anchored, loose, codes) = judge(&without(tail.clone()), &[&edge]);
        assert_eq!(
            (anchored, loose, codes),
            (Tampered, Incomplete, vec![Code::RolledBack, Code::Unclosed]),
            "{tail:?}"
        );
    }
    let all = judge(&[], &[&edge]);
    assert_eq!(all, (Tampered, Unanchored, vec![Code::RolledBack]));
}

#[test]
fn a_gap_is_named_where_the_accumulator_cannot_be_checked() {
    let edge = edge(1);
    let mut records = edge.records.clone();
    records.remove(3);
    let report = verify(&records, &Anchor::default());
    assert_eq!(report.chains[0].unchecked, [(0, 5)]);
    records.truncate(8);
    let report = verify(&records, &Anchor::default());
    assert_eq!(report.chains[0].unchecked, [(0, 5), (6, 8)]);
}

#[test]
fn copies_are_noted() {
    let edge = edge(1);
    let mut records = edge.records.clone();
    records.extend_from_slice(&edge.records[2..6]);
    let report = verify(&records, &anchor(&[&edge]));
    assert_eq!((report.verdict, notes(&report)), (Verified, vec![(Code::Duplicate, 4)]));
}

#[test]
fn bad_copies_do_not_spoil_a_record() {
    let edge = edge(1);
    let mut records = edge.records.clone();
    records.push(Record { body: Some("{}".into()), ..edge.records[4].clone() });
    records.push(Record { body: None, ..edge.records[5].clone() });
    let report = verify(&records, &anchor(&[&edge]));
    assert_eq!((report.verdict, notes(&report)), (Verified, vec![(Code::Forged, 1), (Code::Duplicate, 1)]));
}

#[test]
fn bodies_are_bound() {
    let edge = edge(1);
    let mut records = edge.records.clone();
    records[4].body = Some("{}".into());
    assert_eq!(judge(&records, &[&edge]), (Tampered, Tampered, vec![Code::BodyAltered]));
    let mut records = edge.records.clone();
    records[4].body = None;
    assert_eq!(judge(&records, &[&edge]), (Tampered, Tampered, vec![Code::BodyMissing]));
    // All of them at once are no lawful erasure either.
    let nulled: Vec<_> = edge.records.iter().map(|record| Record { body: None, ..record.clone() }).collect();
    assert_eq!(judge(&nulled, &[&edge]), (Tampered, Tampered, vec![Code::BodyMissing]));
}

#[test]
fn splicing_and_renumbering_are_caught() {
    let (one, two) = (edge(1), edge(2));
    let mut records = one.records.clone();
    records[4] = Record { chain: one.records[4].chain, ..two.records[4].clone() };
    records.extend_from_slice(&two.records);
    let (anchored, loose, codes) = judge(&records, &[&one, &two]);
    assert_eq!((anchored, loose, codes), (Tampered, Incomplete, vec![Code::MissingBelowAnchor]));

    let mut records = one.records.clone();
    records.remove(4);
    for record in &mut records[4..] {
        record.seq -= 1;
    }
    let (anchored, loose, codes) = judge(&records, &[&one]);
    assert_eq!((anchored, loose, codes), (Tampered, Incomplete, vec![Code::RolledBack, Code::Unclosed]));

    let mut records = one.records.clone();
    let (a, b) = (records[3].seq, records[4].seq);
    (records[3].seq, records[4].seq) = (b, a);
    assert_eq!(judge(&records, &[&one]).0, Tampered);
}

#[test]
fn a_fork_is_caught() {
    // Who stole the state at record 7 goes on with a history of their own.
    let honest = edge(1);
    let mut forger = Edge::open(&keyring(), 1, None);
    forger.events(5);
    forger.status(Kind::Heartbeat, vec![], vec![], None);
    assert_eq!(forger.records[..7], honest.records[..7]);
    forger.seal(Kind::Event, "{\"forged\":true}".into());
    forger.events(2);
    forger.status(Kind::Close, vec![], vec![], None);

    let both: Vec<_> = honest.records.iter().chain(&forger.records[7..]).cloned().collect();
    let (anchored, loose, codes) = judge(&both, &[&honest]);
    assert_eq!((anchored, loose, codes), (Tampered, Tampered, vec![Code::Fork]));
    // Alone it is genuine to the records, and another history to the anchor.
    assert_eq!(judge(&forger.records, &[&honest]), (Tampered, Unanchored, vec![Code::Fork]));
    // A forged middle is betrayed by the heartbeat or close that was sealed over the true one.
    let mut mixed = honest.records.clone();
    mixed[7] = forger.records[7].clone();
    assert_eq!(judge(&mixed, &[]).1, Tampered);
}

#[test]
fn records_after_a_close_are_caught() {
    let mut edge = edge(1);
    edge.events(1);
    assert_eq!(judge(&edge.records, &[&edge]), (Tampered, Tampered, vec![Code::AfterClose]));
}

#[test]
fn a_crash_is_never_clean() {
    let mut edge = Edge::open(&keyring(), 1, None);
    edge.events(3);
    assert_eq!(judge(&edge.records, &[&edge]), (Incomplete, Incomplete, vec![Code::Unclosed]));
}

#[test]
fn declared_losses_are_incomplete_and_no_more() {
    let mut edge = Edge::open(&keyring(), 1, None);
    edge.events(6);
    let lost = |first, last| vec![Lost { class: "changed".into(), first, last }];
    edge.status(Kind::Heartbeat, lost(2, 3), lost(5, 5), None);
    edge.status(Kind::Close, vec![], vec![], None);
    let kept =
        |gone: &[u64]| edge.records.iter().filter(|record| !gone.contains(&record.seq)).cloned().collect::<Vec<_>>();
    assert_eq!(judge(&kept(&[2, 3, 5]), &[&edge]), (Incomplete, Incomplete, vec![Code::Dropped, Code::Rejected]));
    // What was declared lost and came after all is no loss.
    assert_eq!(judge(&kept(&[]), &[&edge]).0, Verified);
    // A declaration covers nothing else.
    let codes = vec![Code::MissingBelowAnchor, Code::Dropped, Code::Rejected];
    assert_eq!(judge(&kept(&[2, 3, 4, 5]), &[&edge]), (Tampered, Incomplete, codes));
}

#[test]
fn a_record_speaks_only_of_what_came_before_it() {
    let mut edge = Edge::open(&keyring(), 1, None);
    let lost = Lost { class: "changed".into(), first: 0, last: u64::MAX };
    edge.status(Kind::Heartbeat, vec![lost], vec![], None);
    edge.events(3);
    edge.status(Kind::Close, vec![], vec![], None);
    edge.records.remove(3);
    assert_eq!(judge(&edge.records, &[&edge]).2, [Code::MissingBelowAnchor]);
}

#[test]
fn a_declared_loss_of_the_open_is_no_tampering() {
    let mut edge = Edge::open(&keyring(), 1, None);
    let lost = Lost { class: "open".into(), first: 0, last: 0 };
    edge.status(Kind::Heartbeat, vec![], vec![lost], None);
    edge.status(Kind::Close, vec![], vec![], None);
    assert_eq!(judge(&edge.records[1..], &[&edge]), (Incomplete, Incomplete, vec![Code::Rejected]));
}

#[test]
fn rows_of_no_weight_change_nothing() {
    let edge = edge(1);
    let event = &edge.records[4];
    let junk = [
        Record { tag: [7; 32], ..event.clone() },
        Record { seq: 9999, ..event.clone() },
        Record { seq: 1_000_000_000_000, ..event.clone() },
        Record { seq: u64::MAX, ..event.clone() },
        Record { kind: 0, ..event.clone() },
        Record { kind: 9, seq: 3, ..event.clone() },
        Record { chain: [7; 16], ..event.clone() },
        Record { chain: [8; 16], seq: 1_000_000_000_000, seed: edge.records[0].seed.clone(), ..event.clone() },
        Record { kid: "s9".into(), ..event.clone() },
        Record { seed: Some(vec![1; 80]), seq: 0, tag: [1; 32], ..event.clone() },
    ];
    let honest = verify(&edge.records, &anchor(&[&edge]));
    for row in &junk {
        let mut records = edge.records.clone();
        records.push(row.clone());
        let report = verify(&records, &anchor(&[&edge]));
        assert_eq!((report.verdict, &report.chains), (Verified, &honest.chains), "{row:?}");
        assert_eq!(report.notes.len(), 1, "{row:?}");
    }
    let report = verify(&junk, &Anchor::default());
    assert_eq!((report.verdict, report.records), (Unanchored, 0));
}

#[test]
fn no_added_row_without_a_genuine_tag_changes_a_verdict() {
    let closed = edge(1);
    let mut crashed = Edge::open(&keyring(), 2, None);
    crashed.events(4);
    let mut random = Fixed(11);
    let mut below = |bound: u64| {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        u64::from_le_bytes(bytes) % bound
    };
    for edge in [&closed, &crashed] {
        let honest = verify(&edge.records, &anchor(&[edge]));
        for _ in 0..150 {
            let mut records = edge.records.clone();
            for _ in 0..1 + below(4) {
                let mut row = edge.records[below(edge.records.len() as u64) as usize].clone();
                match below(6) {
                    0 => row.tag[below(32) as usize] ^= 1 << below(8),
                    1 => row.c[below(32) as usize] ^= 1 << below(8),
                    2 => row.kind ^= 1 << below(8),
                    3 => row.seq = [row.seq + 1, 100_000, STEPS * 3, u64::MAX][below(4) as usize],
                    4 => row.chain[below(16) as usize] ^= 1 << below(8),
                    _ => row.body = [None, Some(String::new())][below(2) as usize].clone(),
                }
                row.seed = [None, row.seed.clone(), Some(vec![below(256) as u8; 80])][below(3) as usize].clone();
                records.insert(below(records.len() as u64 + 1) as usize, row);
            }
            let report = verify(&records, &anchor(&[edge]));
            assert_eq!((report.verdict, report.records), (honest.verdict, honest.records));
        }
    }
}

#[test]
fn a_foreign_seed_does_not_hide_a_chain() {
    let edge = edge(1);
    let other = Edge::open(&keyring(), 9, None);
    // Seeds that open nothing, and one that opens under the verifier's key but is not the chain's.
    let mut records: Vec<_> = (0..50u8)
        .map(|byte| Record { seed: Some(vec![byte; 80]), tag: [byte; 32], ..edge.records[0].clone() })
        .collect();
    records.push(Record { seed: other.records[0].seed.clone(), tag: [99; 32], ..edge.records[0].clone() });
    records.extend_from_slice(&edge.records);
    assert_eq!(verify(&records, &anchor(&[&edge])).verdict, Verified);
    // The open's own seed replaced: the heartbeat still carries it.
    let mut records = edge.records.clone();
    records[0].seed = Some(vec![1; 80]);
    assert_eq!(verify(&records, &anchor(&[&edge])).verdict, Verified);
    // No seed at all is as good as no chain.
    records.iter_mut().for_each(|record| record.seed = None);
    assert_eq!(judge(&records, &[&edge]), (Tampered, Unanchored, vec![Code::RolledBack]));
}

#[test]
fn rows_beyond_the_bound_leave_an_open_chain_incomplete() {
    let mut edge = Edge::open(&keyring(), 1, None);
    edge.events(2);
    let mut records = edge.records.clone();
    records.push(Record { seq: STEPS + 10, ..edge.records[1].clone() });
    let report = verify(&records, &Anchor::default());
    assert_eq!(report.verdict, Incomplete);
    assert_eq!(report.codes(), [Code::Unclosed, Code::Unreachable, Code::Unanchored]);
}

#[test]
fn a_successor_betrays_a_missing_tail() {
    let first = edge(1);
    let mut second = Edge::open(&keyring(), 2, Some(first.previous()));
    second.status(Kind::Close, vec![], vec![], None);
    let both: Vec<_> = first.records.iter().chain(&second.records).cloned().collect();
    assert_eq!(judge(&both, &[&first, &second]).0, Verified);
    let cut: Vec<_> = first.records[..8].iter().chain(&second.records).cloned().collect();
    assert_eq!(verify(&cut, &Anchor::default()).codes(), [Code::Unclosed, Code::Missing, Code::Unanchored]);
    let report = verify(&second.records, &Anchor::default());
    assert_eq!((report.verdict, report.chains.len()), (Incomplete, 2));
    assert_eq!(
        report.chains.iter().flat_map(|chain| &chain.findings).filter(|finding| finding.code == Code::Missing).count(),
        1
    );
    // A successor that names another history of the chain.
    let mut lying = first.previous();
    lying.accumulator = [0; 32];
    let third = Edge::open(&keyring(), 3, Some(lying));
    let both: Vec<_> = first.records.iter().chain(&third.records).cloned().collect();
    assert!(verify(&both, &Anchor::default()).codes().contains(&Code::Fork));
}

#[test]
fn a_rolled_back_store_is_betrayed_by_the_checkpoint_that_an_edge_saw() {
    // "inkseal\n120\nroot\n\n" in base64: as an acknowledgement carries it.
    let echo = "aW5rc2VhbAoxMjAKcm9vdAoK".to_owned();
    let mut edge = Edge::open(&keyring(), 1, None);
    edge.status(Kind::Close, vec![], vec![], Some(echo));
    let at = |tree_size| verify(&edge.records, &Anchor { tree_size: Some(tree_size), ..anchor(&[&edge]) }).verdict;
    assert_eq!((at(119), at(120)), (Tampered, Verified));
}

#[test]
fn an_anchor_of_an_unknown_key_is_not_verified() {
    let edge = edge(1);
    let mut anchor = anchor(&[&edge]);
    anchor.heads.push(Head { kid: "s9".into(), ..edge.head() });
    let report = verify(&edge.records, &anchor);
    assert_eq!((report.verdict, report.codes()), (Incomplete, vec![Code::Unreachable]));
}

#[test]
fn a_long_shuffled_trail_is_judged_in_bounded_time() {
    let mut edge = Edge::open(&keyring(), 1, None);
    edge.events(5000);
    edge.status(Kind::Close, vec![], vec![], None);
    let mut records = edge.records.clone();
    let mut random = Fixed(5);
    for at in (1..records.len()).rev() {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        records.swap(at, (u64::from_le_bytes(bytes) % (at as u64 + 1)) as usize);
    }
    let keyring = keyring();
    let mut verifier = Verifier::new(&keyring, anchor(&[&edge]));
    records.into_iter().for_each(|record| verifier.push(record));
    assert_eq!(verifier.finish().verdict, Verified);
}
