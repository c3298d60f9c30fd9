//! Header values: what is named, then what is found. Not covered: cookies, and headers that hold a URL.

use inkseal_engine::policy::model::Place;

use super::named::{self, Value};
use super::segment::{Kind, Segment};
use super::{Oracle, Outcome, Run};

const PLACES: &[Place] = &[Place::Header, Place::Field, Place::Any];

/// Headers whose value is a scheme and what it needs (RFC 9110, section 11.4).
const CREDENTIALS: &[&[u8]] = &[b"authorization", b"proxy-authorization"];

/// The value of a response's header, redacted at `now_ms`; `None` for its bytes if it is removed.
pub fn redact(oracle: &Oracle, name: &[u8], value: &[u8], now_ms: u64) -> (Option<Vec<u8>>, Outcome) {
    let mut run = Run { oracle, now_ms, surface: "response.header", events: false, outcome: Outcome::default() };
    let scheme = if CREDENTIALS.contains(&name) { scheme(value) } else { 0 };
    let segment = Segment::value(value, name, Kind::Header);
    let path = oracle.called(name, false);
    let left =
        named::redact(&mut run, &Value { segment, names: vec![name], path, spared: false, kept: scheme }, PLACES);
    (left, run.outcome)
}

/// Length of a scheme and the spaces behind it; 0 if nothing follows them.
fn scheme(value: &[u8]) -> usize {
    let token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let letters = value.iter().take_while(token).count();
    let spaces = value[letters..].iter().take_while(|byte| **byte == b' ').count();
    let length = letters + spaces;
    if letters > 0 && spaces > 0 && length < value.len() { length } else { 0 }
}
