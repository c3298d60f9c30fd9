//! Pseudonyms: `ik1_<kid>_<26 base32 characters>[@domain]`, keyed and equal within an entity on every surface.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::keyring::{KeyringError, Window};
use crate::seal::MAX_KID;
use crate::seal::derive::{Secret, expand, length_prefixed, mac};

/// How every pseudonym starts; the digit is the version of the form.
const PREFIX: &[u8] = b"ik1_";

/// Base32 characters of 16 bytes.
const DIGEST_LEN: usize = 26;

/// Longest domain name (RFC 1035, section 2.3.4).
const MAX_DOMAIN: usize = 253;

/// A key for pseudonyms. Wiped when dropped.
pub struct PseudonymKey {
    /// The key's id, which every pseudonym shows.
    pub kid: String,
    /// When the key is in force.
    pub window: Window,
    pub(crate) secret: Secret,
    derived: Secret,
}

impl PseudonymKey {
    pub(crate) fn new(kid: String, window: Window, secret: Secret) -> PseudonymKey {
        let derived = expand(secret.as_slice(), "pseudonym", &[&length_prefixed(&kid)]);
        PseudonymKey { kid, window, secret, derived }
    }

    /// Reads the one keyring entry that `INKSEAL_PSEUDONYM_KEY` holds: a JSON object of purpose `pseudonym`.
    ///
    /// # Errors
    /// Everything that is wrong with the entry.
    pub fn parse(json: &str) -> Result<PseudonymKey, Vec<KeyringError>> {
        crate::keyring::parse_one(json, "pseudonym", |keyring| keyring.pseudonym.pop())
    }

    /// The pseudonym of `normalised`, a value of `entity` in the entity's normal form.
    pub fn pseudonym(&self, entity: &str, normalised: &[u8]) -> String {
        let mut hasher = self.start(entity);
        hasher.update(normalised);
        hasher.finish()
    }

    /// Starts the pseudonym of a value of `entity` that comes in pieces.
    pub fn start(&self, entity: &str) -> PseudonymHasher {
        let mut mac = mac(self.derived.as_slice());
        mac.update(&length_prefixed(entity));
        PseudonymHasher { kid: self.kid.clone(), mac }
    }
}

/// A pseudonym in the making: the value's normalised bytes in order, in pieces of any size.
#[derive(Clone)]
pub struct PseudonymHasher {
    kid: String,
    mac: Hmac<Sha256>,
}

impl PseudonymHasher {
    /// Takes the next bytes of the value.
    pub fn update(&mut self, bytes: &[u8]) {
        self.mac.update(bytes);
    }

    /// The pseudonym of the bytes so far.
    pub fn finish(self) -> String {
        let digest: [u8; 32] = self.mac.finalize().into_bytes().into();
        let half = digest.get(..16).unwrap_or_default();
        format!("ik1_{}_{}", self.kid, BASE32_NOPAD.encode(half).to_ascii_lowercase())
    }
}

impl fmt::Debug for PseudonymHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PseudonymHasher({})", self.kid)
    }
}

/// What the beginning of a text is, as far as pseudonyms go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A pseudonym of this many bytes, without its domain.
    Whole(usize),
    /// The text ends too early to tell.
    Open,
    /// Anything else.
    None,
}

/// The longest pseudonym without its domain, in bytes.
pub(crate) const LONGEST_SHAPE: usize = PREFIX.len() + MAX_KID + 1 + DIGEST_LEN;

/// Whether `text`, which may go on unless `last`, begins with a pseudonym that does not run on into a longer word.
///
/// A pseudonym is recognised by its form alone, since it may come from another edge under another key.
pub(crate) fn shape(text: &[u8], last: bool) -> Shape {
    let open = if last { Shape::None } else { Shape::Open };
    let lead = text.len().min(PREFIX.len());
    if text.get(..lead) != PREFIX.get(..lead) {
        return Shape::None;
    }
    let Some(rest) = text.get(PREFIX.len()..) else { return open };
    let is_kid = |byte: &&u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || **byte == b'-';
    let kid = rest.iter().take(MAX_KID).take_while(is_kid).count();
    match rest.get(kid) {
        None => return open,
        Some(b'_') if kid > 0 => {}
        Some(_) => return Shape::None,
    }
    let digest = rest.get(kid + 1..).unwrap_or_default();
    let digest = digest.get(..DIGEST_LEN).unwrap_or(digest);
    if !digest.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')) {
        return Shape::None;
    }
    if digest.len() < DIGEST_LEN {
        return open;
    }
    // 26 characters hold 130 bits: of the last one, two bits are always zero.
    let whole = digest.last().is_some_and(|byte| b"aeimquy4".contains(byte));
    match rest.get(kid + 1 + DIGEST_LEN) {
        _ if !whole => Shape::None,
        None if !last => Shape::Open,
        Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_' => Shape::None,
        _ => Shape::Whole(PREFIX.len() + kid + 1 + DIGEST_LEN),
    }
}

