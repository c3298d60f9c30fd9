//! The oracle: redaction of whole bodies, plainly and slowly, to hold the engine against.
//!
//! It is written from the rules of what redaction means, and shares with the engine what those rules do not decide: the
//! policy language, the validators, globs, and the keyed pseudonyms. It knows no pieces, no held bytes and no candidate
//! finder: a body is cut into segments, a segment is decoded into views, every detector is tried at every start of
//! every view, and the matches are folded into regions.
//!
//! Where the engine writes the same bytes, the bytes outside regions are those of the input: the oracle copies them.

pub mod check;
pub mod detector;
mod entities;
pub mod events;
mod form;
pub mod generate;
pub mod header;
mod json;
pub mod lane;
mod markup;
mod matches;
mod named;
pub mod policies;
mod policy;
mod regions;
mod render;
pub mod run;
mod segment;
pub mod shipped;
pub mod tree;
mod views;
mod wellformed;

use std::collections::BTreeMap;
use std::rc::Rc;

use inkseal_engine::plan::Glob;
use inkseal_engine::policy::Resolved;
use inkseal_engine::policy::model::{Action, Place, Selector, Step};
use inkseal_engine::pseudonym::PseudonymKey;

use self::detector::{Detector, Patterns};
use self::matches::{Match, Search};
use self::policy::{Effect, Use, What};
use self::segment::Segment;

/// Longer names are taken to match every glob, in bytes; the oracle does not read them.
const LONGEST_NAME: usize = 1024;

/// The rule, the detector, the surface, the path and the action of a finding.
pub type Key = (String, String, String, String, String);

/// What became of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The bytes that leave.
    pub bytes: Vec<u8>,
    /// Counts of what enforcing rules found.
    pub findings: BTreeMap<Key, u64>,
    /// Counts of what shadow rules found.
    pub shadow: BTreeMap<Key, u64>,
}

/// A policy, ready to redact response bodies of one media type.
pub struct Oracle {
    uses: Vec<Use>,
    detectors: Vec<Detector>,
    opaque: Vec<Glob>,
    hold_back: usize,
    key: Rc<PseudonymKey>,
}

impl Oracle {
    /// `hold_back` in bytes stands beside the policy so that tests may set smaller ones than a policy can.
    pub fn new(
        resolved: &Resolved,
        patterns: &mut Patterns,
        media_type: &str,
        hold_back: usize,
        key: Rc<PseudonymKey>,
    ) -> Self {
        let (uses, detectors) = policy::uses(resolved, patterns, media_type);
        let opaque = resolved.policy.opaque.iter().map(|it| policy::glob(it)).collect();
        Self { uses, detectors, opaque, hold_back, key }
    }

    /// A body, redacted at `now_ms`, milliseconds since the epoch.
    ///
    /// # Panics
    /// It is JSON by its type and not valid JSON.
    pub fn body(&self, media_type: &str, body: &[u8], now_ms: u64) -> Outcome {
        let mut run = self.run(media_type, now_ms);
        let bytes = match media_type {
            "text/event-stream" => events::redact(&mut run, body).expect("the stream is covered"),
            "application/json" => json::redact(&mut run, body).expect("the text is valid JSON"),
            "application/x-ndjson" => json::lines(&mut run, body).expect("every line is valid JSON"),
            "application/x-www-form-urlencoded" => form::redact(&mut run, body),
            "text/html" | "application/xml" => markup::redact(&mut run, body),
            _ => text(&mut run, body),
        };
        run.outcome.bytes = bytes;
        run.outcome
    }

    fn run(&self, media_type: &str, now_ms: u64) -> Run<'_> {
        let events = media_type == "text/event-stream";
        Run { oracle: self, now_ms, surface: "response.body", events, outcome: Outcome::default() }
    }

    /// Whether [`Oracle::body`] knows what becomes of a body.
    pub fn covers(&self, media_type: &str, body: &[u8]) -> bool {
        match media_type {
            "text/event-stream" => events::redact(&mut self.run(media_type, lane::NOW_MS), body).is_some(),
            "application/json" => json::covers(body, self.hold_back),
            "application/x-ndjson" => {
                let blank = |line: &[u8]| line.trim_ascii().is_empty();
                body.split(|byte| *byte == b'\n').all(|line| blank(line) || json::covers(line, self.hold_back))
            }
            "application/x-www-form-urlencoded" => form::covers(body),
            "text/html" | "application/xml" => markup::covers(body),
            _ => true,
        }
    }

    /// Whether a detector's matches depend on what stands beside them.
    pub fn looks_around(&self, detector: &str) -> bool {
        let looks = |it: &Detector| !it.keywords.is_empty() || it.pattern.looks_around;
        self.detectors.iter().any(|it| it.id == detector && looks(it))
    }

    /// How findings call a value of this name: by it if a glob of the policy spells it, or a step of a JSON path where
    /// `paths` count.
    fn called(&self, name: &[u8], paths: bool) -> String {
        let step = |step: &Step| matches!(&step.selector, Selector::Name(spelled) if spelled.as_bytes() == name);
        let spelled = self.uses.iter().any(|it| {
            paths && it.path.iter().flat_map(|path| &path.steps).any(step)
                || it.names.iter().any(|glob| glob.literal().is_some() && glob.matches(name))
        });
        if spelled { String::from_utf8_lossy(name).into_owned() } else { "*".to_owned() }
    }
}

fn text(run: &mut Run<'_>, body: &[u8]) -> Vec<u8> {
    let active = everywhere(run);
    run.segment(&Segment::text(body), &active, "")
}

