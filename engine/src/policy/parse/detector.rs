//! `detectors`: an entity and what makes a match of it real.

use super::fields::Fields;
use super::{Findings, scalar};
use crate::policy::model::{Detector, Keywords, Pattern, Severity, Tail, Validator};
use crate::policy::span::Spanned;
use crate::policy::suggest;
use crate::policy::yaml::{Node, Value};
use crate::scan::validate::{Number, Weighted, schemes};

const KNOWN: &[&str] = &[
    "id",
    "entity",
    "description",
    "source",
    "severity",
    "category",
    "pattern",
    "tail",
    "names",
    "except_names",
    "redact",
    "keywords",
    "validate",
    "examples",
    "counter_examples",
];

const SEVERITIES: &[(&str, Severity)] =
    &[("low", Severity::Low), ("medium", Severity::Medium), ("high", Severity::High), ("critical", Severity::Critical)];

/// What detectors that ship belong to; packs name them in `detect`.
const CATEGORIES: &[&str] = &[
    "payment/card",
    "personal/africa-middle-east",
    "personal/americas",
    "personal/asia-pacific",
    "personal/contact",
    "personal/europe",
    "personal/financial",
    "personal/health",
    "personal/location",
    "personal/network",
    "personal/profile",
    "personal/us",
    "secret/ai",
    "secret/chat",
    "secret/ci",
    "secret/cloud",
    "secret/code",
    "secret/crypto",
    "secret/database",
    "secret/generic",
    "secret/identity",
    "secret/mail",
    "secret/monitoring",
    "secret/named",
    "secret/network",
    "secret/payment",
    "secret/registry",
    "secret/saas",
];

/// Examples, and counter-examples, of a detector that ships.
const EXAMPLES: usize = 2;

/// Validators by name; numbers with check digits come besides.
const VALIDATORS: &[(&str, Validator)] = &[
    ("luhn", Validator::Luhn),
    ("verhoeff", Validator::Verhoeff),
    ("card_issuer", Validator::CardIssuer),
    ("iban", Validator::Iban),
    ("ssn", Validator::Ssn),
    ("ipv6", Validator::Ipv6),
    ("jwt", Validator::Jwt),
    ("crc32-base62", Validator::Crc32Base62),
    ("base58check", Validator::Base58Check),
    ("base58check-xrp", Validator::Base58CheckXrp),
    ("bech32", Validator::Bech32),
    ("bech32m", Validator::Bech32m),
    ("segwit", Validator::Segwit),
    ("stellar", Validator::Stellar),
    ("basic_credentials", Validator::BasicCredentials),
];

/// The largest distance of a keyword, in bytes: it is held back with the match.
const MAX_WITHIN: u32 = 2048;

/// Words that a match may be asked to do without.
const MAX_WORDS: usize = 64;

/// The largest weight of a digit, either way.
const MAX_WEIGHT: i16 = 999;

/// The most remainders of a weighted sum.
const MAX_MODULUS: usize = 97;

/// What is asked of a detector beyond what every one needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// In a policy.
    Own,
    /// In the catalogue: also a source, a severity, a category that packs know, and two examples of each kind.
    Shipped,
}

/// A detector; its pattern is read when it is compiled.
pub(super) fn detector(node: &Node, origin: Origin, findings: &mut Findings) -> Option<Detector> {
    let fields = Fields::of(node, "a detector", KNOWN, findings)?;
    let id = fields.read_required("id", findings, scalar::id);
    let entity = fields.read_required("entity", findings, scalar::entity);
    let description = fields.read("description", findings, scalar::plain_text);
    let source = fields.read("source", findings, scalar::plain_text);
    let severity =
        fields.read("severity", findings, |node, findings| scalar::word(node, "a severity", SEVERITIES, findings));
    let category = fields.read("category", findings, |node, findings| category(node, origin, findings));
    let pattern = pattern(&fields, findings);
    let redact = fields.read("redact", findings, scalar::text);
    let keywords = fields.read("keywords", findings, keywords);
    let validate = fields.read_or("validate", Vec::new(), findings, validators);
    let examples = fields.read_required("examples", findings, scalar::texts);
    let counter_examples = fields.read("counter_examples", findings, scalar::texts);
    if origin == Origin::Shipped {
        for key in ["description", "source", "severity", "category", "counter_examples"] {
            fields.require(key, findings);
        }
        for (key, texts) in [("examples", &examples), ("counter_examples", &counter_examples)] {
            if let (Some(texts), Some(span)) = (texts, fields.key_span(key))
                && texts.len() < EXAMPLES
            {
                findings.error(span, format!("a detector that ships has at least {EXAMPLES} `{key}`"));
            }
        }
    }
    Some(Detector {
        id: id?,
        entity: entity?,
        description,
        source,
        severity,
        category,
        pattern: pattern?,
        redact,
        keywords,
        validate,
        examples: examples?,
        counter_examples: counter_examples.unwrap_or_default(),
    })
}

