//! Multipart bodies (RFC 2046, section 5.1; RFC 7578), read whole: lines into parts, parts by their own type.
//!
//! Not covered: names that are too long or in a charset that is not read, charsets other than UTF-8, codings that cannot
//! be read, heads that are too long, and parts that the readers of their types do not cover.

use data_encoding::BASE64;
use inkseal_engine::policy::model::Place;

use super::named::{self, Reads, Value};
use super::policy::{Effect, What};
use super::segment::{Kind, Segment};
use super::{BODY, CUT, LONGEST_NAME, Oracle, Run, read, text, views};

const PARTS: Reads = Reads::all(&[Place::Part, Place::Form, Place::Field, Place::Body, Place::Any]);

/// Blanks behind a boundary, at most.
const BLANKS: usize = 256;
/// Bytes of a head.
const HEAD: usize = 16 << 10;
/// Multipart bodies inside one another.
const DEPTH: usize = 8;

/// The types that are read by other readers than that of text.
const TYPES: &[&str] =
    &["application/json", "application/x-ndjson", "application/x-www-form-urlencoded", "text/html", "application/xml"];

/// A body cut up.
#[derive(Debug, Default)]
pub struct Whole<'a> {
    preamble: &'a [u8],
    parts: Vec<Part<'a>>,
    /// The last delimiter: the line end before it and its line.
    close: Option<(&'a [u8], &'a [u8])>,
    epilogue: &'a [u8],
}

#[derive(Debug)]
struct Part<'a> {
    /// The line end before its delimiter.
    lead: &'a [u8],
    /// The delimiter.
    line: &'a [u8],
    /// With the empty line.
    head: &'a [u8],
    body: &'a [u8],
    /// It has no body, not even an empty one: no line end stands before the next delimiter.
    bare: bool,
}

/// The boundary of a media type, if that is what tells its parts apart.
pub fn boundary(media_type: &str) -> Option<Vec<u8>> {
    let field = Field::of(b"content-type: ", media_type.as_bytes());
    let boundary = field.parameters.iter().find(|it| it.name == "boundary")?.value.clone();
    (field.lead.starts_with("multipart/") && !boundary.is_empty()).then_some(boundary)
}

/// The bodies of all parts, however deep, that are read by their type, with the type.
pub fn typed<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<(&'static str, &'a [u8])> {
    let mut all = Vec::new();
    for part in cut(body, boundary).parts.into_iter().filter(|part| !part.bare) {
        let about = About::of(part.head);
        match &about.boundary {
            Some(inner) => all.extend(typed(part.body, inner)),
            None => all.extend(about.reader.map(|media_type| (media_type, part.body))),
        }
    }
    all
}

/// Whether the oracle knows what becomes of a body.
pub fn covers(oracle: &Oracle, body: &[u8], boundary: &[u8]) -> bool {
    within(oracle, body, boundary, 0)
}

fn within(oracle: &Oracle, body: &[u8], boundary: &[u8], depth: usize) -> bool {
    depth < DEPTH
        && cut(body, boundary).parts.iter().all(|part| {
            let about = About::of(part.head);
            let nested = match (&about.boundary, about.reader) {
                _ if part.bare => true,
                (Some(inner), _) => within(oracle, part.body, inner, depth + 1),
                (None, Some(media_type)) => super::covers(oracle, media_type, part.body),
                (None, None) => true,
            };
            part.head.len() <= HEAD && !about.unknown && nested
        })
}

/// A body whose parts stand between delimiters of this boundary.
pub(super) fn redact(run: &mut Run<'_>, body: &[u8], boundary: &[u8]) -> Vec<u8> {
    let whole = cut(body, boundary);
    let mut out = outside(run, whole.preamble);
    let mut gone = false;
    for it in &whole.parts {
        // Of the line ends before a part that goes and behind it one stays.
        out.extend_from_slice(if gone { b"" } else { it.lead });
        let left = part(run, it);
        gone = left.is_none();
        out.extend(left.unwrap_or_default());
    }
    if let Some((lead, line)) = whole.close {
        out.extend_from_slice(if gone { b"" } else { lead });
        out.extend_from_slice(line);
        out.extend(outside(run, whole.epilogue));
    }
    out
}

