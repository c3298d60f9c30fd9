//! The bodies of the fuzz targets: functions of bytes that panic when something does not hold.
//!
//! They need the engine, the policies and the oracle, nothing else of this crate: `tests/fuzz` builds them without the
//! suites, and `tests/suites/fuzz_smoke.rs` runs it over the corpus on a stable toolchain.

mod bodies;
mod codings;
mod cut;
mod differences;
mod kernels;
mod messages;
mod plans;
mod policies;
mod ready;
mod records;

/// A fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// The name of its binary and of its corpus.
    pub name: &'static str,
    /// What it does with an input.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "json", run: bodies::json },
    Target { name: "ndjson", run: bodies::ndjson },
    Target { name: "form", run: bodies::form },
    Target { name: "text", run: bodies::text },
    Target { name: "markup", run: bodies::markup },
    Target { name: "graphql", run: bodies::graphql },
    Target { name: "multipart", run: bodies::multipart },
    Target { name: "protobuf", run: bodies::protobuf },
    Target { name: "grpc", run: bodies::grpc },
    Target { name: "events", run: bodies::events },
    Target { name: "token_streams", run: bodies::token_streams },
    Target { name: "charsets", run: bodies::charsets },
    Target { name: "codings", run: codings::run },
    Target { name: "differences", run: differences::run },
    Target { name: "kernels", run: kernels::run },
    Target { name: "messages", run: messages::run },
    Target { name: "plans", run: plans::run },
    Target { name: "policies", run: policies::run },
    Target { name: "records", run: records::run },
];

/// Runs the target of that name.
///
/// # Panics
/// When something does not hold, or there is no such target.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("there is no fuzz target `{name}`")).run)(data);
}
