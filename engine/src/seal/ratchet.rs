//! The states of a chain, each derived from the one before and erased after use.

use super::ChainId;
use super::derive::{DOMAIN, Secret, expand, expand_from, hmac, length_prefixed, mac};

/// `S_i`: what commits to and tags record i, and gives `S_{i+1}`. Wiped when dropped.
#[derive(Clone)]
pub(crate) struct State(Secret);

impl State {
    /// `S_0 = X(PRK, "chain", lp(kid)‖chain_id‖seed)`.
    pub(crate) fn first(root: &Secret, kid: &str, chain: &ChainId, seed: &Secret) -> State {
        State(expand(root.as_slice(), "chain", &[&length_prefixed(kid), chain, seed.as_slice()]))
    }

    /// `S_{i+1} = X(S_i, "next")`; the caller's state is wiped.
    pub(crate) fn next(self) -> State {
        State(expand(self.0.as_slice(), "next", &[]))
    }

    /// `c_i = HMAC(X(S_i, "commit"), body)`.
    pub(crate) fn commit(&self, body: &[u8]) -> [u8; 32] {
        hmac(expand(self.0.as_slice(), "commit", &[]).as_slice(), &[body])
    }

    /// `t_i = HMAC(X(S_i, "tag"), D‖"record"‖00‖lp(kid)‖chain_id‖u64be(i)‖u8(kind)‖c_i)`.
    pub(crate) fn tag(&self, kid: &str, chain: &ChainId, seq: u64, kind: u8, commitment: &[u8; 32]) -> [u8; 32] {
        tag(&expand(self.0.as_slice(), "tag", &[]), kid, chain, seq, kind, commitment)
    }

    /// `c_i`, `t_i` and `S_{i+1}` at once, which takes fewer blocks than each by itself; the caller's state is wiped.
    pub(crate) fn step(self, kid: &str, chain: &ChainId, seq: u64, kind: u8, body: &[u8]) -> Step {
        let state = mac(self.0.as_slice());
        let commitment = hmac(expand_from(state.clone(), "commit", &[]).as_slice(), &[body]);
        let tag = tag(&expand_from(state.clone(), "tag", &[]), kid, chain, seq, kind, &commitment);
        Step { commitment, tag, next: State(expand_from(state, "next", &[])) }
    }
}

/// What a state gives for its record.
pub(crate) struct Step {
    /// `c_i`
    pub(crate) commitment: [u8; 32],
    /// `t_i`
    pub(crate) tag: [u8; 32],
    /// `S_{i+1}`
    pub(crate) next: State,
}

fn tag(key: &Secret, kid: &str, chain: &ChainId, seq: u64, kind: u8, commitment: &[u8; 32]) -> [u8; 32] {
    let kid = length_prefixed(kid);
    hmac(key.as_slice(), &[DOMAIN, b"record\0", &kid, chain, &seq.to_be_bytes(), &[kind], commitment])
}
