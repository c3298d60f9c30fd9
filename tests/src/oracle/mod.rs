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
mod fields;
mod form;
pub mod frames;
pub mod generate;
mod json;
pub mod lane;
mod markup;
mod matches;
pub mod multipart;
mod named;
pub mod policies;
pub mod policy;
pub mod protobuf;
mod regions;
mod render;
pub mod run;
mod segment;
pub mod shipped;
mod streams;
pub mod tree;
mod views;
mod wellformed;

use std::collections::BTreeMap;
use std::rc::Rc;

use inkseal_engine::plan::Glob;
use inkseal_engine::policy::Resolved;
use inkseal_engine::policy::model::{Action, Place, Selector, Step, Uninspected};
use inkseal_engine::pseudonym::PseudonymKey;

use self::detector::{Detector, Patterns};
use self::matches::{Match, Search};
use self::policy::{Effect, Half, Side, Use, What};
use self::segment::{Kind, Segment};

/// Longer names are taken to match every glob, in bytes; the oracle does not read them.
const LONGEST_NAME: usize = 1024;

/// Stands in what is written where nothing may leave any more, since a rule refuses the exchange.
const CUT: &[u8] = b"\0<refused>\0";

/// Bytes without [`CUT`].
fn uncut(bytes: &[u8]) -> Vec<u8> {
    let at = bytes.windows(CUT.len()).position(|window| window == CUT);
    at.map_or_else(|| bytes.to_vec(), |at| [&bytes[..at], &bytes[at + CUT.len()..]].concat())
}

/// The rule, the detector, the surface, the path and the action of a finding.
pub type Key = (String, String, String, String, String);

/// What became of a body, a field or a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The bytes that leave; those before the match that refuses, if one does; `None` for a field that is removed.
    pub bytes: Option<Vec<u8>>,
    /// The rule that refuses the exchange, or the limit that does.
    pub refused: Option<String>,
    /// A bound was reached: the rest was not read as what it is.
    pub limited: bool,
    /// Counts of what enforcing rules found.
    pub findings: BTreeMap<Key, u64>,
    /// Counts of what shadow rules found.
    pub shadow: BTreeMap<Key, u64>,
}

/// A policy, ready to redact one side of an exchange.
#[derive(Clone)]
pub struct Oracle {
    side: Side,
    uses: Vec<Use>,
    detectors: Rc<Vec<Detector>>,
    opaque: Rc<Vec<Glob>>,
    hold_back: usize,
    /// The longest message that is held.
    message: usize,
    depth: usize,
    on_limit: Uninspected,
    key: Rc<PseudonymKey>,
}

impl Oracle {
    /// The limits, hold-back and the longest message in bytes, stand beside the policy so that tests may set smaller
    /// ones than a policy can.
    pub fn new(
        resolved: &Resolved,
        patterns: &mut Patterns,
        side: Side,
        (hold_back, message): (usize, usize),
        key: Rc<PseudonymKey>,
    ) -> Self {
        let (uses, detectors) = policy::uses(resolved, patterns, &side);
        let opaque = resolved.policy.opaque.iter().map(|it| policy::glob(it)).collect();
        let (depth, on_limit) = (resolved.policy.limits.depth as usize, resolved.policy.on_limit);
        let (detectors, opaque) = (Rc::new(detectors), Rc::new(opaque));
        Self { side, uses, detectors, opaque, hold_back, message, depth, on_limit, key }
    }

    /// A body, redacted at `now_ms`, milliseconds since the epoch.
    pub fn body(&self, body: &[u8], now_ms: u64) -> Outcome {
        let mut run = self.body_run(now_ms);
        let bytes = read(&mut run, body);
        run.end(Some(bytes))
    }

    /// A header field or, if `trailer`, a trailer field.
    pub fn field(&self, name: &[u8], value: &[u8], trailer: bool, now_ms: u64) -> Outcome {
        let mut run = self.run(if trailer { "trailer" } else { "header" }, now_ms);
        let left = fields::redact(&mut run, name, value, trailer);
        run.end(left)
    }

    /// A request's target.
    pub fn target(&self, target: &[u8], now_ms: u64) -> Outcome {
        let mut run = self.run("path", now_ms);
        let left = fields::target(&mut run, target);
        run.end(Some(left))
    }

