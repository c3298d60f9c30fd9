//! The end of a stream: the facts that the proxy knows only now, and the event they make.

use inkseal_engine::event::{Draft, sample};
use inkseal_engine::exchange::Outcome;

use crate::audit::Event;
use crate::filter::Filter;
use crate::host::{self, HostEntropy};
use crate::request::Request;

/// What the request said and what the proxy counted, over what `draft` says already. Each number and text is a call of
/// the host: they are asked for only once an event is sure.
fn facts(request: Request, draft: Draft) -> Draft {
    let nanoseconds = host::number("request\0duration").unwrap_or(0);
    Draft {
        time_ms: request.time_ms,
        duration_ms: nanoseconds / 1_000_000,
        method: request.method,
        host: request.host,
        path: request.path,
        request_id: request.id,
        source: host::text("source\0address"),
        trace: request.trace,
        actor: request.actor,
        attempt: host::number("upstream\0request_attempt_count").unwrap_or(0),
        cluster: host::text("xds\0cluster_name"),
        route: request.route,
        response_flags: host::number("response\0flags").unwrap_or(0),
        details: host::text("response\0code_details"),
        reason: request.reason,
        ..draft
    }
}

/// The event of a stream; none if sampling leaves it out or the level is none. `draft` is what the filter itself knows.
pub fn event(filter: &Filter, request: Request, mut draft: Draft, reserved: bool) -> Option<Event> {
    let audit = &filter.plan.audit;
    if !filter.events {
        return None;
    }
    // 0: the client went before there was one.
    draft.status = host::number("response\0code").and_then(|code| u16::try_from(code).ok()).filter(|code| *code > 0);
    let weighed = sample::Facts {
        method: &request.method,
        status: draft.status.unwrap_or(0),
        changed: !draft.findings.is_empty() || !draft.shadow.is_empty(),
        failed: matches!(draft.outcome, Outcome::Failed | Outcome::Reset | Outcome::Uninspected),
        blocked: draft.outcome == Outcome::Blocked,
        key: filter.is_key_path(request.path.as_bytes()),
    };
    // What names the request: its trace, else the proxy's own id, else nothing, and then it is kept.
    let name = request.trace.as_ref().map(|trace| trace.trace_id.as_str()).or(request.id.as_deref());
    let kept = name.is_none_or(|name| weighed.keep(filter.sampling.as_ref(), name.as_bytes(), audit.sample));
    if !kept {
        return None;
    }
    let class = weighed.class();
    let draft = facts(request, draft);
    let nonce = filter.nonces.borrow_mut().draw(&mut HostEntropy);
    let body = draft.body(&filter.origin, audit.level, &nonce, &*filter.plan);
    Some(Event { body, time_ms: draft.time_ms, class, reserved, trace: draft.trace })
}
