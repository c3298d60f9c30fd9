//! A record's wire form: one strict JSON object.

use std::borrow::Cow;
use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer};

use super::{ChainId, SEALED_SEED_LEN};
use crate::canonical;

/// Longest body in bytes. The edge keeps its bodies below it; a longer one is no record.
pub const MAX_BODY: usize = 256 * 1024;

/// Longest key id in bytes: lower-case letters, digits and hyphens.
pub const MAX_KID: usize = 32;

/// Longest wire form in bytes: a body in which each byte is escaped as six, and the other members.
const MAX_WIRE: usize = 6 * MAX_BODY + 4096;

/// What a record is for. The wire allows any u8; these are the ones with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The first record of a chain.
    Open = 0,
    /// An audit event.
    Event = 1,
    /// The edge lives, and says what it counted and lost.
    Heartbeat = 2,
    /// The last record of a chain.
    Close = 9,
}

/// A sealed record.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The seal key's id.
    pub kid: String,
    /// The chain's id.
    pub chain: ChainId,
    /// Position in the chain, from 0.
    pub seq: u64,
    /// A [`Kind`], or a number without a meaning yet.
    pub kind: u8,
    /// Commitment to the body.
    pub c: [u8; 32],
    /// Tag over everything but body and seed.
    pub tag: [u8; 32],
    /// The chain's sealed seed, [`SEALED_SEED_LEN`] bytes: repeated so that a part of a chain can be verified.
    pub seed: Option<Vec<u8>>,
    /// Canonical JSON, or `None` where it was erased or withheld.
    pub body: Option<String>,
}

impl Record {
    /// Writes the wire form: canonical JSON, hex in lower case, `seq` as a decimal string.
    pub fn to_json(&self) -> String {
        let mut members = serde_json::json!({
            "kid": self.kid,
            "chain": HEXLOWER.encode(&self.chain),
            "seq": self.seq.to_string(),
            "kind": self.kind,
            "c": HEXLOWER.encode(&self.c),
            "tag": HEXLOWER.encode(&self.tag),
            "body": self.body,
        });
        if let (Some(seed), Some(members)) = (&self.seed, members.as_object_mut()) {
            members.insert("seed".to_owned(), HEXLOWER.encode(seed).into());
        }
        canonical::to_string(&members)
    }

    /// Reads the wire form.
    ///
    /// # Errors
    /// Anything but the exact form: unknown, missing and repeated members, upper-case or short hex, a `seq` with a sign
    /// or a leading zero or beyond u64, a `kind` above 255, a body above [`MAX_BODY`].
    pub fn from_json(json: &str) -> Result<Record, RecordError> {
        if json.len() > MAX_WIRE {
            return Err(RecordError::TooLong);
        }
        let wire: Wire<'_> = serde_json::from_str(json).map_err(RecordError::json)?;
        let kind = u8::try_from(wire.kind).map_err(|_| RecordError::Member("kind"))?;
        let seed = wire.seed.map(|seed| parse_seed(&seed)).transpose()?;
        Record::from_parts(&wire.kid, &wire.chain, &wire.seq, kind, &wire.c, &wire.tag, seed, wire.body)
    }

    /// Builds a record from its members in wire spelling, as they stand in OTLP attributes.
    ///
    /// # Errors
    /// As [`Record::from_json`]: the first member that is not in its exact form.
    #[expect(clippy::too_many_arguments, reason = "the members of one wire form, in its order")]
    pub fn from_parts(
        kid: &str,
        chain: &str,
        seq: &str,
        kind: u8,
        c: &str,
        tag: &str,
        seed: Option<Vec<u8>>,
        body: Option<String>,
    ) -> Result<Record, RecordError> {
        if !is_kid(kid) {
            return Err(RecordError::Member("kid"));
        }
        if seed.as_ref().is_some_and(|seed| seed.len() != SEALED_SEED_LEN) {
            return Err(RecordError::Member("seed"));
        }
        if body.as_ref().is_some_and(|body| body.len() > MAX_BODY) {
            return Err(RecordError::TooLong);
        }
        Ok(Record {
            kid: kid.to_owned(),
            chain: parse_hex(chain).ok_or(RecordError::Member("chain"))?,
            seq: parse_seq(seq).ok_or(RecordError::Member("seq"))?,
            kind,
            c: parse_hex(c).ok_or(RecordError::Member("c"))?,
            tag: parse_hex(tag).ok_or(RecordError::Member("tag"))?,
            seed,
            body,
        })
    }
}

/// Prints no body and no seed: records reach logs by way of error messages.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} {} {} kind {})", self.kid, HEXLOWER.encode(&self.chain), self.seq, self.kind)
    }
}

/// Why a text is not a record. No message repeats the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// The wire form or the body is longer than its bound.
    TooLong,
    /// Not JSON of the record's shape; says what and where.
    Json(String),
    /// The named member is not in its exact form.
    Member(&'static str),
}

impl RecordError {
    fn json(error: serde_json::Error) -> RecordError {
        let text = error.to_string();
        // Only these of serde's messages are sure to quote our own member names and nothing of the input.
        let known = ["missing field", "duplicate field"].iter().any(|start| text.starts_with(start));
        let what = match (known, error.classify()) {
            (true, _) => text.split(" at line").next().unwrap_or_default().to_owned(),
            (_, serde_json::error::Category::Data) => "an unknown member, or one of a wrong type".to_owned(),
            _ => "not JSON".to_owned(),
        };
        RecordError::Json(format!("{what} at column {}", error.column()))
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordError::TooLong => write!(f, "record is longer than a body of {MAX_BODY} bytes allows"),
            RecordError::Json(what) => write!(f, "not a record: {what}"),
            RecordError::Member("seq") => {
                f.write_str("`seq` must be a decimal string below 2^64 without leading zeros")
            }
            RecordError::Member("kind") => f.write_str("`kind` must be a number from 0 to 255"),
            RecordError::Member("kid") => {
                write!(f, "`kid` must be 1 to {MAX_KID} lower-case letters, digits or hyphens")
            }
            RecordError::Member(name) => {
                let length = match *name {
                    "chain" => 32,
                    "seed" => 2 * SEALED_SEED_LEN,
                    _ => 64,
                };
                write!(f, "`{name}` must be {length} lower-case hex digits")
            }
        }
    }
}

