//! Messages in frames: gRPC, gRPC-Web (its trailers are a frame) and Connect (the end of its stream is JSON).

use super::named::{self, Value};
use super::segment::{Kind, Segment};
use super::{CUT, Oracle, Run, fields, json, protobuf, uncut};

/// What a frame holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Message {
    Protobuf,
    Json,
    Fields,
}

impl Message {
    fn of(media_type: &str, flags: u8) -> Self {
        match media_type {
            "application/grpc-web+proto" if flags >= 128 => Self::Fields,
            "application/connect+proto" if flags & 2 == 2 => Self::Json,
            "application/grpc+json" => Self::Json,
            _ => Self::Protobuf,
        }
    }
}

/// Whether bodies of this type are frames.
pub fn framed(media_type: &str) -> bool {
    ["application/grpc", "application/grpc+json", "application/grpc-web+proto", "application/connect+proto"]
        .contains(&media_type)
}

/// A body of frames.
pub(super) fn redact(run: &mut Run<'_>, body: &[u8]) -> Vec<u8> {
    let media_type = run.oracle.side.media_type.as_str();
    let mut out = Vec::new();
    let mut rest = body;
    while let Some((head, length)) = head(rest) {
        let end = rest.len().min(5 + length);
        let before = run.refused;
        let message = &rest[5..end];
        let new = match Message::of(media_type, head[0]) {
            Message::Protobuf if length > run.oracle.message => protobuf::long::redact(run, message, length as u64),
            Message::Protobuf => uncut(&protobuf::redact(run, message)),
            Message::Json => uncut(&json::redact(run, message, false)),
            Message::Fields => uncut(&trailers(run, message)),
        };
        if run.refused != before {
            out.extend(CUT);
        }
        out.push(head[0]);
        match u32::try_from(new.len()) {
            Ok(new) if end == 5 + length => out.extend(new.to_be_bytes()),
            _ => out.extend(&head[1..]),
        }
        out.extend(new);
        rest = &rest[end..];
    }
    out.extend_from_slice(rest);
    out
}

/// Whether no message is compressed, or reaches a bound, and the long ones may be read while they come.
pub fn covers(oracle: &Oracle, body: &[u8]) -> bool {
    let mut rest = body;
    while let Some((head, length)) = head(rest) {
        let (message, behind) = rest[5..].split_at(length.min(rest.len() - 5));
        let read = match Message::of(&oracle.side.media_type, head[0]) {
            Message::Protobuf => protobuf::covers(oracle, message, length),
            Message::Json => length <= oracle.message && json::covers(message),
            Message::Fields => length <= oracle.message,
        };
        if head[0] & 1 == 1 || !read {
            return false;
        }
        rest = behind;
    }
    true
}

/// Whether a body is whole frames of messages.
pub fn whole(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some((_, length)) = head(rest) {
        let Some((message, behind)) = rest[5..].split_at_checked(length) else { return false };
        if !protobuf::whole(message) {
            return false;
        }
        rest = behind;
    }
    rest.is_empty()
}

/// The head of a frame, and the length that it says.
fn head(frame: &[u8]) -> Option<(&[u8], usize)> {
    let head = frame.get(..5)?;
    Some((head, head[1..].iter().fold(0, |length, byte| length << 8 | usize::from(*byte))))
}

/// Header fields, each a line.
fn trailers(run: &mut Run<'_>, block: &[u8]) -> Vec<u8> {
    let part = std::mem::replace(&mut run.part, "trailer");
    let mut out = Vec::new();
    for line in block.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii_end();
        let name = text.iter().position(|byte| *byte == b':').map(|at| &text[..at]);
        let value = text[name.map_or(0, |name| name.len() + 1)..].trim_ascii_start();
        let name = name.unwrap_or_default().trim_ascii().to_ascii_lowercase();
        let path = run.oracle.called(&name, fields::TRAILER.places, false);
        let value_at = text.len() - value.len();
        let value = Value::named(Segment::value(value, &name, Kind::Header), &name, path);
        if let Some(left) = named::redact(run, &value, fields::TRAILER) {
            out.extend([&text[..value_at], &left.bytes, &line[text.len()..]].concat());
        }
    }
    run.part = part;
    out
}
