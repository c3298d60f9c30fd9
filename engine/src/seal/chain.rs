//! A chain as the edge writes it.

use std::fmt;

use zeroize::Zeroizing;

use super::derive::{accumulate, accumulator_start};
use super::envelope;
use super::ratchet::State;
use super::{ChainId, Kind, Record};
use crate::Entropy;
use crate::keyring::SealKey;

/// An open chain: its next state and what it has sealed so far. Holds one state at a time, wiped at each step.
pub struct Chain {
    kid: String,
    id: ChainId,
    sealed_seed: Vec<u8>,
    next_seq: u64,
    // `None` only while `seal` is between two states.
    state: Option<State>,
    accumulator: [u8; 32],
    closed: bool,
}

impl Chain {
    /// Starts a chain under `key`: draws its id and its seed, seals the seed to the verifier and forgets it.
    ///
    /// The caller seals an open as the first record.
    ///
    /// # Errors
    /// [`SealError`] if the verifier's public key is one that X25519 refuses.
    pub fn open(key: &SealKey, verifier_public: &[u8; 32], entropy: &mut dyn Entropy) -> Result<Chain, SealError> {
        let id: ChainId = crate::entropy::draw(entropy);
        let seed = Zeroizing::new(crate::entropy::draw(entropy));
        let sealed_seed = envelope::seal(&seed, &key.kid, &id, verifier_public, entropy).ok_or(SealError)?;
        Ok(Chain {
            state: Some(State::first(&key.root(), &key.kid, &id, &seed)),
            accumulator: accumulator_start(&key.kid, &id),
            kid: key.kid.clone(),
            id,
            sealed_seed,
            next_seq: 0,
            closed: false,
        })
    }

    /// Seals `body` as the next record; `with_seed` sends the sealed seed along, as opens, heartbeats, closes and one
    /// record of each batch do. The body must carry `n` and stay below [`super::MAX_BODY`].
    ///
    /// After a [`Kind::Close`] open a new chain: verification calls what follows a close tampering.
    pub fn seal(&mut self, kind: Kind, body: String, with_seed: bool) -> Record {
        let (seq, kind_byte) = (self.next_seq, kind as u8);
        let (mut c, mut tag) = ([0; 32], [0; 32]);
        if let Some(state) = self.state.take() {
            let step = state.step(&self.kid, &self.id, seq, kind_byte, body.as_bytes());
            (c, tag) = (step.commitment, step.tag);
            self.state = Some(step.next);
        }
        self.accumulator = accumulate(&self.accumulator, &tag);
        self.next_seq = seq.saturating_add(1);
        self.closed |= kind == Kind::Close;
        Record {
            kid: self.kid.clone(),
            chain: self.id,
            seq,
            kind: kind_byte,
            c,
            tag,
            seed: with_seed.then(|| self.sealed_seed.clone()),
            body: Some(body),
        }
    }

    /// The chain's id.
    pub fn id(&self) -> &ChainId {
        &self.id
    }

    /// Id of the key that the chain runs under.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The sequence number that the next record will get, which is the number of records so far.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// `A_i` for i = [`Chain::next_seq`]: over the tags of all records so far. What a heartbeat or a close sealed next
    /// carries, and what a successor names as the head.
    pub fn accumulator(&self) -> [u8; 32] {
        self.accumulator
    }

    /// Whether a close has been sealed.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// The sealed seed, for records that are sent first in a batch.
    pub fn sealed_seed(&self) -> &[u8] {
        &self.sealed_seed
    }
}

/// A chain cannot be opened: the verifier's public key is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealError;

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the verifier's public key is refused by x25519: make a new keyring with `inkseal keygen`")
    }
}

impl std::error::Error for SealError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::derive::{hmac, length_prefixed};
    use crate::testing::{Fixed, keyring};
    use sha2::{Digest, Sha256};

    /// The construction of the design, written out once more in plain HMACs.
    #[test]
    fn records_follow_the_construction() {
        let keyring = keyring();
        let key = keyring.seal_key_at(0).unwrap();
        let mut chain = Chain::open(key, &keyring.verifier_public_at(0).unwrap(), &mut Fixed::new(7)).unwrap();
        let records = [
            chain.seal(Kind::Open, "{\"n\":\"0\"}".to_owned(), true),
            chain.seal(Kind::Event, "{\"n\":\"1\"}".to_owned(), false),
        ];

        let lp = length_prefixed(&key.kid);
        let id = chain.id().as_slice();
        let private = keyring.verifier_privates().next().unwrap();
        let seed = envelope::open(records[0].seed.as_ref().unwrap(), &key.kid, chain.id(), private).unwrap();
        let prk = hmac(b"inkseal/audit/v1/root", &[key.secret().as_slice()]);
        let mut state = hmac(&prk, &[b"inkseal/audit/v1/chain\0", &lp, id, seed.as_slice(), b"\x01"]);
        let mut accumulator: [u8; 32] = Sha256::digest([b"inkseal/audit/v1/acc0\0", &lp[..], id].concat()).into();
        for (index, record) in records.iter().enumerate() {
            let commit = hmac(&state, &[b"inkseal/audit/v1/commit\0\x01"]);
            assert_eq!(record.c, hmac(&commit, &[record.body.as_ref().unwrap().as_bytes()]));
            let tag_key = hmac(&state, &[b"inkseal/audit/v1/tag\0\x01"]);
            let seq = (index as u64).to_be_bytes();
            let kind = [record.kind];
            assert_eq!(record.tag, hmac(&tag_key, &[b"inkseal/audit/v1/record\0", &lp, id, &seq, &kind, &record.c]));
            state = hmac(&state, &[b"inkseal/audit/v1/next\0\x01"]);
            accumulator = Sha256::digest([b"inkseal/audit/v1/acc\0", &accumulator[..], &record.tag].concat()).into();
        }
        assert_eq!(chain.accumulator(), accumulator);
        assert_eq!(chain.next_seq(), 2);
        assert!(records[1].seed.is_none());
    }

    #[test]
    fn chains_share_nothing() {
        let keyring = keyring();
        let key = keyring.seal_key_at(0).unwrap();
        let public = keyring.verifier_public_at(0).unwrap();
        let mut entropy = Fixed::new(7);
        let mut one = Chain::open(key, &public, &mut entropy).unwrap();
        let mut two = Chain::open(key, &public, &mut entropy).unwrap();
        assert_ne!(one.id(), two.id());
        assert_ne!(one.seal(Kind::Open, String::new(), true).c, two.seal(Kind::Open, String::new(), true).c);
    }
}
