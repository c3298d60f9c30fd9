//! What an event needs of a request, copied while its headers are there: later callbacks no longer see them.

use inkseal_engine::event::actor::{self, Claim};
use inkseal_engine::event::{Actor, Trace};

use crate::filter::Filter;
use crate::host;
use crate::pairs::Pairs;

/// Envoy's namespace of what its JWT filter verified.
const JWT_AUTHN: &str = "envoy.filters.http.jwt_authn";

/// Under which keys of the namespace the payload is looked for: `payload_in_metadata` of the provider.
const PAYLOADS: [&str; 2] = ["payload", "jwt_payload"];

/// The facts of a request; those that only an event shows are read where events are made. Strings are raw:
/// [`inkseal_engine::event::Draft`] scrubs them.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// When it came, in milliseconds since the epoch.
    pub time_ms: u64,
    /// It asks for a tunnel.
    pub connect: bool,
    /// `:method`.
    pub method: String,
    /// `:authority` without its port.
    pub host: String,
    /// `:path`.
    pub path: String,
    /// `x-request-id`.
    pub id: Option<String>,
    /// The trace.
    pub trace: Option<Trace>,
    /// Who acts.
    pub actor: Option<Actor>,
    /// Why, as the policy's reason header says.
    pub reason: Option<String>,
    /// The route chosen before anything was edited.
    pub route: Option<String>,
}

impl Request {
    /// Reads a request as it came.
    pub fn read(filter: &Filter, headers: &Pairs, now_ms: u64) -> Self {
        let text = |name: &str| headers.first(name).map(|value| String::from_utf8_lossy(value).into_owned());
        let reason = filter.plan.audit.reason_header.as_deref().and_then(text);
        let read = Self {
            time_ms: now_ms,
            connect: headers.first(":method") == Some(b"CONNECT"),
            reason: reason.filter(|reason| !reason.trim().is_empty()),
            route: if filter.events || filter.routes { host::text("xds\0route_name") } else { None },
            ..Self::default()
        };
        if !filter.events {
            return read;
        }
        let authority = text(":authority").unwrap_or_default();
        Self {
            method: text(":method").unwrap_or_default(),
            path: text(":path").unwrap_or_default(),
            host: without_port(&authority).to_owned(),
            id: text("x-request-id"),
            trace: Trace::from_headers(|name| headers.first(name)),
            actor: identify(filter, headers),
            ..read
        }
    }
}

/// The actor as a pseudonym; none without a key to make one.
fn identify(filter: &Filter, headers: &Pairs) -> Option<Actor> {
    let key = filter.pseudonym.as_ref()?;
    let identity = actor::identify(&filter.plan.audit.actor, &|claim| match claim {
        Claim::Certificate("uri_san") => host::property("connection\0uri_san_peer_certificate"),
        Claim::Certificate("dns_san") => host::property("connection\0dns_san_peer_certificate"),
        Claim::Certificate("subject") => host::property("connection\0subject_peer_certificate"),
        Claim::Certificate(_) => None,
        Claim::JwtAuthn(claim) => PAYLOADS
            .iter()
            .find_map(|payload| host::property(&["metadata", "filter_metadata", JWT_AUTHN, payload, claim].join("\0"))),
        Claim::Header(name) => headers.first(name).map(<[u8]>::to_vec),
    })?;
    let uid = key.pseudonym(actor::ENTITY, identity.name.as_bytes());
    Some(Actor { uid, source: identity.source, verified: identity.verified })
}

/// `a.example` of `a.example:8443`, `[::1]` of `[::1]:80`.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::without_port;

    #[test]
    fn ports_are_left_out() {
        for (authority, host) in
            [("a.example:8443", "a.example"), ("a.example", "a.example"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")]
        {
            assert_eq!(without_port(authority), host);
        }
    }
}
