//! Values of fields that have a form of their own, and targets.

use super::{Words, pick};
use crate::oracle::tree::Tree;
use crate::seeded::Seeded;

impl Words {
    /// The value of a `cookie` field.
    pub fn cookies(&self, random: &mut Seeded) -> Tree {
        let pairs = (0..random.below(5)).map(|_| self.pair(random)).collect();
        Tree::list("", pairs, ["; ", "; ", "; ", ";"][random.below(4)], "")
    }

    /// The value of a `set-cookie` field.
    pub fn set_cookie(&self, random: &mut Seeded) -> Tree {
        let attributes = (0..random.below(4)).map(|_| match random.below(3) {
            0 => self.pair(random),
            1 => Tree::leaf(format!("Path={}", pick(random, self.secrets))),
            _ => Tree::leaf(pick(random, &["HttpOnly", "Max-Age=1234", "Expires=Wed, 09 Jun 2032 10:18:14 GMT", ""])),
        });
        let attributes = attributes.map(|it| Tree::fixed(vec![Tree::leaf("; "), it])).collect();
        Tree::fixed(vec![self.pair(random), Tree::list("", attributes, "", "")])
    }

    /// A URL, absolute or not.
    pub fn url(&self, random: &mut Seeded) -> Tree {
        let origin = pick(
            random,
            &[
                "",
                "",
                "https://a.example",
                "//a.example:80",
                "https:",
                "http://u:key_AAAA@[::1]",
                "a:b",
                "https://a.example?",
            ],
        );
        let fragment = match random.below(4) {
            0 => Tree::fixed(vec![Tree::leaf("#"), self.form(random)]),
            1 => Tree::fixed(vec![Tree::leaf("#"), self.parameter(random)]),
            _ => Tree::leaf(""),
        };
        Tree::fixed(vec![Tree::leaf(origin), self.target(random), fragment])
    }

    /// A path and a query.
    pub fn target(&self, random: &mut Seeded) -> Tree {
        let root = ["/", "/", ""][random.below(3)];
        let segments = (0..random.below(4)).map(|_| match random.below(4) {
            0 => Tree::leaf(pick(random, &["v1", "", "..", "a b"])),
            _ => self.parameter(random),
        });
        let path = Tree::list(root, segments.collect(), "/", "");
        let query = match random.below(4) {
            0 => Tree::leaf(""),
            1 => Tree::leaf("?"),
            _ => Tree::list("?", vec![self.form(random)], "", ""),
        };
        Tree::fixed(vec![path, query])
    }

    /// A name and a value, or nearly so.
    fn pair(&self, random: &mut Seeded) -> Tree {
        let name = pick(random, self.names).replace(' ', "+");
        let value = if random.below(4) == 0 { self.raw(random) } else { self.parameter(random) };
        let quote = if random.below(6) == 0 { "\"" } else { "" };
        let equals = ["=", "=", "=", "=", "=", " = ", ""][random.below(7)];
        Tree::fixed(vec![Tree::leaf(name), Tree::leaf(equals), Tree::leaf(quote), value, Tree::leaf(quote)])
    }

    fn raw(&self, random: &mut Seeded) -> Tree {
        let pieces = (0..random.below(3)).map(|_| match random.below(8) {
            0 => Tree::leaf([0xff]),
            _ => Tree::leaf(self.encoded(random, 0)),
        });
        Tree::list("", pieces.collect(), "", "")
    }
}
