//! Properties: what a filter may ask about its stream by path.
//!
//! The host derives `request.*`, `response.*` and filter state from the stream; everything else comes from
//! [`super::Config::properties`] and [`super::Stream::set_property`]. Request strings are there only while the request
//! headers are readable, as in Envoy.

use super::maps::{self, Headers};
use super::state::{State, StreamState};

/// The value at a path whose parts are joined by NUL, serialised; `None` if there is none.
pub(crate) fn lookup(state: &mut State, path: &[u8]) -> Option<Vec<u8>> {
    let parts: Vec<String> =
        path.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    if let Some(stream) = state.stream() {
        if let Some(value) = stream.properties.get(&parts) {
            return Some(value.clone());
        }
        let names: Vec<&str> = parts.iter().map(String::as_str).collect();
        if let Some(value) = derived(stream, &names) {
            return Some(value);
        }
        if let Some(value) = stream.filter_state.get(path) {
            return Some(value.clone());
        }
    }
    state.config.properties.get(&parts).cloned()
}

fn derived(stream: &mut StreamState, names: &[&str]) -> Option<Vec<u8>> {
    match names {
        ["request", rest @ ..] => request(stream, rest),
        ["response", rest @ ..] => response(stream, rest),
        _ => None,
    }
}

fn request(stream: &mut StreamState, names: &[&str]) -> Option<Vec<u8>> {
    if names == ["time"] {
        return Some(stream.started_ns.to_le_bytes().to_vec());
    }
    let logging = stream.logging;
    let headers = stream.request.header_map(logging)?;
    let path = maps::first(headers, b":path").unwrap_or_default();
    let mut halves = path.splitn(2, |byte| *byte == b'?');
    let name = match names {
        ["headers", name] => return joined(headers, name),
        ["url_path"] => return halves.next().map(<[u8]>::to_vec),
        ["query"] => return Some(halves.nth(1).unwrap_or_default().to_vec()),
        ["protocol"] => return Some(b"HTTP/1.1".to_vec()),
        ["path"] => ":path",
        ["host"] => ":authority",
        ["scheme"] => ":scheme",
        ["method"] => ":method",
        ["referer"] => "referer",
        ["useragent"] => "user-agent",
        ["id"] => "x-request-id",
        _ => return None,
    };
    maps::first(headers, name.as_bytes()).map(<[u8]>::to_vec)
}

fn response(stream: &mut StreamState, names: &[&str]) -> Option<Vec<u8>> {
    match names {
        ["code"] => {
            let headers = stream.response.headers()?;
            let code: i64 = std::str::from_utf8(maps::first(headers, b":status")?).ok()?.parse().ok()?;
            Some(code.to_le_bytes().to_vec())
        }
        ["flags"] => Some(0_i64.to_le_bytes().to_vec()),
        ["headers", name] => {
            let logging = stream.logging;
            joined(stream.response.header_map(logging)?, name)
        }
        _ => None,
    }
}

/// All values of a name, joined by commas.
fn joined(headers: &Headers, name: &str) -> Option<Vec<u8>> {
    let values: Vec<&[u8]> = headers
        .iter()
        .filter(|(each, _)| each.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| value.as_slice())
        .collect();
    if values.is_empty() { None } else { Some(values.join(&b","[..])) }
}
