//! `find`: place, what, action.

use super::action::action;
use super::fields::Fields;
use super::json_path::json_path;
use super::stream_text::stream_text;
use super::{Findings, scalar};
use crate::policy::model::{Action, Apply, Find, Place};
use crate::policy::span::Spanned;
use crate::policy::suggest;
use crate::policy::yaml::Node;

/// The words of `apply`.
pub(super) const APPLY: &[(&str, Apply)] = &[("traffic", Apply::Traffic), ("logs", Apply::Logs)];

const PLACES: &[(&str, Place)] = &[
    ("header", Place::Header),
    ("cookie", Place::Cookie),
    ("path", Place::Path),
    ("query", Place::Query),
    ("json", Place::Json),
    ("form", Place::Form),
    ("part", Place::Part),
    ("sse", Place::Sse),
    ("body", Place::Body),
    ("trailer", Place::Trailer),
    ("field", Place::Field),
    ("any", Place::Any),
];

/// The places whose values have names.
const NAMED: &[Place] =
    &[Place::Header, Place::Cookie, Place::Query, Place::Form, Place::Part, Place::Trailer, Place::Field];

/// A find whose keys fit its place.
pub(super) fn find(node: &Node, findings: &mut Findings) -> Option<Find> {
    let known = ["in", "name", "path", "stream_text", "detect", "entity", "action", "apply"];
    let fields = Fields::of(node, "a find", &known, findings)?;
    let place = fields.read_required("in", findings, place);
    let names = fields.read("name", findings, scalar::texts);
    let path = fields.read("path", findings, json_path);
    let streams = fields.read("stream_text", findings, stream_text);
    let detect = fields.read("detect", findings, scalar::texts);
    let entity = fields.read("entity", findings, scalar::entity);
    let action = match fields.get("action") {
        Some(node) => action(node, findings),
        None => Some(Spanned::new(Action::Redact, fields.span)),
    };
    let apply = fields.read("apply", findings, |node, findings| scalar::word(node, "a way to apply", APPLY, findings));
    if let Some(place) = &place {
        fits(&fields, place.value, findings);
    }
    Some(Find {
        place: place.unwrap_or(Spanned::new(Place::Any, fields.span)),
        names: names.unwrap_or_default(),
        path,
        streams: streams.unwrap_or_default(),
        detect: detect.unwrap_or_default(),
        entity,
        action: action.unwrap_or(Spanned::new(Action::Redact, fields.span)),
        apply,
    })
}

fn place(node: &Node, findings: &mut Findings) -> Option<Spanned<Place>> {
    let place = scalar::word(node, "a place", PLACES, findings)?;
    Some(Spanned::new(place, node.span))
}

/// The word of a place.
fn word(place: Place) -> &'static str {
    PLACES.iter().find(|(_, value)| *value == place).map_or("", |(word, _)| word)
}

/// Which of `name`, `path` and `detect` the place needs and forbids. Looks at the keys, so that a value that was
/// reported already is not reported as missing.
fn fits(fields: &Fields<'_>, place: Place, findings: &mut Findings) {
    let here = word(place);
    if place != Place::Json
        && let Some(span) = fields.key_span("path")
    {
        findings.error_hint(span, format!("`in: {here}` has no `path`"), "JSON paths go with `in: json`");
    }
    if place != Place::Sse
        && let Some(span) = fields.key_span("stream_text")
    {
        findings.error_hint(span, format!("`in: {here}` has no `stream_text`"), "streamed texts go with `in: sse`");
    }
    if !NAMED.contains(&place)
        && let Some(span) = fields.key_span("name")
    {
        let named = suggest::list(NAMED.iter().map(|place| word(*place)));
        findings.error_hint(span, format!("`in: {here}` has no `name`"), format!("names go with {named}"));
    }
    let detects = fields.get("detect").is_some();
    if detects && let Some(span) = fields.key_span("entity") {
        let hint = "the detectors say which entity it is; remove one of the two";
        findings.error_hint(span, "`entity` names a whole value, `detect` looks inside it", hint);
    }
    let missing = match place {
        Place::Json => (fields.get("path").is_none() && !detects).then_some("`path` or `detect`"),
        _ if NAMED.contains(&place) => (fields.get("name").is_none() && !detects).then_some("`name` or `detect`"),
        _ => (!detects).then_some("`detect`"),
    };
    if let Some(missing) = missing {
        findings.error(fields.span, format!("`in: {here}` needs {missing}: it would take everything"));
    }
}