/// Length of the pseudonym that starts at `bytes[from]`, with its `@domain` if it has one; `None` if none starts there
/// or if it runs on into a longer word. Looks at most 320 bytes ahead.
pub fn pseudonym_at(bytes: &[u8], from: usize) -> Option<usize> {
    let text = bytes.get(from..)?;
    match shape(text, true) {
        Shape::Whole(len) => Some(len + domain_len(text.get(len..).unwrap_or_default())),
        Shape::Open | Shape::None => None,
    }
}

/// Length of `@` and a lower-case domain name at the start of `rest`, else 0.
fn domain_len(rest: &[u8]) -> usize {
    let Some(name) = rest.strip_prefix(b"@") else { return 0 };
    let is_name = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let mut name =
        name.get(..name.iter().take(MAX_DOMAIN).take_while(|byte| is_name(byte)).count()).unwrap_or_default();
    // The full stop of a sentence is not the name's.
    while let [start @ .., b'-' | b'.'] = name {
        name = start;
    }
    if name.contains(&b'.') && !name.starts_with(b".") { 1 + name.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::derive::hmac;
    use crate::testing::keyring;

    fn key() -> PseudonymKey {
        keyring().pseudonym.pop().unwrap()
    }

    #[test]
    fn the_form_is_fixed() {
        let key = key();
        let derived = hmac(key.secret.as_slice(), &[b"inkseal/audit/v1/pseudonym\0\x00\x02p1\x01"]);
        let digest = hmac(&derived, &[b"\x00\x0dEMAIL_ADDRESS", b"a@shop.example"]);
        let expected = format!("ik1_p1_{}", BASE32_NOPAD.encode(&digest[..16]).to_lowercase());
        assert_eq!(key.pseudonym("EMAIL_ADDRESS", b"a@shop.example"), expected);
        assert_eq!(expected.len(), "ik1_p1_".len() + 26);
    }

    #[test]
    fn pieces_make_the_same_pseudonym() {
        let key = key();
        let whole = key.pseudonym("CREDIT_CARD", b"4111111111111111");
        for cut in 0..=16 {
            let mut hasher = key.start("CREDIT_CARD");
            hasher.update(&b"4111111111111111"[..cut]);
            hasher.update(&b"4111111111111111"[cut..]);
            assert_eq!(hasher.finish(), whole);
        }
    }

    #[test]
    fn entities_are_apart() {
        let key = key();
        assert_ne!(key.pseudonym("A", b"x"), key.pseudonym("B", b"x"));
        assert_ne!(key.pseudonym("A", b"Bx"), key.pseudonym("AB", b"x"));
    }

    #[test]
    fn a_pseudonym_is_recognised() {
        let key = key();
        for value in 0..200u32 {
            let pseudonym = key.pseudonym("A", &value.to_be_bytes());
            let text = format!("x {pseudonym}, y");
            assert_eq!(pseudonym_at(text.as_bytes(), 2), Some(pseudonym.len()));
            assert_eq!(pseudonym_at(text.as_bytes(), 3), None);
        }
        let pseudonym = key.pseudonym("A", b"");
        for (after, extra) in [
            ("@shop.example", 13),
            ("@shop.example.", 13),
            ("@shop.example-", 13),
            ("@shop", 0),
            ("@.example", 0),
            ("@", 0),
            ("@SHOP.example", 0),
            ("\"", 0),
        ] {
            let text = format!("{pseudonym}{after}");
            assert_eq!(pseudonym_at(text.as_bytes(), 0), Some(pseudonym.len() + extra), "{after}");
        }
        for other in
            [format!("{pseudonym}a"), format!("{pseudonym}_"), pseudonym[..32].to_owned(), pseudonym.to_uppercase()]
        {
            assert_eq!(pseudonym_at(other.as_bytes(), 0), None, "{other}");
        }
        assert_eq!(pseudonym_at(b"ik1__aaaaaaaaaaaaaaaaaaaaaaaaaa", 0), None);
        assert_eq!(pseudonym_at(b"ik1_p1_aaaaaaaaaaaaaaaaaaaaaaaaab", 0), None);
        assert_eq!(pseudonym_at(b"", 5), None);
    }
}
