//! A plan, loaded: a policy compiled. It exists only if it is whole, bounded and of a known format.

pub(crate) mod bounds;
mod digest;
mod glob;
pub(crate) mod load;
pub mod model;
mod names;
pub mod packed;
mod scrub;
mod surfaces;

use std::rc::Rc;

use crate::coding::Pool;
use crate::policy::model::{Action, Limits, Mode, Uninspected};
use crate::redact::{DATA_URI, LONGEST_PSEUDONYM};
use crate::scan::{Detector, Search};
use crate::surface::{Around, Half, Kind, Surface};

pub use digest::digest;
pub use glob::{Glob, Style};
pub use model::{Audit, Meta};
pub use names::{Matched, Names};

/// A loaded plan.
pub struct Plan {
    /// What it is called and where it runs.
    pub meta: Meta,
    /// How events are made and where they go.
    pub audit: Audit,
    /// Bounds.
    pub limits: Limits,
    /// Detector instances.
    pub detectors: Vec<Detector>,
    /// Where matches of the detectors that rules use can start.
    pub search: Search,
    /// Rules in order of precedence.
    pub rules: Vec<Rule>,
    /// The sets of names that finds go by.
    pub names: Names,
    /// The memory that decoders of compressed bodies share.
    pub decoders: Pool,
    surfaces: surfaces::Surfaces,
    /// How far back, in view bytes, anything looks from where it may still match.
    pub look_behind: usize,
    /// The document's remaining settings.
    pub settings: Settings,
    scrubber: scrub::Scrubber,
    digest: String,
}

/// Settings of a plan that the exchange reads.
pub struct Settings {
    /// The outcome when a bound is reached.
    pub on_limit: Uninspected,
    /// The outcome of uninspectable bodies by reason.
    pub on_uninspectable: std::collections::BTreeMap<String, Uninspected>,
    /// Content types passed unread.
    pub opaque: Vec<Glob>,
    /// What becomes of range requests.
    pub ranges: crate::policy::model::Ranges,
}

/// A rule, ready to be matched.
pub struct Rule {
    /// The rule as the plan has it.
    pub plan: model::Rule,
    host: Vec<Glob>,
    path: Vec<Glob>,
    content_type: Vec<Glob>,
    route: Vec<Glob>,
    /// For each find, the index of its set of names.
    sets: Vec<usize>,
}

/// Why bytes are no plan.
#[derive(Debug, PartialEq, Eq)]
pub enum PlanError {
    /// Not the JSON of a plan; where and why.
    Malformed(String),
    /// A format this engine does not read.
    Format(u64),
    /// The digest does not fit the content.
    Digest,
    /// A detector that does not load; its id and why.
    Detector(String, String),
    /// A rule names a detector that the plan lacks; the rule's id.
    Dangling(String),
    /// More than the engine follows; of what.
    Bound(String),
}

impl std::fmt::Display for PlanError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(why) => write!(f, "not a plan: {why}; write it with `inkseal compile --target plan`"),
            Self::Format(found) => {
                write!(
                    f,
                    "plan format {found} is not supported (this filter reads {}); compile the policy again",
                    model::FORMAT
                )
            }
            Self::Digest => {
                f.write_str("the plan's digest does not fit its content: it was changed after `inkseal compile`")
            }
            Self::Detector(id, why) => write!(f, "detector `{id}` does not load: {why}; compile the policy again"),
            Self::Bound(what) => write!(f, "{what}; compile the policy again"),
            Self::Dangling(rule) => {
                write!(f, "rule `{rule}` names a detector that the plan lacks; compile the policy again")
            }
        }
    }
}

impl std::error::Error for PlanError {}

/// What a use without a rule does: see [`Plan::scrub`].
static REDACT: Action = Action::Redact;

impl Settings {
    /// The outcome of a body, or a part of one, that cannot be read for this reason.
    pub fn uninspectable(&self, reason: &str) -> Uninspected {
        let outcomes = &self.on_uninspectable;
        outcomes.get(reason).or_else(|| outcomes.get("default")).copied().unwrap_or(Uninspected::Block)
    }
}

impl Plan {
    /// Whether any find looks for content in texts that come in pieces: what waits for those must be told the time.
    pub fn stitches(&self) -> bool {
        let streams =
            |find: &model::Find| matches!(&find.what, model::What::Content { streams, .. } if !streams.is_empty());
        self.rules.iter().any(|rule| rule.plan.finds.iter().any(streams))
    }

    /// What the finds that go by names say of a name.
    pub fn matched(&self, name: &[u8]) -> Matched {
        self.names.matched(name, |name| self.search.words_in(name))
    }

    /// A plan of these detectors and no rule, for trying them out.
    #[cfg(feature = "compile")]
    pub(crate) fn without_rules(detectors: Vec<Detector>, search: Search, names: Names) -> Self {
        use crate::policy::model::{Level, Ranges, SinkFormat};
        let look_behind = look_behind(&detectors);
        Self {
            meta: Meta { policy: String::new(), mode: Mode::Enforce, service: None, environment: None, tenant: None },
            audit: Audit {
                cluster: String::new(),
                format: SinkFormat::Ndjson,
                path: String::new(),
                batch: 0,
                flush_ms: 0,
                level: Level::None,
                strict: false,
                key_events: Vec::new(),
                sample: [0; 3],
                actor: Vec::new(),
                reason_header: None,
                reason_required_for: Vec::new(),
            },
            limits: Limits::default(),
            search,
            scrubber: scrub::Scrubber::new(Search::default(), 0),
            detectors,
            rules: Vec::new(),
            names,
            decoders: Pool::default(),
            surfaces: surfaces::Surfaces::default(),
            look_behind,
            settings: Settings {
                on_limit: Uninspected::Block,
                on_uninspectable: std::collections::BTreeMap::new(),
                opaque: Vec::new(),
                ranges: Ranges::Pass,
            },
            digest: String::new(),
        }
    }

