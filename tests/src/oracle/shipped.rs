//! The shipped `.wasm` in the native host, held against the oracle.

use std::collections::BTreeMap;

use inkseal::exchange::cuts::Cut;
use inkseal::exchange::message::{Wire, Wires};
use inkseal::exchange::{Found, Loaded};

use super::{Key, Outcome};

/// What becomes of a response body that is cut at rising positions.
///
/// # Errors
/// The filter traps, or makes no event.
pub fn outcome(filter: &mut dyn Loaded, media_type: &str, body: &[u8], at: &[usize]) -> anyhow::Result<Outcome> {
    let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    let request =
        vec![pair(":method", "GET"), pair(":scheme", "https"), pair(":authority", "a.example"), pair(":path", "/")];
    let response = vec![pair(":status", "200"), pair("content-type", media_type)];
    let wires = Wires {
        request: Wire { headers: request, ..Wire::default() },
        response: Wire { headers: response, body: body.to_vec(), trailers: Vec::new() },
        route: None,
    };
    let cut = Cut { response: at.to_vec(), ..Cut::default() };
    let observed = filter.run(&wires, &cut)?;
    anyhow::ensure!(observed.event.is_some(), "the filter made no event");
    let counted = |found: Option<Vec<Found>>| counts(&found.unwrap_or_default());
    Ok(Outcome {
        bytes: observed.response.body,
        findings: counted(observed.findings),
        shadow: counted(observed.shadow),
    })
}

fn counts(found: &[Found]) -> BTreeMap<Key, u64> {
    let mut counts = BTreeMap::new();
    for it in found.iter().filter(|it| it.surface.as_deref() == Some("response.body")) {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let key = (it.rule.clone(), text(&it.detector), text(&it.surface), text(&it.path), text(&it.action));
        *counts.entry(key).or_default() += it.count;
    }
    counts
}
