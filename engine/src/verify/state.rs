//! One chain, record by record: what a collector checks before it takes a record in.

use std::fmt;

use super::STEPS;
use super::walk::Walk;
use crate::keyring::Keyring;
use crate::seal::derive::{accumulator_start, equal};
use crate::seal::ratchet::State;
use crate::seal::{ChainId, Record, envelope};

/// A chain whose seed was opened. It holds the chain's states: they are wiped when it is dropped.
pub struct ChainState {
    kid: String,
    chain: ChainId,
    walk: Walk,
    reach: u64,
}

impl ChainState {
    /// Opens the sealed seed of a chain with the verifier's private keys. A seed proves nothing by itself: any can be
    /// sealed to a public key. The chain is real once a record of it passes [`ChainState::check`].
    ///
    /// # Errors
    /// The keyring lacks the seal key or a private key, or the seed was not sealed to it for this kid and chain.
    pub fn open(keyring: &Keyring, kid: &str, chain: ChainId, sealed_seed: &[u8]) -> Result<ChainState, OpenError> {
        let key = keyring.seal_key(kid).ok_or(OpenError::UnknownKid)?;
        if !keyring.can_verify() {
            return Err(OpenError::NoVerifierKey);
        }
        let mut privates = keyring.verifier_privates();
        let seed = privates.find_map(|private| envelope::open(sealed_seed, kid, &chain, private));
        let seed = seed.ok_or(OpenError::SeedRefused)?;
        let first = State::first(&key.root(), kid, &chain, &seed);
        Ok(ChainState { kid: kid.to_owned(), chain, walk: Walk::new(first), reach: STEPS })
    }

    /// Says that records up to `seq` have been accepted before, so that a chain longer than [`STEPS`] can be resumed.
    pub fn known_to(mut self, seq: u64) -> ChainState {
        self.extend(seq);
        self
    }

    /// Checks a record of this chain, at any place: its tag, then its body against its commitment. Next to the head it
    /// costs a step; behind it fewer than a hundred; before it at most [`STEPS`] from the highest record so far.
    ///
    /// # Errors
    /// What does not match. A record without a body passes on its tag: whether it may lack one is for the verifier.
    pub fn check(&mut self, record: &Record) -> Result<(), Mismatch> {
        let checked = self.check_within(record, self.reach);
        if matches!(checked, Ok(()) | Err(Mismatch::Body)) {
            self.extend(record.seq);
        }
        checked
    }

    /// As [`ChainState::check`], for records up to `reach`, which the caller bounds.
    pub(crate) fn check_within(&mut self, record: &Record, reach: u64) -> Result<(), Mismatch> {
        if record.kid != self.kid || record.chain != self.chain {
            return Err(Mismatch::Chain);
        }
        if record.seq > reach {
            return Err(Mismatch::Unreachable);
        }
        let state = self.walk.state(record.seq);
        let tag = state.tag(&self.kid, &self.chain, record.seq, record.kind, &record.c);
        if !equal(&tag, &record.tag) {
            return Err(Mismatch::Tag);
        }
        match &record.body {
            Some(body) if !equal(&state.commit(body.as_bytes()), &record.c) => Err(Mismatch::Body),
            _ => Ok(()),
        }
    }

    /// Steps that a question about `seq` would walk beyond where the chain has been.
    pub(crate) fn steps_to(&self, seq: u64) -> u64 {
        seq.saturating_sub(self.walk.farthest())
    }

    /// `A_0` of the chain.
    pub(crate) fn accumulator_start(&self) -> [u8; 32] {
        accumulator_start(&self.kid, &self.chain)
    }

    /// Lets the walk reach [`STEPS`] beyond an authenticated record.
    fn extend(&mut self, seq: u64) {
        self.reach = self.reach.max(seq.saturating_add(STEPS));
    }
}

/// Why a chain cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The keyring has no seal key of this id.
    UnknownKid,
    /// The keyring has no private verifier key.
    NoVerifierKey,
    /// No private key opens the seed for this kid and chain.
    SeedRefused,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OpenError::UnknownKid => "the keyring has no seal key of this id",
            OpenError::NoVerifierKey => "the keyring has no private verifier key",
            OpenError::SeedRefused => "the sealed seed opens under no verifier key for this key id and chain",
        })
    }
}

impl std::error::Error for OpenError {}

