//! OTLP/HTTP JSON logs: the log body is a record's sealed body, `inkseal.*` attributes are its other fields.
//!
//! Specification: <https://opentelemetry.io/docs/specs/otlp/>, the JSON Protobuf encoding of
//! `ExportLogsServiceRequest`. Fields that Inkseal does not use are skipped.

use super::{Claims, Refusal, Submission, Submitted};
use inkseal_engine::seal::Record;
use serde::Deserialize;

/// Why a request is refused as a whole.
#[derive(Debug, PartialEq, Eq)]
pub enum OtlpError {
    /// Not JSON, or JSON of another shape: one line that says where.
    Malformed(String),
    /// More log records than the bound.
    TooMany,
}

/// Reads a request of at most `bound` log records.
pub fn parse(body: &[u8], bound: usize) -> Result<Vec<Submission>, OtlpError> {
    // serde would take an array for a struct whose fields may all be absent.
    if body.trim_ascii_start().first().is_some_and(|&byte| byte == b'[') {
        return Err(OtlpError::Malformed("not an OTLP logs request: an array".to_owned()));
    }
    let request: Request = serde_json::from_slice(body).map_err(|error| OtlpError::Malformed(place(&error)))?;
    let mut submissions = Vec::new();
    for scope in request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs) {
        for log in scope.log_records {
            if submissions.len() == bound {
                return Err(OtlpError::TooMany);
            }
            submissions.push(submission(log));
        }
    }
    Ok(submissions)
}

/// Where the JSON is wrong; the parser's own words could quote the input.
fn place(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => "not an OTLP logs request",
        serde_json::error::Category::Eof => "the json ends early",
        _ => "not json",
    };
    format!("{what}, at line {} column {}", error.line(), error.column())
}

fn submission(log: LogRecord) -> Submission {
    let fields = Fields::collect(&log.attributes)?;
    let claims = Claims {
        trace: log.trace_id.filter(|trace| !trace.is_empty()).map(|trace| trace.to_ascii_lowercase()),
        time_ms: time_ms(log.time_unix_nano)?,
    };
    let body = match log.body {
        None | Some(AnyValue { string_value: None, .. }) => {
            return Err(Refusal::new("BODY_MISSING", "the log body must be the sealed body as a string"));
        }
        Some(AnyValue { string_value, .. }) => string_value,
    };
    let kind = fields.kind.parse().map_err(|_| Refusal::malformed("`inkseal.kind` must be a number from 0 to 255"))?;
    let seed = match fields.seed {
        Some(seed) => Some(
            data_encoding::HEXLOWER
                .decode(seed.as_bytes())
                .map_err(|_| Refusal::malformed("`inkseal.seed` must be lower-case hex digits"))?,
        ),
        None => None,
    };
    let record = Record::from_parts(fields.kid, fields.chain, &fields.seq, kind, fields.c, fields.tag, seed, body)
        .map_err(Refusal::malformed)?;
    Ok(Submitted { record, claims })
}

/// OTLP allows a 64-bit integer as a number and as a string; 0 says that the time is unknown.
fn time_ms(nanos: Option<Integer>) -> Result<Option<i64>, Refusal> {
    let nanos = match nanos {
        None => return Ok(None),
        Some(Integer::Number(nanos)) => nanos,
        Some(Integer::Text(text)) => text.parse().map_err(|_| Refusal::malformed("`timeUnixNano` must be a number"))?,
    };
    Ok(i64::try_from(nanos / 1_000_000).ok().filter(|time| *time != 0))
}

/// A record's fields as attributes spell them.
struct Fields<'a> {
    kid: &'a str,
    chain: &'a str,
    seq: String,
    kind: String,
    c: &'a str,
    tag: &'a str,
    seed: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn collect(attributes: &'a [Attribute]) -> Result<Fields<'a>, Refusal> {
        let required = |name: &str| {
            one(attributes, name)?
                .ok_or_else(|| Refusal::malformed(format!("not a sealed record: attribute `{name}` is missing")))
        };
        let text = |name: &str| {
            let value = required(name)?;
            value.string_value.as_deref().ok_or_else(|| Refusal::malformed(format!("`{name}` must be a string")))
        };
        let number = |name: &str| {
            let value = required(name)?;
            match (&value.string_value, &value.int_value) {
                (Some(text), _) => Ok(text.clone()),
                (None, Some(Integer::Text(text))) => Ok(text.clone()),
                (None, Some(Integer::Number(number))) => Ok(number.to_string()),
                (None, None) => Err(Refusal::malformed(format!("`{name}` must be a decimal number"))),
            }
        };
        let seed = match one(attributes, "inkseal.seed")? {
            None => None,
            Some(value) => Some(
                value.string_value.as_deref().ok_or_else(|| Refusal::malformed("`inkseal.seed` must be a string"))?,
            ),
        };
        Ok(Fields {
            kid: text("inkseal.kid")?,
            chain: text("inkseal.chain")?,
            seq: number("inkseal.seq")?,
            kind: number("inkseal.kind")?,
            c: text("inkseal.c")?,
            tag: text("inkseal.tag")?,
            seed,
        })
    }
}

