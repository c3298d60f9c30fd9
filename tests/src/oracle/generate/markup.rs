//! HTML and XML.

use super::{Words, pick};
use crate::oracle::tree::Tree;
use crate::seeded::Seeded;

impl Words {
    /// Well-formed markup; with `html` some of its elements have no end tag.
    pub fn markup(&self, random: &mut Seeded, html: bool) -> Tree {
        let mut root = vec![self.element(random, 0, html)];
        if !html {
            root.insert(0, Tree::leaf("<?xml version='1.0'?>\n"));
        }
        Tree::fixed(root)
    }

    /// HTML as it comes: cut off anywhere, with tags that open or close nothing.
    pub fn soup(&self, random: &mut Seeded) -> Tree {
        let pieces = (0..random.below(8)).map(|_| {
            let name = tag_name(pick(random, self.names));
            match random.below(12) {
                0 => Tree::leaf(format!("<{name}>")),
                1 => Tree::leaf(format!("</{name}>")),
                2 => Tree::leaf(format!("<{name} {name}='")),
                3 => Tree::leaf(format!("<{name}\n{name} = \"{}\"", self.plain(random))),
                4 => Tree::leaf(format!("<{name} {name}={}", self.plain(random))),
                5 => Tree::leaf(pick(
                    random,
                    &[
                        "<!--",
                        "-->",
                        "<!",
                        "<?",
                        "?>",
                        "<![CDATA[",
                        "]]>",
                        ">",
                        "<",
                        "'",
                        "\"",
                        "/>",
                        "<br",
                        "</",
                        "=",
                        " ",
                    ],
                )),
                6 => self.element(random, 2, true),
                _ => Tree::leaf(self.encoded(random, 0)),
            }
        });
        Tree::list("", pieces.collect(), "", "")
    }

    fn element(&self, random: &mut Seeded, depth: usize, html: bool) -> Tree {
        let name = ["", "", "ns:"][random.below(3)].to_owned() + tag_name(pick(random, self.names));
        let mut attributes: Vec<Tree> = Vec::new();
        for at in 0..random.below(3) {
            let name = format!("{}{at}", tag_name(pick(random, self.names)));
            let name = if at == 0 { tag_name(pick(random, self.names)).to_owned() } else { name };
            let quote = ["\"", "'"][random.below(2)];
            let space = Tree::leaf([" ", "\n", "  "][random.below(3)]);
            let equals = Tree::leaf([" = ", "=", "="][random.below(3)]);
            let value = self.written(random, quote, quote);
            attributes.push(if html && random.below(5) == 0 {
                let word = pick(random, self.secrets).replace([' ', '\n', '"', '\'', '<', '>', '=', '`', '&'], "x");
                Tree::fixed(vec![space, Tree::leaf(name), Tree::leaf("="), Tree::leaf(word), Tree::leaf(" ")])
            } else {
                Tree::fixed(vec![space, Tree::leaf(name), equals, value])
            });
        }
        let open = Tree::list(format!("<{name}"), attributes, "", "");
        if random.below(6) == 0 {
            return Tree::fixed(vec![open, Tree::leaf(if html { "/>" } else { " />" })]);
        }
        let items = (0..random.below(5)).map(|_| match random.below(if depth > 2 { 6 } else { 9 }) {
            0..4 => self.written(random, "", ""),
            4 => Tree::leaf(format!("<!-- {} -->", self.plain(random).replace("--", "- "))),
            5 => match random.below(4) {
                0 => Tree::leaf(format!("<![CDATA[{}]]>", self.plain(random).replace("]]>", ""))),
                1 => Tree::leaf(format!("<?pi {}?>", self.plain(random).replace(['>', '?'], ""))),
                2 if html => Tree::leaf(format!("<br><img alt='{}'>", pick(random, self.names))),
                2 => Tree::leaf(" \n"),
                _ => self.written(random, "", ""),
            },
            _ => self.element(random, depth + 1, html),
        });
        let items = Tree::list("", items.collect(), "", "");
        Tree::fixed(vec![open, Tree::leaf(">"), items, Tree::leaf(format!("</{name}>"))])
    }

    fn plain(&self, random: &mut Seeded) -> String {
        pick(random, self.secrets).to_owned() + pick(random, self.secrets)
    }

    /// Text of a document.
    fn written(&self, random: &mut Seeded, open: &str, close: &str) -> Tree {
        let pieces = (0..random.below(4)).map(|_| {
            let piece = self.encoded(random, 0);
            Tree::leaf(referenced(random, &piece))
        });
        Tree::list(open, pieces.collect(), self.between(), close)
    }
}

/// A name that an element may have.
fn tag_name(name: &str) -> &str {
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) && !name.contains([' ', '$', '*']) {
        name
    } else {
        "e"
    }
}

/// Text with references where there must be some, and elsewhere.
fn referenced(random: &mut Seeded, text: &str) -> String {
    let often = [0, 0, 10, 50][random.below(4)];
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' => out += ["&amp;", "&#38;", "&#x26;"][random.below(3)],
            '<' => out += ["&lt;", "&#60;"][random.below(2)],
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            _ if random.below(100) >= often => out.push(letter),
            '@' if random.below(2) == 0 => out += "&commat;",
            '_' if random.below(2) == 0 => out += "&lowbar;",
            _ if random.below(4) == 0 => out += &format!("&#x{:X};", u32::from(letter)),
            _ => out += &format!("&#{};", u32::from(letter)),
        }
    }
    if random.below(20) == 0 { out + "&zwnj;&shy;" } else { out }
}
