//! URL-encoded parameters (application/x-www-form-urlencoded of the URL standard): forms and queries.

use inkseal_engine::policy::model::Place;

use super::named::{self, Reads, Stretch, Value};
use super::segment::{Kind, Segment};
use super::{LONGEST_NAME, Run, views};

const FORM: Reads = Reads::all(&[Place::Form, Place::Field, Place::Body, Place::Any]);

/// A form.
pub fn redact(run: &mut Run<'_>, body: &[u8]) -> Vec<u8> {
    named::joined(&parameters(run, body, FORM))
}

/// Pieces between `&`, each a name, `=` and a value, or a value alone: what is left of them.
pub fn parameters(run: &mut Run<'_>, text: &[u8], reads: Reads) -> Vec<Stretch> {
    let mut left: Vec<Stretch> = Vec::new();
    for piece in text.split(|byte| *byte == b'&') {
        let Some(parts) = parameter(run, piece, reads) else { continue };
        if !left.is_empty() {
            left.push(Stretch::free(b"&"));
        }
        left.extend(parts);
    }
    left
}

fn parameter(run: &mut Run<'_>, piece: &[u8], reads: Reads) -> Option<Vec<Stretch>> {
    let equals = piece.iter().position(|byte| *byte == b'=');
    let (raw_name, raw) = equals.map_or((&b""[..], piece), |at| (&piece[..at], &piece[at + 1..]));
    let name = views::fold(&views::percent(&views::Text::raw(raw_name), true)).bytes;
    let long = raw_name.len() > LONGEST_NAME;
    let path = if long { "*".to_owned() } else { run.oracle.called(&name, reads.places, false) };
    let context: &[u8] = if long { b"" } else { &name };
    let mut value = Value::named(Segment::value(raw, context, Kind::Parameter), &name, path);
    (value.long, value.spared) = (long, piece.is_empty());
    if equals.is_none() && raw.len() > LONGEST_NAME {
        // It was taken for a name.
        value = Value { names: Vec::new(), path: String::new(), ..value };
    }
    let mut left = Vec::new();
    if equals.is_some() && !named::removes(run, &value, reads) {
        // No find takes a name for its name.
        let path = if long { String::new() } else { value.path.clone() };
        let segment = Segment::value(raw_name, b"", Kind::Parameter);
        let name = Value { names: Vec::new(), spared: true, ..Value::named(segment, &name, path) };
        left.extend(named::redact(run, &name, reads));
        left.push(Stretch::free(b"="));
    }
    left.push(named::redact(run, &value, reads)?);
    Some(left)
}
