//! The plan as it is written down: canonical JSON, the same types for the compiler that writes it and the filter that
//! loads it. Automata, patterns and detectors travel packed.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::policy::model::{
    Action, ActorSource, Direction, JsonPath, Level, Limits, Mode, Place, Ranges, SinkFormat, TextStream, Uninspected,
    Validator,
};

/// The plan format this engine writes and reads; that of the release before, once there is one, it reads as well.
pub const FORMAT: u32 = 3;

/// A whole plan.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document<'a> {
    /// The plan format, see [`FORMAT`].
    pub format: u32,
    /// See [`super::digest`]; put in once the rest is written.
    #[serde(skip_serializing, default)]
    pub digest: String,
    /// What the plan is called and where it runs.
    pub meta: Meta,
    /// The automata of all detectors, see [`crate::scan::Automata`]. Packed.
    #[serde(skip_serializing_if = "str::is_empty", default, borrow)]
    pub automata: Cow<'a, str>,
    /// What they look for: [`Patterns`]. Packed.
    #[serde(skip_serializing_if = "str::is_empty", default, borrow)]
    pub patterns: Cow<'a, str>,
    /// Detector instances: a detector together with one set of exceptions. One [`Detector`] a line, packed.
    #[serde(skip_serializing_if = "str::is_empty", default, borrow)]
    pub detectors: Cow<'a, str>,
    /// Rules in order of precedence.
    pub rules: Vec<Rule>,
    /// How events are made and where they go.
    pub audit: Audit,
    /// Bounds.
    pub limits: Limits,
    /// The outcome when a bound is reached.
    pub on_limit: Uninspected,
    /// The outcome of uninspectable bodies, by reason, with a `default`.
    pub on_uninspectable: std::collections::BTreeMap<String, Uninspected>,
    /// Content types passed unread.
    pub opaque: Vec<String>,
    /// What becomes of range requests.
    pub ranges: Ranges,
}

/// What a plan is called and where it runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Meta {
    /// The policy's name.
    pub policy: String,
    /// The policy's mode; a rule's own mode is never above it.
    pub mode: Mode,
    /// The service the plan was compiled for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub service: Option<String>,
    /// The environment the plan was compiled for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub environment: Option<String>,
    /// The tenant the plan was compiled for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tenant: Option<String>,
}

/// A detector that is matched against text.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detector {
    /// The detector's id.
    pub id: String,
    /// Its entity.
    pub entity: String,
    /// Anchored DFA of the pattern that reports every end of a match, by its number among those of the plan.
    pub dfa: u32,
    /// The longest match (of the head, where there is a tail), in bytes.
    pub longest: u32,
    /// Where the candidate finder looks.
    pub probe: Probe,
    /// How to find the part that is replaced; the whole match if absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<Group>,
    /// What is swallowed behind the head.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tail: Option<Tail>,
    /// A word that must stand near.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub keywords: Option<Keywords>,
    /// What must hold of the replaced part.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub validate: Vec<Validator>,
    /// Values left alone.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub exceptions: Vec<Exception>,
}

/// Every match that starts at `s` shows one of `windows` at some offset in `from..=to` behind `s`, and only bytes of
/// `before` between `s` and the window.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Least offset of a window from the start of the match.
    pub from: u32,
    /// Greatest offset.
    pub to: u32,
    /// A byte class, by its number.
    pub before: u16,
    /// Windows, by their numbers.
    pub windows: Vec<u32>,
}

/// What the detectors of a plan look for, each once, and how it is best looked for: the compiler chooses, so that a
/// loader need not. A bad choice costs time and misses nothing.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patterns {
    /// Byte classes, as `scan::ByteClass::encode` writes them.
    pub classes: Vec<String>,
    /// Windows.
    pub windows: Vec<Window>,
    /// Keywords.
    pub words: Vec<Word>,
    /// Which windows share a bucket of the finder.
    pub buckets: Buckets,
}

/// Classes that bytes in a row must be of.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// It lies at the start of a match, where a word begins: no letter, digit or `_` stands before it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub edge: bool,
    /// Where in it the gram begins that the sieve looks for; none where each is too common.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gram: Option<u8>,
    /// Of each run of bytes of one class, in hex, the number of that in two bytes and how many it has in one.
    pub classes: String,
}

impl Window {
    /// Of runs: the number of a class, and how many bytes in a row are of it.
    #[cfg(any(test, feature = "compile"))]
    pub(crate) fn new(edge: bool, gram: Option<u8>, runs: impl Iterator<Item = (u16, u8)>) -> Self {
        let bytes: Vec<u8> = runs
            .flat_map(|(class, count)| (u32::from(class) << 8 | u32::from(count)).to_be_bytes().into_iter().skip(1))
            .collect();
        Self { edge, gram, classes: HEXLOWER.encode(&bytes) }
    }

    /// Its runs; `None` when the text is none.
    pub(crate) fn runs(&self) -> Option<Vec<(u16, u8)>> {
        let bytes = HEXLOWER.decode(self.classes.as_bytes()).ok()?;
        let (runs, rest) = bytes.as_chunks();
        rest.is_empty()
            .then(|| runs.iter().map(|&[high, low, count]| (u16::from_be_bytes([high, low]), count)).collect())
    }
}

