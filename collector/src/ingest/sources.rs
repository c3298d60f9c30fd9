//! Who may send: bearer tokens, each bound to a source and, if it says so, to key ids.

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Shorter tokens could be guessed.
const MIN_TOKEN: usize = 16;

/// The sources that may send. Without any, whoever reaches the port may.
#[derive(Default)]
pub struct Sources {
    list: Vec<Source>,
}

/// A source of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name in logs and in the quarantine.
    pub name: String,
    kids: Option<Vec<String>>,
    /// Only the token's hash stays in memory.
    token: [u8; 32],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    source: String,
    token: String,
    kids: Option<Vec<String>>,
}

impl Sources {
    /// Reads `[{"source": "edge-a", "token": "…", "kids": ["s1"]}]`. Errors never repeat a token.
    pub fn parse(json: &str) -> Result<Sources, String> {
        let wires: Vec<Wire> = serde_json::from_str(json).map_err(|error| {
            format!("not a list of {{source, token, kids?}} at line {} column {}", error.line(), error.column())
        })?;
        let mut list: Vec<Source> = Vec::new();
        for wire in wires {
            let token = hash(&wire.token);
            if wire.token.len() < MIN_TOKEN {
                return Err(format!("the token of `{}` is shorter than {MIN_TOKEN} characters", wire.source));
            }
            if let Some(other) = list.iter().find(|other| other.token == token) {
                return Err(format!("`{}` and `{}` have the same token", other.name, wire.source));
            }
            list.push(Source { name: wire.source, kids: wire.kids, token });
        }
        Ok(Sources { list })
    }

    /// Whether tokens are asked for at all.
    pub fn open(&self) -> bool {
        self.list.is_empty()
    }

    /// The source of an `authorization` header. Hashes are compared, so that time tells nothing of a token.
    pub fn identify(&self, authorization: Option<&str>) -> Option<&Source> {
        let (scheme, token) = authorization?.split_once(' ')?;
        let token = hash(token.trim());
        self.list.iter().find(|source| scheme.eq_ignore_ascii_case("bearer") && source.token == token)
    }
}

impl Source {
    /// Whether this source may send records under `kid`.
    pub fn may_use(&self, kid: &str) -> bool {
        self.kids.as_ref().is_none_or(|kids| kids.iter().any(|own| own == kid))
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        r#"[{"source":"a","token":"AAAAAAAAAAAAAAAA","kids":["s1"]},{"source":"b","token":"BBBBBBBBBBBBBBBB"}]"#;

    #[test]
    fn a_token_names_its_source_and_binds_its_keys() {
        let sources = Sources::parse(LIST).unwrap();
        let a = sources.identify(Some("Bearer AAAAAAAAAAAAAAAA")).unwrap();
        assert_eq!(a.name, "a");
        assert!(a.may_use("s1") && !a.may_use("s2"));
        assert!(sources.identify(Some("bearer BBBBBBBBBBBBBBBB")).unwrap().may_use("s2"));
        for wrong in [None, Some(""), Some("Bearer"), Some("Bearer CCCCCCCCCCCCCCCC"), Some("Basic AAAAAAAAAAAAAAAA")] {
            assert!(sources.identify(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn bad_lists_are_refused_without_the_token() {
        for (list, says) in [
            (r#"[{"source":"a","token":"CCC"}]"#, "shorter than"),
            (&LIST.replace("BBBBBBBBBBBBBBBB", "AAAAAAAAAAAAAAAA"), "the same token"),
            (r#"[{"source":"a","token":"CCCCCCCCCCCCCCCC","x":1}]"#, "not a list"),
        ] {
            let error = Sources::parse(list).err().unwrap();
            assert!(error.contains(says) && !error.contains("CCC"), "{error}");
        }
    }
}
