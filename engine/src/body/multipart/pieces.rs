//! Content in a part's head: each parameter of its disposition and type is a text of its own, so that what takes a
//! match's place stays inside its quotes; all else is looked at field by field. No byte is passed over but boundaries.

use super::head::{fields, name};
use crate::body::Reading;
use crate::redact::{Matcher, Origin, Scope, Segment, Sink, Syntax};

/// A stretch of a field, as indices.
#[derive(Debug, PartialEq, Eq)]
struct Value {
    start: usize,
    end: usize,
    /// What the parameter is called.
    name: Vec<u8>,
}

/// Writes a head, at this position of the body, without the secrets in it.
pub(super) fn write(
    reading: &Reading<'_>,
    matcher: &mut Matcher,
    (head, offset): (&[u8], u64),
    narrows: u64,
    sink: &mut Sink<'_>,
) {
    if !reading.surface.lens.any() {
        return sink.out.extend_from_slice(head);
    }
    let mut piece = |raw: &[u8], at: u64, context: &[u8], syntax: Syntax, sink: &mut Sink<'_>| {
        let origin = || Origin { surface: reading.name, path: String::new() };
        let reads = reading.context(&reading.surface.lens, syntax, &origin);
        let segment = Segment { scope: Scope::Member, context: context.to_vec(), narrows, offset: at };
        if !raw.is_empty() {
            matcher.whole(&reads, segment, raw, sink);
        }
    };
    let mut at = offset;
    for field in fields(head) {
        let text = field.strip_suffix(b"\n").map_or(field, |text| text.strip_suffix(b"\r").unwrap_or(text));
        let mut from = 0;
        for Value { start, end, name } in values(text) {
            piece(text.get(from..start).unwrap_or_default(), at + from as u64, b"", Syntax::Header, sink);
            let raw = text.get(start..end).unwrap_or_default();
            if name == b"boundary" {
                sink.out.extend_from_slice(raw);
            } else {
                piece(raw, at + start as u64, &name, Syntax::Url, sink);
            }
            from = end;
        }
        piece(text.get(from..).unwrap_or_default(), at + from as u64, b"", Syntax::Header, sink);
        sink.out.extend_from_slice(field.get(text.len()..).unwrap_or_default());
        at += field.len() as u64;
    }
}

/// The values of the parameters of a field that has any; of a quoted one what stands between the quotes.
fn values(field: &[u8]) -> Vec<Value> {
    let named = name(field).filter(|(name, _)| matches!(name.as_slice(), b"content-disposition" | b"content-type"));
    let Some((_, mut at)) = named else { return Vec::new() };
    let mut values = Vec::new();
    let until = |at: usize, stops: &[u8]| {
        let rest = field.get(at..).unwrap_or_default();
        at + rest.iter().position(|byte| stops.contains(byte)).unwrap_or(rest.len())
    };
    at = until(at, b";");
    while at < field.len() {
        let equals = until(at + 1, b"=;");
        let name = field.get(at + 1..equals).unwrap_or_default().trim_ascii().to_ascii_lowercase();
        if field.get(equals) != Some(&b'=') {
            at = equals;
            continue;
        }
        let blanks = field.get(equals + 1..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_whitespace());
        let start = equals + 1 + blanks.count();
        if field.get(start) == Some(&b'"') {
            let end = quote(field, start + 1);
            values.push(Value { start: start + 1, end, name });
            at = until(end, b";");
        } else {
            at = until(start, b";");
            values.push(Value { start: start.min(at), end: at, name });
        }
    }
    values
}

/// The quote that ends a quoted string, or the end of the field.
fn quote(field: &[u8], from: usize) -> usize {
    let mut escaped = false;
    let rest = field.get(from..).unwrap_or_default();
    let ends = |byte: &u8| match byte {
        _ if std::mem::take(&mut escaped) => false,
        b'\\' => {
            escaped = true;
            false
        }
        _ => *byte == b'"',
    };
    from + rest.iter().position(ends).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::values;

    #[test]
    fn parameters_lie_where_they_stand() {
        let shown = |field: &str| {
            let shown = values(field.as_bytes()).into_iter().map(|it| {
                format!("{}={}", String::from_utf8_lossy(&it.name), field.get(it.start..it.end).unwrap_or_default())
            });
            shown.collect::<Vec<_>>()
        };
        assert_eq!(
            shown("Content-Disposition: form-data; name=\"a;\\\"b\" ; FileName = c d;x;y="),
            ["name=a;\\\"b", "filename=c d", "y="]
        );
        assert_eq!(shown("content-type: text/plain;\r\n charset=utf-8; a=\"open"), ["charset=utf-8", "a=open"]);
        assert!(shown("x-token: a; b=c").is_empty());
    }
}
