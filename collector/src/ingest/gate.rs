//! The gate: no record passes that the keyring does not authenticate.

use super::Refusal;
use crate::store::{Known, StoreError};
use inkseal_engine::keyring::Keyring;
use inkseal_engine::seal::{ChainId, Record};
use inkseal_engine::verify::{ChainState, Mismatch, OpenError};
use std::collections::HashMap;

type Name = (String, ChainId);

/// Checks records one by one and keeps the states of the chains that were used last.
pub struct Gate {
    keyring: Keyring,
    bound: usize,
    chains: HashMap<Name, Open>,
    /// Seeds that the records of the current request brought, by chain: one record of a batch carries it, and that
    /// need not be the first.
    offered: HashMap<Name, Vec<u8>>,
    used: u64,
}

struct Open {
    state: ChainState,
    seed: Vec<u8>,
    used: u64,
}

impl Gate {
    /// A gate that keeps at most `bound` chains in memory.
    pub fn new(keyring: Keyring, bound: usize) -> Gate {
        Gate { keyring, bound, chains: HashMap::new(), offered: HashMap::new(), used: 0 }
    }

    /// Notes the seeds that a request brings, before its records are checked.
    pub fn offer_seeds<'a>(&mut self, records: impl Iterator<Item = &'a Record>) {
        self.offered.clear();
        for record in records {
            if let Some(seed) = &record.seed {
                self.offered.entry((record.kid.clone(), record.chain)).or_insert_with(|| seed.clone());
            }
        }
    }

    /// Drops all states, so that they are opened anew.
    pub fn forget(&mut self) {
        self.chains.clear();
    }

    /// Lets an authentic record with its body pass. `known` says what is stored of its chain.
    pub fn admit(
        &mut self,
        record: &Record,
        known: &dyn Fn() -> Result<Option<Known>, StoreError>,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let name = (record.kid.clone(), record.chain);
        self.used += 1;
        if let Some(open) = self.chains.get_mut(&name) {
            open.used = self.used;
            return Ok(open.check(record));
        }
        let known = known()?;
        let mut open = match self.open(&name, record, known) {
            Ok(open) => open,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let checked = open.check(record);
        // A chain is real once a record of it passed; anyone can seal a seed, so that others are not kept.
        if checked.is_ok() {
            self.make_room();
            self.chains.insert(name, open);
        }
        Ok(checked)
    }

    /// A stored seed proved itself with the records that are stored; an offered one has yet to.
    fn open(&self, name: &Name, record: &Record, known: Option<Known>) -> Result<Open, Refusal> {
        let stored = known.as_ref().map(|known| known.seed.clone());
        let seed = stored
            .or_else(|| record.seed.clone())
            .or_else(|| self.offered.get(name).cloned())
            .ok_or_else(|| Refusal::new("NO_SEED", "no record of this chain brought its sealed seed"))?;
        let state = ChainState::open(&self.keyring, &name.0, name.1, &seed).map_err(|error| {
            let verdict = match error {
                OpenError::UnknownKid => "UNKNOWN_KID",
                OpenError::NoVerifierKey | OpenError::SeedRefused => "FORGED",
            };
            Refusal::new(verdict, error.to_string())
        })?;
        let state = match known {
            Some(known) => state.known_to(known.last_seq),
            None => state,
        };
        Ok(Open { state, seed, used: self.used })
    }

    /// Drops the half that was not used for longest, so that the cost of looking is spread.
    fn make_room(&mut self) {
        if self.chains.len() < self.bound {
            return;
        }
        let mut uses: Vec<u64> = self.chains.values().map(|open| open.used).collect();
        let middle = uses.len() / 2;
        let (_, &mut median, _) = uses.select_nth_unstable(middle);
        self.chains.retain(|_, open| open.used > median);
    }
}

impl Open {
    fn check(&mut self, record: &Record) -> Result<(), Refusal> {
        if record.body.is_none() {
            return Err(Refusal::new("BODY_MISSING", "a record arrives with its body"));
        }
        // No tag covers the seed: one that differs would be stored and spoil the chain for later readers.
        if record.seed.as_ref().is_some_and(|seed| *seed != self.seed) {
            return Err(Refusal::new("FORGED", "its sealed seed is not the chain's"));
        }
        self.state.check(record).map_err(|mismatch| {
            let verdict = match mismatch {
                Mismatch::Body => "BODY_ALTERED",
                Mismatch::Unreachable => "UNREACHABLE",
                Mismatch::Tag | Mismatch::Chain => "FORGED",
            };
            Refusal::new(verdict, mismatch.to_string())
        })
    }
}
