//! JSON (RFC 8259), read as far as it is JSON: values with their places, then what is named, then what is found inside.
//! What follows is text.

mod owner;
pub mod pieces;
mod read;
mod select;

use inkseal_engine::policy::model::{Action, Place, Uninspected};

use self::owner::{is_replaced, masks, owner, removes, replaces, selecting, sort};
use self::read::{Item, Key, Node, Rules, Shape, Stop, read};
use self::select::Steps;
use super::policy::{Effect, What};
use super::segment::{Kind, Segment};
use super::{CUT, LONGEST_NAME, Run, events, named, render, uncut, views};

/// Where a value stands.
#[derive(Clone)]
struct Spot {
    /// By use: how far its JSON path has been walked.
    steps: Vec<Steps>,
    /// The name of the nearest member around it.
    name: Vec<u8>,
    /// The name goes on: it is taken to match every glob.
    long: bool,
    /// The member itself, not an element of a list in it.
    is_member: bool,
    /// How findings call it.
    path: String,
    /// The use whose action goes to every leaf from here on.
    leaves: Option<usize>,
    /// A value around it is somebody's: no content is looked for.
    owned: bool,
    /// Bytes before it that go with it if it is removed.
    lead: usize,
}

impl Spot {
    fn root(run: &Run<'_>) -> Self {
        Self {
            steps: run.oracle.uses.iter().map(|it| Steps::of(it.path.as_ref())).collect(),
            name: Vec::new(),
            long: false,
            is_member: false,
            path: "$".to_owned(),
            leaves: None,
            owned: false,
            lead: 0,
        }
    }
}

