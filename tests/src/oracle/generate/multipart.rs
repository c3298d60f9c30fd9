//! Multipart documents.

use data_encoding::BASE64;

use super::{Words, percent, pick};
use crate::oracle::tree::Tree;
use crate::seeded::Seeded;

impl Words {
    /// A body of parts of every kind, some of them broken: see [`super::super::check::Format::Multipart`] for its boundary.
    pub fn multipart(&self, random: &mut Seeded) -> Tree {
        self.parts(random, "XbX", 0)
    }

    fn parts(&self, random: &mut Seeded, boundary: &str, depth: usize) -> Tree {
        let end = if random.below(4) == 0 { "\n" } else { "\r\n" };
        let open = match random.below(6) {
            0 => self.encoded(random, 0) + end,
            1 => end.to_owned(),
            _ => String::new(),
        };
        let padding = ["", "", "", " ", "\t "][random.below(5)];
        let parts = (0..random.below(4)).map(|_| {
            let mut pieces = vec![Tree::leaf(format!("--{boundary}{padding}{end}"))];
            pieces.extend(self.part(random, boundary, end, depth));
            Tree::fixed(pieces)
        });
        let parts = parts.collect();
        let close = match random.below(8) {
            0 => String::new(),
            1 => format!("--{boundary}"),
            2 => format!("--{boundary}--{end}{}{end}--{boundary}{end}", self.encoded(random, 0)),
            3 => format!("--{boundary}--"),
            _ => format!("--{boundary}--{padding}{end}"),
        };
        Tree::list(open, parts, "", close)
    }

    /// Head, empty line, body and the line end behind it.
    fn part(&self, random: &mut Seeded, boundary: &str, end: &str, depth: usize) -> Vec<Tree> {
        let mut fields = Vec::new();
        if random.below(6) > 0 {
            let name = self.named(random);
            let file = self.encoded(random, 1).replace(['\n', '\r', '"', '\\'], "_");
            let file = match random.below(6) {
                0 => format!("; filename=\"{file}\""),
                1 => format!("; filename*=UTF-8''{}", percent(random, &file)),
                2 => format!(";{end} filename=\"{file}\"; x"),
                _ => String::new(),
            };
            let field = ["Content-Disposition: ", "content-disposition:"][random.below(2)];
            fields.push(format!("{field}form-data; {name}{file}"));
        }
        if random.below(5) == 0 {
            let text = self.encoded(random, 1).replace(['\n', '\r'], " ");
            fields.push(format!("X-Note: {text}"));
        }
        let (kind, body) = match random.below(12) {
            0 | 1 => ("application/json", self.json(random)),
            2 => ("application/x-ndjson", self.json_lines(random)),
            3 => ("application/x-www-form-urlencoded", self.form(random)),
            4 => ("text/html", self.markup(random, true)),
            5 => ("application/xml; charset=utf-8", self.markup(random, false)),
            6 => ("image/png", self.text(random)),
            7 if depth < 2 => {
                let inner = format!("{boundary}c");
                let body = self.parts(random, &inner, depth + 1);
                fields.push(format!("Content-Type: multipart/mixed; boundary={inner}"));
                ("", body)
            }
            8 => {
                fields.push("Content-Transfer-Encoding: base64".to_owned());
                let text = self.text(random).bytes();
                let lines: Vec<String> = BASE64.encode(&text).as_bytes().chunks(20).map(lossy).collect();
                ("", Tree::leaf(lines.join(end)))
            }
            9 => {
                fields.push("content-transfer-encoding: Quoted-Printable".to_owned());
                let text = self.text(random).bytes();
                ("text/plain", Tree::leaf(quoted(random, &text, end)))
            }
            _ => (["text/plain", ""][random.below(2)], self.text(random)),
        };
        if !kind.is_empty() {
            fields.push(format!("Content-Type: {kind}"));
        }
        let fields = fields.into_iter().map(|field| Tree::leaf(field + end)).collect();
        let head = Tree::list("", fields, "", if random.below(20) == 0 { "" } else { end });
        vec![head, body, Tree::leaf(if random.below(20) == 0 { "" } else { end })]
    }

    /// The parameters that say how a part is called.
    fn named(&self, random: &mut Seeded) -> String {
        let name = pick(random, self.names);
        match random.below(9) {
            0 => format!("name={}", name.replace(' ', "_")),
            1 => format!("name=\"{}\"", percent(random, name)),
            2 => format!("name*=utf-8'en'{}", percent(random, name)),
            3 => format!("name=x; name*=ISO-8859-1''{}", percent(random, name)),
            4 => format!("name=\"=?UTF-8?B?{}?=\"", BASE64.encode(name.as_bytes())),
            5 => {
                let (first, rest) = name.split_at(1);
                format!("NAME = \"\\{first}{rest}\" ")
            }
            _ => format!("name=\"{name}\""),
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Quoted-printable with soft breaks and more of it encoded than must be.
fn quoted(random: &mut Seeded, text: &[u8], end: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in text {
        match byte {
            b'\n' if random.below(2) == 0 => out.push(b'\n'),
            b' '..=b'~' if *byte != b'=' && random.below(6) > 0 => out.push(*byte),
            b'=' if random.below(3) == 0 => out.push(b'='),
            _ => out.extend(format!("={byte:02X}").into_bytes()),
        }
        if random.below(12) == 0 {
            out.extend(format!("={end}").into_bytes());
        }
    }
    out
}
