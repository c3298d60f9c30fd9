//! Who acted: the first source of the policy's list that has an answer.
//!
//! Only what the proxy itself verified counts as verified: a client certificate, or a token that Envoy's jwt_authn
//! filter checked. Headers and unread tokens are claims. The name found here goes into an event as a pseudonym only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::policy::model::ActorSource;

/// Longest name that is looked at, in bytes.
const LONGEST_NAME: usize = 512;

/// Longest token that is opened, in bytes.
const LONGEST_TOKEN: usize = 16 << 10;

/// The entity under which actors are pseudonymised.
pub const ENTITY: &str = "ACTOR";

/// Where the proxy is asked for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim<'a> {
    /// A field of the client certificate: `uri_san`, `dns_san` or `subject`.
    Certificate(&'a str),
    /// A claim of a token that jwt_authn verified.
    JwtAuthn(&'a str),
    /// A request header, by its lower-case name.
    Header(&'a str),
}

/// An actor's name and where it comes from.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// As in `mtls:uri_san`.
    pub source: String,
    /// Whether the proxy verified it.
    pub verified: bool,
    /// The name itself, white space trimmed. Never written anywhere.
    pub name: String,
}

/// Asks the sources in order; the first non-empty answer of at most 512 bytes wins.
pub fn identify(sources: &[ActorSource], ask: &dyn Fn(Claim<'_>) -> Option<Vec<u8>>) -> Option<Identity> {
    sources.iter().find_map(|source| {
        let (label, verified, answer) = match source {
            ActorSource::Mtls(field) => (format!("mtls:{field}"), true, ask(Claim::Certificate(field))),
            ActorSource::JwtAuthn(claim) => (format!("jwt_authn:{claim}"), true, ask(Claim::JwtAuthn(claim))),
            ActorSource::Jwt { claim, header } => {
                let token = ask(Claim::Header(header));
                (format!("jwt:{claim}"), false, token.and_then(|token| unread_claim(&token, claim)))
            }
            ActorSource::Header(name) => (format!("header:{name}"), false, ask(Claim::Header(name))),
        };
        let name = String::from_utf8(answer?).ok()?.trim().to_owned();
        (!name.is_empty() && name.len() <= LONGEST_NAME).then_some(Identity { source: label, verified, name })
    })
}

/// A string claim of a JSON Web Token whose signature nobody checked.
fn unread_claim(header: &[u8], claim: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(header).ok().filter(|text| text.len() <= LONGEST_TOKEN)?.trim();
    let token = match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        Some(_) => return None,
        None => text,
    };
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    claims.get(claim)?.as_str().map(|value| value.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(payload: &str) -> Vec<u8> {
        format!("Bearer AAAA.{}.AAAA", URL_SAFE_NO_PAD.encode(payload)).into_bytes()
    }

    #[test]
    fn the_first_source_with_an_answer_wins() {
        let sources = [
            ActorSource::Mtls("uri_san".into()),
            ActorSource::JwtAuthn("sub".into()),
            ActorSource::Header("x-user-id".into()),
        ];
        let found = identify(&sources, &|claim| match claim {
            Claim::Certificate(_) => Some(b"  ".to_vec()),
            Claim::JwtAuthn("sub") => Some(b"jane".to_vec()),
            Claim::Header("x-user-id") => Some(b"other".to_vec()),
            _ => None,
        })
        .unwrap();
        assert_eq!((found.source.as_str(), found.verified, found.name.as_str()), ("jwt_authn:sub", true, "jane"));
    }

    #[test]
    fn headers_and_unread_tokens_are_not_verified() {
        let sources = [ActorSource::Jwt { claim: "sub".into(), header: "authorization".into() }];
        let found = identify(&sources, &|_| Some(jwt(r#"{"sub":"jane"}"#))).unwrap();
        assert_eq!((found.source.as_str(), found.verified, found.name.as_str()), ("jwt:sub", false, "jane"));
        for bad in [b"Basic AAAA".to_vec(), b"Bearer AAAA".to_vec(), jwt("[]"), jwt(r#"{"sub":1}"#), vec![0xff]] {
            assert!(identify(&sources, &|_| Some(bad.clone())).is_none());
        }
        let header = [ActorSource::Header("x-user-id".into())];
        assert!(!identify(&header, &|_| Some(b"jane".to_vec())).unwrap().verified);
        assert!(identify(&header, &|_| Some(vec![b'a'; 513])).is_none());
    }
}
