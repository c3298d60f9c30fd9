//! The bodies that are measured: made up, the same each time, and not what windows were chosen on.

use std::fmt::Write as _;

/// A body.
#[derive(Clone, Debug)]
pub struct Input {
    /// What it is.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// What kinds of bodies there are.
pub const KINDS: &[(&str, &str, Kind)] = &[
    ("JSON, no hit", "application/json", |size| records(size, usize::MAX)),
    ("JSON, a hit in 2 KiB", "application/json", |size| records(size, 10)),
    ("JSON, dense hits", "application/json", |size| records(size, 1)),
    ("JSON as text", "text/plain", |size| records(size, usize::MAX)),
    ("text", "text/plain", |size| prose(size, usize::MAX)),
    ("text, a hit in 2 KiB", "text/plain", |size| prose(size, 24)),
    ("form", "application/x-www-form-urlencoded", form),
    ("event stream", "text/event-stream", events),
    ("JSON, escapes", "application/json", escapes),
    ("form, percent", "application/x-www-form-urlencoded", percent),
    ("text, base64", "text/plain", base64),
    ("JSON, CJK", "application/json", cjk),
];

type Kind = fn(usize) -> String;

/// A body of each kind, of `size` bytes at least.
pub fn inputs(size: usize) -> Vec<Input> {
    let input = |&(name, media_type, body): &(&'static str, &'static str, Kind)| Input {
        name,
        media_type,
        body: body(size).into_bytes(),
    };
    KINDS.iter().map(input).collect()
}

/// Numbers that look random, the same each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

const WORDS: &[&str] = &[
    "report", "window", "garden", "quarter", "because", "little", "of", "the", "and", "a", "under", "open", "number",
    "between", "river", "letter", "carry", "answer", "morning", "plan", "in", "to", "for", "paper", "already", "blue",
];

fn words(numbers: &mut Numbers, count: usize) -> String {
    let word = |_| WORDS.get(numbers.next() as usize % WORDS.len()).copied().unwrap_or("word");
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

/// A list of records as an API shows them; every `every`-th has an e-mail address.
fn records(size: usize, every: usize) -> String {
    let mut numbers = Numbers(1);
    let mut body = String::from("{\"results\":[");
    let mut at = 0_usize;
    while body.len() < size {
        at += 1;
        let comma = if at > 1 { "," } else { "" };
        let contact = if at.is_multiple_of(every) { "someone@shop.example" } else { "front office" };
        let (title, note) = (words(&mut numbers, 4), words(&mut numbers, 7));
        let [id, hash, price] = [numbers.next(), numbers.next(), numbers.next() % 100_000];
        let _ = write!(
            body,
            "{comma}{{\"id\":{},\"href\":\"https://api.shop.example/v2/items/{:x}\",\"title\":\"{title}\",\"state\":\"active\",\
             \"price\":{}.{:02},\"updated\":\"2026-02-{:02}T1{}:30:00Z\",\"owner\":\"{contact}\",\"note\":\"{note}\",\
             \"tags\":[\"new\",\"wool\"],\"stock\":null,\"shown\":true}}",
            id % 10_000_000,
            hash as u32,
            price / 100,
            price % 100,
            at % 28 + 1,
            at % 10,
        );
    }
    body + "]}"
}

/// Lines of words; every `every`-th ends in an e-mail address.
fn prose(size: usize, every: usize) -> String {
    let mut numbers = Numbers(2);
    let mut body = String::new();
    let mut at = 0_usize;
    while body.len() < size {
        at += 1;
        let _ = write!(body, "{}", words(&mut numbers, 14));
        body.push_str(if at.is_multiple_of(every) { " write to someone@shop.example\n" } else { ".\n" });
    }
    body
}

fn form(size: usize) -> String {
    let mut numbers = Numbers(3);
    let mut body = String::from("v=1");
    while body.len() < size {
        let _ = write!(body, "&field_{}={}", numbers.next() % 50, words(&mut numbers, 5).replace(' ', "+"));
    }
    body
}

fn events(size: usize) -> String {
    let mut numbers = Numbers(4);
    let mut body = String::new();
    while body.len() < size {
        let (id, text) = (numbers.next() % 100_000, words(&mut numbers, 6));
        let _ = write!(body, "id: {id}\ndata: {{\"kind\":\"note\",\"text\":\"{text}\",\"at\":1771234567}}\n\n");
    }
    body
}

fn escapes(size: usize) -> String {
    let mut numbers = Numbers(5);
    let mut body = String::from("[\"\"");
    while body.len() < size {
        let _ = write!(body, ",\"{}\"", words(&mut numbers, 8).replace(' ', "\\n\\u00e9\\t").replace('a', "\\\"a"));
    }
    body + "]"
}

fn percent(size: usize) -> String {
    let mut numbers = Numbers(6);
    let mut body = String::from("v=1");
    while body.len() < size {
        let _ = write!(body, "&t={}", words(&mut numbers, 8).replace(' ', "%20").replace('e', "%C3%A9"));
    }
    body
}

fn base64(size: usize) -> String {
    let mut numbers = Numbers(7);
    let letters: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut body = String::new();
    while body.len() < size {
        let bits = numbers.next();
        let letter = |at: u32| letters.get((bits >> (6 * at)) as usize & 63).copied().map_or('A', char::from);
        body.extend((0..10).map(letter));
        if bits >> 60 == 0 {
            body.push('\n');
        }
    }
    body
}

fn cjk(size: usize) -> String {
    let mut numbers = Numbers(8);
    let mut body = String::from("[\"\"");
    while body.len() < size {
        let text = (0..12).filter_map(|_| char::from_u32(0x4e00 + (numbers.next() % 0x5000) as u32));
        let _ = write!(body, ",{{\"本文\":\"{}\"}}", text.collect::<String>());
    }
    body + "]"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_their_size_and_json_is_json() {
        for input in inputs(5_000) {
            assert!((5_000..6_000).contains(&input.body.len()), "{}: {}", input.name, input.body.len());
            if input.media_type == "application/json" {
                assert!(serde_json::from_slice::<serde_json::Value>(&input.body).is_ok(), "{}", input.name);
            }
        }
    }
}
