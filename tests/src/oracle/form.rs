//! URL-encoded forms (application/x-www-form-urlencoded of the URL standard).

use inkseal_engine::policy::model::Place;

use super::named::{self, Value};
use super::segment::{Kind, Segment};
use super::{LONGEST_NAME, Run, views};

const PLACES: &[Place] = &[Place::Form, Place::Field, Place::Body, Place::Any];

/// Whether no name, nor a piece that may yet be one, is too long.
pub fn covers(body: &[u8]) -> bool {
    let name = |piece: &[u8]| piece.iter().take_while(|byte| **byte != b'=').count();
    body.split(|byte| *byte == b'&').all(|piece| name(piece) < LONGEST_NAME)
}

/// A form: pieces between `&`, each a name, `=` and a value, or a value alone.
pub fn redact(run: &mut Run<'_>, body: &[u8]) -> Vec<u8> {
    let pieces = body.split(|byte| *byte == b'&').filter_map(|piece| parameter(run, piece)).collect::<Vec<_>>();
    pieces.join(&b'&')
}

fn parameter(run: &mut Run<'_>, piece: &[u8]) -> Option<Vec<u8>> {
    let equals = piece.iter().position(|byte| *byte == b'=');
    let (raw_name, value) = equals.map_or((&b""[..], piece), |at| (&piece[..at], &piece[at + 1..]));
    let name = views::fold(&views::percent(&views::Text::raw(raw_name), true)).bytes;
    let path = run.oracle.called(&name, false, PLACES);
    let segment = Segment::value(value, &name, Kind::Parameter);
    let value = Value { segment, names: vec![&name], path: path.clone(), spared: piece.is_empty(), kept: 0 };
    let left = named::redact(run, &value, PLACES)?;
    if equals.is_none() {
        return Some(left);
    }
    // No find takes a name for its name.
    let segment = Segment::value(raw_name, b"", Kind::Parameter);
    let name = named::redact(run, &Value { segment, names: vec![&name], path, spared: true, kept: 0 }, PLACES)?;
    Some([name.as_slice(), b"=", &left].concat())
}