/// Whose finds read JSON.
fn places(run: &Run<'_>) -> &'static [Place] {
    if run.events { events::PLACES } else { &[Place::Json, Place::Field, Place::Body, Place::Any] }
}

/// Whether a text is not nested so deep that reading it would need too much of the stack.
pub fn covers(text: &[u8]) -> bool {
    text.iter().filter(|byte| b"[{".contains(byte)).count() < 1000
}

/// Texts between line feeds or record separators (RFC 7464).
pub fn lines(run: &mut Run<'_>, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut start = 0;
    loop {
        let end = (start..body.len()).find(|at| matches!(body[*at], b'\n' | 0x1e)).unwrap_or(body.len());
        let (left, stop) = record(run, &body[start..end], start == 0);
        out.extend(left);
        if let Stop::Limit(at) = stop {
            // A bound ends the reading of all records.
            out.extend(beyond(run, &body[start + at..]));
            return out;
        }
        out.extend(body.get(end));
        if end == body.len() {
            return out;
        }
        start = end + 1;
    }
}

/// A JSON text; if it is the `first` of its body, a byte order mark may stand before it.
pub fn redact(run: &mut Run<'_>, body: &[u8], first: bool) -> Vec<u8> {
    let (mut out, stop) = record(run, body, first);
    if let Stop::Limit(at) = stop {
        out.extend(beyond(run, &body[at..]));
    }
    out
}

/// A JSON text that is one event's data; `None` if a bound is reached in it.
pub fn data(run: &mut Run<'_>, text: &[u8]) -> Option<Vec<u8>> {
    let (left, stop) = record(run, text, false);
    (!matches!(stop, Stop::Limit(_))).then_some(left)
}

/// What is left of a text up to where a bound is reached, and why and where it is JSON no longer.
fn record(run: &mut Run<'_>, body: &[u8], first: bool) -> (Vec<u8>, Stop) {
    let root = Spot::root(run);
    let is_replaced = |keys: &[Key]| is_replaced(run, body, &root, keys);
    let rules =
        Rules { marked: first, depth: run.oracle.depth, token: run.oracle.hold_back, is_replaced: &is_replaced };
    let (node, stop) = read(body, &rules);
    let end = match stop {
        Stop::End => body.len(),
        Stop::Broken(at) | Stop::Limit(at) => at,
    };
    let mut out = Vec::new();
    let mut copied = 0;
    if let Some(node) = node {
        out.extend_from_slice(&body[..node.start]);
        // A text that is removed as a whole cannot be: nothing selects the root but `$`, which is no path of a find.
        out.extend(value(run, body, &node, &root).unwrap_or_default());
        copied = node.end;
    }
    out.extend_from_slice(&body[copied..end]);
    if let Stop::Broken(at) = stop {
        out.extend(text(run, &body[at..]));
    }
    (out, stop)
}

/// What is no JSON: the finds of the body look for content that no name and no path narrows.
fn text(run: &mut Run<'_>, rest: &[u8]) -> Vec<u8> {
    super::text(run, rest, places(run))
}

/// What the policy makes of what is beyond a bound.
fn beyond(run: &mut Run<'_>, rest: &[u8]) -> Vec<u8> {
    run.outcome.limited = true;
    let has = |effect| run.oracle.uses.iter().any(|it| places(run).contains(&it.place) && it.effect == effect);
    match run.oracle.on_limit {
        Uninspected::Block if has(Effect::Change) || has(Effect::Block) => {
            run.limit = run.refused.is_none();
            if run.limit { CUT.to_vec() } else { Vec::new() }
        }
        Uninspected::RedactAll if has(Effect::Change) => b"[REDACTED:BODY]".to_vec(),
        _ => text(run, rest),
    }
}

/// A value's replacement, or what is left of it; `None` if it is removed.
fn value(run: &mut Run<'_>, body: &[u8], node: &Node, spot: &Spot) -> Option<Vec<u8>> {
    let sort = sort(body, node);
    let owner = owner(run, spot, sort);
    if matches!(node.shape, Shape::Broken) {
        // It has led to no value, but for the name that is gone.
        let at = owner.filter(|at| removes(run, *at, spot));
        at.iter().for_each(|at| run.count(*at, named_detector(run, *at), &spot.path, false));
        return if at.is_some() { None } else { Some(Vec::new()) };
    }
    let mut refused = false;
    for (at, detector) in selecting(run, spot, sort) {
        match run.oracle.uses[at].effect {
            Effect::Shadow | Effect::Observe => run.count(at, detector, &spot.path, false),
            Effect::Block => refused |= run.refuse(at),
            Effect::Change | Effect::Logs => {}
        }
    }
    let left = left(run, body, node, spot, owner);
    if !refused {
        return left;
    }
    run.cut |= left.is_none();
    left.map(|left| [CUT, &left].concat())
}

fn left(run: &mut Run<'_>, body: &[u8], node: &Node, spot: &Spot, owner: Option<usize>) -> Option<Vec<u8>> {
    let mut spot = spot.clone();
    let raw = &body[node.start..node.end];
    match owner {
        Some(at) if masks(run, at) && matches!(node.shape, Shape::Array(_) | Shape::Object(_)) => {
            spot.leaves = Some(at);
            spot.owned = true;
        }
        Some(at) => {
            run.count(at, named_detector(run, at), &spot.path, false);
            if replaces(run, at) {
                let text = (!removes(run, at, &spot)).then(|| [replaced(run, body, node, at), run.kept(raw)].concat());
                // A container is replaced before what is inside it has come.
                let refused = refuses(run, body, node, &spot);
                run.cut |= refused && text.is_none();
                return text.map(|text| [text.as_slice(), if refused { CUT } else { b"" }].concat());
            }
            spot.owned = true;
        }
        None => {}
    }
    match &node.shape {
        Shape::String { .. } => {
            let (inside, close) = inside(body, node);
            let content = content(run, inside, Kind::JsonString, &spot);
            Some([b"\"", content.as_slice(), close].concat())
        }
        Shape::Token => {
            let content = content(run, raw, Kind::Number, &spot);
            // Whatever was replaced in it, it is no number any more.
            Some(if uncut(&content) == raw { content } else { [b"\"", content.as_slice(), b"\""].concat() })
        }
        Shape::Array(items) | Shape::Object(items) => Some(container(run, body, node, items, &spot)),
        Shape::Broken | Shape::Replaced { .. } => Some(raw.to_vec()),
    }
}

/// The content of a string, and the quote behind it if it is there.
fn inside<'a>(body: &'a [u8], node: &Node) -> (&'a [u8], &'static [u8]) {
    match node.shape {
        Shape::String { closed: true } => (&body[node.start + 1..node.end - 1], b"\""),
        _ => (&body[node.start + 1..node.end], b""),
    }
}