    fn run(&self, part: &'static str, now_ms: u64) -> Run<'_> {
        Run {
            oracle: self,
            now_ms,
            part,
            events: false,
            alone: false,
            refused: None,
            cut: false,
            limit: false,
            outcome: Outcome::default(),
        }
    }

    fn body_run(&self, now_ms: u64) -> Run<'_> {
        Run { events: self.side.media_type == "text/event-stream", ..self.run("body", now_ms) }
    }

    /// Whether [`Oracle::body`] knows what becomes of a body.
    pub fn covers(&self, body: &[u8]) -> bool {
        // What becomes of the other parts or frames behind a bound that one reaches is not the oracle's.
        let inner = multipart::boundary(&self.side.media_type).is_some() || frames::framed(&self.side.media_type);
        let bounded = || !inner || !self.body(body, 0).limited;
        // First bytes that may show another character set than UTF-8.
        let narrow = !body.iter().take(4).any(|byte| *byte == 0) && !body.starts_with(b"\xff\xfe");
        let binary = self.side.media_type == "application/x-protobuf" || frames::framed(&self.side.media_type);
        let utf8 = binary || narrow && !body.starts_with(b"\xfe\xff");
        let events = || events::redact(&mut self.body_run(lane::NOW_MS), body).is_some();
        let followed = self.side.media_type != "text/event-stream" || events();
        utf8 && followed && covers(self, &self.side.media_type, body) && bounded()
    }

    /// The finds of these places that go by no name.
    fn nameless(&self, places: &[Place]) -> Vec<usize> {
        let unnamed = |it: &Use| places.contains(&it.place) && it.names.is_empty() && it.path.is_none();
        (0..self.uses.len()).filter(|at| self.uses[*at].whole || unnamed(&self.uses[*at])).collect()
    }

    /// Whether finds name this header.
    pub fn spells_header(&self, name: &[u8]) -> bool {
        fields::spells(self, name)
    }

    /// Whether a detector's matches depend on what stands beside them.
    pub fn looks_around(&self, detector: &str) -> bool {
        let looks = |it: &Detector| !it.keywords.is_empty() || it.pattern.looks_around;
        self.detectors.iter().any(|it| it.id == detector && looks(it))
    }

    /// Whether a find of these places, of streamed texts only with `streams`, spells a name.
    fn spells(&self, name: &[u8], places: &[Place], streams: bool) -> bool {
        let step = |step: &Step| matches!(&step.selector, Selector::Name(spelled) if spelled.as_bytes() == name);
        let read = |it: &&Use| (it.whole || places.contains(&it.place)) && (streams || it.stream.is_none());
        self.uses.iter().filter(read).any(|it| {
            it.path.iter().flat_map(|path| &path.steps).any(step)
                || it.names.iter().any(|glob| glob.literal().is_some() && glob.matches(name))
        })
    }

    /// How findings call a value of this name: by it if a find of one of these places spells it.
    fn called(&self, name: &[u8], places: &[Place], streams: bool) -> String {
        if self.spells(name, places, streams) { String::from_utf8_lossy(name).into_owned() } else { "*".to_owned() }
    }
}

/// A body by the type of its side.
fn read(run: &mut Run<'_>, body: &[u8]) -> Vec<u8> {
    let oracle = run.oracle;
    match oracle.side.media_type.as_str() {
        "text/event-stream" => events::redact(run, body).expect("the stream is covered"),
        "application/json" => json::redact(run, body),
        "application/x-ndjson" => json::lines(run, body),
        "application/x-www-form-urlencoded" => form::redact(run, body),
        "text/html" | "application/xml" => markup::redact(run, body),
        "application/x-protobuf" => protobuf::redact(run, body),
        media_type if frames::framed(media_type) => frames::redact(run, body),
        media_type => match multipart::boundary(media_type) {
            Some(boundary) => multipart::redact(run, body, &boundary),
            None => text(run, body, BODY),
        },
    }
}