/// `family/group`; of what ships, one that packs know.
fn category(node: &Node, origin: Origin, findings: &mut Findings) -> Option<String> {
    let text = scalar::text(node, findings)?;
    if origin == Origin::Shipped && !CATEGORIES.contains(&text.value.as_str()) {
        let hint = suggest::hint(&text, CATEGORIES.iter().copied());
        findings.error_hint(node.span, format!("`{}` is not a category", text.value), hint);
        return None;
    }
    let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if text.value.split('/').count() == 2 && text.value.split('/').all(word) {
        return Some(text.value);
    }
    let message = format!("`{}` is not a category", text.value);
    findings.error_hint(node.span, message, "two words of a-z and `-` with a slash between, as in `secret/shop`");
    None
}

fn pattern(fields: &Fields<'_>, findings: &mut Findings) -> Option<Pattern> {
    let source = fields.read("pattern", findings, scalar::text);
    let tail = fields.read("tail", findings, tail);
    let any = fields.read("names", findings, scalar::texts);
    let except = fields.read("except_names", findings, scalar::texts);
    match (fields.key_span("pattern"), fields.key_span("names")) {
        (Some(_), None) => {
            if let Some(span) = fields.key_span("except_names") {
                findings.error(span, "`except_names` goes with `names`");
            }
            Some(Pattern::Regex { source: source?, tail })
        }
        (None, Some(_)) => {
            for key in ["tail", "redact", "keywords"] {
                if let Some(span) = fields.key_span(key) {
                    findings.error_hint(
                        span,
                        format!("`{key}` does not go with `names`"),
                        "the whole named value is the match",
                    );
                }
            }
            Some(Pattern::Names { any: any?, except: except.unwrap_or_default() })
        }
        (Some(_), Some(span)) => {
            findings.error_hint(span, "a detector has a `pattern` or `names`, not both", "make two of the same entity");
            None
        }
        (None, None) => {
            findings.error(fields.span, "a detector needs `pattern` or `names`");
            None
        }
    }
}

fn tail(node: &Node, findings: &mut Findings) -> Option<Tail> {
    let fields = Fields::of(node, "a tail", &["class", "until"], findings)?;
    let class = fields.read("class", findings, scalar::text);
    let until = fields.read("until", findings, scalar::text);
    match (fields.get("class").is_some(), fields.get("until").is_some()) {
        (true, false) => class.map(Tail::Class),
        (false, true) => until.map(Tail::Until),
        _ => {
            findings.error_hint(
                node.span,
                "a tail needs `class` or `until`, one of the two",
                "as in `{class: '[A-Za-z0-9_-]'}`",
            );
            None
        }
    }
}

fn keywords(node: &Node, findings: &mut Findings) -> Option<Keywords> {
    let fields = Fields::of(node, "keywords", &["any", "within"], findings)?;
    let any = fields.read_required("any", findings, scalar::texts);
    let within =
        fields.read_required("within", findings, |node, findings| scalar::integer(node, 1..=MAX_WITHIN, findings));
    let any = any?;
    for keyword in any.iter().filter(|keyword| !keyword.is_ascii()) {
        findings.error(keyword.span, format!("the keyword `{}` is not ASCII", keyword.value));
    }
    Some(Keywords { any, within: usize::try_from(within?).ok()? })
}

fn validators(node: &Node, findings: &mut Findings) -> Option<Vec<Spanned<Validator>>> {
    let items = scalar::items(node, findings);
    Some(items.iter().filter_map(|item| Some(Spanned::new(validator(item, findings)?, item.span))).collect())
}

