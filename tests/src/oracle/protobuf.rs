//! Protobuf without a schema, from its rules: what parses whole as a message is one, what parses and may be a string is
//! both, everything else that has a length is a string, and nothing else is read.

pub mod long;

use super::segment::{Kind, Segment};
use super::{BODY, CUT, Oracle, Outcome, Run, uncut};

/// The most groups that are open at once.
const GROUPS: usize = 100;

/// Messages and groups in one another that every policy of the trials follows.
const DEPTH: usize = 60;

/// A part of a message.
enum Part<'a> {
    /// What is copied.
    Plain(&'a [u8]),
    /// What has a length.
    Sized { tag: &'a [u8], length: &'a [u8], value: &'a [u8] },
}

/// A body that is one message. It leaves as a whole, or nothing of it does, unless it is long.
pub(super) fn redact(run: &mut Run<'_>, body: &[u8]) -> Vec<u8> {
    if body.len() > run.oracle.message {
        return long::redact(run, body, u64::MAX);
    }
    let before = run.refused;
    let (parts, whole) = parts(body);
    let left = if whole { message(run, &parts, false) } else { both(run, body, &parts) };
    if run.refused == before { left } else { [CUT, &left].concat() }
}

/// Whether messages and groups are nested no deeper than they are followed, as far as their tags can tell.
fn shallow(body: &[u8]) -> bool {
    fn nesting(raw: &[u8], left: usize) -> bool {
        let (parts, whole) = parts(raw);
        let groups = parts.iter().filter(|part| matches!(part, Part::Plain([tag, ..]) if tag % 8 == 3)).count();
        let Some(left) = left.checked_sub(1 + groups) else { return false };
        let inner = |part: &Part<'_>| match part {
            Part::Sized { value, .. } => nesting(value, left),
            Part::Plain(_) => true,
        };
        !whole || parts.iter().all(inner)
    }
    parts(body).0.iter().all(|part| !matches!(part, Part::Sized { value, .. } if !nesting(value, DEPTH)))
        && nesting(body, DEPTH)
}

/// Whether a message of which `length` bytes are announced is not nested too deep and, if it is long, may be read while
/// it comes.
pub fn covers(oracle: &Oracle, message: &[u8], length: usize) -> bool {
    length <= oracle.message && shallow(message) || long::covers(oracle, message)
}

/// Whether a body is a message.
pub fn whole(body: &[u8]) -> bool {
    parts(body).1
}

/// What has a length, its bytes; they stay as many if `fixed`.
fn value(run: &mut Run<'_>, raw: &[u8], fixed: bool) -> Vec<u8> {
    let (parts, whole) = parts(raw);
    if raw.is_empty() || !whole {
        let active = run.oracle.nameless(BODY);
        return uncut(&run.segment(&string(raw, fixed), &active, ""));
    }
    let control = |letter: char| letter.is_ascii_control() && !"\t\n\r".contains(letter);
    let written = |text: &str| !text.starts_with(|first: char| first.is_ascii_control()) && !text.contains(control);
    if std::str::from_utf8(raw).is_ok_and(written) {
        return both(run, raw, &parts);
    }
    message(run, &parts, fixed)
}

fn string(raw: &[u8], fixed: bool) -> Segment<'_> {
    Segment { kind: if fixed { Kind::Fixed } else { Kind::Field }, ..Segment::text(raw) }
}

fn message(run: &mut Run<'_>, parts: &[Part<'_>], fixed: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        match part {
            Part::Plain(bytes) => out.extend_from_slice(bytes),
            Part::Sized { tag, length, value } => {
                let new = self::value(run, value, fixed);
                out.extend_from_slice(tag);
                if new.len() == value.len() {
                    out.extend_from_slice(length);
                } else {
                    out.extend(varint(new.len()));
                }
                out.extend(new);
            }
        }
    }
    out
}

/// A message and a string in one: what the message shows goes first, then what the string shows where nothing changed.
fn both(run: &mut Run<'_>, raw: &[u8], parts: &[Part<'_>]) -> Vec<u8> {
    let earlier = std::mem::take(&mut run.outcome);
    let mut out = message(run, parts, true);
    let mut counts = std::mem::replace(&mut run.outcome, earlier);
    let found = run.find(&string(raw, true), &run.oracle.nameless(BODY));
    if let Some((_, at)) = found.refusing {
        run.refuse(at);
    }
    let detectors = &run.oracle.detectors;
    let mut as_string = Run { outcome: Outcome::default(), ..*run };
    for (at, detector) in found.others {
        as_string.count(at, &detectors[detector].id, "", false);
    }
    for (mine, theirs) in
        [(&mut counts.findings, &as_string.outcome.findings), (&mut counts.shadow, &as_string.outcome.shadow)]
    {
        for (key, count) in theirs {
            let mine = mine.entry(key.clone()).or_default();
            *mine = (*mine).max(*count);
        }
    }
    for (mine, theirs) in [(&mut run.outcome.findings, counts.findings), (&mut run.outcome.shadow, counts.shadow)] {
        for (key, count) in theirs {
            *mine.entry(key).or_default() += count;
        }
    }
    for it in found.replaced {
        let range = it.start..it.end;
        if out[range.clone()] == raw[range.clone()] {
            out[range].copy_from_slice(&it.text);
            run.count(it.at, &detectors[it.detector].id, "", it.merged);
        }
    }
    out
}

/// The parts of a message, and whether they are a whole one.
fn parts(raw: &[u8]) -> (Vec<Part<'_>>, bool) {
    let (mut parts, mut groups, mut at) = (Vec::new(), Vec::new(), 0);
    while at < raw.len() {
        let Some(part) = part(&raw[at..], &mut groups) else {
            parts.push(Part::Plain(&raw[at..]));
            return (parts, false);
        };
        at += match &part {
            Part::Plain(bytes) => bytes.len(),
            Part::Sized { tag, length, value } => tag.len() + length.len() + value.len(),
        };
        let short = matches!(&part, Part::Sized { length, value, .. } if number(length).is_some_and(|(said, _)| said > value.len() as u64));
        parts.push(part);
        if short {
            return (parts, false);
        }
    }
    (parts, groups.is_empty())
}

/// The field at the start.
fn part<'a>(raw: &'a [u8], groups: &mut Vec<u64>) -> Option<Part<'a>> {
    let (tag, size) = number(raw)?;
    let field = tag / 8;
    if !(1..1 << 29).contains(&field) {
        return None;
    }
    let rest = &raw[size..];
    let size = size
        + match tag % 8 {
            0 => number(rest)?.1,
            1 => 8,
            2 => {
                let (said, digits) = number(rest)?;
                let value = &rest[digits..];
                let end = value.len().min(usize::try_from(said).unwrap_or(usize::MAX));
                return Some(Part::Sized { tag: &raw[..size], length: &rest[..digits], value: &value[..end] });
            }
            3 if groups.len() < GROUPS => {
                groups.push(field);
                0
            }
            4 if groups.last() == Some(&field) => {
                groups.pop();
                0
            }
            5 => 4,
            _ => return None,
        };
    Some(Part::Plain(raw.get(..size)?))
}

/// The varint at the start, and its bytes.
fn number(raw: &[u8]) -> Option<(u64, usize)> {
    let size = 1 + raw.iter().take(10).position(|byte| *byte < 0x80)?;
    // What does not fit into 64 bits is cut off.
    let sum = raw[..size].iter().rev().fold(0_u128, |sum, byte| sum << 7 | u128::from(byte & 0x7f));
    Some((sum as u64, size))
}

/// A length as a varint.
pub fn varint(mut length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while length > 0x7f {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out
}
