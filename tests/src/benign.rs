//! A corpus of what services write and nobody may touch: ids, hashes, UUIDs and times, drawn from a fixed seed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::seeded::Seeded;

/// Fields of each kind.
const EACH: usize = 60;

/// Bodies that the fields are spread over: each is short enough for a proxy to buffer while it waits for trailers.
const PARTS: usize = 5;

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
    ("sku", |random| {
        quoted(&format!("{:03}-{:03}-{:04}", random.below(1000), random.below(1000), random.below(10_000)))
    }),
    ("part", |random| {
        quoted(&format!("{}-{:04}-{}", text(random, UPPER, 3), random.below(10_000), text(random, UPPER, 2)))
    }),
    ("serial", |random| quoted(&text(random, CROCKFORD, 12))),
    ("invoice", |random| quoted(&format!("INV-2026-{:06}", random.below(1_000_000)))),
    ("ticket", |random| quoted(&format!("{}-{}", text(random, UPPER, 4), random.below(100_000)))),
    ("customer", |random| quoted(&format!("cus_{}", text(random, BASE_62, 14)))),
    ("charge", |random| quoted(&format!("ch_{}", text(random, BASE_62, 24)))),
    ("publishable", |random| quoted(&format!("pk_live_{}", text(random, BASE_62, 24)))),
    ("account_sid", |random| quoted(&format!("AC{}", text(random, HEX, 32)))),
    ("arn", |random| quoted(&format!("arn:aws:s3:::shop-{}/{}", text(random, HEX, 8), uuid(random, '4')))),
    ("image", |random| quoted(&format!("sha256:{}", text(random, HEX, 64)))),
    ("sha512", |random| quoted(&text(random, HEX, 128))),
    ("crc", |random| quoted(&text(random, HEX, 8))),
    ("integrity", |random| quoted(&format!("sha384-{}", base64(random, 48)))),
    ("checksum", |random| quoted(&base64(random, 16))),
    ("thumbnail", |random| quoted(&format!("data:image/png;base64,{}", base64(random, 90)))),
    ("blob", |random| quoted(&base64(random, 75))),
    ("cursor", |random| quoted(&base64(random, 24))),
    ("next_page_token", |random| quoted(&base64(random, 30).replace('=', "").replace('+', "-").replace('/', "_"))),
    ("next", |random| {
        quoted(&format!("https://api.example.com/v1/orders?page_token={}&limit=50", text(random, BASE_62, 32)))
    }),
    ("href", |random| quoted(&format!("https://api.example.com/v1/orders/{}", uuid(random, '4')))),
    ("avatar", |random| {
        quoted(&format!("https://cdn.example.com/a/{}@2x.png?v={}", text(random, HEX, 32), random.below(100)))
    }),
    ("gravatar", |random| quoted(&format!("https://www.gravatar.com/avatar/{}?s=80", text(random, HEX, 32)))),
    ("node_id", |random| quoted(&base64(random, 18))),
    ("idempotency_key", |random| quoted(&uuid(random, '4'))),
    ("cache_key", |random| quoted(&text(random, HEX, 40))),
    ("public_key", |random| quoted(&base64(random, 32))),
    ("fingerprint", |random| quoted(&format!("SHA256:{}", base64(random, 32).trim_end_matches('=')))),
    ("latitude", |random| format!("{}.{:07}", random.below(90), random.below(10_000_000))),
    ("score", |random| format!("0.{:016}", random.number() % 10_000_000_000_000_000)),
    ("embedding", |random| {
        format!(
            "[-0.{:08},0.{:08},1.{:07}e-05]",
            random.below(100_000_000),
            random.below(100_000_000),
            random.below(10_000_000)
        )
    }),
    ("price", |random| format!("{}.{:02}", random.below(10_000), random.below(100))),
    ("amount", |random| random.below(100_000_000).to_string()),
    ("total", |random| quoted(&format!("€{},{:03}.{:02}", random.below(100), random.below(1000), random.below(100)))),
    ("balance", |random| {
        quoted(&format!(
            "{} {:03} {:03},{:02} kr",
            random.below(10),
            random.below(1000),
            random.below(1000),
            random.below(100)
        ))
    }),
    ("color", |random| quoted(&format!("#{}", text(random, HEX, 6)))),
    ("rgba", |random| quoted(&format!("#{}", text(random, b"0123456789ABCDEF", 8)))),
    ("semver", |random| {
        quoted(&format!(
            "v{}.{}.{}-rc.{}+{}",
            random.below(30),
            random.below(100),
            random.below(100),
            random.below(9),
            text(random, HEX, 7)
        ))
    }),
    ("build", |random| {
        quoted(&format!(
            "{}.{}.{}.{}",
            random.below(30) + 1,
            random.below(100),
            random.below(10_000) + 256,
            random.below(1000)
        ))
    }),
    ("user_agent", |random| {
        quoted(&format!(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{}.0.{}.{} Safari/537.36",
            random.below(40) + 100,
            random.below(9000) + 1000,
            random.below(300)
        ))
    }),
    ("isbn", |random| quoted(&isbn(random))),
    ("ean", |random| quoted(&format!("40{:011}", random.number() % 100_000_000_000))),
    ("ups", |random| quoted(&format!("1Z{}{:08}", text(random, CROCKFORD, 8), random.below(100_000_000)))),
    ("fedex", |random| quoted(&format!("{:012}", 700_000_000_000 + random.number() % 100_000_000_000))),
    ("usps", |random| {
        quoted(&format!(
            "9400 1{:03} {:04} {:04} {:04} {:02}",
            random.below(1000),
            random.below(10_000),
            random.below(10_000),
            random.below(10_000),
            random.below(100)
        ))
    }),
    ("dhl", |random| quoted(&format!("JD{:018}", random.number() % 1_000_000_000_000_000_000))),
    ("hts", |random| {
        quoted(&format!("{:04}.{:02}.{:04}", random.below(10_000), random.below(100), random.below(10_000)))
    }),
    ("issn", |random| quoted(&format!("{:04}-{:03}X", random.below(10_000), random.below(1000)))),
    ("doi", |random| {
        quoted(&format!(
            "10.{}/s{:05}-{:03}-{:05}-{}",
            random.below(9000) + 1000,
            random.below(100_000),
            random.below(1000),
            random.below(100_000),
            random.below(10)
        ))
    }),
    ("date", |random| quoted(&instant(random)[..10])),
    ("local_time", |random| {
        quoted(&format!("{}/{}/{}", random.below(12) + 1, random.below(28) + 1, random.below(32) + 2001))
    }),
    ("period", |random| {
        quoted(&format!(
            "2026-{:02}-{:02}/2026-{:02}-{:02}",
            random.below(12) + 1,
            random.below(28) + 1,
            random.below(12) + 1,
            random.below(28) + 1
        ))
    }),
    ("ratio", |random| quoted(&format!("{}:{}", random.below(100), random.below(100)))),
    ("size", |random| quoted(&format!("{} x {} x {} mm", random.below(1000), random.below(1000), random.below(1000)))),
    ("range", |random| {
        quoted(&format!(
            "bytes {}-{}/{}",
            random.below(1000),
            random.below(100_000) + 1000,
            random.below(1_000_000) + 200_000
        ))
    }),
    ("w3c_trace", |random| quoted(&format!("00-{}-{}-01", text(random, HEX, 32), text(random, HEX, 16)))),
    ("span", |random| quoted(&text(random, HEX, 16))),
    ("nano_id", |random| quoted(&text(random, BASE_62, 21))),
    ("mongo_id", |random| quoted(&text(random, HEX, 24))),
    ("ksuid", |random| quoted(&text(random, BASE_62, 27))),
    ("epoch_text", |random| quoted(&format!("at {}", seconds(random)))),
    ("phone_model", |random| quoted(&format!("SM-{}{}", text(random, UPPER, 1), random.below(900) + 100))),
    ("digits", |random| quoted(&format!("{:09}", random.below(1_000_000_000)))),
    ("digits_eleven", |random| quoted(&format!("{:011}", random.number() % 100_000_000_000))),
    ("number_thirteen", |random| format!("{}", 1_000_000_000_000 + random.number() % 9_000_000_000_000)),
    ("number_sixteen", |random| format!("{}", 7_000_000_000_000_000 + random.number() % 3_000_000_000_000_000)),
    ("sentence", |random| {
        quoted(&format!(
            "Order {} of {} items was sent on day {} of week {}.",
            random.below(1_000_000),
            random.below(100),
            random.below(7),
            random.below(53)
        ))
    }),
];

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn base64(random: &mut Seeded, bytes: usize) -> String {
    let bytes: Vec<u8> = (0..bytes).map(|_| u8::try_from(random.below(256)).unwrap_or(0)).collect();
    data_encoding::BASE64.encode(&bytes)
}

