//! From the authentic rows of one chain to its findings.

use std::collections::BTreeMap;

use super::anchor::Head;
use super::chain::{Body, Rows, Seen, Tally};
use super::ranges::{Ranges, joined, split};
use super::report::{ChainReport, Code, Finding};
use crate::seal::body::Claims;
use crate::seal::derive::accumulate;
use crate::seal::{ChainId, Kind};

/// What is known of the chain from outside its own rows.
#[derive(Default)]
pub(super) struct Known {
    /// From anchors.
    pub(super) anchored: Vec<Head>,
    /// From chains that succeed this one.
    pub(super) linked: Vec<Head>,
    /// Whether the anchors are held where those who can write the trail cannot.
    pub(super) witnessed: bool,
}

/// The judgement of one chain, with the rows that it sets aside.
pub(super) struct Judged {
    pub(super) report: ChainReport,
    pub(super) duplicates: Tally,
    pub(super) bad_copies: Tally,
    pub(super) unreachable: Tally,
}

/// Judges a chain. It has at least one authentic row, or a head that is known from outside.
pub(super) fn judge(kid: &str, chain: ChainId, rows: &mut Rows, known: &Known) -> Judged {
    rows.seen.sort_unstable();
    let mut judge = Judge { known, findings: Vec::new(), duplicates: Tally::default(), bad_copies: Tally::default() };
    let records = judge.settle_copies(&rows.seen);
    let head = records.last().map(|record| record.seq);
    let close = records.iter().find(|record| record.kind == Kind::Close as u8).map(|record| record.seq);
    let declared = Declared::collect(&rows.claims);
    judge.check_ends(&records, close, head, declared.open_lost());
    judge.check_gaps(&records, &declared);
    let start = rows.state.as_ref().map(|state| state.accumulator_start());
    let unchecked = start.map(|start| judge.check_accumulators(&records, &rows.claims, start, close));
    let mut unreachable = rows.unreachable;
    if unreachable.rows > 0 && close.is_none() && head.is_some() {
        judge.find(Code::Unreachable, unreachable.first, unreachable.first, "rows beyond the bound on steps");
        unreachable = Tally::default();
    }
    let anchored = known.anchored.iter().map(|head| head.seq).max();
    judge.check_anchor(head, anchored);
    let mut count = 0;
    let mut last = None;
    for record in &records {
        count += u64::from(last.replace(record.seq) != Some(record.seq));
    }
    let Judge { mut findings, duplicates, bad_copies, .. } = judge;
    findings.sort_by_key(|finding| (finding.code, finding.first));
    let report = ChainReport {
        kid: kid.to_owned(),
        chain,
        records: count,
        head,
        closed: close.is_some(),
        anchored,
        unchecked: unchecked.unwrap_or_default(),
        findings,
    };
    Judged { report, duplicates, bad_copies, unreachable }
}

/// What the edge says it lost.
struct Declared {
    dropped: Ranges,
    rejected: Ranges,
}

impl Declared {
    fn collect(claims: &[(u64, Claims)]) -> Declared {
        // A record speaks only of what came before it.
        let before = |at: u64| move |range: &(u64, u64)| (range.0 < at).then(|| (range.0, range.1.min(at - 1)));
        let all = |ranges: fn(&Claims) -> &Ranges| {
            joined(claims.iter().flat_map(|(at, claims)| ranges(claims).iter().filter_map(before(*at))).collect())
        };
        Declared { dropped: all(|claims| &claims.dropped), rejected: all(|claims| &claims.rejected) }
    }

    /// Whether the open is among it: then its absence is a declared loss.
    fn open_lost(&self) -> bool {
        [&self.dropped, &self.rejected].iter().any(|ranges| ranges.first().is_some_and(|range| range.0 == 0))
    }
}

struct Judge<'a> {
    known: &'a Known,
    findings: Vec<Finding>,
    duplicates: Tally,
    bad_copies: Tally,
}

