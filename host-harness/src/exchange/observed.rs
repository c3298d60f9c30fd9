//! What one run of an exchange showed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::message::Headers;
use super::model::Found;

/// One side as the next hop saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Headers, if they were sent.
    pub headers: Option<Headers>,
    /// The body.
    pub body: Vec<u8>,
    /// Trailers.
    pub trailers: Headers,
    /// The message ended properly.
    pub ended: bool,
}

impl Side {
    /// All values of a header.
    pub fn header(&self, name: &str) -> Vec<&[u8]> {
        values(self.headers.as_deref().unwrap_or_default(), name)
    }

    /// All values of a trailer.
    pub fn trailer(&self, name: &str) -> Vec<&[u8]> {
        values(&self.trailers, name)
    }
}

fn values<'a>(headers: &'a [(Vec<u8>, Vec<u8>)], name: &str) -> Vec<&'a [u8]> {
    let same = |each: &&(Vec<u8>, Vec<u8>)| each.0.eq_ignore_ascii_case(name.as_bytes());
    headers.iter().filter(same).map(|(_, value)| value.as_slice()).collect()
}

/// What one run showed; `None` is what an engine does not show.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The request as the upstream got it.
    pub request: Side,
    /// The response as the client got it.
    pub response: Side,
    /// What was found.
    pub findings: Option<Vec<Found>>,
    /// What shadow rules found.
    pub shadow: Option<Vec<Found>>,
    /// How it ended.
    pub outcome: Option<String>,
    /// Filter state by name without `wasm.inkseal.`.
    pub filter_state: BTreeMap<String, String>,
    /// The audit event's body, from engines that make events.
    pub event: Option<Value>,
    /// The engine makes events: one that is expected must be there.
    pub makes_events: bool,
    /// Everything else that leaves: metrics, log lines, records, by name.
    pub logged: Vec<(String, Vec<u8>)>,
}
