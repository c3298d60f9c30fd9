//! The tree made anew from the store, held against every checkpoint that a witness has.

use super::checkpoint::Checkpoint;
use super::leaf;
use super::tree::{Hash, Tree};
use crate::store::Entry;
use inkseal_engine::seal::{ChainId, Record};
use inkseal_engine::verify::Head;
use std::collections::BTreeMap;

/// Rebuilds a tree entry by entry. Entries come in the order of their positions.
pub struct Replay {
    tree: Tree,
    pending: std::iter::Peekable<std::vec::IntoIter<Checkpoint>>,
    faults: Vec<Fault>,
    matched: u64,
    newest: u64,
    heads: BTreeMap<(String, ChainId), Head>,
}

/// How the store contradicts itself or its witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A position is missing: a row was deleted or renumbered.
    Gap {
        /// The position that was expected.
        expected: u64,
        /// The position that came.
        found: u64,
    },
    /// The witness saw more leaves than the store holds.
    Behind {
        /// Leaves in the checkpoint.
        witnessed: u64,
        /// Leaves in the store.
        stored: u64,
    },
    /// The store's root at a witnessed size is another.
    RootDiffers {
        /// Leaves in the checkpoint.
        size: u64,
    },
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Gap { expected, found } => write!(f, "position {expected} is missing, the next one is {found}"),
            Fault::Behind { witnessed, stored } => {
                write!(f, "the witness saw {witnessed} records, the store holds {stored}")
            }
            Fault::RootDiffers { size } => {
                write!(f, "the root over the first {size} records is not the one that the witness saw")
            }
        }
    }
}

/// What a replay ended with.
#[derive(Debug)]
pub struct Replayed {
    /// The tree over all entries.
    pub tree: Tree,
    /// The checkpoints that the store agrees with.
    pub matched: u64,
    /// The heads of all chains as of the witness's newest checkpoint. They vouch for nothing if there are faults.
    pub heads: Vec<Head>,
    /// What contradicts, at most one of each kind.
    pub faults: Vec<Fault>,
}

impl Replay {
    /// A replay against these checkpoints, smallest first.
    pub fn new(checkpoints: Vec<Checkpoint>) -> Replay {
        let newest = checkpoints.last().map_or(0, |checkpoint| checkpoint.size);
        let mut replay = Replay {
            tree: Tree::default(),
            newest,
            heads: BTreeMap::new(),
            pending: checkpoints.into_iter().peekable(),
            faults: Vec::new(),
            matched: 0,
        };
        replay.compare();
        replay
    }

    /// Adds the next entry.
    pub fn push(&mut self, entry: &Entry) {
        let expected = self.tree.size();
        // After one gap all later positions differ: it is said once.
        if entry.position != expected && !self.faults.iter().any(|fault| matches!(fault, Fault::Gap { .. })) {
            self.faults.push(Fault::Gap { expected, found: entry.position });
        }
        if expected < self.newest {
            self.raise(&entry.record);
        }
        self.tree.push(&leaf::encode(&entry.record, entry.received_ms));
        self.compare();
    }

    /// Ends the replay: checkpoints that are left saw more than there is.
    pub fn finish(mut self) -> Replayed {
        let stored = self.tree.size();
        if let Some(newest) = self.pending.last() {
            self.faults.push(Fault::Behind { witnessed: newest.size, stored });
        }
        let heads = self.heads.into_values().collect();
        Replayed { tree: self.tree, matched: self.matched, heads, faults: self.faults }
    }

    fn raise(&mut self, record: &Record) {
        let Record { kid, chain, seq, tag, .. } = record;
        let head = Head { kid: kid.clone(), chain: *chain, seq: *seq, tag: Some(*tag), accumulator: None };
        let held = self.heads.entry((kid.clone(), *chain)).or_insert_with(|| head.clone());
        if held.seq < *seq {
            *held = head;
        }
    }

    fn compare(&mut self) {
        let size = self.tree.size();
        let mut root: Option<Hash> = None;
        while let Some(checkpoint) = self.pending.next_if(|checkpoint| checkpoint.size == size) {
            match *root.get_or_insert_with(|| self.tree.root()) == checkpoint.root {
                true => self.matched += 1,
                // Every later root differs too: the first one says where.
                false if self.faults.iter().any(|fault| matches!(fault, Fault::RootDiffers { .. })) => {}
                false => self.faults.push(Fault::RootDiffers { size }),
            }
        }
    }
}