/// Whether content of a value that is somebody's, or what is named in it, is the first to refuse the exchange.
fn refuses(run: &mut Run<'_>, body: &[u8], node: &Node, spot: &Spot) -> bool {
    match &node.shape {
        Shape::String { .. } => looks(run, inside(body, node).0, Kind::JsonString, spot),
        Shape::Token => looks(run, &body[node.start..node.end], Kind::Number, spot),
        Shape::Broken => false,
        Shape::Array(items) | Shape::Object(items) => {
            let items = items.iter().enumerate();
            items.fold(false, |first, (index, item)| first | item_refuses(run, body, index, item, spot))
        }
        Shape::Replaced { inside, stop } => {
            let first = refuses(run, body, inside, spot);
            // No name is known of what is no JSON.
            let nowhere =
                Spot { name: Vec::new(), long: false, steps: vec![Steps::default(); spot.steps.len()], ..spot.clone() };
            let rest = read::strings(&body[*stop..node.end]).into_iter();
            rest.fold(first, |first, raw| first | looks(run, raw, Kind::JsonString, &nowhere))
        }
    }
}

/// Whether content is the first to refuse the exchange.
fn looks(run: &mut Run<'_>, raw: &[u8], kind: Kind, spot: &Spot) -> bool {
    let active = active(run, spot);
    run.refuses(&Segment::value(raw, &spot.name, kind), &active).is_some()
}

/// Whether a member or an element of what is replaced is the first to refuse the exchange.
fn item_refuses(run: &mut Run<'_>, body: &[u8], index: usize, item: &Item, spot: &Spot) -> bool {
    let inner = below(run, body, &item.name.map_or(Key::Index(index), Key::Name), spot);
    let mut first = false;
    if let Some((start, end)) = item.name {
        let active = active_in_names(run, &inner);
        first |= run.refuses(&Segment::value(&body[start..end], b"", Kind::JsonString), &active).is_some();
    }
    let Some(node) = item.node.as_ref().filter(|node| !matches!(node.shape, Shape::Broken)) else { return first };
    for (at, _) in selecting(run, &inner, sort(body, node)) {
        if run.oracle.uses[at].effect == Effect::Block {
            first |= run.refuse(at);
        }
    }
    first | refuses(run, body, node, &inner)
}

/// What stands for a named value: one string.
fn replaced(run: &Run<'_>, body: &[u8], node: &Node, at: usize) -> Vec<u8> {
    let raw = &body[node.start..node.end];
    let (text, close): (_, &[u8]) = match node.shape {
        Shape::String { .. } => {
            let (inside, close) = inside(body, node);
            (named::replacement(run, at, &Segment::value(inside, b"", Kind::JsonString)), close)
        }
        Shape::Token => (named::replacement(run, at, &Segment::value(raw, b"", Kind::Number)), b"\""),
        _ => {
            let found = &run.oracle.uses[at];
            let What::Named { entity, .. } = &found.what else { return raw.to_vec() };
            // A pseudonym of brackets would say nothing.
            let redacts = matches!(found.action, Action::Hash { .. } | Action::Remove);
            let action = if redacts { &Action::Redact } else { &found.action };
            let text = render::replacement(action, entity, b"", &run.oracle.key);
            (Some(render::encoded(Kind::JsonString, &text)), b"\"")
        }
    };
    text.map_or_else(|| raw.to_vec(), |text| [b"\"", text.as_slice(), close].concat())
}