/// Whether it is known what becomes of a body of this type.
fn covers(oracle: &Oracle, media_type: &str, body: &[u8]) -> bool {
    match media_type {
        "application/json" | "application/x-ndjson" => json::covers(body),
        "text/html" | "application/xml" => markup::covers(body),
        "application/x-protobuf" => protobuf::covers(oracle, body, body.len()),
        media_type if frames::framed(media_type) => frames::covers(oracle, body),
        _ => multipart::boundary(media_type).is_none_or(|boundary| multipart::covers(oracle, body, &boundary)),
    }
}

/// Whose finds read a body in which nothing has a name.
const BODY: &[Place] = &[Place::Body, Place::Field, Place::Any];

/// A text without a name, in which finds of these places look for content.
fn text(run: &mut Run<'_>, body: &[u8], places: &[Place]) -> Vec<u8> {
    let active = run.oracle.nameless(places);
    let kind = if run.events { Kind::Data } else { Kind::Text };
    run.segment(&Segment { kind, ..Segment::text(body) }, &active, "")
}

/// What is found in a segment.
#[derive(Default)]
struct Found {
    /// In ascending order.
    replaced: Vec<Replaced>,
    /// Uses that change nothing, each with the detector of its match.
    others: Vec<(usize, usize)>,
    /// Where the first match starts that refuses the exchange, and whose it is.
    refusing: Option<(usize, usize)>,
}

/// A region with what takes its place.
struct Replaced {
    start: usize,
    end: usize,
    text: Vec<u8>,
    /// The use that names it.
    at: usize,
    detector: usize,
    merged: bool,
}

/// One body, field or target on its way.
struct Run<'a> {
    oracle: &'a Oracle,
    now_ms: u64,
    /// What of the half is read, as findings call it.
    part: &'static str,
    /// It is a stream of events: of what is replaced the line ends stay.
    events: bool,
    /// Finds of streamed texts look at each string by itself.
    alone: bool,
    /// The use that refuses the exchange.
    refused: Option<usize>,
    /// What refuses it stands in a value that was just removed with its name.
    cut: bool,
    /// A bound is what refuses it.
    limit: bool,
    outcome: Outcome,
}

