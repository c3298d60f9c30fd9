//! Multipart bodies (RFC 2046, section 5.1; RFC 7578), read whole: lines into parts, parts by their own type.
//!
//! Not covered: names that are too long or in a charset that is not read, charsets other than UTF-8, codings that cannot
//! be read, heads that are too long, and parts that the readers of their types do not cover.

use inkseal_engine::policy::model::Place;

mod about;

use self::about::{About, Field, fields};
use super::named::{self, Reads, Value};
use super::policy::{Effect, What};
use super::segment::{Kind, Segment};
use super::{BODY, CUT, Oracle, Run, read, text};

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