fn container(run: &mut Run<'_>, body: &[u8], node: &Node, items: &[Item], spot: &Spot) -> Vec<u8> {
    let mut out = Vec::new();
    let mut copied = node.start;
    let mut kept = false;
    for (index, item) in items.iter().enumerate() {
        let inner = below(run, body, &item.name.map_or(Key::Index(index), Key::Name), spot);
        out.extend_from_slice(&body[copied..item.comma_before.unwrap_or(item.start)]);
        if let (Some(comma), false) = (item.comma_before, kept) {
            out.extend(run.kept(&body[comma..item.start]));
        }
        // A comma goes, and what stands between it and the next item, with what is removed before or behind it.
        let comma = item.comma_before.filter(|_| kept);
        let mut lead = body[comma.unwrap_or(item.start)..item.start].to_vec();
        let mut from = item.start;
        if let Some((start, end)) = item.name {
            lead.extend_from_slice(&body[from..start]);
            lead.extend(content_of_name(run, &body[start..end], &inner));
            from = end;
        }
        lead.extend_from_slice(&body[from..item.node.as_ref().map_or(item.end, |node| node.start)]);
        let left = match &item.node {
            Some(node) => value(run, body, node, &Spot { lead: lead.len(), ..inner }),
            None => Some(Vec::new()),
        };
        if let Some(value) = left {
            out.extend(lead);
            out.extend(value);
            kept = true;
        } else {
            out.extend(run.kept(&body[comma.unwrap_or(item.start)..item.end]));
            out.extend_from_slice(if std::mem::take(&mut run.cut) { CUT } else { b"" });
        }
        copied = item.end;
    }
    out.extend_from_slice(&body[copied..node.end]);
    out
}

/// The place of what a key leads to from the container at `spot`.
fn below(run: &Run<'_>, body: &[u8], key: &Key, spot: &Spot) -> Spot {
    let mut inner = spot.clone();
    inner.is_member = matches!(key, Key::Name(_));
    match *key {
        Key::Name((start, end)) => {
            inner.name = views::base(&Segment::value(&body[start..end], b"", Kind::JsonString)).bytes;
            inner.long = inner.name.len() > LONGEST_NAME;
            inner.name.truncate(LONGEST_NAME);
            let name = inner.name.clone();
            inner.steps.iter_mut().for_each(|steps| steps.member(&name));
            inner.path += ".";
            inner.path += &run.oracle.called(&inner.name, places(run), run.alone);
        }
        Key::Index(index) => {
            inner.steps.iter_mut().for_each(|steps| steps.element(index as u64));
            inner.path += "[*]";
        }
    }
    inner
}

fn content(run: &mut Run<'_>, raw: &[u8], kind: Kind, spot: &Spot) -> Vec<u8> {
    let active = active(run, spot);
    let segment = Segment::value(raw, &spot.name, kind);
    if spot.owned {
        let refused = run.refuses(&segment, &active);
        return refused.map_or_else(|| raw.to_vec(), |at| [&raw[..at], CUT, &raw[at..]].concat());
    }
    run.segment(&segment, &active, &spot.path)
}

fn content_of_name(run: &mut Run<'_>, raw: &[u8], spot: &Spot) -> Vec<u8> {
    // What is owned is a value: the names inside are nobody's.
    let active = active_in_names(run, spot);
    run.segment(&Segment::value(raw, b"", Kind::JsonString), &active, &spot.path)
}

/// The uses that look for content in names: no name or path narrows them.
fn active_in_names(run: &Run<'_>, spot: &Spot) -> Vec<usize> {
    let uses = &run.oracle.uses;
    let mut active = active(run, spot);
    active.retain(|at| uses[*at].whole || uses[*at].names.is_empty() && uses[*at].path.is_none());
    active
}

/// The uses that look for content at a spot.
fn active(run: &Run<'_>, spot: &Spot) -> Vec<usize> {
    let uses = &run.oracle.uses;
    let looks = |at: &usize| {
        let it = &uses[*at];
        matches!(it.what, What::Content(_))
            && (it.whole || places(run).contains(&it.place))
            && (it.stream.is_none() || run.alone)
            && it.path.as_ref().is_none_or(|_| spot.steps[*at].selects())
            && (it.whole || it.names.is_empty() || spot.long || it.names.iter().any(|glob| glob.matches(&spot.name)))
    };
    (0..uses.len()).filter(looks).collect()
}

fn named_detector<'a>(run: &Run<'a>, at: usize) -> &'a str {
    match &run.oracle.uses[at].what {
        What::Named { detector, .. } => detector,
        What::Content(_) => "",
    }
}
