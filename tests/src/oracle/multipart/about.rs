//! What the head of a part says (RFC 2183, RFC 2231, RFC 2047): how it is called, and how it is read.

use data_encoding::BASE64;

use super::super::segment::Kind;
use super::super::{LONGEST_NAME, views};
use super::{TYPES, boundary, line_at};

/// What a head says.
#[derive(Default)]
pub(super) struct About {
    pub(super) names: Vec<Vec<u8>>,
    /// What the oracle does not know: how the part is called or how it is read.
    pub(super) unknown: bool,
    pub(super) types: Vec<String>,
    pub(super) kind: Kind,
    pub(super) boundary: Option<Vec<u8>>,
    pub(super) reader: Option<&'static str>,
}

impl About {
    pub(super) fn of(head: &[u8]) -> Self {
        let mut it = Self::default();
        let mut first = None;
        for lines in fields(head) {
            let Some(colon) = lines.iter().position(|byte| *byte == b':') else { continue };
            let value: Vec<u8> = lines[colon + 1..].iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect();
            let field = Field::of(&lines[..=colon], &value);
            match field.name.as_str() {
                "content-disposition" => it.name(&field),
                "content-type" => {
                    it.types.push(field.lead.clone());
                    let charset = field.parameters.iter().find(|it| it.name == "charset");
                    it.unknown |= charset.is_some_and(|it| !it.value.eq_ignore_ascii_case(b"utf-8"));
                    first.get_or_insert(String::from_utf8_lossy(&value).into_owned());
                }
                "content-encoding" => it.unknown |= !["", "identity"].contains(&field.whole.as_str()),
                "content-transfer-encoding" => match field.whole.as_str() {
                    "quoted-printable" => it.kind = Kind::Quoted,
                    "base64" => it.kind = Kind::Lines,
                    "" | "7bit" | "8bit" | "binary" => {}
                    _ => it.unknown = true,
                },
                _ => {}
            }
        }
        if it.kind == Kind::Text {
            it.boundary = first.as_deref().and_then(boundary);
            let essence = it.types.first().map(String::as_str);
            it.reader = TYPES.iter().copied().find(|known| essence == Some(*known));
        }
        it
    }

    /// A name goes by all that receivers may read in it.
    fn name(&mut self, field: &Field) {
        for it in &field.parameters {
            let name = match it.name.as_str() {
                "name" if String::from_utf8_lossy(&it.value).contains("=?") => words(&it.value),
                "name" => Some(it.value.clone()),
                "name*" => extended(&it.value),
                name if name.starts_with("name*") => None,
                _ => continue,
            };
            let Some(name) = name.filter(|name| name.len() <= LONGEST_NAME) else {
                self.unknown = true;
                continue;
            };
            let name = views::Text::raw(&name);
            self.names.push(views::fold(&name).bytes);
            self.names.push(views::fold(&views::percent(&views::percent(&name, false), false)).bytes);
        }
    }
}

/// An ext-value (RFC 8187).
fn extended(value: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(value).into_owned();
    let mut parts = text.splitn(3, '\'');
    let (charset, _, text) = (parts.next()?, parts.next()?, parts.next()?);
    utf8(charset, &views::percent(&views::Text::raw(text.as_bytes()), false).bytes)
}

/// Encoded words (RFC 2047).
fn words(value: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(value).ok()?;
    let mut name = Vec::new();
    for word in text.split_ascii_whitespace() {
        let inner = word.strip_prefix("=?")?.strip_suffix("?=")?;
        let pieces: Vec<&str> = inner.split('?').collect();
        let bytes = match pieces.get(1)?.to_ascii_lowercase().as_str() {
            "b" => BASE64.decode(pieces.get(2)?.as_bytes()).ok()?,
            "q" => {
                let text = pieces.get(2)?.replace('_', " ").replace('=', "%");
                views::percent(&views::Text::raw(text.as_bytes()), false).bytes
            }
            _ => return None,
        };
        name.extend(utf8(pieces.first()?.split('*').next()?, &bytes)?);
    }
    Some(name)
}

fn utf8(charset: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" | "ascii" | "us-ascii" => Some(bytes.to_vec()),
        "iso-8859-1" | "latin1" => Some(bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes()),
        _ => None,
    }
}

/// A head's fields with their lines.
pub(super) fn fields(head: &[u8]) -> Vec<&[u8]> {
    let mut fields: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < head.len() {
        let line = line_at(head, at);
        match fields.last_mut() {
            Some(field) if b" \t".contains(&line[0]) => field.1 += line.len(),
            _ => fields.push((at, at + line.len())),
        }
        at += line.len();
    }
    fields.into_iter().map(|(from, to)| &head[from..to]).collect()
}

/// A field's name, its value, and the parameters of the value.
pub(super) struct Field {
    pub(super) name: String,
    /// The value in lower case.
    pub(super) whole: String,
    /// What stands before its parameters, in lower case.
    pub(super) lead: String,
    pub(super) parameters: Vec<Parameter>,
}

pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) value: Vec<u8>,
    /// Where the value stands, without its quotes.
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Field {
    pub(super) fn of(name: &[u8], value: &[u8]) -> Self {
        let lower = |bytes: &[u8]| String::from_utf8_lossy(bytes.trim_ascii()).to_ascii_lowercase();
        let name = lower(name.trim_ascii().strip_suffix(b":").unwrap_or_default());
        let find =
            |from: usize, stop: &[u8]| (from..value.len()).find(|at| stop.contains(&value[*at])).unwrap_or(value.len());
        let mut at = find(0, b";");
        let lead = lower(&value[..at]);
        let mut parameters = Vec::new();
        while at < value.len() {
            let equals = find(at + 1, b";=");
            if value.get(equals) != Some(&b'=') {
                at = equals;
                continue;
            }
            let name = lower(&value[at + 1..equals]);
            let from = (equals + 1..value.len()).find(|at| !value[*at].is_ascii_whitespace()).unwrap_or(value.len());
            if value.get(from) != Some(&b'"') {
                at = find(from, b";");
                let bare = value[from..at].trim_ascii().to_vec();
                parameters.push(Parameter { name, value: bare, from, to: at });
                continue;
            }
            let (mut to, mut text) = (from + 1, Vec::new());
            while to < value.len() && value[to] != b'"' {
                to += usize::from(value[to] == b'\\');
                text.extend(value.get(to));
                to += 1;
            }
            let to = to.min(value.len());
            parameters.push(Parameter { name, value: text, from: from + 1, to });
            at = find(to, b";");
        }
        Self { name, whole: lower(value), lead, parameters }
    }

    pub(super) fn has_parameters(&self) -> bool {
        ["content-disposition", "content-type"].contains(&self.name.as_str())
    }
}
