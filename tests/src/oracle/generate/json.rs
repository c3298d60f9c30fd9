//! JSON texts, valid and broken.

use super::encode::escaped;
use super::{Words, pick};
use crate::oracle::tree::Tree;
use crate::seeded::Seeded;

/// What JSON is made of, and what it is not.
const PIECES: &[&str] = &[
    "\"",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\",
    "\n",
    "\u{1}",
    "\\x",
    "1",
    "-",
    "nul",
    "null",
    "tru",
    ".5",
    " ",
    "a",
    "key_AAAA",
    "\u{feff}",
    "\"rem\":",
    "\"all\":[",
    "\"pwd\":",
    "[[[[[[",
];

impl Words {
    /// A JSON text.
    pub fn json(&self, random: &mut Seeded) -> Tree {
        Tree::fixed(vec![space(random), self.json_value(random, 0), space(random)])
    }

    /// Lines that are JSON texts.
    pub fn json_lines(&self, random: &mut Seeded) -> Tree {
        let lines = (0..random.below(4)).map(|_| match random.below(8) {
            0 => Tree::leaf(""),
            _ => self.json(random).on_one_line(),
        });
        Tree::list("", lines.collect(), "\n", "")
    }

    /// A JSON text, or several, with some bytes more or less.
    pub fn broken_json(&self, random: &mut Seeded, lines: bool) -> Tree {
        let mut bytes = if lines { self.json_lines(random) } else { self.json(random) }.bytes();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len() + 1);
            match random.below(6) {
                0 => bytes.truncate(at),
                1 | 2 => drop(bytes.drain(at..(at + 1 + random.below(3)).min(bytes.len()))),
                _ => {
                    let piece = pick(random, PIECES);
                    drop(bytes.splice(at..at, piece.bytes()));
                }
            }
        }
        Tree::list("", bytes.chunks(1).map(Tree::leaf).collect(), "", "")
    }

    fn json_value(&self, random: &mut Seeded, depth: usize) -> Tree {
        match random.below(if depth > 3 { 7 } else { 11 }) {
            0..5 => self.json_string(random),
            // As long as a number may be that is held back, and beyond.
            5 if random.below(8) == 0 => Tree::leaf("1".repeat(self.long - 12 + random.below(24))),
            5 => Tree::leaf(pick(
                random,
                &["null", "true", "false", "0", "-0.5e1", "1E5", "1234", "12345678", "123456789"],
            )),
            6 => self.json_string(random),
            7 | 8 => {
                let items = (0..random.below(4))
                    .map(|_| {
                        // Now and then more than may be held.
                        let far = if random.below(24) == 0 { " ".repeat(self.long) } else { String::new() };
                        let value = self.json_value(random, depth + 1);
                        Tree::fixed(vec![Tree::leaf(far), space(random), value, space(random)])
                    })
                    .collect();
                Tree::list("[", items, ",", "]")
            }
            _ => {
                let items = (0..random.below(5))
                    .map(|_| {
                        let name = match random.below(8) {
                            0 if random.below(8) == 0 => Tree::leaf(format!(
                                "\"{}{}\"",
                                "n".repeat(1010 + random.below(20)),
                                pick(random, self.names)
                            )),
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

    /// A name that is not so long (1 KiB) that it is taken to match every glob.
    fn short_name(&self, random: &mut Seeded) -> Tree {
        let name = self.json_string(random);
        if name.bytes().len() < 200 { name } else { Tree::leaf("\"long\"") }
    }

    fn json_string(&self, random: &mut Seeded) -> Tree {
        let pieces = (0..random.below(5)).map(|_| {
            let piece = self.encoded(random, 0);
            Tree::leaf(escaped(random, &piece))
        });
        Tree::list("\"", pieces.collect(), self.between(), "\"")
    }
}

fn space(random: &mut Seeded) -> Tree {
    Tree::leaf(["", "", "", " ", "\n\t"][random.below(5)])
}

fn quoted(random: &mut Seeded, text: &str) -> Vec<u8> {
    [b"\"", escaped(random, text).as_slice(), b"\""].concat()
}
