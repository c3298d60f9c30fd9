//! JSON (RFC 8259), read whole: values with their places, then what is named, then what is found inside.
//!
//! Only valid JSON is read here. Not covered: what is invalid (it is text from its first offending byte), what follows
//! the value, nesting beyond `limits.depth`, numbers longer than `hold_back`, names longer than 1 KiB, and blocking.

mod read;
mod select;

use inkseal_engine::policy::model::{Action, Place};

use self::read::{Item, Node, Shape};
use self::select::Steps;
use super::policy::{Effect, What};
use super::segment::{Kind, Segment};
use super::{LONGEST_NAME, Run, named, render, views};

pub use self::read::read;

/// Where a value stands.
#[derive(Clone)]
struct Spot {
    /// By use: how far its JSON path has been walked.
    steps: Vec<Steps>,
    /// The name of the nearest member around it.
    name: Vec<u8>,
    /// The member itself, not an element of a list in it.
    is_member: bool,
    /// How findings call it.
    path: String,
    /// The use whose action goes to every leaf from here on.
    leaves: Option<usize>,
    /// A value around it is somebody's: no content is looked for.
    owned: bool,
}

const PLACES: &[Place] = &[Place::Json, Place::Field, Place::Body, Place::Any];

/// Nesting of containers that policies of the oracle allow.
const DEPTH: usize = 64;

/// Whether a text is valid and within what is read here.
pub fn covers(text: &[u8], hold_back: usize) -> bool {
    fn within(node: &Node, hold_back: usize, depth: usize) -> bool {
        match &node.shape {
            Shape::String => true,
            Shape::Token => node.end - node.start <= hold_back,
            Shape::Array(items) | Shape::Object(items) => {
                depth < DEPTH
                    && items.iter().all(|item| {
                        item.name.is_none_or(|(start, end)| end - start < LONGEST_NAME)
                            && within(&item.node, hold_back, depth + 1)
                    })
            }
        }
    }
    // What is far too deep is not even read: it would be too deep for the stack.
    let opened = text.iter().filter(|byte| b"[{".contains(byte)).count();
    opened < 1000 && read(text).is_some_and(|node| within(&node, hold_back, 0))
}

/// Lines that are JSON texts, some of them empty.
pub fn lines(run: &mut Run<'_>, body: &[u8]) -> Option<Vec<u8>> {
    let blank = |line: &[u8]| line.trim_ascii().is_empty();
    let lines = body.split(|byte| *byte == b'\n');
    let redacted = lines.map(|line| if blank(line) { Some(line.to_vec()) } else { redact(run, line) });
    Some(redacted.collect::<Option<Vec<_>>>()?.join(&b'\n'))
}

/// A JSON text; `None` if it is not valid.
pub fn redact(run: &mut Run<'_>, body: &[u8]) -> Option<Vec<u8>> {
    let node = read(body)?;
    let steps = run.oracle.uses.iter().map(|it| Steps::of(it.path.as_ref())).collect();
    let place = Spot { steps, name: Vec::new(), is_member: false, path: "$".to_owned(), leaves: None, owned: false };
    let mut out = body[..node.start].to_vec();
    // A text that is removed as a whole cannot be: nothing selects the root but `$`, which is no path of a find.
    out.extend(value(run, body, &node, &place)?);
    out.extend_from_slice(&body[node.end..]);
    Some(out)
}

/// A value's replacement, or what is left of it; `None` if it is removed.
fn value(run: &mut Run<'_>, body: &[u8], node: &Node, place: &Spot) -> Option<Vec<u8>> {
    let mut place = place.clone();
    let owner = named(run, body, node, &place);
    let raw = &body[node.start..node.end];
    if let Some(at) = owner {
        let found = &run.oracle.uses[at];
        let leaf = matches!(node.shape, Shape::String | Shape::Token);
        match (found.effect, &found.action) {
            (Effect::Logs, _) => {
                run.count(at, named_detector(run, at), &place.path.clone(), false);
                place.owned = true;
            }
            (_, Action::Remove) => {
                run.count(at, named_detector(run, at), &place.path.clone(), false);
                return None;
            }
            (_, Action::Mask { .. } | Action::TruncateIp { .. }) if !leaf => {
                place.leaves = Some(at);
                place.owned = true;
            }
            _ => {
                run.count(at, named_detector(run, at), &place.path.clone(), false);
                return Some([replaced(run, body, node, at), run.kept(raw)].concat());
            }
        }
    }
    match &node.shape {
        Shape::String => {
            let content = content(run, &body[node.start + 1..node.end - 1], Kind::JsonString, &place);
            Some([b"\"", content.as_slice(), b"\""].concat())
        }
        Shape::Token => {
            let content = content(run, raw, Kind::Number, &place);
            // Whatever was replaced in it, it is no number any more.
            Some(if content == raw { content } else { [b"\"", content.as_slice(), b"\""].concat() })
        }
        Shape::Array(items) | Shape::Object(items) => Some(container(run, body, node, items, &place)),
    }
}

