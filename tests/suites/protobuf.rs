//! Protobuf that follows a schema which the engine does not see: what comes out follows it too, with the same numbers
//! and without a secret. And frames: whatever carries a message, it becomes what it becomes alone.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "a suite")]

use std::io::Write as _;

use data_encoding::BASE64;
use inkseal_tests::oracle::lane::Lane;
use inkseal_tests::oracle::policy::Half;
use inkseal_tests::seeded::{Seeded, pieces};

/// Messages through each policy.
const MESSAGES: usize = 20_000;
/// Streams of messages.
const STREAMS: usize = 2_000;

const POLICY: &str = "
version: inkseal/v1
name: schema
detectors:
  - {id: own.key, entity: KEY, pattern: 'key_[A-Z]{8}', examples: [key_AAAAAAAA]}
  - {id: own.digits, entity: DIGITS, pattern: '\\b[0-9]{9}\\b', examples: ['111111111']}
  - {id: own.mail, entity: MAIL, pattern: '[a-z0-9]{1,20}@[a-z]{1,20}\\.example', examples: [jane@shop.example]}
rules:
  - {id: r, find: [{in: body, detect: [own.key, own.digits, own.mail], action: ACTION}]}
";

/// Secrets, and what they become where lengths stay.
const SECRETS: [(&str, &str); 3] =
    [("key_AAAAAAAA", "[REDACTED:KE"), ("111111111", "[REDACTED"), ("jane@shop.example", "[REDACTED:MAIL]**")];

const AROUND: [&str; 10] = ["", "", " ", "-", "* ", " \"", "é ", "\n", "-1234 ", " 8 "];

/// A value of a field that a schema describes.
enum Value {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Packed(Vec<u64>),
    Text(String),
    Message(Vec<(u64, Value)>),
    Group(Vec<(u64, Value)>),
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

fn sized(value: &[u8]) -> Vec<u8> {
    [varint(value.len() as u64), value.to_vec()].concat()
}

fn written(message: &[(u64, Value)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, value) in message {
        let (kind, bytes) = match value {
            Value::Varint(value) => (0, varint(*value)),
            Value::Fixed64(value) => (1, value.to_le_bytes().to_vec()),
            Value::Packed(values) => (2, sized(&values.iter().flat_map(|value| varint(*value)).collect::<Vec<u8>>())),
            Value::Text(text) => (2, sized(text.as_bytes())),
            Value::Message(message) => (2, sized(&written(message))),
            Value::Group(message) => (3, [written(message), varint(number << 3 | 4)].concat()),
            Value::Fixed32(value) => (5, value.to_le_bytes().to_vec()),
        };
        out.extend(varint(number << 3 | kind));
        out.extend(bytes);
    }
    out
}

/// The same message with other texts.
fn mapped(message: &[(u64, Value)], with: &dyn Fn(&str) -> String) -> Vec<(u64, Value)> {
    let value = |value: &Value| match value {
        Value::Varint(value) => Value::Varint(*value),
        Value::Fixed64(value) => Value::Fixed64(*value),
        Value::Fixed32(value) => Value::Fixed32(*value),
        Value::Packed(values) => Value::Packed(values.clone()),
        Value::Text(text) => Value::Text(with(text)),
        Value::Message(message) => Value::Message(mapped(message, with)),
        Value::Group(message) => Value::Group(mapped(message, with)),
    };
    message.iter().map(|(number, it)| (*number, value(it))).collect()
}

fn message(random: &mut Seeded, depth: usize) -> Vec<(u64, Value)> {
    let fields = 0..1 + random.below(4);
    let field = |random: &mut Seeded| {
        let number = [1, 2, 3, 4, 5, 6, 7, 12, 15, 16, 1000][random.below(11)];
        let value = match random.below(if depth > 3 { 9 } else { 14 }) {
            0 => Value::Varint(random.below(1 << 40) as u64),
            // Digits alone, in a message of nothing but letters, are taken for a string.
            1 => Value::Fixed64(u64::from_le_bytes(*b"111111\x011")),
            2 => Value::Fixed32(random.below(1 << 32) as u32),
            3 => Value::Packed((0..random.below(9)).map(|_| random.below(1 << 9) as u64).collect()),
            4..9 => Value::Text(text(random)),
            9 => Value::Group(message(random, depth + 1)),
            _ => Value::Message(message(random, depth + 1)),
        };
        (number, value)
    };
    fields.map(|_| field(random)).collect()
}

fn text(random: &mut Seeded) -> String {
    let mut text = String::new();
    for _ in 0..random.below(3) {
        text += AROUND[random.below(AROUND.len())];
        text += SECRETS[random.below(SECRETS.len())].0;
        text += [" ", "-", "\n", ", "][random.below(4)];
    }
    text += AROUND[random.below(AROUND.len())];
    // Lengths that are letters and digits, too.
    let least = [0, 0, 32, 48, 49, 57, 65, 97][random.below(8)];
    text.extend((text.len()..least).map(|_| '-'));
    text
}

/// Secrets that stand next to a letter are none to some detectors: what a text becomes, by what each secret becomes.
fn redacted(text: &str, becomes: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let before = out.bytes().next_back().filter(|_| out.len() < text.len());
        let found = SECRETS.iter().find(|(secret, _)| {
            let after = rest.as_bytes().get(secret.len()).copied();
            rest.starts_with(secret) && (*secret != "111111111" || !word(before) && !word(after))
        });
        let taken = found.map_or(first.len_utf8(), |(secret, _)| secret.len());
        out += &found.map_or(rest[..taken].to_owned(), |(secret, _)| becomes(secret));
        rest = &rest[taken..];
    }
    out
}

