//! Documents made of secrets, almost-secrets, their encodings, and what stands around them.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};

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
    /// What stands between pieces of text.
    pub between: &'static str,
    /// Characters of base64 beyond which a run is long.
    pub long: usize,
}

impl Words {
    /// A text body.
    pub fn text(&self, random: &mut Seeded) -> Tree {
        let pieces = (0..random.below(12)).map(|_| Tree::leaf(self.encoded(random, 0))).collect();
        Tree::list("", pieces, self.between, "")
    }

    /// A JSON text.
    pub fn json(&self, random: &mut Seeded) -> Tree {
        Tree::fixed(vec![space(random), self.json_value(random, 0), space(random)])
    }

    fn json_value(&self, random: &mut Seeded, depth: usize) -> Tree {
        match random.below(if depth > 3 { 7 } else { 11 }) {
            0..5 => self.json_string(random),
            5 => Tree::leaf(pick(random, &["true", "false", "0", "-0.5e1", "1E5", "1234", "12345678", "123456789"])),
            6 => self.json_string(random),
            7 | 8 => {
                let items = (0..random.below(4))
                    .map(|_| Tree::fixed(vec![space(random), self.json_value(random, depth + 1), space(random)]))
                    .collect();
                Tree::list("[", items, ",", "]")
            }
            _ => {
                let items = (0..random.below(5))
                    .map(|_| {
                        let name = match random.below(8) {
                            0 => self.short_name(random),
                            1 => {
                                let name = pick(random, self.names);
                                Tree::leaf(quoted(random, name))
                            }
                            _ => Tree::leaf(format!("\"{}\"", pick(random, self.names))),
                        };
                        let colon = Tree::leaf(":");
                        let value = self.json_value(random, depth + 1);
                        Tree::fixed(vec![
                            space(random),
                            name,
                            space(random),
                            colon,
                            space(random),
                            value,
                            space(random),
                        ])
                    })
                    .collect();
                Tree::list("{", items, ",", "}")
            }
        }
    }

    /// A name that is not so long that it matches every glob.
    fn short_name(&self, random: &mut Seeded) -> Tree {
        let name = self.json_string(random);
        if name.bytes().len() < 200 { name } else { Tree::leaf("\"long\"") }
    }

    fn json_string(&self, random: &mut Seeded) -> Tree {
        let pieces = (0..random.below(5)).map(|_| {
            let piece = self.encoded(random, 0);
            Tree::leaf(escaped(random, &piece))
        });
        Tree::list("\"", pieces.collect(), self.between, "\"")
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
            5 if depth == 0 => wide(random, &plain),
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

fn space(random: &mut Seeded) -> Tree {
    Tree::leaf(["", "", "", " ", "\n\t"][random.below(5)])
}

fn quoted(random: &mut Seeded, text: &str) -> Vec<u8> {
    [b"\"", escaped(random, text).as_slice(), b"\""].concat()
}

/// The content of a JSON string: what must be escaped, and some of the rest; now and then an invalid byte.
fn escaped(random: &mut Seeded, text: &str) -> Vec<u8> {
    let often = [0, 0, 3, 30, 100][random.below(5)];
    let mut out = Vec::new();
    for letter in text.chars() {
        let mut units = [0; 2];
        match letter {
            _ if random.below(100) < often => {
                for unit in letter.encode_utf16(&mut units) {
                    out.extend(format!("\\u{unit:04x}").into_bytes());
                }
            }
            '"' | '\\' => out.extend([b'\\', letter as u8]),
            '\n' => out.extend(b"\\n"),
            '/' if random.below(2) == 0 => out.extend(b"\\/"),
            _ => out.extend(letter.to_string().into_bytes()),
        }
    }
    match random.below(60) {
        0 => out.extend(b"\\ud83d"),
        1 => out.push(0xff),
        _ => {}
    }
    out
}

fn percent(random: &mut Seeded, text: &str) -> String {
    let often = [20, 60, 100][random.below(3)];
    let code = |byte: u8| format!("%{byte:02X}");
    let some = |byte: u8| {
        if byte.is_ascii() && random.below(100) >= often { char::from(byte).to_string() } else { code(byte) }
    };
    text.bytes().map(some).collect()
}

/// Some characters in their fullwidth form.
fn wide(random: &mut Seeded, text: &str) -> String {
    let wide = |letter: char| char::from_u32(u32::from(letter) - 0x21 + 0xff01).unwrap_or(letter);
    text.chars()
        .map(|letter| if letter.is_ascii_graphic() && random.below(3) > 0 { wide(letter) } else { letter })
        .collect()
}

/// Characters of no width inside.
fn invisible(random: &mut Seeded, text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        out.push(letter);
        if random.below(4) == 0 {
            out.push(['\u{200b}', '\u{ad}', '\u{2060}', '\u{feff}', '\u{202e}'][random.below(5)]);
        }
    }
    out
}

/// Some characters as character references.
fn references(random: &mut Seeded, text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match (random.below(6), letter) {
            (0, _) => out += &format!("&#{};", u32::from(letter)),
            (1, _) => out += &format!("&#x{:x};", u32::from(letter)),
            (2, '@') => out += "&commat;",
            (2, '-') => out += "&shy;-",
            _ => out.push(letter),
        }
    }
    out
}
