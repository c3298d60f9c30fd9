//! What verification says.

use std::fmt;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use crate::seal::ChainId;

/// The verdict over a trail, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Whole, unaltered, closed, and held against a checkpoint that is kept elsewhere.
    Verified,
    /// As far as the records tell, whole; but nothing kept elsewhere covers all of it, so that what was cut off whole
    /// would not show.
    Unanchored,
    /// Authentic, but not whole: something is missing, was lost or was never closed.
    Incomplete,
    /// Somebody changed it.
    Tampered,
}

impl Verdict {
    /// The verdict's name in reports: upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Verified => "VERIFIED",
            Verdict::Unanchored => "UNANCHORED",
            Verdict::Incomplete => "INCOMPLETE",
            Verdict::Tampered => "TAMPERED",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was found, by name. [`Code::verdict`] says what it makes of the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The tag is genuine, the body is not the one that was sealed.
    BodyAltered,
    /// The tag is genuine, the body is gone, and no erasure record accounts for it.
    BodyMissing,
    /// Two histories: different genuine records under one number, or tags that are not those the edge had sealed.
    Fork,
    /// Records that follow a close.
    AfterClose,
    /// The chain does not begin with an open.
    NoOpen,
    /// Stored columns differ from what was sealed. Found by who holds the store.
    IndexAltered,
    /// The trail ends before a head that is known from elsewhere.
    RolledBack,
    /// Missing without a declaration, below an anchored head.
    MissingBelowAnchor,
    /// The chain was not closed: it still runs, or its edge died.
    Unclosed,
    /// Missing without a declaration, where no anchor reaches.
    Missing,
    /// Missing, and declared by the edge as dropped.
    Dropped,
    /// Missing, and declared by the edge as refused by the collector.
    Rejected,
    /// Further ahead than the bound on steps allows to look, or without a key to look with.
    Unreachable,
    /// No checkpoint held elsewhere covers these records.
    Unanchored,
    /// Note: a copy of a record.
    Duplicate,
    /// Note: a row that no key of the keyring sealed as it stands.
    Forged,
    /// Note: a row under a key id that the keyring does not have.
    UnknownKid,
    /// Note: a row that is not a record at all.
    Malformed,
    /// Note: a body that an authenticated erasure record accounts for.
    Erased,
}

impl Code {
    /// The verdict that a finding of this code makes at best; `None` for notes, which never change it.
    pub fn verdict(self) -> Option<Verdict> {
        match self {
            Code::BodyAltered
            | Code::BodyMissing
            | Code::Fork
            | Code::AfterClose
            | Code::NoOpen
            | Code::IndexAltered
            | Code::RolledBack
            | Code::MissingBelowAnchor => Some(Verdict::Tampered),
            Code::Unclosed | Code::Missing | Code::Dropped | Code::Rejected | Code::Unreachable => {
                Some(Verdict::Incomplete)
            }
            Code::Unanchored => Some(Verdict::Unanchored),
            Code::Duplicate | Code::Forged | Code::UnknownKid | Code::Malformed | Code::Erased => None,
        }
    }

    /// The code's name in reports: upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::BodyAltered => "BODY_ALTERED",
            Code::BodyMissing => "BODY_MISSING",
            Code::Fork => "FORK",
            Code::AfterClose => "AFTER_CLOSE",
            Code::NoOpen => "NO_OPEN",
            Code::IndexAltered => "INDEX_ALTERED",
            Code::RolledBack => "ROLLED_BACK",
            Code::MissingBelowAnchor => "MISSING_BELOW_ANCHOR",
            Code::Unclosed => "UNCLOSED",
            Code::Missing => "MISSING",
            Code::Dropped => "DROPPED",
            Code::Rejected => "REJECTED",
            Code::Unreachable => "UNREACHABLE",
            Code::Unanchored => "UNANCHORED",
            Code::Duplicate => "DUPLICATE",
            Code::Forged => "FORGED",
            Code::UnknownKid => "UNKNOWN_KID",
            Code::Malformed => "MALFORMED",
            Code::Erased => "ERASED",
        }
    }
}

