//! The end of a stream: the facts that the proxy knows only now, and the event they make.

use inkseal_engine::Entropy as _;
use inkseal_engine::event::{Draft, sample};
use inkseal_engine::exchange::Outcome;
use inkseal_engine::policy::model::Level;

use crate::audit::Event;
use crate::filter::Filter;
use crate::host::{self, HostEntropy};
use crate::request::Request;

/// What the request said and what the proxy counted.
pub fn facts(request: &Request) -> Draft {
    let nanoseconds = host::number(&["request", "duration"]).unwrap_or(0);
    Draft {
        time_ms: request.time_ms,
        duration_ms: nanoseconds / 1_000_000,
        method: request.method.clone(),
        host: request.host.clone(),
        path: request.path.clone(),
        request_id: request.id.clone(),
        // 0: the client went before there was one.
        status: host::number(&["response", "code"]).and_then(|code| u16::try_from(code).ok()).filter(|code| *code > 0),
        source: host::text(&["source", "address"]),
        trace: request.trace.clone(),
        actor: request.actor.clone(),
        attempt: host::number(&["upstream", "request_attempt_count"]).unwrap_or(0),
        cluster: host::text(&["xds", "cluster_name"]),
        route: request.route.clone(),
        response_flags: host::number(&["response", "flags"]).unwrap_or(0),
        details: host::text(&["response", "code_details"]),
        reason: request.reason.clone(),
        ..Draft::default()
    }
}

/// The event of a stream; none if sampling leaves it out or the level is none.
pub fn event(filter: &Filter, request: &Request, draft: Draft, reserved: bool) -> Option<Event> {
    let audit = &filter.plan.audit;
    if audit.level == Level::None || audit.cluster.is_empty() {
        return None;
    }
    let facts = sample::Facts {
        method: &draft.method,
        status: draft.status.unwrap_or(0),
        changed: !draft.findings.is_empty() || !draft.shadow.is_empty(),
        failed: matches!(draft.outcome, Outcome::Failed | Outcome::Reset | Outcome::Uninspected),
        blocked: draft.outcome == Outcome::Blocked,
        key: filter.is_key_path(&request.path),
    };
    // What names the request: its trace, else the proxy's own id, else nothing, and then it is kept.
    let name = draft.trace.as_ref().map(|trace| trace.trace_id.as_str()).or(draft.request_id.as_deref());
    let kept = name.is_none_or(|name| facts.keep(filter.sampling.as_ref(), name.as_bytes(), audit.sample));
    if !kept {
        return None;
    }
    let mut nonce = [0; 16];
    HostEntropy.fill(&mut nonce);
    let body = draft.body(&filter.origin, audit.level, &nonce, &|text| filter.plan.scrub(text));
    Some(Event { body, time_ms: draft.time_ms, class: facts.class(), reserved, trace: draft.trace })
}