/// The use that owns a value. Shadow and observing uses are counted on the way.
fn named(run: &mut Run<'_>, body: &[u8], node: &Node, place: &Spot) -> Option<usize> {
    let oracle = run.oracle;
    let raw = &body[node.start..node.end];
    let null = raw == b"null";
    let value = matches!(node.shape, Shape::String) && raw != b"\"\""
        || matches!(node.shape, Shape::Token) && ![&b"null"[..], b"true", b"false"].contains(&raw);
    let mut owner = None;
    for (at, found) in oracle.uses.iter().enumerate() {
        let What::Named { except, scalars, detector, .. } = &found.what else { continue };
        if !run.reads(found.place, PLACES) {
            continue;
        }
        let named = |globs: &[inkseal_engine::plan::Glob]| globs.iter().any(|glob| glob.matches(&place.name));
        let selected = match (&found.path, scalars) {
            (Some(_), _) => place.steps[at].selects(),
            (None, true) => value && !place.name.is_empty() && named(&found.names) && !named(except),
            (None, false) => place.is_member && named(&found.names),
        };
        if !selected || null && found.action != Action::Remove {
            continue;
        }
        match found.effect {
            Effect::Shadow | Effect::Observe => run.count(at, detector, &place.path, false),
            Effect::Change | Effect::Logs => owner = owner.or(Some(at)),
            Effect::Block => {}
        }
    }
    // A leaf of a container that is masked is masked, whoever names it.
    match place.leaves {
        Some(_) if null || !matches!(node.shape, Shape::String | Shape::Token) => None,
        Some(outer) => Some(outer),
        None => owner,
    }
}

/// What stands for a named value: one string.
fn replaced(run: &Run<'_>, body: &[u8], node: &Node, at: usize) -> Vec<u8> {
    let raw = &body[node.start..node.end];
    let text = match node.shape {
        Shape::String => {
            let segment = Segment::value(&body[node.start + 1..node.end - 1], b"", Kind::JsonString);
            named::replacement(run, at, &segment)
        }
        Shape::Token => named::replacement(run, at, &Segment::value(raw, b"", Kind::Number)),
        Shape::Array(_) | Shape::Object(_) => {
            let found = &run.oracle.uses[at];
            let What::Named { entity, .. } = &found.what else { return raw.to_vec() };
            // A pseudonym of brackets would say nothing.
            let action = if matches!(found.action, Action::Hash { .. }) { &Action::Redact } else { &found.action };
            let text = render::replacement(action, entity, b"", &run.oracle.key);
            Some(render::encoded(Kind::JsonString, &text))
        }
    };
    text.map_or_else(|| raw.to_vec(), |text| [b"\"", text.as_slice(), b"\""].concat())
}

fn container(run: &mut Run<'_>, body: &[u8], node: &Node, items: &[Item], place: &Spot) -> Vec<u8> {
    let mut out = Vec::new();
    let mut copied = node.start;
    let mut kept = false;
    for (index, item) in items.iter().enumerate() {
        let inner = below(run, body, item, index, place);
        let name = item.name.map(|(start, end)| (start, end, content_of_name(run, &body[start..end], &inner)));
        let left = value(run, body, &item.node, &inner);
        // A comma goes, and what stands between it and the next item, with what is removed before or behind it.
        let comma = item.comma_before.filter(|_| left.is_none() || !kept);
        if let Some(comma) = comma {
            out.extend_from_slice(&body[copied..comma]);
            out.extend(run.kept(&body[comma..item.start]));
            copied = item.start;
        }
        out.extend_from_slice(&body[copied..item.start]);
        copied = item.start;
        if let Some(value) = left {
            if let Some((start, end, replaced)) = name {
                out.extend_from_slice(&body[copied..start]);
                out.extend(replaced);
                copied = end;
            }
            out.extend_from_slice(&body[copied..item.node.start]);
            out.extend(value);
            kept = true;
        } else {
            out.extend(run.kept(&body[item.start..item.node.end]));
        }
        copied = item.node.end;
    }
    out.extend_from_slice(&body[copied..node.end]);
    out
}

/// The place of an item of the container at `place`.
fn below(run: &Run<'_>, body: &[u8], item: &Item, index: usize, place: &Spot) -> Spot {
    let mut inner = place.clone();
    inner.is_member = item.name.is_some();
    match item.name {
        Some((start, end)) => {
            inner.name = views::base(&Segment::value(&body[start..end], b"", Kind::JsonString)).bytes;
            let name = inner.name.clone();
            inner.steps.iter_mut().for_each(|steps| steps.member(&name));
            inner.path += ".";
            inner.path += &run.oracle.called(&inner.name, true);
        }
        None => {
            inner.steps.iter_mut().for_each(|steps| steps.element(index as u64));
            inner.path += "[*]";
        }
    }
    inner
}

fn content(run: &mut Run<'_>, raw: &[u8], kind: Kind, place: &Spot) -> Vec<u8> {
    if place.owned {
        return raw.to_vec();
    }
    let active = active(run, place);
    run.segment(&Segment::value(raw, &place.name, kind), &active, &place.path)
}

fn content_of_name(run: &mut Run<'_>, raw: &[u8], place: &Spot) -> Vec<u8> {
    // What is owned is a value: the names inside are nobody's.
    let active = active(run, place);
    run.segment(&Segment::value(raw, b"", Kind::JsonString), &active, &place.path)
}

/// The uses that look for content at a place.
fn active(run: &Run<'_>, place: &Spot) -> Vec<usize> {
    let uses = &run.oracle.uses;
    let looks = |at: &usize| {
        let it = &uses[*at];
        matches!(it.what, What::Content(_))
            && run.reads(it.place, PLACES)
            && it.path.as_ref().is_none_or(|_| place.steps[*at].selects())
            && (it.names.is_empty() || it.names.iter().any(|glob| glob.matches(&place.name)))
    };
    (0..uses.len()).filter(looks).collect()
}

fn named_detector<'a>(run: &Run<'a>, at: usize) -> &'a str {
    match &run.oracle.uses[at].what {
        What::Named { detector, .. } => detector,
        What::Content(_) => "",
    }
}