impl Code {
    /// The code in words, for people.
    pub fn explanation(self) -> &'static str {
        match self {
            Code::BodyAltered => "the body is not the one that was sealed",
            Code::BodyMissing => "the body is gone, and no erasure record accounts for it",
            Code::Fork => "two histories of one chain",
            Code::AfterClose => "records follow the close",
            Code::NoOpen => "the chain does not begin with its open",
            Code::IndexAltered => "stored columns differ from what was sealed",
            Code::RolledBack => "the trail ends before a head that is known from elsewhere",
            Code::MissingBelowAnchor => "missing below an anchored head, and never declared lost",
            Code::Unclosed => "no close: the edge still runs, or died",
            Code::Missing => "missing, and never declared lost",
            Code::Dropped => "declared by the edge: dropped from a full outbox",
            Code::Rejected => "declared by the edge: refused by the collector",
            Code::Unreachable => "too far ahead to be looked at, or without a key",
            Code::Unanchored => "no checkpoint that is held elsewhere covers these records",
            Code::Duplicate => "copies of records",
            Code::Forged => "rows that no key of the keyring sealed as they stand",
            Code::UnknownKid => "rows under a key id that the keyring does not have",
            Code::Malformed => "rows that are not records",
            Code::Erased => "bodies that were erased lawfully",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that counts towards the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// First sequence number concerned.
    pub first: u64,
    /// Last sequence number concerned.
    pub last: u64,
    /// More about it, never of a body; may be empty.
    pub detail: String,
}

/// Rows that do not count, counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub code: Code,
    /// Key id and chain as the rows claim them; `None` for rows that are no records.
    pub chain: Option<(String, ChainId)>,
    /// How many rows.
    pub rows: u64,
    /// The lowest sequence number that they claim.
    pub first: u64,
}

/// One chain that the keyring authenticates, or that an anchor or a successor vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// Key id of the chain.
    pub kid: String,
    /// Id of the chain.
    pub chain: ChainId,
    /// Authenticated records, copies not counted.
    pub records: u64,
    /// Sequence number of the last one.
    pub head: Option<u64>,
    /// Whether an authenticated close ends it.
    pub closed: bool,
    /// The highest sequence number that an anchor covers.
    pub anchored: Option<u64>,
    /// Inclusive ranges of records that no accumulator confirms: their tags verify, but that nothing was cut out before
    /// or among them rests on their numbers alone.
    pub unchecked: Vec<(u64, u64)>,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// What verification says of a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The verdict.
    pub verdict: Verdict,
    /// Rows that were read.
    pub rows: u64,
    /// Authenticated records, copies not counted.
    pub records: u64,
    /// The chains, by key id and chain id.
    pub chains: Vec<ChainReport>,
    /// Findings about the trail as a whole.
    pub findings: Vec<Finding>,
    /// What was seen beside the verdict.
    pub notes: Vec<Note>,
}

impl Report {
    /// Every code of a finding, chains included: sorted, each once.
    pub fn codes(&self) -> Vec<Code> {
        let chains = self.chains.iter().flat_map(|chain| &chain.findings);
        let mut codes: Vec<_> = self.findings.iter().chain(chains).map(|finding| finding.code).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// The report as JSON, for other tools. It holds no body.
    pub fn to_value(&self) -> Value {
        json!({
            "chains": self.chains.iter().map(ChainReport::to_value).collect::<Vec<_>>(),
            "findings": findings(&self.findings),
            "notes": self.notes.iter().map(Note::to_value).collect::<Vec<_>>(),
            "records": self.records,
            "rows": self.rows,
            "verdict": self.verdict.as_str(),
        })
    }
}

impl ChainReport {
    fn to_value(&self) -> Value {
        let text = |seq: Option<u64>| seq.map(|seq| seq.to_string());
        let unchecked = self.unchecked.iter().map(|(first, last)| json!([first.to_string(), last.to_string()]));
        json!({
            "anchored": text(self.anchored),
            "chain": HEXLOWER.encode(&self.chain),
            "closed": self.closed,
            "findings": findings(&self.findings),
            "head": text(self.head),
            "kid": self.kid,
            "records": self.records,
            "unchecked": unchecked.collect::<Vec<_>>(),
        })
    }
}

impl Note {
    fn to_value(&self) -> Value {
        json!({
            "chain": self.chain.as_ref().map(|(_, chain)| HEXLOWER.encode(chain)),
            "code": self.code.as_str(),
            "first": self.first.to_string(),
            "kid": self.chain.as_ref().map(|(kid, _)| kid),
            "rows": self.rows,
        })
    }
}

fn findings(findings: &[Finding]) -> Vec<Value> {
    let value = |finding: &Finding| {
        json!({
            "code": finding.code.as_str(),
            "detail": finding.detail,
            "first": finding.first.to_string(),
            "last": finding.last.to_string(),
        })
    };
    findings.iter().map(value).collect()
}
