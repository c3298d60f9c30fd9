//! Trace context: W3C `traceparent` (<https://www.w3.org/TR/trace-context/>) and Zipkin's B3
//! (<https://github.com/openzipkin/b3-propagation>).

/// The trace that an exchange belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// 32 lower-case hexadecimal digits.
    pub trace_id: String,
    /// 16 lower-case hexadecimal digits: the caller's span.
    pub span_id: Option<String>,
}

impl Trace {
    /// Reads a trace from request headers: `traceparent` before `b3` before `x-b3-traceid`. `header` returns the first
    /// value of a header by its lower-case name. A malformed header counts as absent.
    pub fn from_headers<'a>(header: impl Fn(&str) -> Option<&'a [u8]>) -> Option<Self> {
        let text = |name| header(name).and_then(|value| std::str::from_utf8(value).ok()).map(str::trim);
        text("traceparent").and_then(Self::parse_traceparent).or_else(|| text("b3").and_then(Self::parse_b3)).or_else(
            || {
                let trace_id = trace_id(text("x-b3-traceid")?)?;
                Some(Self { trace_id, span_id: text("x-b3-spanid").and_then(span_id) })
            },
        )
    }

    /// Parses `version-traceid-parentid-flags`. Version `ff` and all-zero ids are invalid; versions above `00` may
    /// carry more fields behind the flags.
    pub fn parse_traceparent(value: &str) -> Option<Self> {
        let mut fields = value.split('-');
        let version = fields.next().filter(|v| is_hex(v, 2) && *v != "ff")?;
        let trace = fields.next().filter(|t| is_hex(t, 32)).and_then(trace_id)?;
        let span = fields.next().and_then(span_id)?;
        fields.next().filter(|flags| is_hex(flags, 2))?;
        if version == "00" && fields.next().is_some() {
            return None;
        }
        Some(Self { trace_id: trace, span_id: Some(span) })
    }

    /// Parses `traceid-spanid[-sampled[-parentspanid]]`; a lone sampling decision names no trace.
    pub fn parse_b3(value: &str) -> Option<Self> {
        let mut fields = value.split('-');
        let trace = fields.next().and_then(trace_id)?;
        let span = fields.next().and_then(span_id)?;
        Some(Self { trace_id: trace, span_id: Some(span) })
    }
}

/// A trace id of 16 or 32 digits, in lower case, padded to 32.
fn trace_id(text: &str) -> Option<String> {
    let valid = (is_hex(text, 16) || is_hex(text, 32)) && text.bytes().any(|b| b != b'0');
    valid.then(|| format!("{:0>32}", text.to_ascii_lowercase()))
}

fn span_id(text: &str) -> Option<String> {
    (is_hex(text, 16) && text.bytes().any(|b| b != b'0')).then(|| text.to_ascii_lowercase())
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::Trace;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn reads_traceparent() {
        let trace = Trace::parse_traceparent(&format!("00-{TRACE}-{SPAN}-01")).unwrap();
        assert_eq!((trace.trace_id.as_str(), trace.span_id.as_deref()), (TRACE, Some(SPAN)));
        assert!(Trace::parse_traceparent(&format!("01-{TRACE}-{SPAN}-01-more")).is_some());
        for bad in [
            String::new(),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{}-{SPAN}-01", "g".repeat(32)),
        ] {
            assert_eq!(Trace::parse_traceparent(&bad), None, "{bad}");
        }
    }

    #[test]
    fn reads_b3_in_both_forms() {
        let single = Trace::parse_b3(&format!("{SPAN}-{SPAN}-1")).unwrap();
        assert_eq!(single.trace_id, format!("{}{SPAN}", "0".repeat(16)));
        assert_eq!(Trace::parse_b3("0"), None);
        let multi = Trace::from_headers(|name| match name {
            "x-b3-traceid" => Some(TRACE.as_bytes()),
            "x-b3-spanid" => Some(b"garbage"),
            _ => None,
        });
        assert_eq!(multi, Some(Trace { trace_id: TRACE.into(), span_id: None }));
    }

    #[test]
    fn a_malformed_header_counts_as_absent() {
        let b3 = format!("{TRACE}-{SPAN}");
        let found = Trace::from_headers(|name| match name {
            "traceparent" => Some(b"\xff\xfe".as_slice()),
            "b3" => Some(b3.as_bytes()),
            _ => None,
        });
        assert_eq!(found.unwrap().trace_id, TRACE);
    }
}