/// A keyword.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// In lower case.
    pub text: String,
    /// As a window's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gram: Option<u8>,
}

/// Buckets of windows, in the order in which detectors name them first.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buckets {
    /// Of detectors without keywords.
    pub plain: Vec<u8>,
    /// Of detectors with keywords.
    pub worded: Vec<u8>,
    /// Of those of them that rules use.
    pub used: Vec<u8>,
    /// Of the beginnings of words.
    pub words: Vec<u8>,
}

impl Detector {
    /// The numbers of its automata.
    #[cfg(feature = "compile")]
    pub(crate) fn automata(&mut self) -> impl Iterator<Item = &mut u32> {
        let group = self.group.iter_mut().flat_map(|group| {
            [group.prefix.as_mut(), Some(&mut group.rest), Some(&mut group.group), group.suffix.as_mut()]
        });
        std::iter::once(&mut self.dfa).chain(group.flatten())
    }

    /// The numbers of its byte classes.
    #[cfg(feature = "compile")]
    pub(crate) fn classes(&mut self) -> impl Iterator<Item = &mut u16> {
        let tail = self.tail.iter_mut().filter_map(|tail| match tail {
            Tail::Class(class) => Some(class),
            Tail::Until(_) => None,
        });
        std::iter::once(&mut self.probe.before).chain(tail)
    }
}

/// The pattern is `prefix (group) suffix`. Each automaton is as the detector's own; the reverse ones read backwards.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Forward: the prefix; absent when empty.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prefix: Option<u32>,
    /// Reverse: group and suffix.
    pub rest: u32,
    /// Forward: the group.
    pub group: u32,
    /// Reverse: the suffix; absent when empty.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suffix: Option<u32>,
}

/// What an open-ended match swallows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tail {
    /// Every following byte of the class, by its number.
    Class(u16),
    /// Everything up to and with the literal and the rest of its line.
    Until(String),
}

/// One of `any` within `within` bytes before or after the match.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keywords {
    /// Words, by their numbers.
    pub any: Vec<u32>,
    /// Bytes of the view between word and match, at most.
    pub within: u32,
}

/// Values that a detector leaves alone until a time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Exact texts.
    pub values: Vec<String>,
    /// Milliseconds since the epoch.
    pub until_ms: u64,
}

/// A rule.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The rule's id.
    pub id: String,
    /// Its effective mode.
    pub mode: Mode,
    /// The direction it reads.
    pub direction: Direction,
    /// Host globs.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub host: Vec<String>,
    /// Path globs.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub path: Vec<String>,
    /// Methods, upper case.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub method: Vec<String>,
    /// Content-type globs.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub content_type: Vec<String>,
    /// Route-name globs.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub route: Vec<String>,
    /// May change what Envoy routes by.
    #[serde(default)]
    pub reroute: bool,
    /// Finds in order.
    pub finds: Vec<Find>,
}

/// A find: content detectors on a surface, or a named value.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// The surface.
    pub place: Place,
    /// What is looked for.
    pub what: What,
    /// What takes its place.
    pub action: Action,
    /// The direction whose traffic it may change, elsewhere and when absent it applies to logs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub changes: Option<Direction>,
}

/// What a find looks for.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Detectors of the plan, by index; `names` narrows to the values so named.
    Content {
        /// Indices into [`Document::detectors`].
        detect: Vec<u32>,
        /// Name globs; empty is every value of the surface.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        names: Vec<String>,
        /// JSON path that narrows.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        path: Option<JsonPath>,
        /// The strings that are pieces of texts; empty is every text by itself.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        streams: Vec<TextStream>,
    },
    /// The whole named value.
    Named {
        /// Name globs.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        names: Vec<String>,
        /// Name globs that are left alone all the same.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        except: Vec<String>,
        /// JSON path.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        path: Option<JsonPath>,
        /// What findings call it.
        entity: String,
        /// The detector it comes from, else empty.
        #[serde(default)]
        detector: String,
        /// Only non-empty strings and numbers: what a detector by names calls a value.
        #[serde(default)]
        scalars: bool,
    },
}

/// How events are made and where they go.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Envoy's cluster of the collector.
    pub cluster: String,
    /// The wire format.
    pub format: SinkFormat,
    /// The path of the POST.
    pub path: String,
    /// Records in one request, at most.
    pub batch: u32,
    /// Milliseconds between deliveries.
    pub flush_ms: u64,
    /// How much an event says.
    pub level: Level,
    /// Refuse a request for which no event can be kept.
    pub strict: bool,
    /// Path globs never sampled out.
    pub key_events: Vec<String>,
    /// Parts of a million kept, by class: clean, changed, error.
    pub sample: [u32; 3],
    /// Actor sources in order.
    pub actor: Vec<ActorSource>,
    /// The header that carries a reason.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason_header: Option<String>,
    /// Path globs for which a reason is required.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reason_required_for: Vec<String>,
}
