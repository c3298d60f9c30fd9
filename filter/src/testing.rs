//! What the unit tests share.

use inkseal_engine::Entropy;
use inkseal_engine::keyring::{Keyring, Window};
use inkseal_engine::plan::Plan;
use serde_json::{Value, json};

/// A stream of bytes that never repeats within a test.
pub(crate) struct Counter(pub(crate) u64);

impl Entropy for Counter {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 56) as u8;
        }
    }
}

/// A plan without rules, loaded; `audit` replaces members of its audit settings.
pub(crate) fn plan(audit: &[(&str, Value)]) -> Plan {
    Plan::load(document(audit).as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

/// The same plan as text.
pub(crate) fn document(audit: &[(&str, Value)]) -> String {
    let mut plan = json!({
        "format": 3, "meta": {"policy": "lab", "mode": "enforce"}, "rules": [],
        "audit": {
            "cluster": "audit", "format": "ndjson", "path": "/v1/audit", "batch": 64, "flush_ms": 200,
            "level": "finding", "strict": false, "key_events": [], "sample": [1, 1, 1], "actor": [],
        },
        "limits": {
            "hold_back": 4096, "block_window": 65536, "decoded": 1, "message": 1, "sse_hold": 1, "depth": 64,
        },
        "on_limit": "block", "on_uninspectable": {}, "opaque": [], "ranges": "pass",
    });
    for (name, value) in audit {
        plan["audit"][name] = value.clone();
    }
    plan["digest"] = inkseal_engine::plan::digest(&plan).into();
    plan.to_string()
}

/// One key from the start to `rotates_at`, another from then on.
pub(crate) fn keyring(rotates_at: Option<u64>) -> Keyring {
    let mut entropy = Counter(7);
    let mut entries = Vec::new();
    for (tag, window) in [
        ("a", Window { not_before: None, not_after: rotates_at }),
        ("b", Window { not_before: Some(rotates_at.unwrap_or(u64::MAX / 2_000_000)), not_after: None }),
    ] {
        let keyring = Keyring::generate(tag, window, &mut entropy).to_json();
        let Value::Array(more) = serde_json::from_str(&keyring).unwrap() else { panic!("{keyring:?}") };
        entries.extend(more);
    }
    Keyring::parse(&Value::Array(entries).to_string()).unwrap_or_else(|errors| panic!("{errors:?}"))
}
