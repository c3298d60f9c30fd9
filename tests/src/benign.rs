//! A corpus of what services write and nobody may touch: ids, hashes, UUIDs and times, drawn from a fixed seed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::seeded::Seeded;

/// Fields of each kind.
const EACH: usize = 80;

/// A name of a member, and how its value is made, as JSON.
type Kind = (&'static str, fn(&mut Seeded) -> String);

/// The kinds.
const KINDS: &[Kind] = &[
    ("id", |random| snowflake(random).to_string()),
    ("parent_id", |random| quoted(&snowflake(random).to_string())),
    ("order_number", |random| quoted(&format!("2026{:04}{:08}", random.below(1231), random.below(100_000_000)))),
    ("uuid", |random| quoted(&uuid(random, '4'))),
    ("request_id", |random| quoted(&uuid(random, '7'))),
    ("event", |random| quoted(&ulid(random))),
    ("md5", |random| quoted(&text(random, HEX, 32))),
    ("commit", |random| quoted(&text(random, HEX, 40))),
    ("digest", |random| quoted(&format!("sha256:{}", text(random, HEX, 64)))),
    ("etag", |random| quoted(&format!("W/\\\"{}\\\"", text(random, HEX, 16)))),
    ("trace_id", |random| quoted(&text(random, HEX, 32))),
    ("created", |random| seconds(random).to_string()),
    ("created_ms", |random| format!("{}{:03}", seconds(random), random.below(1000))),
    ("created_us", |random| format!("{}{:06}", seconds(random), random.below(1_000_000))),
    ("created_ns", |random| quoted(&format!("{}{:09}", seconds(random), random.below(1_000_000_000)))),
    ("at", |random| quoted(&instant(random))),
    ("duration", |random| format!("{}.{:09}", random.below(60), random.below(1_000_000_000))),
    ("version", |random| quoted(&format!("{}.{}.{}", random.below(30), random.below(100), random.below(10_000)))),
    ("object", |random| quoted(&format!("obj_{}", text(random, BASE_62, 24)))),
    ("short", |random| quoted(&text(random, HEX, 7))),
];

const HEX: &[u8] = b"0123456789abcdef";
const BASE_62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CROCKFORD: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many fields the corpus has.
pub const FIELDS: usize = KINDS.len() * EACH;

/// The corpus under `recommended`, in which nothing may be found or changed: as JSON and as lines of text, whole and in
/// pieces.
pub fn cases() -> Vec<Value> {
    let rows = rows();
    let json_body =
        format!("[{}]", rows.iter().map(|row| format!("{{{}}}", row.join(","))).collect::<Vec<_>>().join(",\n"));
    let text_body = rows.iter().map(|row| row.join(" ")).collect::<Vec<_>>().join("\n");
    let mut cases = Vec::new();
    for (media_type, body) in [("application/json", json_body), ("text/plain", text_body)] {
        for chunk in [body.len(), 4093, 509] {
            cases.push(json!({
                "name": format!("{FIELDS} ids, hashes, UUIDs and times stay, {media_type} in pieces of {chunk}"),
                "policy": "recommended",
                "response": {"headers": {"content-type": media_type}, "body": body},
                "chunks": vec![chunk; body.len() / chunk],
                "expect": {"body": body, "findings": [], "shadow": [], "outcome": "allowed"},
            }));
        }
    }
    cases
}

/// Members of every kind, a row at a time.
fn rows() -> Vec<Vec<String>> {
    let mut random = Seeded::of("benign");
    (0..EACH).map(|_| KINDS.iter().map(|(name, make)| format!("\"{name}\":{}", make(&mut random))).collect()).collect()
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn text(random: &mut Seeded, alphabet: &[u8], length: usize) -> String {
    (0..length).map(|_| char::from(alphabet[random.below(alphabet.len())])).collect()
}

/// 64 bits of time, machine and count, as services number their messages.
fn snowflake(random: &mut Seeded) -> u64 {
    ((1_400_000_000_000 + random.number() % 50_000_000_000) << 20) | (random.number() % (1 << 20))
}

fn uuid(random: &mut Seeded, version: char) -> String {
    let mut uuid = text(random, HEX, 8);
    let variant = text(random, b"89ab", 1);
    let parts = [text(random, HEX, 4), format!("{version}{}", text(random, HEX, 3))];
    let rest = [format!("{variant}{}", text(random, HEX, 3)), text(random, HEX, 12)];
    parts.iter().chain(&rest).for_each(|part| write!(uuid, "-{part}").expect("a string takes everything"));
    uuid
}

fn ulid(random: &mut Seeded) -> String {
    format!("01{}", text(random, CROCKFORD, 24))
}

/// Between 2001 and 2033.
fn seconds(random: &mut Seeded) -> u64 {
    1_000_000_000 + random.number() % 1_000_000_000
}

fn instant(random: &mut Seeded) -> String {
    let mut two = |from: usize, to: usize| from + random.below(to - from + 1);
    let (year, month, day) = (two(2001, 2033), two(1, 12), two(1, 28));
    let (hour, minute, second, micro) = (two(0, 23), two(0, 59), two(0, 59), two(0, 999_999));
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_has_its_fields_and_stays_the_same() {
        assert_eq!(FIELDS, 1600);
        let cases = cases();
        assert_eq!(cases, super::cases());
        let body = cases[0]["response"]["body"].as_str().unwrap();
        let parsed: Vec<Value> = serde_json::from_str(body).unwrap();
        assert_eq!(parsed.iter().map(|row| row.as_object().unwrap().len()).sum::<usize>(), FIELDS);
    }
}