fn lane(action: &str) -> Lane {
    Lane::new(&POLICY.replace("ACTION", action), true, 0, 0).unwrap()
}

fn engine(lane: &Lane, media_type: &str, body: &[u8]) -> Vec<u8> {
    lane.engine(Half::Response, media_type, std::iter::once(body)).bytes.unwrap()
}

#[test]
fn what_follows_a_schema_follows_it_still() {
    let lane = lane("redact");
    let mut random = Seeded::of("schema");
    let mut changed = 0;
    for at in 0..MESSAGES {
        let message = message(&mut random, 0);
        let fixed = |secret: &str| SECRETS.iter().find(|(it, _)| *it == secret).unwrap().1.to_owned();
        let (before, wanted) = (written(&message), written(&mapped(&message, &|text| redacted(text, &fixed))));
        let left = engine(&lane, "application/x-protobuf", &before);
        assert_eq!(
            left.escape_ascii().to_string(),
            wanted.escape_ascii().to_string(),
            "message {at}, {}",
            before.escape_ascii()
        );
        changed += usize::from(left != before);
    }
    writeln!(std::io::stderr(), "schema: {MESSAGES} messages, {changed} of them changed").unwrap();
}

/// Reads `left` by the schema of `message`; every text is one of its two forms.
fn follows(message: &[(u64, Value)], left: &mut &[u8], forms: &dyn Fn(&str) -> Vec<String>) -> Result<(), String> {
    let said = |what: &str| Err(what.to_owned());
    for (number, value) in message {
        match value {
            Value::Text(text) => {
                take(left, &varint(number << 3 | 2))?;
                let value = take_sized(left)?;
                if !forms(text).iter().any(|form| form.as_bytes() == value) {
                    return Err(format!("{text:?} became {}", value.escape_ascii()));
                }
            }
            Value::Message(inner) => {
                take(left, &varint(number << 3 | 2))?;
                let mut value = take_sized(left)?;
                follows(inner, &mut value, forms)?;
                if !value.is_empty() {
                    return said("a message is too long");
                }
            }
            Value::Group(inner) => {
                take(left, &varint(number << 3 | 3))?;
                follows(inner, left, forms)?;
                take(left, &varint(number << 3 | 4))?;
            }
            _ => take(left, &written(&mapped_one(*number, value)))?,
        }
    }
    Ok(())
}

fn mapped_one(number: u64, value: &Value) -> Vec<(u64, Value)> {
    let value = match value {
        Value::Varint(value) => Value::Varint(*value),
        Value::Fixed64(value) => Value::Fixed64(*value),
        Value::Fixed32(value) => Value::Fixed32(*value),
        Value::Packed(values) => Value::Packed(values.clone()),
        Value::Text(_) | Value::Message(_) | Value::Group(_) => return Vec::new(),
    };
    vec![(number, value)]
}

fn take(left: &mut &[u8], wanted: &[u8]) -> Result<(), String> {
    *left = left
        .strip_prefix(wanted)
        .ok_or_else(|| format!("{} instead of {}", left[..left.len().min(24)].escape_ascii(), wanted.escape_ascii()))?;
    Ok(())
}

