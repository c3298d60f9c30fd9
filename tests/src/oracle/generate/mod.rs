//! Documents made of secrets, almost-secrets, their encodings, and what stands around them.

mod encode;
mod events;
mod fields;
mod form;
mod json;
mod markup;
mod multipart;
mod pieces;
mod protobuf;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};

use self::encode::{escaped, invisible, percent, references, wide};
use super::tree::Tree;
use crate::seeded::Seeded;

#[rustfmt::skip]
const AROUND: &[&str] = &[
    " ", " ", " ", "\n", ", ", ".", "-", "_", "=", ":", "/", "@", "a", "Z", "7", "00", "\"", "\\", "<", ">", "&", "%",
    "é", "\u{1f600}", "\u{ad}", "\u{200b}", "x=", "; ", "%2", "\\u00", "&#6", "==",
    "ik1_p1_aaaaaaaaaaaaaaaaaaaaaaaaaa", "ik1_p1_bbbbbbbbbbbbbbbbbbbbbbbbbb@shop.example", "ik1_p1_bbbbbbbbbbbbbbbbbbbbbbbbba@shop.example",
    "[REDACTED:KEY]", "data:image/png;base64,", "DATA:text/plain;charset=utf-8;base64,", "data:;base64,",
    "data:image/svg+xml;charset=x;base64,", "AAAAAAAAAAAA", "QUFBQUFBQUFBQUFB",
];

/// What a document is made of.
#[derive(Clone, Copy)]
pub struct Words {
    /// Texts that detectors find, or nearly do.
    pub secrets: &'static [&'static str],
    /// Names of members, parameters and elements.
    pub names: &'static [&'static str],
    /// Pieces of text stand apart.
    pub spaced: bool,
    /// Characters of base64 beyond which a run is long.
    pub long: usize,
}

impl Words {
    fn between(&self) -> &'static str {
        if self.spaced { " " } else { "" }
    }

    /// A text body.
    pub fn text(&self, random: &mut Seeded) -> Tree {
        let pieces = (0..random.below(12)).map(|_| Tree::leaf(self.encoded(random, 0))).collect();
        Tree::list("", pieces, self.between(), "")
    }

    /// A secret or something around it, perhaps encoded.
    fn encoded(&self, random: &mut Seeded, depth: usize) -> String {
        let plain = match random.below(5) {
            0 | 1 => pick(random, AROUND).to_owned(),
            2 => {
                let secret = pick(random, self.secrets);
                let cut = random.below(secret.len() + 1);
                secret.get(..cut).unwrap_or(secret).to_owned()
            }
            _ => pick(random, self.secrets).to_owned(),
        };
        if depth > 1 {
            return plain;
        }
        match random.below(14) {
            0 => percent(random, &plain),
            1 => {
                let once = percent(random, &plain);
                percent(random, &once)
            }
            2..5 => self.base64(random, depth),
            5 => wide(random, &plain),
            6 => invisible(random, &plain),
            7 => {
                // A JSON text inside a string.
                let inner = self.encoded(random, depth + 1);
                let inner = String::from_utf8_lossy(&escaped(random, &inner)).into_owned();
                format!("{{\"{}\":\"{inner}\"}}", pick(random, self.names))
            }
            8 => references(random, &plain),
            9 => format!("{} {plain}", pick(random, self.names)),
            _ => plain,
        }
    }

    fn base64(&self, random: &mut Seeded, depth: usize) -> String {
        let mut text = ["", "x", "yz", "abc "][random.below(4)].to_owned();
        if random.below(4) == 0 {
            let far = random.below(self.long) / 4 * 3;
            text.extend((0..far).map(|at| char::from(b' ' + (at % 90) as u8)));
        }
        for _ in 0..=random.below(3) {
            text += &self.encoded(random, depth + 1);
        }
        if random.below(6) == 0 {
            text.extend((0..self.long).map(|_| '.'));
        }
        let encoding = [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD][random.below(4)].clone();
        encoding.encode(text.as_bytes())
    }
}

fn pick<'a>(random: &mut Seeded, from: &[&'a str]) -> &'a str {
    from[random.below(from.len())]
}
