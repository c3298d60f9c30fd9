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

    /// A JSON text.
    pub fn json(&self, random: &mut Seeded) -> Tree {
        Tree::fixed(vec![space(random), self.json_value(random, 0), space(random)])
    }

    /// Lines that are JSON texts.
    pub fn json_lines(&self, random: &mut Seeded) -> Tree {
        let lines = (0..random.below(4)).map(|_| match random.below(8) {
            0 => Tree::leaf(""),
            _ => self
                .json(random)
                .map(&|bytes| bytes.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }).collect()),
        });
        Tree::list("", lines.collect(), "\n", "")
    }

    /// Server-sent events.
    pub fn events(&self, random: &mut Seeded) -> Tree {
        let events = (0..random.below(4)).map(|_| {
            let end = ["\n", "\n", "\r", "\r\n"][random.below(4)];
            let between = match random.below(5) {
                0 => format!("{end}data:"),
                1 => format!("{end}: {}{end}data: ", pick(random, self.names)),
                2 => format!("{end}data{end}data: "),
                _ => format!("{end}data: "),
            };
            let data = if random.below(3) == 0 { self.text(random) } else { self.json(random) };
            let line = |byte: &u8| if *byte == b'\n' { between.clone().into_bytes() } else { vec![*byte] };
            let data = data.map(&|bytes| bytes.iter().flat_map(line).collect());
            let before = self.other_lines(random, end);
            let field = Tree::leaf(["data:", "data: "][random.below(2)]);
            let behind = self.other_lines(random, end);
            Tree::fixed(vec![before, field, data, Tree::leaf(end), behind, Tree::leaf(end)])
        });
        let events = events.collect();
        Tree::list(["", "", "\u{feff}"][random.below(3)], events, "", "")
    }

    /// Comments and fields that are not data.
    fn other_lines(&self, random: &mut Seeded, end: &str) -> Tree {
        let lines = (0..random.below(3)).map(|_| {
            let name = [":", ": ", "id: ", "event:", "retry: ", "dat", ""][random.below(7)];
            let text = self.encoded(random, 0).replace('\n', " ");
            Tree::leaf(format!("{name}{text}{end}"))
        });
        Tree::list("", lines.collect(), "", "")
    }

    /// A form.
    pub fn form(&self, random: &mut Seeded) -> Tree {
        let pieces = (0..random.below(6)).map(|_| {
            let mut piece = Vec::new();
            if random.below(10) > 0 {
                piece.push(match random.below(6) {
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

    fn parameter(&self, random: &mut Seeded) -> Tree {
        let pieces = (0..random.below(4)).map(|_| {
            let piece = self.encoded(random, 0);
            Tree::leaf(if random.below(8) == 0 { piece.replace('&', "+") } else { safe(random, &piece) })
        });
        Tree::list("", pieces.collect(), if self.spaced { "+" } else { "" }, "")
    }

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

    fn json_value(&self, random: &mut Seeded, depth: usize) -> Tree {
        match random.below(if depth > 3 { 7 } else { 11 }) {
            0..5 => self.json_string(random),
            5 => Tree::leaf(pick(
                random,
                &["null", "true", "false", "0", "-0.5e1", "1E5", "1234", "12345678", "123456789"],
            )),
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

/// A name that an element may have.
fn tag_name(name: &str) -> &str {
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) && !name.contains([' ', '$', '*']) {
        name
    } else {
        "e"
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
