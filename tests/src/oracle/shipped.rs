//! The shipped `.wasm` in the native host, held against the oracle.

use std::collections::BTreeMap;

use inkseal::exchange::cuts::Cut;
use inkseal::exchange::message::{Wire, Wires};
use inkseal::exchange::{Found, Loaded};

use super::policy::{Half, Side};
use super::{Key, Outcome};

/// What becomes of a body that is cut at rising positions.
///
/// # Errors
/// The filter traps, or makes no event.
pub fn outcome(filter: &mut dyn Loaded, side: &Side, body: &[u8], at: &[usize]) -> anyhow::Result<Outcome> {
    let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    let mut request = Wire {
        headers: vec![
            pair(":method", "GET"),
            pair(":scheme", "https"),
            pair(":authority", "a.example"),
            pair(":path", "/"),
        ],
        ..Wire::default()
    };
    let mut response = Wire { headers: vec![pair(":status", "200")], ..Wire::default() };
    let (wire, cut) = match side.half {
        Half::Request => (&mut request, Cut { request: at.to_vec(), ..Cut::default() }),
        Half::Response => (&mut response, Cut { response: at.to_vec(), ..Cut::default() }),
    };
    wire.headers.push(pair("content-type", &side.media_type));
    wire.body = body.to_vec();
    let observed = filter.run(&Wires { request, response, route: None }, &cut)?;
    let event = observed.event.ok_or_else(|| anyhow::Error::msg("the filter made no event"))?;
    let refused = event["unmapped"]["inkseal"]["blocked_by"].as_str().map(str::to_owned);
    let replied = observed.response.header(":status") != [b"200"];
    let bytes = match side.half {
        Half::Request => observed.request.body,
        // The filter's own reply is nothing of the body.
        Half::Response if refused.is_some() && replied => Vec::new(),
        Half::Response => observed.response.body,
    };
    let counted = |found: Option<Vec<Found>>| counts(&found.unwrap_or_default());
    let (findings, shadow) = (counted(observed.findings), counted(observed.shadow));
    let limited = matches!(event["unmapped"]["inkseal"]["uninspected"].as_str(), Some("depth" | "number"));
    Ok(Outcome { bytes: Some(bytes), refused, limited, findings, shadow })
}

fn counts(found: &[Found]) -> BTreeMap<Key, u64> {
    let mut counts = BTreeMap::new();
    for it in found {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let key = (it.rule.clone(), text(&it.detector), text(&it.surface), text(&it.path), text(&it.action));
        *counts.entry(key).or_default() += it.count;
    }
    counts
}