    /// `sha256:` and the hex of the plan's digest.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whether any find writes pseudonyms, or events name actors, so that a key is needed.
    pub fn needs_pseudonym_key(&self) -> bool {
        let hashes = |rule: &Rule| rule.plan.finds.iter().any(|find| matches!(find.action, Action::Hash { .. }));
        !self.audit.actor.is_empty() || self.rules.iter().any(hashes)
    }

    /// A find's action; a rule that the plan does not have redacts.
    pub fn action(&self, rule: usize, find: usize) -> Option<&Action> {
        match self.rules.get(rule) {
            None => Some(&REDACT),
            Some(rule) => rule.plan.finds.get(find).map(|find| &find.action),
        }
    }

    /// What the rules of `active`, by index, look for on a surface; `as_enforced` as if every rule enforced: for logs.
    pub fn surface(&self, active: &[usize], half: Half, kind: Kind, as_enforced: bool) -> Rc<Surface> {
        self.surfaces.get(self, active, half, kind, as_enforced)
    }

    /// Whether some rule of `active` may change or refuse a response's body, whatever its type will be.
    pub fn response_may_change(&self, active: &[usize]) -> bool {
        self.surfaces.response_may_change(self, active)
    }

    /// What they look for in a text inside a part of a multipart body.
    pub fn surface_inside(&self, active: &[usize], half: Half, kind: Kind, around: Around) -> Rc<Surface> {
        self.surfaces.inside(self, active, half, kind, around)
    }

    /// A rule's id; empty for one that the plan does not have.
    pub fn rule_id(&self, rule: usize) -> String {
        self.rules.get(rule).map(|rule| rule.plan.id.clone()).unwrap_or_default()
    }

    /// What findings call a match: the detector's id, empty for a named value of a rule's own, and the entity.
    pub fn named(&self, rule: usize, find: usize, detector: Option<usize>) -> (String, String) {
        let detector = detector.and_then(|detector| self.detectors.get(detector));
        let what = self.rules.get(rule).and_then(|rule| rule.plan.finds.get(find)).map(|find| &find.what);
        match (detector, what) {
            (Some(detector), _) => (detector.id.clone(), detector.entity.clone()),
            (None, Some(model::What::Named { entity, detector, .. })) => (detector.clone(), entity.clone()),
            _ => (String::new(), String::new()),
        }
    }

    /// Whether a rule reads responses of this media type.
    pub fn reads_response(&self, rule: usize, media_type: &str) -> bool {
        let reads = |it: &Rule| it.plan.direction != crate::policy::model::Direction::Request;
        self.rules.get(rule).is_some_and(|it| reads(it) && it.matches_content(media_type.as_bytes()))
    }

    /// A traffic-derived text as events may show it: through every detector of the plan as if each were enforced,
    /// without exceptions, and capped at 256 bytes.
    pub fn scrub(&self, text: &str) -> String {
        self.scrubber.scrub(self, text)
    }

    /// As [`Plan::scrub`], for a text that is likely to come again: one in which nothing was found is remembered.
    pub fn scrub_again(&self, text: &str) -> String {
        self.scrubber.again(self, text)
    }

    /// Whether the plan looks at anything at all.
    pub fn off(&self) -> bool {
        self.meta.mode == Mode::Off
    }
}

impl crate::event::Scrub for Plan {
    fn once(&self, text: &str) -> String {
        self.scrub(text)
    }

    fn again(&self, text: &str) -> String {
        self.scrub_again(text)
    }
}

/// How far back anything looks: to a keyword, or to the start of a pseudonym or `data:` URI.
fn look_behind(detectors: &[Detector]) -> usize {
    detectors.iter().map(Detector::reach).max().unwrap_or(0).max(LONGEST_PSEUDONYM).max(DATA_URI) + 1
}

impl Rule {
    fn new(plan: model::Rule, names: &mut Names) -> Self {
        let sets = plan.finds.iter().map(|find| match &find.what {
            model::What::Content { names: any, .. } => names.add(any, &[]),
            model::What::Named { names: any, except, .. } => names.add(any, except),
        });
        let sets = sets.collect();
        let globs = |texts: &[String], style| texts.iter().map(|text| Glob::new(text, style)).collect();
        Self {
            host: globs(&plan.host, Style::Name),
            path: globs(&plan.path, Style::Path),
            content_type: globs(&plan.content_type, Style::Name),
            route: globs(&plan.route, Style::Name),
            sets,
            plan,
        }
    }

    /// The set of names of a find, an index of [`Plan::names`].
    pub fn set(&self, find: usize) -> usize {
        self.sets.get(find).copied().unwrap_or(usize::MAX)
    }

    /// Whether the rule applies to a request to this host (without a port), path (without a query), method and route.
    pub fn matches_request(&self, host: &[u8], path: &[u8], method: &[u8], route: Option<&str>) -> bool {
        let any = |globs: &[Glob], text: &[u8]| globs.is_empty() || globs.iter().any(|glob| glob.matches(text));
        any(&self.host, host)
            && any(&self.path, path)
            && any(&self.route, route.unwrap_or_default().as_bytes())
            && (self.plan.method.is_empty()
                || self.plan.method.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(method)))
    }

    /// Whether the rule applies to a message of this content type, without parameters.
    pub fn matches_content(&self, content_type: &[u8]) -> bool {
        self.content_type.is_empty() || self.content_type.iter().any(|glob| glob.matches(content_type))
    }
}