/// The uses that look for content in what has no name.
fn everywhere(run: &Run<'_>) -> Vec<usize> {
    let uses = &run.oracle.uses;
    let everywhere = |at: &usize| {
        let it = &uses[*at];
        run.reads(it.place, &[Place::Body, Place::Field, Place::Any]) && it.names.is_empty() && it.path.is_none()
    };
    (0..uses.len()).filter(everywhere).collect()
}

/// One body on its way.
struct Run<'a> {
    oracle: &'a Oracle,
    now_ms: u64,
    surface: &'static str,
    /// The body is a stream of events: of what is replaced the line ends stay.
    events: bool,
    outcome: Outcome,
}

impl Run<'_> {
    /// Whether a find of this place reads what finds of `places` read.
    fn reads(&self, place: Place, places: &[Place]) -> bool {
        places.contains(&place) || self.events && place == Place::Sse
    }

    /// What stays of bytes that are replaced or removed.
    fn kept(&self, raw: &[u8]) -> Vec<u8> {
        raw.iter().copied().filter(|byte| self.events && *byte == b'\n').collect()
    }

    /// A segment after content detectors of `active` finds have been through it; its findings are counted under `path`.
    fn segment(&mut self, segment: &Segment<'_>, active: &[usize], path: &str) -> Vec<u8> {
        let oracle = self.oracle;
        let mut changing = Vec::new();
        for found in self.matches(segment, active) {
            let using =
                |at: &&usize| matches!(&oracle.uses[**at].what, What::Content(it) if it.contains(&found.detector));
            let uses: Vec<usize> = active.iter().filter(using).copied().collect();
            for at in &uses {
                if oracle.uses[*at].effect != Effect::Change {
                    self.count(*at, &oracle.detectors[found.detector].id, path, false);
                }
            }
            let effects = |wanted| uses.iter().copied().find(|at| oracle.uses[*at].effect == wanted);
            if let (Some(at), None) = (effects(Effect::Change), effects(Effect::Block)) {
                changing.push((at, found));
            }
        }
        changing.sort_by_key(|(at, it)| (it.start, *at, it.detector, std::cmp::Reverse(it.head), it.view));
        let matches: Vec<Match> = changing.iter().map(|(_, it)| it.clone()).collect();
        let mut out = Vec::new();
        let mut copied = 0;
        for region in regions::regions(&matches, oracle.hold_back) {
            let naming = &region.naming;
            let first = changing
                .iter()
                .find(|(_, it)| (it.detector, it.start, it.head) == (naming.detector, naming.start, naming.head));
            let at = first.expect("a region is named by one of the matches").0;
            out.extend_from_slice(&segment.raw[copied..region.start]);
            let action = oracle.action(at, naming, region.merged);
            let detector = &oracle.detectors[naming.detector];
            let text = render::replacement(&action, &detector.entity, &naming.value, &oracle.key);
            // A pseudonym of an open-ended value stands at its end.
            let last = naming.tailed && matches!(action, Action::Hash { .. });
            let text_at = if last { naming.end } else { region.start };
            out.extend(self.kept(&segment.raw[region.start..text_at]));
            out.extend(render::encoded(segment.kind, &text));
            out.extend(self.kept(&segment.raw[text_at..region.end]));
            copied = region.end;
            self.count(at, &detector.id, path, region.merged);
        }
        out.extend_from_slice(&segment.raw[copied..]);
        out
    }

    /// Accepted matches in all views; those of one detector that cover the same bytes in several are one.
    fn matches(&self, segment: &Segment<'_>, active: &[usize]) -> Vec<Match> {
        let oracle = self.oracle;
        let opaque = |name: &[u8]| oracle.opaque.iter().any(|glob| glob.matches(name));
        let mut all: Vec<Match> = Vec::new();
        for view in views::all(segment, oracle.hold_back, &opaque) {
            let search = Search { segment, view: &view, now_ms: self.now_ms };
            for (index, detector) in oracle.detectors.iter().enumerate() {
                let used = |at: &usize| matches!(&oracle.uses[*at].what, What::Content(it) if it.contains(&index));
                if !active.iter().any(used) {
                    continue;
                }
                for found in search.matches(index, detector) {
                    let same = |it: &&mut Match| (it.detector, it.start, it.head) == (index, found.start, found.head);
                    match all.iter_mut().find(same) {
                        // A later view may see more of an open end, and of a tail's value.
                        Some(first) if found.end > first.end => {
                            first.end = found.end;
                            if found.tailed {
                                first.value = found.value;
                            }
                        }
                        Some(_) => {}
                        None => all.push(found),
                    }
                }
            }
        }
        all
    }

    fn count(&mut self, at: usize, detector: &str, path: &str, merged: bool) {
        let it = &self.oracle.uses[at];
        let action = match it.effect {
            Effect::Logs => "logs",
            _ if merged => "redact",
            _ => it.action.name(),
        };
        let key = (it.rule.clone(), detector.to_owned(), self.surface.to_owned(), path.to_owned(), action.to_owned());
        let counts = if it.effect == Effect::Shadow { &mut self.outcome.shadow } else { &mut self.outcome.findings };
        *counts.entry(key).or_default() += 1;
    }
}

impl Oracle {
    /// What takes the place of a region that `naming` names.
    fn action(&self, at: usize, naming: &Match, merged: bool) -> Action {
        match &self.uses[at].action {
            _ if merged => Action::Redact,
            Action::Mask { .. } | Action::TruncateIp { .. } if naming.tailed => Action::Redact,
            Action::Hash { .. } if naming.tailed && naming.open && naming.view >= views::FIRST_BASE64 => Action::Redact,
            action => action.clone(),
        }
    }
}
