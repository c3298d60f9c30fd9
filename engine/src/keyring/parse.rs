//! From JSON to a keyring, with everything that is wrong at once.

use std::fmt;

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use super::weak::weakness;
use super::{CheckpointKey, Keyring, SamplingKey, SealKey, VerifierKey, Window, instant};
use crate::pseudonym::PseudonymKey;
use crate::seal::MAX_KID;
use crate::seal::derive::Secret;
use crate::seal::envelope::public_of;
use crate::seal::record::is_kid;

/// Longest keyring in bytes.
const MAX_TEXT: usize = 1024 * 1024;

/// One thing that is wrong with a keyring. Its text never holds a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyringError {
    /// The entry's position from 1; `None` for the document.
    pub entry: Option<usize>,
    /// The entry's key id, where it is one.
    pub kid: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.entry, &self.kid) {
            (Some(entry), Some(kid)) => write!(f, "keyring entry {entry} (`{kid}`): {}", self.message),
            (Some(entry), None) => write!(f, "keyring entry {entry}: {}", self.message),
            (None, _) => write!(f, "keyring: {}", self.message),
        }
    }
}

impl std::error::Error for KeyringError {}

/// Reads a whole keyring: an array of entries.
pub(super) fn keyring(json: &str) -> Result<Keyring, Vec<KeyringError>> {
    let document = document(json)?;
    let Value::Array(entries) = &*document else {
        return Err(vec![whole("must be an array of entries: make one with `inkseal keygen`")]);
    };
    read(entries)
}

/// Reads a keyring of a single entry, written as the entry alone.
pub(super) fn single(json: &str) -> Result<Keyring, Vec<KeyringError>> {
    let document = document(json)?;
    if !document.is_object() {
        return Err(vec![whole("must be one entry, a JSON object: take it from a keyring")]);
    }
    read(std::slice::from_ref(&*document))
}

fn whole(message: &str) -> KeyringError {
    KeyringError { entry: None, kid: None, message: message.to_owned() }
}

fn document(json: &str) -> Result<Wiped, Vec<KeyringError>> {
    if json.len() > MAX_TEXT {
        return Err(vec![whole("is longer than 1 MiB")]);
    }
    // serde's own text is left out: it may quote a key.
    let at = |error: serde_json::Error| format!("is not JSON at line {} column {}", error.line(), error.column());
    serde_json::from_str(json).map(Wiped).map_err(|error| vec![whole(&at(error))])
}

/// A JSON document whose strings are wiped when it goes.
struct Wiped(Value);

impl std::ops::Deref for Wiped {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

// Recursion is bounded by serde_json's own limit of 128 levels.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        _ => {}
    }
}

fn read(entries: &[Value]) -> Result<Keyring, Vec<KeyringError>> {
    let mut reader = Reader::default();
    if entries.is_empty() {
        reader.errors.push(whole("has no entries: make one with `inkseal keygen`"));
    }
    for (index, entry) in entries.iter().enumerate() {
        reader.entry = index + 1;
        reader.kid = None;
        reader.read_entry(entry);
    }
    if reader.errors.is_empty() { Ok(reader.keyring) } else { Err(reader.errors) }
}

#[derive(Default)]
struct Reader {
    keyring: Keyring,
    errors: Vec<KeyringError>,
    entry: usize,
    kid: Option<String>,
    names: Vec<(String, String)>,
    keys: Vec<(usize, Secret)>,
}

impl Reader {
    fn error(&mut self, message: impl Into<String>) {
        self.errors.push(KeyringError { entry: Some(self.entry), kid: self.kid.clone(), message: message.into() });
    }

