//! Values that finds take by their names, on surfaces where every value is a text of its own.

use inkseal_engine::plan::Glob;
use inkseal_engine::policy::model::{Action, Place};
use inkseal_engine::pseudonym::pseudonym_at;

use super::policy::{Effect, Use, What};
use super::segment::{Kind, Segment};
use super::{CUT, Run, render, views};

/// What is read in a place.
#[derive(Clone, Copy)]
pub struct Reads {
    /// The places of its finds.
    pub places: &'static [Place],
    /// It is part of a field that is read as a whole, too: finds of content that go by no name wait for that.
    pub inner: bool,
}

impl Reads {
    /// A surface that is part of no other.
    pub const fn all(places: &'static [Place]) -> Self {
        Self { places, inner: false }
    }

    fn names(self, found: &Use) -> bool {
        self.places.contains(&found.place) && found.path.is_none()
    }

    fn content(self, found: &Use) -> bool {
        let waits = self.inner && found.names.is_empty() && matches!(found.place, Place::Field | Place::Any);
        matches!(found.what, What::Content(_)) && self.names(found) && !waits
    }
}

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
    /// Its name is too long to be read: it is taken to match every glob, and stays.
    pub long: bool,
}

impl<'a> Value<'a> {
    /// A value of one name.
    pub fn named(segment: Segment<'a>, name: &'a [u8], path: String) -> Self {
        Self { segment, names: vec![name], path, spared: false, kept: 0, long: false }
    }
}

/// What is left of a value, or of what stands between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// A named find owns it.
    pub owned: bool,
}

impl Stretch {
    /// Bytes that nobody owns.
    pub fn free(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), owned: false }
    }
}

/// All their bytes.
pub fn joined(stretches: &[Stretch]) -> Vec<u8> {
    stretches.iter().flat_map(|it| it.bytes.iter().copied()).collect()
}

/// What is left of a value; `None` if it is removed.
pub fn redact(run: &mut Run<'_>, value: &Value<'_>, reads: Reads) -> Option<Stretch> {
    let cut = if selected(run, value, reads) { CUT } else { b"" };
    if let Some(at) = owner(run, value, reads) {
        let bytes = taken(run, at, value, reads);
        return bytes.map(|bytes| Stretch { bytes: [cut, &bytes].concat(), owned: true });
    }
    let active = active(run, value, reads);
    let bytes = run.segment(&value.segment, &active, &value.path);
    Some(Stretch::free(&[cut, &bytes].concat()))
}

/// Counts the named finds that change nothing of a value; whether one of them is the first to refuse.
pub fn selected(run: &mut Run<'_>, value: &Value<'_>, reads: Reads) -> bool {
    let mut first = false;
    for (at, detector) in selecting(run, value, reads) {
        match run.oracle.uses[at].effect {
            Effect::Shadow | Effect::Observe => run.count(at, detector, &value.path, false),
            Effect::Block => first |= run.refuse(at),
            Effect::Change | Effect::Logs => {}
        }
    }
    first
}

/// The named find that owns a value, and the detector that it comes from.
pub fn owner<'a>(run: &Run<'a>, value: &Value<'_>, reads: Reads) -> Option<(usize, &'a str)> {
    let owns = |at: usize| matches!(run.oracle.uses[at].effect, Effect::Change | Effect::Logs);
    selecting(run, value, reads).into_iter().find(|(at, _)| owns(*at))
}

/// Whether a named find takes a value out.
pub fn removes(run: &Run<'_>, value: &Value<'_>, reads: Reads) -> bool {
    owner(run, value, reads).is_some_and(|(at, _)| {
        let it = &run.oracle.uses[at];
        it.effect == Effect::Change && it.action == Action::Remove && !value.long
    })
}

fn selecting<'a>(run: &Run<'a>, value: &Value<'_>, reads: Reads) -> Vec<(usize, &'a str)> {
    let any = |globs: &[Glob], name: &[u8]| globs.iter().any(|glob| glob.matches(name));
    let mut all = Vec::new();
    for (at, found) in run.oracle.uses.iter().enumerate() {
        let What::Named { except, scalars, detector, .. } = &found.what else { continue };
        let taken = value.names.iter().any(|name| any(&found.names, name) && !any(except, name)) || value.long;
        if reads.names(found) && taken && !value.spared && !(*scalars && value.segment.raw.is_empty()) {
            all.push((at, detector.as_str()));
        }
    }
    all
}

/// What the find that owns a value leaves of it.
pub fn taken(run: &mut Run<'_>, owner: (usize, &str), value: &Value<'_>, reads: Reads) -> Option<Vec<u8>> {
    let (at, detector) = owner;
    run.count(at, detector, &value.path, false);
    let active = active(run, value, reads);
    let refused = run.refuses(&value.segment, &active);
    let cut = if refused.is_some() { CUT } else { b"" };
    let found = &run.oracle.uses[at];
    let raw = value.segment.raw;
    let left = match (found.effect, &found.action) {
        (Effect::Logs, _) => {
            let (before, behind) = raw.split_at(refused.unwrap_or(0));
            return Some([before, cut, behind].concat());
        }
        (_, Action::Remove) if !value.long && cut.is_empty() => return None,
        // Its name stays.
        (_, Action::Remove) => Vec::new(),
        _ => {
            let (kept, rest) = raw.split_at(value.kept);
            let segment = Segment { raw: rest, ..value.segment.clone() };
            let text = replacement(run, at, &segment).unwrap_or_else(|| rest.to_vec());
            [kept, &text].concat()
        }
    };
    Some([cut, &left].concat())
}

/// The uses that look for content in a value.
pub fn active(run: &Run<'_>, value: &Value<'_>, reads: Reads) -> Vec<usize> {
    let uses = &run.oracle.uses;
    let one = |name: &[u8], it: &Use| it.names.iter().any(|glob| glob.matches(name));
    let called = |it: &Use| value.long || value.names.iter().any(|name| one(name, it));
    let looks = |at: &usize| reads.content(&uses[*at]) && (uses[*at].names.is_empty() || called(&uses[*at]));
    (0..uses.len()).filter(looks).collect()
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
    // Fields and paths are there as a whole.
    let whole = matches!(segment.kind, Kind::Header | Kind::Url | Kind::Path);
    let long = !whole && text.len() > run.oracle.hold_back;
    let action = match &found.action {
        // It could not be taken out with its name.
        Action::Remove => &Action::Redact,
        // What is too long to be held is replaced while it comes.
        Action::Mask { .. } | Action::TruncateIp { .. } if long => &Action::Redact,
        Action::Hash { .. } if long => &Action::Hash { keep_domain: false },
        action => action,
    };
    let text = render::replacement(action, entity, &text, &run.oracle.key);
    // What takes all of a field's value is no part of a URL any more.
    let kind = if segment.kind == Kind::Url { Kind::Header } else { segment.kind };
    Some(render::encoded(kind, &text))
}