impl Run<'_> {
    /// What became of it, if these bytes are left of it.
    fn end(self, bytes: Option<Vec<u8>>) -> Outcome {
        let rule = match self.refused {
            Some(at) => self.oracle.uses[at].rule.clone(),
            None if self.limit => "on_limit".to_owned(),
            None => return Outcome { bytes, ..self.outcome },
        };
        let bytes = bytes.map(|bytes| {
            let cut = bytes.windows(CUT.len()).position(|window| window == CUT);
            bytes[..cut.unwrap_or(bytes.len())].to_vec()
        });
        Outcome { bytes, refused: Some(rule), ..self.outcome }
    }

    /// What stays of bytes that are replaced or removed.
    fn kept(&self, raw: &[u8]) -> Vec<u8> {
        raw.iter().copied().filter(|byte| self.events && *byte == b'\n').collect()
    }

    /// Notes that a use refuses the exchange; whether it is the first.
    fn refuse(&mut self, at: usize) -> bool {
        let first = self.refused.is_none();
        self.refused = self.refused.or(Some(at));
        first
    }

    /// Where content of a segment that is somebody else's is the first to refuse the exchange.
    fn refuses(&mut self, segment: &Segment<'_>, active: &[usize]) -> Option<usize> {
        let blocks = |at: &usize| self.oracle.uses[*at].effect == Effect::Block;
        let active: Vec<usize> = active.iter().copied().filter(blocks).collect();
        let found = self.matches(segment, &active);
        let first = self.refusing(&found, &active);
        first.filter(|(_, at)| self.refuse(*at)).map(|(start, _)| start)
    }

    /// Of matches that refuse the exchange, where the first one starts, and whose it is.
    fn refusing(&self, found: &[Match], active: &[usize]) -> Option<(usize, usize)> {
        let uses = active.iter().copied().filter(|at| self.oracle.uses[*at].effect == Effect::Block);
        let takes = |at: usize, it: &Match| matches!(&self.oracle.uses[at].what, What::Content(detectors) if detectors.contains(&it.detector));
        uses.flat_map(|at| found.iter().filter(move |it| takes(at, it)).map(move |it| (it.start, at))).min()
    }

    /// A segment after content detectors of `active` finds have been through it; its findings are counted under `path`.
    fn segment(&mut self, segment: &Segment<'_>, active: &[usize], path: &str) -> Vec<u8> {
        let found = self.find(segment, active);
        let refusing = found.refusing.filter(|(_, at)| self.refuse(*at)).map(|(start, _)| start);
        for (at, detector) in found.others {
            self.count(at, &self.oracle.detectors[detector].id, path, false);
        }
        let mut out = Vec::new();
        let mut copied = 0;
        let copy = |from: usize, to: usize, out: &mut Vec<u8>| match refusing.filter(|at| (from..to).contains(at)) {
            Some(at) => out.extend([&segment.raw[from..at], CUT, &segment.raw[at..to]].concat()),
            None => out.extend_from_slice(&segment.raw[from..to]),
        };
        for it in found.replaced {
            copy(copied, it.start, &mut out);
            out.extend(it.text);
            if refusing.is_some_and(|at| (it.start..it.end).contains(&at)) {
                out.extend(CUT);
            }
            copied = it.end;
            self.count(it.at, &self.oracle.detectors[it.detector].id, path, it.merged);
        }
        copy(copied, segment.raw.len(), &mut out);
        out
    }

    /// What content detectors of `active` finds find in a segment.
    fn find(&self, segment: &Segment<'_>, active: &[usize]) -> Found {
        let oracle = self.oracle;
        let found = self.matches(segment, active);
        let mut all = Found { refusing: self.refusing(&found, active), ..Found::default() };
        let mut changing = Vec::new();
        for found in found {
            let using =
                |at: &&usize| matches!(&oracle.uses[**at].what, What::Content(it) if it.contains(&found.detector));
            let uses: Vec<usize> = active.iter().filter(using).copied().collect();
            let others = |at: &&usize| !matches!(oracle.uses[**at].effect, Effect::Change | Effect::Block);
            all.others.extend(uses.iter().filter(others).map(|at| (*at, found.detector)));
            let effects = |wanted| uses.iter().copied().find(|at| oracle.uses[*at].effect == wanted);
            if let (Some(at), None) = (effects(Effect::Change), effects(Effect::Block)) {
                changing.push((at, found));
            }
        }
        changing.sort_by_key(|(at, it)| (it.start, *at, it.detector, std::cmp::Reverse(it.head), it.view));
        let matches: Vec<Match> = changing.iter().map(|(_, it)| it.clone()).collect();
        for region in regions::regions(&matches, oracle.hold_back) {
            let naming = &region.naming;
            let first = changing
                .iter()
                .find(|(_, it)| (it.detector, it.start, it.head) == (naming.detector, naming.start, naming.head));
            let at = first.expect("a region is named by one of the matches").0;
            let action = oracle.action(at, naming, region.merged);
            // No part of a pseudonym stands for it.
            let cut = segment.kind == Kind::Fixed && matches!(action, Action::Hash { .. });
            let action = if cut { Action::Redact } else { action };
            let entity = &oracle.detectors[naming.detector].entity;
            let text = render::replacement(&action, entity, &naming.value, &oracle.key);
            let resizes = segment.kind == Kind::Field && matches!(action, Action::Remove | Action::Hash { .. });
            let text = match segment.kind {
                Kind::Field | Kind::Fixed if !resizes => render::exactly(&text, region.end - region.start),
                kind => render::encoded(kind, &text),
            };
            // A pseudonym of an open-ended value stands at its end.
            let last = naming.tailed && matches!(action, Action::Hash { .. });
            let text_at = if last { naming.end } else { region.start };
            let (before, behind) = segment.raw[region.start..region.end].split_at(text_at - region.start);
            let text = [self.kept(before), text, self.kept(behind)].concat();
            let (start, end, detector, merged) = (region.start, region.end, naming.detector, region.merged);
            all.replaced.push(Replaced { start, end, text, at, detector, merged });
        }
        all
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
        let half = if self.oracle.side.half == Half::Request { "request" } else { "response" };
        let surface = format!("{half}.{}", self.part);
        let key = (it.rule.clone(), detector.to_owned(), surface, path.to_owned(), action.to_owned());
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