    fn read_entry(&mut self, entry: &Value) {
        let Value::Object(members) = entry else {
            return self.error("must be an object with `kid`, `purpose` and `key`");
        };
        let before = self.errors.len();
        self.kid = members.get("kid").and_then(Value::as_str).filter(|kid| is_kid(kid)).map(str::to_owned);
        if self.kid.is_none() {
            self.error(format!("`kid` must be 1 to {MAX_KID} lower-case letters, digits or hyphens"));
        }
        let known = ["kid", "purpose", "key", "public", "not_before", "not_after"];
        if members.keys().any(|name| !known.contains(&name.as_str())) {
            self.error(format!("has an unknown member: only `{}` are allowed", known.join("`, `")));
        }
        let purpose = members.get("purpose").and_then(Value::as_str).unwrap_or_default();
        if !["seal", "pseudonym", "sampling", "verifier", "checkpoint"].contains(&purpose) {
            self.error("`purpose` must be seal, pseudonym, sampling, verifier or checkpoint");
        }
        let may_be_public = matches!(purpose, "verifier" | "checkpoint");
        let window = self.window(members);
        let secret = self.bytes(members, "key").map(|secret| (self.check_secret(&secret), secret).1);
        let public = self.bytes(members, "public");
        match (members.contains_key("key"), members.contains_key("public")) {
            (false, _) if !may_be_public => self.error("`key` is missing"),
            (false, false) => self.error("`key` or `public` is missing"),
            (_, true) if !may_be_public => self.error("`public` is for verifier and checkpoint keys"),
            _ => {}
        }
        if let Some(kid) = self.kid.clone() {
            let name = (purpose.to_owned(), kid);
            if self.names.contains(&name) {
                self.error(format!("another {purpose} key has the same `kid`"));
            }
            self.names.push(name);
        }
        if let (true, Some(kid)) = (self.errors.len() == before, self.kid.clone()) {
            self.add(purpose, kid, window, secret, public.as_deref().copied());
        }
    }

    /// Files a valid entry.
    fn add(&mut self, purpose: &str, kid: String, window: Window, secret: Option<Secret>, public: Option<[u8; 32]>) {
        match (purpose, secret) {
            ("seal", Some(secret)) => self.keyring.seal.push(SealKey { kid, window, secret }),
            ("pseudonym", Some(secret)) => self.keyring.pseudonym.push(PseudonymKey::new(kid, window, secret)),
            ("sampling", Some(secret)) => self.keyring.sampling.push(SamplingKey { kid, window, secret }),
            ("checkpoint", secret) => self.keyring.checkpoint.push(CheckpointKey { kid, window, public, secret }),
            (_, private) => match (private.as_ref().and_then(public_of), public) {
                (Some(derived), Some(public)) if derived != public => self.error("`public` does not belong to `key`"),
                (None, None) => self.error("`key` is not an X25519 key"),
                (derived, public) => {
                    let public = derived.or(public).unwrap_or_default();
                    self.keyring.verifier.push(VerifierKey { kid, window, public, private });
                }
            },
        }
    }

    fn window(&mut self, members: &Map<String, Value>) -> Window {
        let window =
            Window { not_before: self.instant(members, "not_before"), not_after: self.instant(members, "not_after") };
        if let (Some(start), Some(end)) = (window.not_before, window.not_after)
            && start >= end
        {
            self.error("`not_after` must be later than `not_before`");
        }
        window
    }

    fn instant(&mut self, members: &Map<String, Value>, name: &str) -> Option<u64> {
        let value = members.get(name)?;
        let instant = value.as_str().and_then(instant::parse);
        if instant.is_none() {
            self.error(format!("`{name}` must be an instant like `2026-12-01T00:00:00Z`"));
        }
        instant
    }

    fn bytes(&mut self, members: &Map<String, Value>, name: &str) -> Option<Secret> {
        let value = members.get(name)?;
        let decoded = value.as_str().and_then(|text| HEXLOWER.decode(text.as_bytes()).ok()).map(Zeroizing::new);
        let Some(decoded) = decoded else {
            self.error(format!("`{name}` must be 64 lower-case hex digits"));
            return None;
        };
        let Ok(bytes) = <[u8; 32]>::try_from(decoded.as_slice()) else {
            self.error(format!("`{name}` has {} bytes, 32 are needed", decoded.len()));
            return None;
        };
        Some(Zeroizing::new(bytes))
    }

    fn check_secret(&mut self, secret: &Secret) {
        if let Some(weakness) = weakness(secret) {
            self.error(format!("`key` {weakness}: make one with `inkseal keygen`"));
        }
        if let Some((entry, _)) = self.keys.iter().find(|(_, other)| **other == **secret) {
            let message = format!("`key` is the same as in entry {entry}: each key has one purpose");
            self.error(message);
        }
        self.keys.push((self.entry, secret.clone()));
    }
}