/// Why a record does not belong where it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Another key id or chain.
    Chain,
    /// Further ahead than the bound on steps allows to look.
    Unreachable,
    /// The tag does not verify: nothing that the record says counts.
    Tag,
    /// The tag verifies, the body is not the one that was sealed.
    Body,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mismatch::Chain => "the record belongs to another chain",
            Mismatch::Unreachable => "the sequence number is further ahead than is looked",
            Mismatch::Tag => "the tag does not verify",
            Mismatch::Body => "the body is not the one that was sealed",
        })
    }
}

impl std::error::Error for Mismatch {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::{Chain, Kind};
    use crate::testing::{Fixed, keyring};

    fn records(count: u64) -> (ChainState, Vec<Record>) {
        let keyring = keyring();
        let public = keyring.verifier_public_at(0).unwrap();
        let mut chain = Chain::open(keyring.seal_key_at(0).unwrap(), &public, &mut Fixed::new(1)).unwrap();
        let seal =
            |seq| chain.seal(if seq == 0 { Kind::Open } else { Kind::Event }, format!("{{\"n\":\"{seq}\"}}"), seq == 0);
        let records: Vec<_> = (0..count).map(seal).collect();
        let state = ChainState::open(&keyring, "s1", records[0].chain, records[0].seed.as_ref().unwrap()).unwrap();
        (state, records)
    }

    #[test]
    fn records_pass_in_any_order_and_again() {
        let (mut state, records) = records(600);
        for record in records.iter().chain(records.iter().rev()).chain(records.iter().step_by(97)) {
            assert_eq!(state.check(record), Ok(()));
        }
    }

    #[test]
    fn every_authenticated_member_is_checked() {
        let (mut state, records) = records(3);
        let record = &records[1];
        let altered: [(Record, Mismatch); 8] = [
            (Record { kid: "s2".into(), ..record.clone() }, Mismatch::Chain),
            (Record { chain: [0; 16], ..record.clone() }, Mismatch::Chain),
            (Record { seq: 2, ..record.clone() }, Mismatch::Tag),
            (Record { seq: 1_000_000_000_000, ..record.clone() }, Mismatch::Unreachable),
            (Record { kind: 2, ..record.clone() }, Mismatch::Tag),
            (Record { c: [0; 32], ..record.clone() }, Mismatch::Tag),
            (Record { tag: [0; 32], ..record.clone() }, Mismatch::Tag),
            (Record { body: Some(String::new()), ..record.clone() }, Mismatch::Body),
        ];
        for (record, mismatch) in altered {
            assert_eq!(state.check(&record), Err(mismatch));
        }
        assert_eq!(state.check(&Record { body: None, ..record.clone() }), Ok(()));
        assert_eq!(state.check(record), Ok(()));
    }

    #[test]
    fn a_refused_record_does_not_extend_the_reach() {
        let (mut state, records) = records(1);
        let far = Record { seq: STEPS, ..records[0].clone() };
        assert_eq!(state.check(&far), Err(Mismatch::Tag));
        let farther = Record { seq: STEPS + 1, ..records[0].clone() };
        assert_eq!(state.check(&farther), Err(Mismatch::Unreachable));
    }

    #[test]
    fn a_long_chain_is_resumed() {
        let (state, records) = records(1);
        let mut state = state.known_to(5);
        let next = Record { seq: STEPS + 5, ..records[0].clone() };
        assert_eq!(state.check(&next), Err(Mismatch::Tag));
    }

    #[test]
    fn a_chain_opens_only_with_its_keys() {
        let (_, records) = records(1);
        let seed = records[0].seed.as_ref().unwrap();
        let other = Keyring::generate("", Default::default(), &mut Fixed::new(8));
        let open = |keyring: &Keyring, kid, chain| ChainState::open(keyring, kid, chain, seed).err();
        assert_eq!(open(&keyring(), "s2", records[0].chain), Some(OpenError::UnknownKid));
        assert_eq!(open(&keyring(), "s1", [0; 16]), Some(OpenError::SeedRefused));
        assert_eq!(open(&other, "s1", records[0].chain), Some(OpenError::SeedRefused));
        let filter = Keyring::parse(&keyring().for_filter(0).unwrap()).ok().unwrap();
        assert_eq!(open(&filter, "s1", records[0].chain), Some(OpenError::NoVerifierKey));
    }
}