impl std::error::Error for RecordError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(borrow)]
    kid: Cow<'a, str>,
    #[serde(borrow)]
    chain: Cow<'a, str>,
    #[serde(borrow)]
    seq: Cow<'a, str>,
    kind: u64,
    #[serde(borrow)]
    c: Cow<'a, str>,
    #[serde(borrow)]
    tag: Cow<'a, str>,
    #[serde(default, deserialize_with = "present")]
    seed: Option<String>,
    // Named, so that a missing body is an error; `null` is how an absent body is said.
    #[serde(deserialize_with = "Option::deserialize")]
    body: Option<String>,
}

/// A member that may be absent, but not `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

/// Whether `text` may be a key id.
pub(crate) fn is_kid(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_KID).contains(&text.len()) && text.bytes().all(letter)
}

/// Lower-case hex of exactly `N` bytes.
pub(crate) fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// A decimal u64 without sign and leading zeros.
pub(crate) fn parse_seq(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// A sealed seed in wire spelling.
///
/// # Errors
/// Not [`SEALED_SEED_LEN`] bytes in lower-case hex.
pub(crate) fn parse_seed(text: &str) -> Result<Vec<u8>, RecordError> {
    parse_hex::<SEALED_SEED_LEN>(text).map(Vec::from).ok_or(RecordError::Member("seed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            kid: "s1".to_owned(),
            chain: [1; 16],
            seq: 10,
            kind: 1,
            c: [2; 32],
            tag: [3; 32],
            seed: Some(vec![4; SEALED_SEED_LEN]),
            body: Some("{\"a\":\"\u{1}é\"}".to_owned()),
        }
    }

    #[test]
    fn the_wire_form_round_trips() {
        for seed in [None, Some(vec![4; SEALED_SEED_LEN])] {
            for body in [None, Some(String::new()), record().body] {
                let record = Record { seed: seed.clone(), body, ..record() };
                assert_eq!(Record::from_json(&record.to_json()).unwrap(), record);
            }
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let good = record().to_json();
        let refused = [
            ("\"seq\":\"10\"", "\"seq\":10"),
            ("\"seq\":\"10\"", "\"seq\":\"010\""),
            ("\"seq\":\"10\"", "\"seq\":\"+10\""),
            ("\"seq\":\"10\"", "\"seq\":\"-1\""),
            ("\"seq\":\"10\"", "\"seq\":\"\""),
            ("\"seq\":\"10\"", "\"seq\":\"18446744073709551616\""),
            ("\"kind\":1", "\"kind\":300"),
            ("\"kind\":1", "\"kind\":-1"),
            ("\"kind\":1", "\"kind\":1.0"),
            ("\"kind\":1", "\"kind\":\"1\""),
            ("\"kid\":\"s1\"", "\"kid\":\"S1\""),
            ("\"kid\":\"s1\"", "\"kid\":\"\""),
            ("\"kid\":\"s1\"", "\"kid\":\"s_1\""),
            ("\"kid\":\"s1\"", "\"kid\":\"s1\",\"kid\":\"s1\""),
            ("\"kid\":\"s1\"", "\"kid\":\"s1\",\"other\":1"),
            ("\"chain\":\"01", "\"chain\":\""),
            ("\"chain\":\"01", "\"chain\":\"0A"),
            ("\"c\":\"02", "\"c\":\"0202"),
            ("\"tag\":\"03", "\"tag\":\"0g"),
            ("\"seed\":\"04", "\"seed\":\""),
        ];
        for (from, to) in refused {
            let altered = good.replace(from, to);
            assert_ne!(altered, good, "{from}");
            assert!(Record::from_json(&altered).is_err(), "{to}");
        }
        assert!(Record::from_json("{}").is_err());
        let without_body = Record { body: None, ..record() }.to_json().replace("\"body\":null,", "");
        assert_eq!(
            Record::from_json(&without_body).unwrap_err().to_string().split(" at ").next(),
            Some("not a record: missing field `body`")
        );
        let null_seed = Record { seed: None, ..record() }.to_json().replace("}", ",\"seed\":null}");
        assert!(Record::from_json(&null_seed).is_err());
        let long = Record { body: Some("x".repeat(MAX_BODY + 1)), ..record() }.to_json();
        assert_eq!(Record::from_json(&long), Err(RecordError::TooLong));
        assert_eq!(Record::from_json(&"x".repeat(MAX_WIRE + 1)), Err(RecordError::TooLong));
    }

    #[test]
    fn the_largest_seq_is_allowed() {
        let record = Record { seq: u64::MAX, ..record() };
        assert_eq!(Record::from_json(&record.to_json()).unwrap().seq, u64::MAX);
    }

    #[test]
    fn errors_and_debug_repeat_nothing_of_the_body() {
        let text = record().to_json().replace("\"kind\":1", "\"kind\":\"hunter2\"");
        assert!(!Record::from_json(&text).unwrap_err().to_string().contains("hunter2"));
        assert!(!format!("{:?}", record()).contains("é"));
    }
}