impl Judge<'_> {
    fn find(&mut self, code: Code, first: u64, last: u64, detail: &str) {
        // Neighbours of one kind are one finding, so that a long loss is a short report.
        if let Some(open) = self.findings.last_mut()
            && open.code == code
            && open.last.checked_add(1) == Some(first)
            && open.detail == detail
        {
            open.last = last;
            return;
        }
        self.findings.push(Finding { code, first, last, detail: detail.to_owned() });
    }

    /// Leaves the best copy of each record, and more than one under a number only where the chain forked.
    fn settle_copies(&mut self, seen: &[Seen]) -> Vec<Seen> {
        let mut records: Vec<Seen> = Vec::with_capacity(seen.len());
        for row in seen {
            match records.last() {
                Some(best) if best.seq == row.seq && best.tag == row.tag => {
                    match (best.body, row.body) {
                        (Body::Intact | Body::Missing, Body::Altered) => self.bad_copies.add(row.seq),
                        _ => self.duplicates.add(row.seq),
                    }
                    continue;
                }
                Some(other) if other.seq == row.seq => {
                    self.find(Code::Fork, row.seq, row.seq, "two genuine records under one number");
                }
                _ => {}
            }
            records.push(*row);
        }
        for (body, code) in [(Body::Altered, Code::BodyAltered), (Body::Missing, Code::BodyMissing)] {
            for record in records.iter().filter(|record| record.body == body) {
                self.find(code, record.seq, record.seq, "");
            }
        }
        records
    }

    /// The chain's open and close.
    fn check_ends(&mut self, records: &[Seen], close: Option<u64>, head: Option<u64>, open_lost: bool) {
        let Some(head) = head else { return };
        let is_open = |record: &&Seen| record.kind == Kind::Open as u8;
        if !open_lost && !records.iter().take_while(|record| record.seq == 0).any(|record| is_open(&record)) {
            self.find(Code::NoOpen, 0, 0, "");
        }
        for record in records.iter().filter(|record| record.seq > 0).filter(is_open) {
            self.find(Code::NoOpen, record.seq, record.seq, "an open within the chain");
        }
        match close {
            None => self.find(Code::Unclosed, head, head, ""),
            Some(close) if close < head => self.find(Code::AfterClose, close + 1, head, ""),
            Some(_) => {}
        }
    }

    /// What is missing, and who said so.
    fn check_gaps(&mut self, records: &[Seen], declared: &Declared) {
        let mut gaps = Vec::new();
        let mut next = 0;
        for record in records {
            if record.seq > next {
                gaps.push((next, record.seq - 1));
            }
            next = record.seq.saturating_add(1);
        }
        let (dropped, gaps) = split(&gaps, &declared.dropped);
        let (rejected, gaps) = split(&gaps, &declared.rejected);
        let anchor = self.known.anchored.iter().map(|head| head.seq).max();
        let below_anchor: Vec<_> = anchor.map(|anchor| (0, anchor)).into_iter().collect();
        let (below, above) = split(&gaps, &below_anchor);
        let all = [
            (Code::Dropped, dropped),
            (Code::Rejected, rejected),
            (Code::MissingBelowAnchor, below),
            (Code::Missing, above),
        ];
        for (code, ranges) in all {
            for (first, last) in ranges {
                self.find(code, first, last, "");
            }
        }
        // `next` is the first number after the last record, or 0 where there is none.
        if let Some(anchor) = anchor.filter(|anchor| *anchor >= next) {
            self.find(Code::RolledBack, next, anchor, "an anchored head is higher");
        } else if let Some(linked) =
            self.known.linked.iter().map(|head| head.seq).max().filter(|linked| *linked >= next)
        {
            self.find(Code::Missing, next, linked, "the succeeding chain names a higher head");
        }
    }

    /// Runs the accumulator over the tags and holds it against every record and head that names it. Gives the ranges
    /// that nothing confirms.
    fn check_accumulators(
        &mut self,
        records: &[Seen],
        claims: &[(u64, Claims)],
        start: [u8; 32],
        close: Option<u64>,
    ) -> Ranges {
        let claimed = claims.iter().filter_map(|(at, claims)| Some((*at, claims.accumulator?)));
        let claimed: BTreeMap<u64, [u8; 32]> = claimed.collect();
        let mut heads: BTreeMap<u64, Vec<&Head>> = BTreeMap::new();
        for head in self.known.anchored.iter().chain(&self.known.linked) {
            heads.entry(head.seq).or_default().push(head);
        }
        let mut unchecked = Vec::new();
        let mut confirmed = 0; // All records below this number.
        let mut next = 0;
        let mut accumulator = Some(start);
        let mut rows = records.iter().peekable();
        while let Some(record) = rows.next() {
            let forked = rows.next_if(|other| other.seq == record.seq).is_some();
            while rows.next_if(|other| other.seq == record.seq).is_some() {}
            if record.seq != next {
                accumulator = None;
            }
            next = record.seq.saturating_add(1);
            if let Some(claim) = claimed.get(&record.seq) {
                match accumulator {
                    Some(own) if own == *claim => {}
                    Some(_) => {
                        self.find(Code::Fork, confirmed, record.seq, "the tags are not those that the edge had sealed")
                    }
                    None => unchecked.push((confirmed, record.seq.saturating_sub(1))),
                }
                (accumulator, confirmed) = (Some(*claim), record.seq);
            }
            accumulator = accumulator.filter(|_| !forked).map(|own| accumulate(&own, &record.tag));
            for head in heads.get(&record.seq).into_iter().flatten() {
                if head.tag.is_some_and(|tag| tag != record.tag) {
                    self.find(
                        Code::Fork,
                        record.seq,
                        record.seq,
                        "a head that is known from elsewhere has another tag",
                    );
                }
                match (head.accumulator, accumulator) {
                    (Some(theirs), Some(own)) if theirs == own => confirmed = next,
                    (Some(_), Some(_)) => {
                        self.find(
                            Code::Fork,
                            confirmed,
                            record.seq,
                            "a head that is known from elsewhere has other tags below it",
                        );
                    }
                    _ => {}
                }
            }
        }
        // A close is the last record: its own place is what its tag says.
        if next > confirmed && close.is_none_or(|close| close != confirmed || next != confirmed.saturating_add(1)) {
            unchecked.push((confirmed, next - 1));
        }
        unchecked
    }

    fn check_anchor(&mut self, head: Option<u64>, anchored: Option<u64>) {
        let Some(head) = head else { return };
        let covered = anchored.filter(|_| self.known.witnessed);
        if covered.is_none_or(|anchored| anchored < head) {
            let first = covered.map_or(0, |anchored| anchored.saturating_add(1));
            self.find(Code::Unanchored, first, head, "");
        }
    }
}