fn validator(node: &Node, findings: &mut Findings) -> Option<Validator> {
    if matches!(node.value, Value::Map(_)) {
        let fields = Fields::of(node, "a validator with settings", &["min_entropy", "without", "weighted"], findings)?;
        let entropy = fields.read("min_entropy", findings, entropy).map(Validator::MinEntropy);
        let without = fields.read("without", findings, without).map(Validator::Without);
        let weighted = fields.read("weighted", findings, weighted).map(Validator::Weighted);
        let given = ["min_entropy", "without", "weighted"].map(|key| fields.get(key).is_some());
        return match given {
            [true, false, false] => entropy,
            [false, true, false] => without,
            [false, false, true] => weighted,
            _ => {
                let hint = "as in `validate: [luhn, {min_entropy: 3.2}]`";
                let message = "a validator with settings is `min_entropy`, `without` or `weighted`";
                findings.error_hint(node.span, message, hint);
                None
            }
        };
    }
    let text = scalar::text(node, findings)?;
    let plain = VALIDATORS.iter().find(|(word, _)| *word == text.value).map(|(_, validator)| validator.clone());
    let found = plain.or_else(|| Number::named(&text).map(Validator::Number));
    if found.is_none() {
        let words = VALIDATORS.iter().map(|(word, _)| *word).chain(schemes().map(|scheme| scheme.name));
        let hint = suggest::hint(&text, words.chain(["{min_entropy: 3.2}", "{without: […]}", "{weighted: …}"]));
        findings.error_hint(node.span, format!("`{}` is not a validator", text.value), hint);
    }
    found
}

/// Words that must not stand in a match.
fn without(node: &Node, findings: &mut Findings) -> Option<Vec<String>> {
    let words = scalar::texts(node, findings)?;
    if words.len() > MAX_WORDS {
        findings.error(node.span, format!("expected at most {MAX_WORDS} words, not {}", words.len()));
    }
    for word in words.iter().filter(|word| !word.is_ascii()) {
        findings.error(word.span, format!("the word `{}` is not ASCII", word.value));
    }
    Some(words.into_iter().map(|word| word.value.to_ascii_lowercase()).collect())
}

/// Weights and check symbols of a number.
fn weighted(node: &Node, findings: &mut Findings) -> Option<Weighted> {
    let fields = Fields::of(node, "a weighted number", &["weights", "symbols"], findings)?;
    let weights = fields.read_required("weights", findings, weights);
    let symbols = fields.read_required("symbols", findings, scalar::text)?;
    let fits = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || byte == b'-';
    if symbols.len() < 2 || symbols.len() > MAX_MODULUS || !symbols.bytes().all(fits) {
        let message = format!("`{}` does not list check symbols", symbols.value);
        findings.error_hint(symbols.span, message, "one of 0-9, A-Z and `-` for each remainder, 2 to 97 of them");
        return None;
    }
    Some(Weighted { weights: weights?, symbols: symbols.value })
}

fn weights(node: &Node, findings: &mut Findings) -> Option<Vec<i16>> {
    let items = scalar::items(node, findings);
    let weight = |item: &Node| match item.value {
        Value::Int(int) => i16::try_from(int).ok().filter(|weight| (-MAX_WEIGHT..=MAX_WEIGHT).contains(weight)),
        _ => None,
    };
    for item in items.iter().filter(|item| weight(item).is_none()) {
        findings.error(item.span, format!("expected a whole number from -{MAX_WEIGHT} to {MAX_WEIGHT}"));
    }
    if items.len() > Weighted::MOST {
        findings.error(node.span, format!("expected at most {} weights, not {}", Weighted::MOST, items.len()));
        return None;
    }
    items.iter().map(weight).collect()
}

/// Bits per byte, kept in thousandths.
fn entropy(node: &Node, findings: &mut Findings) -> Option<u32> {
    let bits = match node.value {
        Value::Int(int) => u32::try_from(int).ok().map(f64::from),
        Value::Float(float) => Some(float),
        _ => None,
    };
    match bits {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 8000")]
        Some(bits) if (0.0..=8.0).contains(&bits) => Some((bits * 1000.0).round() as u32),
        _ => {
            findings.error_hint(node.span, "expected bits per byte from 0 to 8", "as in `{min_entropy: 3.2}`");
            None
        }
    }
}