/// Preamble and epilogue are text.
fn outside(run: &mut Run<'_>, body: &[u8]) -> Vec<u8> {
    text(run, body, BODY)
}

fn part(run: &mut Run<'_>, part: &Part<'_>) -> Option<Vec<u8>> {
    let about = About::of(part.head);
    let names: Vec<&[u8]> = about.names.iter().map(Vec::as_slice).collect();
    let name = names.first().copied();
    let path = name.map_or(String::new(), |name| run.oracle.called(name, PARTS.places, false));
    let segment = Segment::value(part.body, name.unwrap_or_default(), about.kind);
    let value = Value { segment, names, path, spared: false, kept: 0, long: false };
    if named::removes(run, &value, PARTS) {
        return named::redact(run, &value, PARTS).map(|left| left.bytes);
    }
    let active = named::active(run, &value, PARTS);
    let mut out = [part.line, &head(run, part.head, &active)].concat();
    if !part.bare {
        out.extend(body(run, &about, &value, &active));
    }
    Some(out)
}

/// The body of a part that stays.
fn body(run: &mut Run<'_>, about: &About, value: &Value<'_>, active: &[usize]) -> Vec<u8> {
    let oracle = run.oracle;
    let owner = named::owner(run, value, PARTS);
    let opaque = |it: &String| oracle.opaque.iter().any(|glob| glob.matches(it.as_bytes()));
    let opaque = !about.types.is_empty() && about.types.iter().all(opaque);
    let changed = owner.is_some_and(|(at, _)| oracle.uses[at].effect == Effect::Change);
    let one = !opaque && about.boundary.is_none() && about.reader.is_none();
    if changed || one {
        return named::redact(run, value, PARTS).map_or_else(Vec::new, |left| left.bytes);
    }
    let cut = if named::selected(run, value, PARTS) { CUT } else { b"" };
    owner.iter().for_each(|(at, detector)| run.count(*at, detector, &value.path, false));
    let raw = value.segment.raw;
    if opaque {
        return [cut, raw].concat();
    }
    let mut inner = inside(oracle, active, owner.is_some());
    inner.side.media_type = about.reader.unwrap_or_default().to_owned();
    let outcome = std::mem::take(&mut run.outcome);
    let mut nested = Run { oracle: &inner, outcome, ..*run };
    let left = match &about.boundary {
        Some(boundary) => redact(&mut nested, raw, boundary),
        None => read(&mut nested, raw),
    };
    (run.refused, run.limit) = (nested.refused, nested.limit);
    run.outcome = nested.outcome;
    [cut, &left].concat()
}

/// The policy inside a part: finds of content that look at the part look at all that is in it; only those that refuse do
/// if a find for logs owns it.
fn inside(oracle: &Oracle, active: &[usize], logs: bool) -> Oracle {
    let mut inner = oracle.clone();
    for (at, it) in inner.uses.iter_mut().enumerate() {
        if let What::Content(detectors) = &mut it.what {
            it.whole |= active.contains(&at);
            if logs && it.effect != Effect::Block {
                detectors.clear();
            }
        }
    }
    inner
}

/// A head without the secrets in it.
fn head(run: &mut Run<'_>, head: &[u8], active: &[usize]) -> Vec<u8> {
    let mut out = Vec::new();
    for lines in fields(head) {
        let end = [&b"\r\n"[..], b"\n"].into_iter().find(|end| lines.ends_with(end)).unwrap_or_default();
        let line = &lines[..lines.len() - end.len()];
        let split = line.iter().position(|byte| *byte == b':').map_or(0, |at| at + 1);
        let field = Field::of(&line[..split], &line[split..]);
        let parameters = if field.has_parameters() { field.parameters.as_slice() } else { &[] };
        let mut at = 0;
        for it in parameters {
            let (from, to) = (it.from + split, it.to + split);
            out.extend(run.segment(&Segment::value(&line[at..from], b"", Kind::Header), active, ""));
            let raw = &line[from..to];
            if it.name == "boundary" {
                out.extend_from_slice(raw);
            } else {
                out.extend(run.segment(&Segment::value(raw, it.name.as_bytes(), Kind::Url), active, ""));
            }
            at = to;
        }
        out.extend(run.segment(&Segment::value(&line[at..], b"", Kind::Header), active, ""));
        out.extend_from_slice(end);
    }
    out
}