fn take_sized<'a>(left: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let size = left.iter().position(|byte| *byte < 0x80).ok_or("no length")? + 1;
    let length = left[..size].iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
    let (value, rest) = left[size..].split_at_checked(length).ok_or("a length beyond the end")?;
    *left = rest;
    Ok(value)
}

#[test]
fn lengths_are_written_anew_around_pseudonyms_and_what_is_removed() {
    for action in ["hash", "remove"] {
        let lane = lane(action);
        let mut random = Seeded::of(action);
        let (mut texts, mut kept) = (0, 0);
        for at in 0..MESSAGES {
            let message = message(&mut random, 0);
            let before = written(&message);
            let left = engine(&lane, "application/x-protobuf", &before);
            let counted = std::cell::Cell::new((0, 0));
            let forms = |text: &str| {
                let pseudonym = |secret: &str| {
                    let whole = engine(&lane, "text/plain", secret.as_bytes());
                    String::from_utf8(whole).unwrap()
                };
                let fixed = |secret: &str| match action {
                    "remove" => "*".repeat(secret.len()),
                    _ => SECRETS.iter().find(|(it, _)| *it == secret).unwrap().1.to_owned(),
                };
                let (free, fixed) = (redacted(text, &pseudonym), redacted(text, &fixed));
                let (texts, kept) = counted.get();
                counted.set((texts + usize::from(free != text), kept));
                vec![free, fixed]
            };
            let mut rest = left.as_slice();
            let done = follows(&message, &mut rest, &forms);
            assert!(
                done.is_ok() && rest.is_empty(),
                "{action}, message {at}, {}: {done:?}\n{}",
                before.escape_ascii(),
                left.escape_ascii()
            );
            texts += counted.get().0;
            kept += usize::from(left.len() == before.len() && left != before);
        }
        writeln!(std::io::stderr(), "schema, {action}: {texts} texts changed, {kept} messages kept their length")
            .unwrap();
    }
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&[0], (message.len() as u32).to_be_bytes().as_slice(), message].concat()
}

#[test]
fn frames_hold_what_their_messages_become() {
    let lane = lane("hash");
    let mut random = Seeded::of("frames");
    for _ in 0..STREAMS {
        let messages: Vec<Vec<u8>> = (0..random.below(5)).map(|_| written(&message(&mut random, 1))).collect();
        let alone = |message: &Vec<u8>| framed(&engine(&lane, "application/x-protobuf", message));
        let wanted: Vec<u8> = messages.iter().flat_map(alone).collect();
        let stream: Vec<u8> = messages.iter().flat_map(|message| framed(message)).collect();
        for media_type in ["application/grpc", "application/grpc-web+proto", "application/connect+proto"] {
            assert_eq!(engine(&lane, media_type, &stream), wanted, "{media_type}");
        }
        // In pieces of base64, cut wherever the upstream flushed, and cut anew on the way.
        let cuts = random.cuts(stream.len(), 3);
        let armored: String = pieces(&stream, &cuts).iter().map(|piece| BASE64.encode(piece)).collect();
        let cuts = random.cuts(armored.len(), 3);
        let left = lane.engine(
            Half::Response,
            "application/grpc-web-text",
            pieces(armored.as_bytes(), &cuts).iter().map(Vec::as_slice),
        );
        let left = left.bytes.unwrap();
        let groups = left.chunks(4).flat_map(|group| BASE64.decode(group).unwrap());
        assert_eq!(groups.collect::<Vec<u8>>(), wanted);
        if wanted == stream {
            assert_eq!(left, armored.as_bytes());
        }
    }
}

#[test]
fn frames_of_json_hold_json() {
    let lane = lane("hash");
    let texts =
        ["{\"a\":\"key_AAAAAAAA\"}", "{}", "[1, \"jane@shop.example\"]", "", "{\"a\" key_AAAAAAAA", "\"111111111\""];
    for text in texts {
        let body = framed(text.as_bytes());
        let wanted = framed(&engine(&lane, "application/json", text.as_bytes()));
        for media_type in ["application/grpc+json", "application/grpc-web+json", "application/connect+json"] {
            assert_eq!(engine(&lane, media_type, &body.repeat(2)), wanted.repeat(2), "{media_type}, {text}");
        }
    }
}
