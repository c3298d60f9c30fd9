//! The rows of one chain: which of them are authentic, and what those say.

use std::collections::BTreeMap;

use super::STEPS;
use super::state::{ChainState, Mismatch};
use crate::keyring::Keyring;
use crate::seal::body::Claims;
use crate::seal::{Kind, Record};

/// What is kept of an authenticated row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    pub(super) seq: u64,
    pub(super) tag: [u8; 32],
    pub(super) body: Body,
    pub(super) kind: u8,
}

/// What became of a body, best first: of several copies the best one counts, so that nobody spoils a record by adding
/// a bad copy of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Body {
    Intact,
    Missing,
    Altered,
}

/// Rows counted, with the lowest sequence number among them.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) rows: u64,
    pub(super) first: u64,
}

impl Tally {
    pub(super) fn add(&mut self, seq: u64) {
        self.first = if self.rows == 0 { seq } else { self.first.min(seq) };
        self.rows += 1;
    }
}

/// The rows of one chain as they come.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) state: Option<ChainState>,
    pub(super) seen: Vec<Seen>,
    pub(super) claims: Vec<(u64, Claims)>,
    pub(super) forged: Tally,
    pub(super) unreachable: Tally,
    count: u64,
    // Rows that wait: for a seed, or for more rows to bring them within reach.
    pending: Vec<Record>,
}

impl Rows {
    /// Takes a row. In a trail that is in order nothing waits, and of each row some fifty bytes are kept.
    pub(super) fn push(&mut self, record: Record, keyring: &Keyring) {
        self.count += 1;
        if self.state.is_none() && record.seq == 0 {
            self.state = candidate(keyring, &record).and_then(|state| state.checked(&record, 0).ok());
        }
        if self.state.is_some() && record.seq <= self.reach() {
            self.admit(record);
        } else {
            self.pending.push(record);
        }
    }

    /// Settles the rows that wait.
    pub(super) fn finish(&mut self, keyring: &Keyring) {
        self.pending.sort_unstable_by_key(|record| record.seq);
        if self.state.is_none() {
            self.state = self.find_seed(keyring);
        }
        for record in std::mem::take(&mut self.pending) {
            self.admit(record);
        }
    }

    /// The first seed under which a row that carries it verifies. A seed is not covered by a tag, and anyone can seal
    /// one to a public key, so that each is a mere candidate; they are tried at the lowest rows first, and together
    /// cost no more than the bound on steps.
    fn find_seed(&self, keyring: &Keyring) -> Option<ChainState> {
        let mut candidates: BTreeMap<&[u8], Option<ChainState>> = BTreeMap::new();
        let mut budget = self.reach();
        for record in &self.pending {
            let Some(seed) = record.seed.as_deref() else { continue };
            let slot = candidates.entry(seed).or_insert_with(|| candidate(keyring, record));
            let steps = slot.as_ref().map_or(0, |state| state.steps_to(record.seq));
            if steps > budget {
                continue;
            }
            budget -= steps;
            if let Some(state) = slot.take() {
                match state.checked(record, self.reach()) {
                    Ok(state) => return Some(state),
                    Err(state) => *slot = Some(state),
                }
            }
        }
        None
    }

    fn admit(&mut self, record: Record) {
        let reach = self.reach();
        let checked = self.state.as_mut().map(|state| state.check_within(&record, reach));
        let body = match checked {
            Some(Ok(())) if record.body.is_some() => Body::Intact,
            Some(Ok(())) => Body::Missing,
            Some(Err(Mismatch::Body)) => Body::Altered,
            Some(Err(Mismatch::Unreachable)) => return self.unreachable.add(record.seq),
            _ => return self.forged.add(record.seq),
        };
        let says = [Kind::Open, Kind::Heartbeat, Kind::Close].iter().any(|kind| *kind as u8 == record.kind);
        if let (true, Body::Intact, Some(text)) = (says, body, &record.body) {
            self.claims.push((record.seq, Claims::parse(text)));
        }
        self.seen.push(Seen { seq: record.seq, tag: record.tag, body, kind: record.kind });
    }

    /// The highest number that is looked at.
    fn reach(&self) -> u64 {
        self.count.saturating_add(STEPS)
    }
}

fn candidate(keyring: &Keyring, record: &Record) -> Option<ChainState> {
    ChainState::open(keyring, &record.kid, record.chain, record.seed.as_deref()?).ok()
}

impl ChainState {
    /// The state back, as `Ok` if `record` is authentic under it.
    fn checked(mut self, record: &Record, reach: u64) -> Result<ChainState, ChainState> {
        match self.check_within(record, reach) {
            Ok(()) | Err(Mismatch::Body) => Ok(self),
            Err(_) => Err(self),
        }
    }
}
