//! `audit`: what is recorded of an exchange, how much, and where it goes.

use super::fields::Fields;
use super::matching::{matching, paths};
use super::{Findings, scalar, units};
use crate::policy::model::{ActorSource, Audit, DebugWindow, Level, Match, Sample, Sink, SinkFormat};
use crate::policy::yaml::{Node, Value};

const LEVELS: &[(&str, Level)] =
    &[("none", Level::None), ("request", Level::Request), ("finding", Level::Finding), ("exchange", Level::Exchange)];
const FORMATS: &[(&str, SinkFormat)] = &[("otlp", SinkFormat::Otlp), ("ndjson", SinkFormat::Ndjson)];
const CERTIFICATE_FIELDS: &[(&str, &str)] = &[("uri_san", "uri_san"), ("dns_san", "dns_san"), ("subject", "subject")];

const ALL: u32 = 1_000_000;

/// What a policy without `audit` gets: every event, with findings, to the cluster `audit_collector`.
pub(super) fn default() -> Audit {
    Audit {
        sink: default_sink(),
        level: Level::Finding,
        excerpt: 2 << 10,
        debug: Vec::new(),
        key_events: Vec::new(),
        sample: Sample { clean: ALL, changed: ALL, error: ALL },
        strict: false,
        actor: Vec::new(),
        reason_header: None,
        reason_required_for: Vec::new(),
    }
}

fn default_sink() -> Sink {
    Sink {
        cluster: "audit_collector".to_owned(),
        format: SinkFormat::Otlp,
        path: "/v1/logs".to_owned(),
        batch: 64,
        flush_ms: 1000,
    }
}

/// The audit settings of a policy.
pub(super) fn audit(node: &Node, findings: &mut Findings) -> Option<Audit> {
    let known = ["sink", "level", "excerpt", "debug", "sample", "key_events", "delivery", "actor", "reason"];
    let fields = Fields::of(node, "audit", &known, findings)?;
    let default = default();
    let sink = fields.read_or("sink", default.sink, findings, sink);
    let level = fields.read_or("level", default.level, findings, level);
    let excerpt = fields.read_or("excerpt", default.excerpt, findings, |node, findings| {
        units::size(node, 0..=64 << 10, findings).and_then(|bytes| u32::try_from(bytes).ok())
    });
    let debug = list(&fields, "debug", findings, debug_window);
    let key_events = fields.read_or("key_events", Vec::new(), findings, paths);
    let sample = fields.read_or("sample", default.sample, findings, sample);
    let strict = fields.read_or("delivery", false, findings, |node, findings| {
        scalar::word(node, "a way of delivery", &[("best_effort", false), ("strict", true)], findings)
    });
    let actor = list(&fields, "actor", findings, actor);
    let (reason_header, reason_required_for) = fields.read_or("reason", (None, Vec::new()), findings, reason);
    Some(Audit { sink, level, excerpt, debug, key_events, sample, strict, actor, reason_header, reason_required_for })
}

fn list<T>(
    fields: &Fields<'_>,
    key: &str,
    findings: &mut Findings,
    read: fn(&Node, &mut Findings) -> Option<T>,
) -> Vec<T> {
    let items = fields.get(key).map_or(&[][..], |node| scalar::items(node, findings));
    items.iter().filter_map(|item| read(item, findings)).collect()
}

fn sink(node: &Node, findings: &mut Findings) -> Option<Sink> {
    let fields = Fields::of(node, "a sink", &["cluster", "format", "path", "batch", "flush"], findings)?;
    let default = default_sink();
    let sink = Sink {
        cluster: fields.read_or("cluster", default.cluster, findings, scalar::plain_text),
        format: fields.read_or("format", default.format, findings, |node, findings| {
            scalar::word(node, "a format", FORMATS, findings)
        }),
        path: fields.read_or("path", default.path, findings, |node, findings| {
            let path = scalar::text(node, findings)?;
            if !path.starts_with('/') {
                findings.error(path.span, "a path starts with `/`");
            }
            Some(path.value)
        }),
        batch: fields
            .read_or("batch", default.batch, findings, |node, findings| scalar::integer(node, 1..=1024, findings)),
        flush_ms: fields.read_or("flush", default.flush_ms, findings, |node, findings| {
            units::duration(node, 100..=60_000, findings)
        }),
    };
    Some(sink)
}

fn level(node: &Node, findings: &mut Findings) -> Option<Level> {
    scalar::word(node, "a level", LEVELS, findings)
}

fn sample(node: &Node, findings: &mut Findings) -> Option<Sample> {
    let fields = Fields::of(node, "a sample", &["clean", "changed", "error"], findings)?;
    let mut share = |key: &str| fields.read_or(key, ALL, findings, units::share);
    Some(Sample { clean: share("clean"), changed: share("changed"), error: share("error") })
}

fn debug_window(node: &Node, findings: &mut Findings) -> Option<DebugWindow> {
    let fields = Fields::of(node, "a debug window", &["match", "level", "until", "reason", "by"], findings)?;
    let matches = fields.read_or("match", Match::default(), findings, matching);
    let level = fields.read_required("level", findings, level);
    let until_ms = fields.read_required("until", findings, units::instant);
    let reason = fields.read_required("reason", findings, scalar::plain_text);
    let by = fields.read_required("by", findings, scalar::plain_text);
    Some(DebugWindow { matches, level: level?, until_ms: until_ms?, reason: reason?, by: by? })
}

fn actor(node: &Node, findings: &mut Findings) -> Option<ActorSource> {
    let fields = Fields::of(node, "an actor source", &["mtls", "jwt_authn", "jwt", "header"], findings)?;
    let Value::Map(entries) = &node.value else { return None };
    let keys: Vec<&str> = entries.iter().map(|(key, _)| key.value.as_str()).collect();
    match keys.as_slice() {
        ["mtls"] => fields.read("mtls", findings, |node, findings| {
            let field = scalar::word(node, "a field of a certificate", CERTIFICATE_FIELDS, findings)?;
            Some(ActorSource::Mtls(field.to_owned()))
        }),
        ["jwt_authn"] => fields.read("jwt_authn", findings, scalar::plain_text).map(ActorSource::JwtAuthn),
        ["header"] => fields.read("header", findings, header).map(ActorSource::Header),
        ["jwt", "header"] | ["header", "jwt"] => {
            let claim = fields.read("jwt", findings, scalar::plain_text);
            let header = fields.read("header", findings, header);
            Some(ActorSource::Jwt { claim: claim?, header: header? })
        }
        _ => {
            let hint =
                "`{mtls: uri_san}`, `{jwt_authn: sub}`, `{jwt: sub, header: authorization}` or `{header: x-user-id}`";
            findings.error_hint(node.span, "an actor comes from one source", hint);
            None
        }
    }
}

fn reason(node: &Node, findings: &mut Findings) -> Option<(Option<String>, Vec<String>)> {
    let fields = Fields::of(node, "a reason", &["header", "required_for"], findings)?;
    let header = fields.read_required("header", findings, header);
    Some((Some(header?), fields.read_or("required_for", Vec::new(), findings, paths)))
}

/// A header's name in lower case, as HTTP/2 and Envoy spell it.
fn header(node: &Node, findings: &mut Findings) -> Option<String> {
    let text = scalar::text(node, findings)?;
    // RFC 9110 section 5.6.2.
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !text.bytes().all(token) {
        findings.error(node.span, format!("`{}` is not the name of a header", text.value));
        return None;
    }
    Some(text.to_ascii_lowercase())
}
