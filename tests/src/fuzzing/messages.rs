//! Targets and fields: the first byte chooses the policy; the lines behind it are the request's target, its fields, and
//! after an empty line each the response's fields and trailers.

use inkseal_engine::exchange::{Attributes, Finding, Flow, Headers, Transaction};

use super::ready::{self, NOW_MS, Ready};

/// Fields that are edited whatever is found: for the body's sake, or as the policy says.
const EDITED: &[&[u8]] = &[
    b"accept-encoding",
    b"range",
    b"if-match",
    b"if-none-match",
    b"etag",
    b"content-length",
    b"content-type",
    b"content-encoding",
    b"content-range",
    b"accept-ranges",
    b"content-digest",
    b"repr-digest",
    b"digest",
    b"want-repr-digest",
    b"content-md5",
];

/// What travels beside bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Messages {
    request: Headers,
    response: Headers,
    trailers: Headers,
}

pub(super) fn run(data: &[u8]) {
    let [choice, text @ ..] = data else { return };
    let came = parse(text);
    ready::with(usize::from(*choice), |ready| {
        let Some((left, findings)) = carry(ready, &came) else { return };
        let changed = |half: &str| {
            findings.iter().any(|it| it.surface.starts_with(half) && !matches!(it.action, "logs" | "observe" | "block"))
        };
        for (half, came, left) in [
            ("request", &came.request, &left.request),
            ("response", &came.response, &left.response),
            ("response", &came.trailers, &left.trailers),
        ] {
            let shown = || format!("{half} under `{}`\n{}\n{}", ready.name, lines(came.iter()), lines(left.iter()));
            assert!(changed(half) || unedited(came).eq(unedited(left)), "nothing was found but {}", shown());
            assert!(left.len() <= came.len(), "fields were added: {}", shown());
            assert!(!legal(came) || legal(left), "no longer legal: {}", shown());
        }
        if ready.stable {
            let fields =
                |it: &Messages| [&it.request, &it.response, &it.trailers].map(|it| lines(unedited(it))).join("\n\n");
            let again = carry(ready, &left).map(|(again, _)| fields(&again));
            assert!(again.as_deref() == Some(&fields(&left)), "`{}` changes it twice\n{}", ready.name, fields(&left));
        }
    });
}

/// What leaves and what was found; `None` when it is refused.
fn carry(ready: &Ready, came: &Messages) -> Option<(Messages, Vec<Finding>)> {
    let mut left = came.clone();
    let mut exchange = Transaction::new(ready.plan.clone(), ready.key.clone(), NOW_MS);
    let passes = |flow| (!matches!(flow, Flow::Block(_))).then_some(());
    passes(exchange.request_headers(&mut left.request, &Attributes::default(), true))?;
    passes(exchange.response_headers(&mut left.response, false))?;
    let mut body = Vec::new();
    passes(exchange.response_body(b"-", false, &mut body))?;
    passes(exchange.response_trailers(&mut left.trailers, &mut body))?;
    Some((left, exchange.summary().findings))
}

fn parse(text: &[u8]) -> Messages {
    let mut lines = text.split(|&byte| byte == b'\n');
    let target = lines.next().unwrap_or_default().to_vec();
    let mut request = vec![
        (b":method".to_vec(), b"GET".to_vec()),
        (b":authority".to_vec(), b"a.example".to_vec()),
        (b":path".to_vec(), target),
    ];
    let mut block = || -> Headers { lines.by_ref().take_while(|line| !line.is_empty()).map(field).collect() };
    request.extend(block());
    let response = [vec![(b":status".to_vec(), b"200".to_vec())], block()].concat();
    Messages { request, response, trailers: block() }
}

/// A field as a proxy shows it: a lower-case name, no white space around the value.
fn field(line: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
    let (name, value) = line.split_at(colon);
    let value = value.strip_prefix(b":").unwrap_or(value);
    (name.trim_ascii().to_ascii_lowercase(), value.trim_ascii().to_vec())
}

/// What stays as it is while nothing is found. A cookie field without a cookie may go: it says nothing.
fn unedited(headers: &Headers) -> impl Iterator<Item = &(Vec<u8>, Vec<u8>)> {
    let edited = |name: &[u8], value: &[u8]| EDITED.contains(&name) || value.is_empty() && name.ends_with(b"cookie");
    headers.iter().filter(move |(name, value)| !edited(name, value))
}

/// No value has a control byte other than a tab (RFC 9110 section 5.5), and the target no space either.
fn legal(headers: &Headers) -> bool {
    let control = |byte: &u8| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f;
    headers.iter().all(|(name, value)| !value.iter().any(|byte| control(byte) || name == b":path" && *byte == b' '))
}

fn lines<'a>(fields: impl Iterator<Item = &'a (Vec<u8>, Vec<u8>)>) -> String {
    let line = |(name, value): &(Vec<u8>, Vec<u8>)| format!("{}: {}", name.escape_ascii(), value.escape_ascii());
    fields.map(line).collect::<Vec<_>>().join("\n")
}
