//! Parameters of forms and queries.

use super::encode::percent;
use super::{Words, pick};
use crate::oracle::tree::Tree;
use crate::seeded::Seeded;

impl Words {
    /// A form.
    pub fn form(&self, random: &mut Seeded) -> Tree {
        let pieces = (0..random.below(6)).map(|_| {
            let mut piece = Vec::new();
            if random.below(10) > 0 {
                piece.push(match random.below(6) {
                    0 if random.below(8) == 0 => {
                        Tree::leaf(format!("{}{}", "n".repeat(1010 + random.below(20)), pick(random, self.names)))
                    }
                    0 => self.short_parameter(random),
                    1 => {
                        let name = pick(random, self.names);
                        Tree::leaf(percent(random, name))
                    }
                    _ => Tree::leaf(pick(random, self.names).replace(' ', "+")),
                });
                piece.push(Tree::leaf("="));
            }
            // Without a name it is read as one until its end shows that it is none.
            piece.push(if piece.is_empty() { self.short_parameter(random) } else { self.parameter(random) });
            Tree::fixed(piece)
        });
        Tree::list("", pieces.collect(), "&", "")
    }

    fn short_parameter(&self, random: &mut Seeded) -> Tree {
        let parameter = self.parameter(random);
        if parameter.bytes().len() < 200 { parameter } else { Tree::leaf("long") }
    }

    /// A parameter's value.
    pub(super) fn parameter(&self, random: &mut Seeded) -> Tree {
        let pieces = (0..random.below(4)).map(|_| {
            let piece = self.encoded(random, 0);
            Tree::leaf(if random.below(8) == 0 { piece.replace('&', "+") } else { safe(random, &piece) })
        });
        Tree::list("", pieces.collect(), if self.spaced { "+" } else { "" }, "")
    }
}

/// A parameter as a browser sends it, now and then with more or less of it encoded.
fn safe(random: &mut Seeded, text: &str) -> String {
    let often = [0, 0, 30, 100][random.below(4)];
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' if random.below(2) == 0 => out.push('+'),
            _ if byte.is_ascii_alphanumeric() && random.below(100) >= often => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'@' | b'/' | b':' if random.below(2) == 0 => out.push(char::from(byte)),
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}
