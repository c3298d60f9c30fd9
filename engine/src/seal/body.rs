//! The bodies that the seal itself needs: what opens a chain, keeps it alive and closes it.
//!
//! Like every body they are canonical JSON and carry `n`, 16 random bytes, without which a commitment to a guessable
//! text could be tried out by whoever holds the state.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::ChainId;
use super::record::{parse_hex, parse_seq};
use crate::{Entropy, canonical};

/// Most ranges of lost records that one body declares; an edge that has more declares the rest in its next body.
pub const MAX_RANGES: usize = 256;

/// Longest checkpoint that is echoed, in bytes.
pub const MAX_CHECKPOINT: usize = 1024;

/// A fresh `n` for a body: 32 hex digits of 16 random bytes.
pub fn nonce(entropy: &mut dyn Entropy) -> String {
    HEXLOWER.encode(&crate::entropy::draw::<16>(entropy))
}

/// What an open says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// Milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// The plan's digest.
    pub plan: String,
    /// The policy's mode.
    pub mode: String,
    /// The chain that this one succeeds within the same VM, after a close or a key rotation.
    pub previous: Option<Previous>,
}

/// The end of a chain, as its successor names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// Key id of the old chain; it differs from the new one's after a rotation.
    pub kid: String,
    /// Id of the old chain.
    pub chain: ChainId,
    /// Sequence number of its last record.
    pub seq: u64,
    /// `A_{seq+1}`: over all its tags.
    pub accumulator: [u8; 32],
}

/// What a heartbeat and a close say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// The plan's digest.
    pub plan: String,
    /// The policy's mode.
    pub mode: String,
    /// `A_i`, i being the sequence number of the record that carries it: over the tags of all records before it.
    pub accumulator: [u8; 32],
    /// Counted since the chain opened.
    pub counts: Counters,
    /// Records of this chain that left the outbox unsent since the last status.
    pub dropped: Vec<Lost>,
    /// Records of this chain that the collector refused since the last status.
    pub rejected: Vec<Lost>,
    /// The latest checkpoint that an acknowledgement brought, as it came.
    pub checkpoint: Option<String>,
}

/// Events of a chain, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Streams that ended.
    pub seen: u64,
    /// Streams for which sampling left no event.
    pub sampled_out: u64,
    /// Records sealed.
    pub emitted: u64,
    /// Records that the collector has acknowledged.
    pub acknowledged: u64,
    /// Records that the collector refused for good.
    pub rejected: u64,
    /// Records dropped because the outbox was full.
    pub dropped: u64,
}

/// An inclusive range of lost records of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// What kind of event was lost, for example `sampled`, `changed` or `error`.
    pub class: String,
    /// First sequence number.
    pub first: u64,
    /// Last sequence number.
    pub last: u64,
}

impl Lost {
    /// Adds one record to `ranges`, growing the last range where class and number continue it.
    pub fn add(ranges: &mut Vec<Lost>, class: &str, seq: u64) {
        match ranges.last_mut() {
            Some(range) if range.class == class && range.last.checked_add(1) == Some(seq) => range.last = seq,
            _ => ranges.push(Lost { class: class.to_owned(), first: seq, last: seq }),
        }
    }

    fn to_value(&self) -> Value {
        json!({"class": self.class, "first": self.first.to_string(), "last": self.last.to_string()})
    }
}

impl Open {
    /// The body's canonical text.
    pub fn to_body(&self, entropy: &mut dyn Entropy) -> String {
        let mut body = json!({
            "mode": self.mode, "n": nonce(entropy), "plan": self.plan, "time": self.time_ms, "type": "open",
        });
        if let (Some(previous), Some(members)) = (&self.previous, body.as_object_mut()) {
            let previous = json!({
                "accumulator": HEXLOWER.encode(&previous.accumulator),
                "chain": HEXLOWER.encode(&previous.chain),
                "kid": previous.kid,
                "seq": previous.seq.to_string(),
            });
            members.insert("previous".to_owned(), previous);
        }
        canonical::to_string(&body)
    }
}

impl Status {
    /// The canonical text of a heartbeat's body. Ranges beyond [`MAX_RANGES`] a list are left out: declare them next time.
    pub fn to_heartbeat(&self, entropy: &mut dyn Entropy) -> String {
        self.to_body("heartbeat", entropy)
    }

    /// The canonical text of a close's body, with the same bound.
    pub fn to_close(&self, entropy: &mut dyn Entropy) -> String {
        self.to_body("close", entropy)
    }

