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
mod reading;
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
use inkseal_engine::policy::model::{Place, Selector, Step, Uninspected};
use inkseal_engine::pseudonym::PseudonymKey;

use self::detector::{Detector, Patterns};
use self::policy::{Side, Use};
use self::reading::Run;
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
        "application/json" => json::redact(run, body, true),
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
