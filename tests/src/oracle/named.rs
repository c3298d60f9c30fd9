//! Values that finds take by their names, on surfaces where every value is a text of its own.

use inkseal_engine::plan::Glob;
use inkseal_engine::policy::model::{Action, Place};
use inkseal_engine::pseudonym::pseudonym_at;

use super::policy::{Effect, Use, What};
use super::segment::{Kind, Segment};
use super::{Run, render, views};

/// A value with names.
pub struct Value<'a> {
    /// The value as it stands.
    pub segment: Segment<'a>,
    /// What it is called, in one or several ways.
    pub names: Vec<&'a [u8]>,
    /// How findings call it.
    pub path: String,
    /// Named finds leave it alone.
    pub spared: bool,
    /// Bytes at its start that are no part of it for named finds.
    pub kept: usize,
}

/// What becomes of a value for its name.
pub enum Owned {
    /// Nobody owns it.
    Not,
    /// A find for logs does: it stays as it is.
    Logs,
    /// This takes its place.
    Left(Vec<u8>),
    /// It goes with its name.
    Gone,
}

/// What is left of a value: its bytes; `None` if it is removed.
pub fn redact(run: &mut Run<'_>, value: &Value<'_>, places: &[Place]) -> Option<Vec<u8>> {
    match owned(run, value, places) {
        Owned::Gone => None,
        Owned::Left(bytes) => Some(bytes),
        Owned::Logs => Some(value.segment.raw.to_vec()),
        Owned::Not => {
            let active = content(run, &value.names, places);
            Some(run.segment(&value.segment, &active, &value.path))
        }
    }
}

/// The uses that look for content in a value of these names.
pub fn content(run: &Run<'_>, names: &[&[u8]], places: &[Place]) -> Vec<usize> {
    let uses = &run.oracle.uses;
    let called = |it: &Use| names.iter().any(|name| it.names.iter().any(|glob| glob.matches(name)));
    let looks = |at: &usize| {
        let it = &uses[*at];
        let looks = places.contains(&it.place) && it.path.is_none() && (it.names.is_empty() || called(it));
        matches!(it.what, What::Content(_)) && (it.whole || looks)
    };
    (0..uses.len()).filter(looks).collect()
}

/// Who owns a value, and what that leaves of it.
pub fn owned(run: &mut Run<'_>, value: &Value<'_>, places: &[Place]) -> Owned {
    let oracle = run.oracle;
    let any = |globs: &[Glob], name: &[u8]| globs.iter().any(|glob| glob.matches(name));
    let raw = value.segment.raw;
    let mut owner = None;
    for (at, found) in oracle.uses.iter().enumerate() {
        let What::Named { except, scalars, detector, .. } = &found.what else { continue };
        let taken = value.names.iter().any(|name| any(&found.names, name) && !any(except, name));
        let selected = places.contains(&found.place) && found.path.is_none() && taken;
        if !selected || value.spared || *scalars && raw.is_empty() {
            continue;
        }
        match found.effect {
            Effect::Shadow | Effect::Observe => run.count(at, detector, &value.path, false),
            Effect::Change | Effect::Logs => owner = owner.or(Some((at, detector))),
            Effect::Block => {}
        }
    }
    let Some((at, detector)) = owner else { return Owned::Not };
    run.count(at, detector, &value.path, false);
    let found = &oracle.uses[at];
    match (found.effect, &found.action) {
        (Effect::Logs, _) => Owned::Logs,
        (_, Action::Remove) => Owned::Gone,
        _ => {
            let (kept, rest) = raw.split_at(value.kept);
            let segment = Segment { raw: rest, ..value.segment.clone() };
            let text = replacement(run, at, &segment).unwrap_or_else(|| rest.to_vec());
            Owned::Left([kept, &text].concat())
        }
    }
}

/// What a named use writes for a whole value, as its surface writes it; `None` for a pseudonym
/// and for what was redacted before.
pub fn replacement(run: &Run<'_>, at: usize, segment: &Segment<'_>) -> Option<Vec<u8>> {
    let text = views::base(segment).bytes;
    let found = &run.oracle.uses[at];
    let What::Named { entity, .. } = &found.what else { return None };
    if pseudonym_at(&text, 0) == Some(text.len()) || text == format!("[REDACTED:{entity}]").into_bytes() {
        return None;
    }
    // A header is there as a whole.
    let long = segment.kind != Kind::Header && text.len() > run.oracle.hold_back;
    let action = match &found.action {
        // What is too long to be held is replaced while it comes.
        Action::Mask { .. } | Action::TruncateIp { .. } if long => &Action::Redact,
        Action::Hash { .. } if long => &Action::Hash { keep_domain: false },
        action => action,
    };
    let text = render::replacement(action, entity, &text, &run.oracle.key);
    Some(render::encoded(segment.kind, &text))
}
