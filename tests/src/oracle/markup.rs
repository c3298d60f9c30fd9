//! HTML and XML: text nodes and attributes by their names, everything else as it stands.
//!
//! An end tag closes the innermost element of its name and what is open in it; one of no open element closes nothing.

use inkseal_engine::policy::model::Place;

use super::named::{self, Reads, Value};
use super::segment::{Kind, Segment};
use super::{LONGEST_NAME, Run};

const MARKUP: Reads = Reads::all(&[Place::Field, Place::Body, Place::Any]);

/// How far back on its line a segment's context reaches, in bytes.
const CONTEXT: usize = 256;

/// Elements of HTML that have no content and no end tag.
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// What a stretch of markup is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Text,
    Piece,
    Verbatim,
    Attribute(&'a [u8], Kind),
}

/// Whether no name is too long, and the end leaves no doubt of what it begins.
pub fn covers(body: &[u8]) -> bool {
    let short = |tag: Tag<'_>| {
        let names = tag.parts.iter().map(|(.., part)| if let Part::Attribute(name, _) = part { name.len() } else { 0 });
        tag.name.len().max(names.max().unwrap_or(0)) < LONGEST_NAME
    };
    !body.ends_with(b"<!") && (0..body.len()).filter(|at| opens(&body[*at..])).all(|at| short(tag(body, at)))
}

/// A document or a fragment of one.
pub fn redact(run: &mut Run<'_>, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut open: Vec<&[u8]> = Vec::new();
    let mut at = 0;
    while at < body.len() {
        if !opens(&body[at..]) {
            let end = (at + 1..body.len()).find(|end| opens(&body[*end..])).unwrap_or(body.len());
            let name = open.last().copied();
            out.extend(segment(run, body, (at, end), Part::Text, name));
            at = end;
            continue;
        }
        let rest = &body[at..];
        let verbatim = [(&b"<!--"[..], &b"-->"[..]), (b"<![CDATA[", b"]]>"), (b"<!", b">"), (b"<?", b">")]
            .into_iter()
            .find(|(start, _)| rest.starts_with(start));
        if let Some(whole) = [&b"<!-->"[..], b"<!--->"].into_iter().find(|whole| rest.starts_with(whole)) {
            out.extend(whole);
            at += whole.len();
            continue;
        }
        if let Some((start, end)) = verbatim {
            let inside = &rest[start.len()..];
            let found = inside.windows(end.len()).position(|window| window == end);
            let from = at + start.len();
            let to = from + found.unwrap_or(inside.len());
            out.extend(start);
            out.extend(segment(run, body, (from, to), Part::Verbatim, None));
            out.extend(found.map_or(&b""[..], |_| end));
            at = to + found.map_or(0, |_| end.len());
            continue;
        }
        let tag = tag(body, at);
        for (start, end, part) in &tag.parts {
            out.extend(segment(run, body, (*start, *end), *part, None));
        }
        let void = VOID.iter().any(|void| tag.name.eq_ignore_ascii_case(void.as_bytes()));
        match (tag.closing, tag.empty || void) {
            (true, _) => {
                if let Some(place) = open.iter().rposition(|it| it.eq_ignore_ascii_case(tag.name)) {
                    open.truncate(place);
                }
            }
            (false, true) => {}
            (false, false) => open.push(tag.name),
        }
        at = tag.end;
    }
    out
}

fn opens(rest: &[u8]) -> bool {
    rest[0] == b'<' && rest.get(1).is_some_and(|byte| byte.is_ascii_alphabetic() || b"/!?".contains(byte))
}

struct Tag<'a> {
    name: &'a [u8],
    closing: bool,
    empty: bool,
    parts: Vec<(usize, usize, Part<'a>)>,
    end: usize,
}

/// The tag that begins at `start`. A piece of it goes from quote to quote, both with it.
fn tag(body: &[u8], start: usize) -> Tag<'_> {
    let byte = |at: usize| body.get(at).copied();
    let closing = byte(start + 1) == Some(b'/');
    let mut at = start + 1 + usize::from(closing);
    let until =
        |at: usize, stop: &dyn Fn(u8) -> bool| (at..body.len()).find(|at| stop(body[*at])).unwrap_or(body.len());
    let name_end = until(at, &|byte| byte.is_ascii_whitespace() || byte == b'>' || byte == b'/');
    let name = &body[at..name_end];
    let mut parts = Vec::new();
    let mut piece = start;
    at = name_end;
    loop {
        at = until(at, &|byte| !byte.is_ascii_whitespace() && byte != b'/');
        if matches!(byte(at), None | Some(b'>')) {
            break;
        }
        let from = at;
        at = until(at + 1, &|byte| byte.is_ascii_whitespace() || b"=>/".contains(&byte));
        let attribute = &body[from..at];
        let equals = until(at, &|byte| !byte.is_ascii_whitespace());
        if byte(equals) != Some(b'=') {
            continue;
        }
        at = until(equals + 1, &|byte| !byte.is_ascii_whitespace());
        let (value, end, kind) = match byte(at) {
            // It has not begun.
            None => break,
            Some(quote @ (b'"' | b'\'')) => (at + 1, until(at + 1, &|byte| byte == quote), Kind::Markup),
            _ => (at, until(at, &|byte| byte.is_ascii_whitespace() || byte == b'>'), Kind::Unquoted),
        };
        parts.push((piece, value, Part::Piece));
        parts.push((value, end, Part::Attribute(attribute, kind)));
        piece = end;
        at = (end + usize::from(kind == Kind::Markup)).min(body.len());
    }
    let end = (at + 1).min(body.len());
    parts.push((piece, end, Part::Piece));
    let empty = body[start..end].ends_with(b"/>")
        && !matches!(parts.iter().rev().nth(1), Some((_, to, Part::Attribute(_, Kind::Unquoted))) if *to + 1 == end);
    Tag { name, closing, empty, parts, end }
}

fn segment(
    run: &mut Run<'_>,
    body: &[u8],
    (start, end): (usize, usize),
    part: Part<'_>,
    element: Option<&[u8]>,
) -> Vec<u8> {
    let raw = &body[start..end];
    let line = body[..start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let context = &body[line.max(start.saturating_sub(CONTEXT))..start];
    let (name, kind) = match part {
        Part::Text => (element, Kind::Markup),
        Part::Piece => (None, Kind::Piece),
        Part::Verbatim => (None, Kind::Verbatim),
        Part::Attribute(name, kind) => (Some(name), kind),
    };
    let path = name.map_or(String::new(), |name| run.oracle.called(name, MARKUP.places, false));
    let local = name.and_then(|name| Some(&name[name.iter().position(|byte| *byte == b':')? + 1..]));
    let names = name.into_iter().chain(local).collect();
    let blank = part == Part::Text && raw.trim_ascii().is_empty();
    let segment = Segment::value(raw, context, kind);
    // A text or an attribute that is removed leaves its tags.
    let left = named::redact(run, &Value { segment, names, path, spared: blank, kept: 0, long: false }, MARKUP);
    left.map_or_else(Vec::new, |left| left.bytes)
}
