//! What became of records: counts, and the ranges of those that are lost.

use inkseal_engine::seal::body::{Counters, Lost, MAX_RANGES};
use inkseal_engine::seal::{ChainId, Kind, Record};

use crate::outbox::Class;

/// How a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The collector has it.
    Acknowledged,
    /// The collector refused its batch.
    Rejected,
    /// The collector refused part of its batch: declared as lost, counted by [`Ledger::acknowledge`].
    PartlyRejected,
    /// There was no room.
    Dropped,
}

/// Counts of events, and the ranges of lost records of the current chain.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    chain: ChainId,
    /// Events of the current chain.
    pub counts: Counters,
    /// Events of all chains.
    pub totals: Counters,
    /// Records of the current chain that were dropped.
    pub dropped: Vec<Lost>,
    /// Records of the current chain that were rejected.
    pub rejected: Vec<Lost>,
}

impl Ledger {
    /// Starts over for a new chain. What becomes of the old chain's records still counts in `totals`; its own statuses
    /// can say no more, and verification finds what is missing.
    pub fn open(&mut self, chain: ChainId) {
        *self = Self { chain, totals: self.totals, ..Self::default() };
    }

    /// A stream ended.
    pub fn seen(&mut self) {
        self.both(|counts| counts.seen += 1);
    }

    /// Sampling left no event of a stream.
    pub fn sampled_out(&mut self) {
        self.both(|counts| counts.sampled_out += 1);
    }

    /// An event was sealed.
    pub fn emitted(&mut self) {
        self.both(|counts| counts.emitted += 1);
    }

    /// Counts a partial success.
    pub fn acknowledge(&mut self, acknowledged: u64, rejected: u64) {
        self.both(|counts| {
            counts.acknowledged += acknowledged;
            counts.rejected += rejected;
        });
    }

    /// Books the end of a record.
    pub fn settle(&mut self, record: &Record, class: Class, fate: Fate) {
        let current = record.chain == self.chain;
        if record.kind == Kind::Event as u8 {
            let count = |counts: &mut Counters| match fate {
                Fate::Acknowledged => counts.acknowledged += 1,
                Fate::Rejected => counts.rejected += 1,
                Fate::Dropped => counts.dropped += 1,
                Fate::PartlyRejected => {}
            };
            count(&mut self.totals);
            if current {
                count(&mut self.counts);
            }
        }
        if !current {
            return;
        }
        match fate {
            Fate::Acknowledged => {}
            Fate::Rejected | Fate::PartlyRejected => declare(&mut self.rejected, class, record.seq),
            Fate::Dropped => declare(&mut self.dropped, class, record.seq),
        }
    }

    fn both(&mut self, count: impl Fn(&mut Counters)) {
        count(&mut self.counts);
        count(&mut self.totals);
    }
}

/// Adds a lost record. Once as many ranges are declared as one status may list, the last one of the class grows to the
/// new number: what it covers beyond was delivered, and being declared as lost does it no harm.
fn declare(ranges: &mut Vec<Lost>, class: Class, seq: u64) {
    let class = class.as_str();
    let full = ranges.len() >= MAX_RANGES;
    let of_class = |range: &&mut Lost| range.class == class;
    let Some(range) = ranges.iter_mut().rev().find(of_class) else {
        ranges.push(Lost { class: class.to_owned(), first: seq, last: seq });
        return;
    };
    if full || range.last.checked_add(1) == Some(seq) {
        range.first = range.first.min(seq);
        range.last = range.last.max(seq);
    } else {
        Lost::add(ranges, class, seq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_join_and_stay_bounded() {
        let mut ranges = Vec::new();
        for seq in [1, 2, 3, 7] {
            declare(&mut ranges, Class::Clean, seq);
        }
        declare(&mut ranges, Class::Error, 4);
        declare(&mut ranges, Class::Clean, 8);
        let shown: Vec<_> = ranges.iter().map(|range| (range.class.as_str(), range.first, range.last)).collect();
        assert_eq!(shown, [("sampled", 1, 3), ("sampled", 7, 8), ("error", 4, 4)]);
        for seq in (100..10_000).step_by(2) {
            declare(&mut ranges, Class::Clean, seq);
        }
        assert_eq!(ranges.len(), MAX_RANGES);
        assert!(ranges.iter().any(|range| range.first <= 9_998 && range.last >= 9_998));
    }

    #[test]
    fn records_of_an_old_chain_count_in_the_totals_only() {
        let record = Record {
            kid: "s1".into(),
            chain: [1; 16],
            seq: 5,
            kind: Kind::Event as u8,
            c: [0; 32],
            tag: [0; 32],
            seed: None,
            body: None,
        };
        let mut ledger = Ledger::default();
        ledger.open([1; 16]);
        ledger.emitted();
        ledger.open([2; 16]);
        ledger.settle(&record, Class::Error, Fate::Dropped);
        assert_eq!((ledger.totals.emitted, ledger.totals.dropped), (1, 1));
        assert_eq!((ledger.counts.dropped, ledger.dropped.len()), (0, 0));
    }
}