    fn to_body(&self, kind: &str, entropy: &mut dyn Entropy) -> String {
        let ranges = |lost: &[Lost]| lost.iter().take(MAX_RANGES).map(Lost::to_value).collect::<Vec<_>>();
        let mut body = json!({
            "accumulator": HEXLOWER.encode(&self.accumulator),
            "counts": {
                "acknowledged": self.counts.acknowledged,
                "dropped": self.counts.dropped,
                "emitted": self.counts.emitted,
                "rejected": self.counts.rejected,
                "sampled_out": self.counts.sampled_out,
                "seen": self.counts.seen,
            },
            "dropped": ranges(&self.dropped),
            "mode": self.mode,
            "n": nonce(entropy),
            "plan": self.plan,
            "rejected": ranges(&self.rejected),
            "time": self.time_ms,
            "type": kind,
        });
        let checkpoint = self.checkpoint.as_ref().filter(|checkpoint| checkpoint.len() <= MAX_CHECKPOINT);
        if let (Some(checkpoint), Some(members)) = (checkpoint, body.as_object_mut()) {
            members.insert("checkpoint".to_owned(), checkpoint.as_str().into());
        }
        canonical::to_string(&body)
    }
}

/// What a verifier takes from an authenticated open, heartbeat or close.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// The chain that an open succeeds.
    pub previous: Option<Previous>,
    /// `A_i` of the record that carries it.
    pub accumulator: Option<[u8; 32]>,
    /// Inclusive ranges of records that were dropped.
    pub dropped: Vec<(u64, u64)>,
    /// Inclusive ranges of records that the collector refused.
    pub rejected: Vec<(u64, u64)>,
    /// The checkpoint that the edge had last seen.
    pub checkpoint: Option<String>,
}

impl Claims {
    /// Reads what it knows of a body; what is absent or malformed claims nothing.
    pub fn parse(body: &str) -> Claims {
        let Ok(members) = serde_json::from_str::<BTreeMap<String, Value>>(body) else { return Claims::default() };
        Claims {
            previous: members.get("previous").and_then(parse_previous),
            accumulator: members.get("accumulator").and_then(Value::as_str).and_then(parse_hex),
            dropped: parse_ranges(members.get("dropped")),
            rejected: parse_ranges(members.get("rejected")),
            checkpoint: members.get("checkpoint").and_then(Value::as_str).map(str::to_owned),
        }
    }
}

fn parse_previous(value: &Value) -> Option<Previous> {
    Some(Previous {
        kid: value.get("kid")?.as_str()?.to_owned(),
        chain: parse_hex(value.get("chain")?.as_str()?)?,
        seq: parse_seq(value.get("seq")?.as_str()?)?,
        accumulator: parse_hex(value.get("accumulator")?.as_str()?)?,
    })
}

fn parse_ranges(value: Option<&Value>) -> Vec<(u64, u64)> {
    let ends =
        |range: &Value| Some((parse_seq(range.get("first")?.as_str()?)?, parse_seq(range.get("last")?.as_str()?)?));
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(ends)
        .filter(|(first, last)| first <= last)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fixed;

    #[test]
    fn an_open_names_its_predecessor() {
        let previous = Previous { kid: "s1".to_owned(), chain: [1; 16], seq: 41, accumulator: [2; 32] };
        let open =
            Open { time_ms: 5, plan: "sha256:00".into(), mode: "enforce".into(), previous: Some(previous.clone()) };
        let body = open.to_body(&mut Fixed::new(1));
        assert_eq!(Claims::parse(&body).previous, Some(previous));
        assert_eq!(body, canonical::to_string(&serde_json::from_str(&body).unwrap()));
        let nonce = serde_json::from_str::<Value>(&body).unwrap()["n"].as_str().unwrap().len();
        assert_eq!(nonce, 32);
    }

    #[test]
    fn a_status_declares_what_was_lost() {
        let mut dropped = Vec::new();
        for seq in [3, 4, 7] {
            Lost::add(&mut dropped, "changed", seq);
        }
        Lost::add(&mut dropped, "error", 8);
        let status = Status { accumulator: [9; 32], dropped, checkpoint: Some("c".into()), ..Status::default() };
        let claims = Claims::parse(&status.to_heartbeat(&mut Fixed::new(1)));
        assert_eq!(claims.accumulator, Some([9; 32]));
        assert_eq!(claims.dropped, [(3, 4), (7, 7), (8, 8)]);
        assert_eq!(claims.rejected, []);
        assert_eq!(claims.checkpoint.as_deref(), Some("c"));
    }

    #[test]
    fn foreign_bodies_claim_nothing() {
        for body in ["", "[]", "{\"dropped\":[{\"first\":\"9\",\"last\":\"1\"},3]}", "{\"previous\":{\"kid\":1}}"] {
            assert_eq!(Claims::parse(body), Claims::default(), "{body}");
        }
    }
}