/// The value of an attribute that may stand once: of two it would not be known which one a reader takes.
fn one<'a>(attributes: &'a [Attribute], name: &str) -> Result<Option<&'a AnyValue>, Refusal> {
    let mut found = attributes.iter().filter(|attribute| attribute.key == name);
    let first = found.next();
    match found.next() {
        Some(_) => Err(Refusal::malformed(format!("attribute `{name}` stands twice"))),
        None => Ok(first.map(|attribute| &attribute.value)),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    resource_logs: Vec<ResourceLogs>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs {
    #[serde(default)]
    scope_logs: Vec<ScopeLogs>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs {
    #[serde(default)]
    log_records: Vec<LogRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogRecord {
    time_unix_nano: Option<Integer>,
    trace_id: Option<String>,
    body: Option<AnyValue>,
    #[serde(default)]
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
struct Attribute {
    key: String,
    value: AnyValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyValue {
    string_value: Option<String>,
    int_value: Option<Integer>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Integer {
    Number(u64),
    Text(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(log: &str) -> Vec<u8> {
        format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{log}]}}]}}]}}"#).into_bytes()
    }

    fn log(replace: &str, with: &str) -> String {
        let (c, tag, chain) = ("0a".repeat(32), "0b".repeat(32), "0c".repeat(16));
        let text =
            |name: &str, value: &str| format!(r#"{{"key":"inkseal.{name}","value":{{"stringValue":"{value}"}}}}"#);
        let attributes = [text("kid", "s1"), text("chain", &chain), text("seq", "7"), text("c", &c), text("tag", &tag)];
        format!(
            r#"{{"timeUnixNano":"5000000","traceId":"4BF9","body":{{"stringValue":"{{\"a\":1}}"}},"attributes":[{},{{"key":"inkseal.kind","value":{{"intValue":"1"}}}}]}}"#,
            attributes.join(",")
        )
        .replace(replace, with)
    }

    #[test]
    fn reads_a_record_and_its_claims() {
        let submitted = parse(&request(&log("", "")), 10).unwrap().pop().unwrap().unwrap();
        assert_eq!(submitted.record.kid, "s1");
        assert_eq!(submitted.record.seq, 7);
        assert_eq!(submitted.record.kind, 1);
        assert_eq!(submitted.record.body.as_deref(), Some(r#"{"a":1}"#));
        assert_eq!(submitted.claims, Claims { trace: Some("4bf9".into()), time_ms: Some(5) });
    }

    #[test]
    fn a_log_that_is_no_record_is_refused_alone() {
        for (from, to, reason) in [
            ("inkseal.kid", "kid", "attribute `inkseal.kid` is missing"),
            ("inkseal.chain", "inkseal.kid", "stands twice"),
            (r#"{"stringValue":"7"}"#, r#"{"boolValue":true}"#, "`inkseal.seq` must be a decimal number"),
            (r#"{"intValue":"1"}"#, r#"{"intValue":"300"}"#, "from 0 to 255"),
            (r#""body":{"stringValue""#, r#""body":{"bytesValue""#, "sealed body as a string"),
            ("0a0a", "0A0A", "`c` must be"),
        ] {
            let parsed = parse(&request(&log(from, to)), 10).unwrap().pop().unwrap();
            let refusal = parsed.unwrap_err();
            assert!(refusal.reason.contains(reason), "{from}: {}", refusal.reason);
        }
    }

    #[test]
    fn a_request_of_another_shape_is_refused_whole_and_not_quoted() {
        for body in ["", "{", "[]", r#"{"resourceLogs":"AAAA"}"#, r#"{"resourceLogs":[{"scopeLogs":5}]}"#] {
            match parse(body.as_bytes(), 10) {
                Err(OtlpError::Malformed(message)) => assert!(!message.contains("AAAA"), "{message}"),
                other => panic!("{body}: {:?}", other.map(|list| list.len())),
            }
        }
        assert_eq!(parse(b"{}", 10).unwrap().len(), 0);
    }

    #[test]
    fn a_request_cut_or_flipped_at_any_byte_is_an_answer() {
        let whole = request(&log("", ""));
        for at in 0..whole.len() {
            assert!(matches!(parse(&whole[..at], 10), Err(OtlpError::Malformed(_))), "cut at {at}");
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[at] ^= 1 << bit;
                // Whatever it says, it says it without a panic and of at most the one record.
                assert!(parse(&flipped, 10).map_or(0, |list| list.len()) <= 1);
            }
        }
    }

    #[test]
    fn too_many_records_are_refused_whole() {
        let two = format!("{},{}", log("", ""), log("", ""));
        assert_eq!(parse(&request(&two), 1).unwrap_err(), OtlpError::TooMany);
    }
}