/// Cuts a body at its delimiters.
fn cut<'a>(body: &'a [u8], boundary: &[u8]) -> Whole<'a> {
    let mut whole = Whole::default();
    let mut at = 0;
    let (content, lead, mut delimiter) = until(body, at, boundary);
    whole.preamble = content;
    let mut before = lead;
    while let Some((line, close)) = delimiter {
        at = offset(body, line) + line.len();
        if close {
            whole.close = Some((before, line));
            whole.epilogue = &body[at..];
            break;
        }
        let (head, ended) = head_at(body, at, boundary);
        at += head.len();
        let (content, lead, next) = if ended {
            until(body, at, boundary)
        } else {
            (&body[at..at], &body[at..at], is_delimiter(line_at(body, at), boundary))
        };
        let bare = !ended || content.is_empty() && lead.is_empty() && next.is_some();
        whole.parts.push(Part { lead: before, line, head, body: content, bare });
        before = lead;
        delimiter = next;
    }
    whole
}

/// The line of a delimiter, and whether it is the last.
type Line<'a> = Option<(&'a [u8], bool)>;

/// What stands between `from`, the start of a line, and the next delimiter; the line end before that; the delimiter.
fn until<'a>(body: &'a [u8], from: usize, boundary: &[u8]) -> (&'a [u8], &'a [u8], Line<'a>) {
    let mut at = from;
    while at < body.len() {
        let line = line_at(body, at);
        if let Some(delimiter) = is_delimiter(line, boundary) {
            let content = &body[from..at];
            let text = content.strip_suffix(b"\r\n").or_else(|| content.strip_suffix(b"\n")).unwrap_or(content);
            return (text, &content[text.len()..], Some(delimiter));
        }
        at += line.len();
    }
    (&body[from..], b"", None)
}

/// The head at `from` with its empty line, and whether it has one; else a delimiter or the end of the body ends it.
fn head_at<'a>(body: &'a [u8], from: usize, boundary: &[u8]) -> (&'a [u8], bool) {
    let mut at = from;
    while at < body.len() {
        let line = line_at(body, at);
        if is_delimiter(line, boundary).is_some() {
            return (&body[from..at], false);
        }
        at += line.len();
        if matches!(line, b"\r\n" | b"\n") {
            return (&body[from..at], true);
        }
    }
    (&body[from..], false)
}

/// The line that begins at `at`, with its end.
fn line_at(body: &[u8], at: usize) -> &[u8] {
    let rest = &body[at..];
    &rest[..rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1)]
}

fn is_delimiter<'a>(line: &'a [u8], boundary: &[u8]) -> Line<'a> {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let behind = text.strip_prefix(b"--")?.strip_prefix(boundary)?;
    let (close, blanks) = behind.strip_prefix(b"--").map_or((false, behind), |blanks| (true, blanks));
    let blank = blanks.len() <= BLANKS && blanks.iter().all(|byte| b" \t".contains(byte));
    blank.then_some((line, close))
}

fn offset(body: &[u8], inside: &[u8]) -> usize {
    inside.as_ptr() as usize - body.as_ptr() as usize
}

/// What a head says.
#[derive(Default)]
struct About {
    names: Vec<Vec<u8>>,
    /// What the oracle does not know: how the part is called or how it is read.
    unknown: bool,
    types: Vec<String>,
    kind: Kind,
    boundary: Option<Vec<u8>>,
    reader: Option<&'static str>,
}

impl About {
    fn of(head: &[u8]) -> Self {
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
fn fields(head: &[u8]) -> Vec<&[u8]> {
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
struct Field {
    name: String,
    /// The value in lower case.
    whole: String,
    /// What stands before its parameters, in lower case.
    lead: String,
    parameters: Vec<Parameter>,
}

struct Parameter {
    name: String,
    value: Vec<u8>,
    /// Where the value stands, without its quotes.
    from: usize,
    to: usize,
}

impl Field {
    fn of(name: &[u8], value: &[u8]) -> Self {
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

    fn has_parameters(&self) -> bool {
        ["content-disposition", "content-type"].contains(&self.name.as_str())
    }
}
