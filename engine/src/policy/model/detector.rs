//! Detectors: what is looked for, and what makes a match of it real.

use crate::policy::span::Spanned;
use crate::scan::validate::{Number, Weighted};

/// A detector: an entity and what makes a match of it real.
#[derive(Clone, Debug)]
pub struct Detector {
    /// `id`, as in `shop.session`.
    pub id: Spanned<String>,
    /// `entity`, as in `US_SSN`.
    pub entity: String,
    /// `description`: one line for people.
    pub description: Option<String>,
    /// `source`: the specification or vendor page that the detector is written from.
    pub source: Option<String>,
    /// `severity`: how bad it is that such a value leaves.
    pub severity: Option<Severity>,
    /// `category`: what it belongs to, as in `secret/cloud`.
    pub category: Option<String>,
    /// What it looks for.
    pub pattern: Pattern,
    /// `redact`: the capture group that is replaced; the whole match if absent.
    pub redact: Option<Spanned<String>>,
    /// `keywords`: one of these must stand near a match.
    pub keywords: Option<Keywords>,
    /// `validate`: all of these must accept the part that is replaced, entropy the whole match.
    pub validate: Vec<Spanned<Validator>>,
    /// `examples`: texts it must find, keywords aside.
    pub examples: Vec<Spanned<String>>,
    /// `counter_examples`: texts in which it must find nothing.
    pub counter_examples: Vec<Spanned<String>>,
}

impl Detector {
    /// Whether a word of `detect` means this detector: its id, its entity, its category, or `secret/*` for every
    /// category that begins so.
    pub fn is_called(&self, word: &str) -> bool {
        let Some((family, _)) = word.split_once('/') else { return self.id.value == word || self.entity == word };
        let Some(category) = &self.category else { return false };
        category == word || word.ends_with("/*") && category.split('/').next() == Some(family)
    }
}

/// How bad it is that a value of a detector leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It tells little by itself.
    Low,
    /// It tells who somebody is, or opens little.
    Medium,
    /// It does harm to somebody, or opens one service.
    High,
    /// It opens everything there is behind it.
    Critical,
}

/// What a detector looks for.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// `pattern`: a regular expression over bytes (ASCII classes) with a longest match.
    /// With `tail`, the pattern is the head of an open-ended match.
    Regex {
        /// The expression.
        source: Spanned<String>,
        /// What follows the head without a bound.
        tail: Option<Tail>,
    },
    /// The value of a named member, header, cookie or parameter. An empty value, null, true and false never match.
    Names {
        /// `names`: case-insensitive globs over the name; one must match.
        any: Vec<Spanned<String>>,
        /// `except_names`: globs of names that are left alone all the same, as `next_page_token` is.
        except: Vec<Spanned<String>>,
    },
}

/// What an open-ended match swallows once its head is certain.
#[derive(Clone, Debug)]
pub enum Tail {
    /// `tail: {class: '[A-Za-z0-9_.-]'}`: every following byte of the class.
    Class(Spanned<String>),
    /// `tail: {until: '-----END'}`: everything up to and with this literal and the rest of its line.
    Until(Spanned<String>),
}

/// `keywords: {any: [...], within: 40}`: ASCII, case-insensitive, anywhere in a word.
#[derive(Clone, Debug)]
pub struct Keywords {
    /// One of these must be present.
    pub any: Vec<Spanned<String>>,
    /// At most this many bytes of the view between keyword and match.
    pub within: usize,
}

/// What makes a match real.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validator {
    /// The Luhn checksum over the match's digits (ISO/IEC 7812-1).
    Luhn,
    /// The Verhoeff checksum over the match's digits.
    Verhoeff,
    /// A payment card's issuer prefix and length.
    CardIssuer,
    /// The mod-97 checksum and the country's length of an IBAN (ISO 13616).
    Iban,
    /// An area, group and serial number that the US SSA assigns.
    Ssn,
    /// An IPv6 address of some host, with or without a zone (RFC 4291).
    Ipv6,
    /// A JSON Web Token's header: base64url of a JSON object with `alg` or `enc` (RFC 7515, 7516, 7519).
    Jwt,
    /// The CRC-32 in base 62 that ends GitHub's and npm's tokens.
    #[serde(rename = "crc32-base62")]
    Crc32Base62,
    /// Base58Check, as in Bitcoin's addresses and extended keys (BIP 32).
    #[serde(rename = "base58check")]
    Base58Check,
    /// Base58Check in the order of symbols of the XRP Ledger.
    #[serde(rename = "base58check-xrp")]
    Base58CheckXrp,
    /// The checksum of Bech32 (BIP 173).
    Bech32,
    /// The checksum of Bech32m (BIP 350).
    Bech32m,
    /// A witness address in Bech32 or Bech32m, as its version asks (BIP 350).
    Segwit,
    /// The CRC-16 of a Stellar key (SEP 23).
    Stellar,
    /// base64 that decodes to `user:password` (RFC 7617).
    BasicCredentials,
    /// At least this Shannon entropy of the whole match, in thousandths of a bit per byte.
    MinEntropy(u32),
    /// None of these words, in lower case, stands in the whole match, in any case.
    Without(Vec<String>),
    /// A number whose check symbol is described by weights.
    Weighted(Weighted),
    /// A number with check digits, by the name of its scheme, as in `nl_bsn`.
    #[serde(untagged)]
    Number(Number),
}