fn isbn(random: &mut Seeded) -> String {
    let digits = format!("978{:09}", random.below(1_000_000_000));
    let sum: u32 = digits.bytes().enumerate().map(|(at, digit)| u32::from(digit - b'0') * [1, 3][at % 2]).sum();
    format!("{}-{}-{}-{}-{}", &digits[..3], &digits[3..4], &digits[4..8], &digits[8..12], (10 - sum % 10) % 10)
}

const HEX: &[u8] = b"0123456789abcdef";
const BASE_62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CROCKFORD: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many fields the corpus has.
pub const FIELDS: usize = KINDS.len() * EACH;

/// The corpus under `recommended`, in which nothing may be found or changed: as JSON and as lines of text, whole and in
/// pieces.
pub fn cases() -> Vec<Value> {
    let rows = rows();
    let mut cases = Vec::new();
    for (part, rows) in rows.chunks(EACH / PARTS).enumerate() {
        let json_body =
            format!("[{}]", rows.iter().map(|row| format!("{{{}}}", row.join(","))).collect::<Vec<_>>().join(",\n"));
        let text_body = rows.iter().map(|row| row.join(" ")).collect::<Vec<_>>().join("\n");
        let fields = rows.len() * KINDS.len();
        for (media_type, body) in [("application/json", json_body), ("text/plain", text_body)] {
            for chunk in [body.len(), 4093, 509] {
                cases.push(json!({
                    "name": format!("{fields} ids, hashes, codes and times stay, part {part}, {media_type} in pieces of {chunk}"),
                    "policy": "recommended",
                    "response": {"headers": {"content-type": media_type}, "body": body},
                    "chunks": vec![chunk; body.len() / chunk],
                    "expect": {"body": body, "findings": [], "shadow": [], "outcome": "allowed"},
                }));
            }
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
        const { assert!(FIELDS >= 5000) };
        let cases = cases();
        assert_eq!(cases, super::cases());
        let fields = |case: &Value| -> usize {
            let body = case["response"]["body"].as_str().unwrap();
            let parsed: Vec<Value> = serde_json::from_str(body).unwrap();
            parsed.iter().map(|row| row.as_object().unwrap().len()).sum()
        };
        assert_eq!(cases.iter().step_by(6).map(fields).sum::<usize>(), FIELDS);
    }
}
