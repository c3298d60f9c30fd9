//! Trailers in a frame of gRPC-Web: header fields as HTTP/1 writes them (PROTOCOL-WEB.md, RFC 9112 section 5).

use super::super::Reading;
use crate::redact::{Syntax, Tally};
use crate::value::{Outcome, Value};

/// Appends to `out` what is left of the fields in `block`: lines, each a name, a colon and a value.
pub(super) fn redact(reading: &Reading<'_>, block: &[u8], out: &mut Vec<u8>, tally: &mut Tally) {
    for line in block.split_inclusive(|&byte| byte == b'\n') {
        let end = line.trim_ascii_end().len();
        let (field, end) = line.split_at_checked(end).unwrap_or((line, b""));
        let colon = field.iter().position(|&byte| byte == b':').map_or(0, |at| at + 1);
        let blank = field.iter().skip(colon).take_while(|byte| byte.is_ascii_whitespace()).count();
        let (head, value) = field.split_at_checked(colon + blank).unwrap_or((b"", field));
        let name = field.get(..colon.saturating_sub(1)).unwrap_or_default().trim_ascii().to_ascii_lowercase();
        let value = Value { name: &name, raw: value, syntax: Syntax::Header, ..Value::default() };
        match value.redact(reading, tally).0 {
            Outcome::Same => out.extend_from_slice(line),
            Outcome::Changed(value) => [head, &value, end].into_iter().for_each(|part| out.extend_from_slice(part)),
            Outcome::Removed => {}
        }
    }
}
