//! A whole trail, in any order.

use std::collections::BTreeMap;

use base64::Engine as _;

use super::anchor::{Anchor, Head};
use super::chain::{Rows, Tally};
use super::judge::{Known, judge};
use super::report::{ChainReport, Code, Finding, Note, Report, Verdict};
use crate::keyring::Keyring;
use crate::seal::{ChainId, Record};

type Name = (String, ChainId);

/// Judges a trail: push every row, then ask.
///
/// The verdict depends on the set of rows, not on their order. Of a row in its order some fifty bytes are kept, of one
/// ahead of its chain's open all of it.
pub struct Verifier<'k> {
    keyring: &'k Keyring,
    anchor: Anchor,
    chains: BTreeMap<Name, Rows>,
    unknown: BTreeMap<Name, Tally>,
    malformed: u64,
    rows: u64,
    findings: Vec<Finding>,
}

impl<'k> Verifier<'k> {
    /// A verifier for records that this keyring seals and whose seeds it opens.
    pub fn new(keyring: &'k Keyring, anchor: Anchor) -> Verifier<'k> {
        Verifier {
            keyring,
            anchor,
            chains: BTreeMap::new(),
            unknown: BTreeMap::new(),
            malformed: 0,
            rows: 0,
            findings: Vec::new(),
        }
    }

    /// Takes a row.
    pub fn push(&mut self, record: Record) {
        self.rows += 1;
        let name = (record.kid.clone(), record.chain);
        if self.keyring.seal_key(&record.kid).is_some() {
            self.chains.entry(name).or_default().push(record, self.keyring);
        } else {
            self.unknown.entry(name).or_default().add(record.seq);
        }
    }

    /// Takes a row that is no record: noted, and of no weight.
    pub fn push_malformed(&mut self) {
        self.rows += 1;
        self.malformed += 1;
    }

    /// Adds a finding of the caller's own, as about the store that the rows come from.
    pub fn push_finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// The report.
    pub fn finish(mut self) -> Report {
        for rows in self.chains.values_mut() {
            rows.finish(self.keyring);
        }
        let mut known = self.known();
        self.check_tree_size();
        let mut notes = Vec::new();
        let mut chains = Vec::new();
        for (name, mut rows) in std::mem::take(&mut self.chains) {
            note(&mut notes, Code::Forged, &name, rows.forged);
            let mut known = known.remove(&name).unwrap_or_default();
            known.witnessed = self.anchor.witnessed;
            if rows.seen.is_empty() && known.anchored.is_empty() && known.linked.is_empty() {
                note(&mut notes, Code::Unreachable, &name, rows.unreachable);
                continue;
            }
            let judged = judge(&name.0, name.1, &mut rows, &known);
            note(&mut notes, Code::Forged, &name, judged.bad_copies);
            note(&mut notes, Code::Duplicate, &name, judged.duplicates);
            note(&mut notes, Code::Unreachable, &name, judged.unreachable);
            chains.push(judged.report);
        }
        // What is left is known from outside alone: not a row of it is here.
        for (name, known) in known {
            let mut report = judge(&name.0, name.1, &mut Rows::default(), &known).report;
            if self.keyring.seal_key(&name.0).is_none() {
                let last = known.anchored.iter().chain(&known.linked).map(|head| head.seq).max().unwrap_or_default();
                let detail = "the keyring has no seal key of this id".to_owned();
                report.findings = vec![Finding { code: Code::Unreachable, first: 0, last, detail }];
            }
            chains.push(report);
        }
        for (name, tally) in &self.unknown {
            note(&mut notes, Code::UnknownKid, name, *tally);
        }
        if self.malformed > 0 {
            notes.push(Note { code: Code::Malformed, chain: None, rows: self.malformed, first: 0 });
        }
        self.report(chains, notes)
    }

    fn report(self, mut chains: Vec<ChainReport>, notes: Vec<Note>) -> Report {
        chains.sort_by(|a, b| (&a.kid, a.chain).cmp(&(&b.kid, b.chain)));
        let records = chains.iter().map(|chain| chain.records).sum();
        // Where nothing was authenticated there is nothing to call verified.
        let floor = if records == 0 { Verdict::Unanchored } else { Verdict::Verified };
        let findings = self.findings.iter().chain(chains.iter().flat_map(|chain| &chain.findings));
        let verdict = findings.filter_map(|finding| finding.code.verdict()).fold(floor, Verdict::max);
        Report { verdict, rows: self.rows, records, chains, findings: self.findings, notes }
    }

    /// Heads by chain: from the anchor, and from the opens that name a predecessor.
    fn known(&mut self) -> BTreeMap<Name, Known> {
        let mut known: BTreeMap<Name, Known> = BTreeMap::new();
        for head in std::mem::take(&mut self.anchor.heads) {
            known.entry((head.kid.clone(), head.chain)).or_default().anchored.push(head);
        }
        for previous in
            self.chains.values().flat_map(|rows| &rows.claims).filter_map(|(_, claims)| claims.previous.clone())
        {
            let entry = known.entry((previous.kid.clone(), previous.chain)).or_default();
            let accumulator = Some(previous.accumulator);
            entry.linked.push(Head {
                kid: previous.kid,
                chain: previous.chain,
                seq: previous.seq,
                tag: None,
                accumulator,
            });
        }
        known
    }

    /// Whether an edge was shown a larger tree than the store has now.
    fn check_tree_size(&mut self) {
        let Some(size) = self.anchor.tree_size else { return };
        let claims = self.chains.values().flat_map(|rows| &rows.claims);
        let echoed = claims.filter_map(|(_, claims)| checkpoint_size(claims.checkpoint.as_deref()?)).max();
        if let Some(echoed) = echoed.filter(|echoed| *echoed > size) {
            let detail = "an edge was shown a checkpoint over more records than the store has".to_owned();
            self.findings.push(Finding { code: Code::RolledBack, first: size, last: echoed - 1, detail });
        }
    }
}

fn note(notes: &mut Vec<Note>, code: Code, name: &Name, tally: Tally) {
    if tally.rows > 0 {
        notes.push(Note { code, chain: Some(name.clone()), rows: tally.rows, first: tally.first });
    }
}

/// The tree size in a checkpoint as acknowledgements carry it: a signed note (C2SP tlog-checkpoint) in base64, whose
/// second line is the size.
fn checkpoint_size(echo: &str) -> Option<u64> {
    let note = base64::engine::general_purpose::STANDARD.decode(echo).ok()?;
    let note = String::from_utf8(note).ok()?;
    note.lines().nth(1)?.parse().ok()
}
