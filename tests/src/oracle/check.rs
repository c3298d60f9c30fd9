//! The properties of bodies: the engine is the oracle, every cut is no cut, what is redacted stays, and what parsed parses.

mod fields;

use std::cell::RefCell;

use inkseal::exchange::Loaded;

use super::events;
use super::generate::Words;
use super::lane::{Lane, NOW_MS};
use super::policies::Trial;
use super::policy::{Half, Side};
use super::shipped;
use super::tree::Tree;
use super::{Key, Outcome};
use crate::seeded::{Seeded, pieces};

pub use self::fields::{Spot, check_field};

/// Documents up to this many bytes are cut at every position.
const SHORT: usize = 160;
/// Random sets of cuts of a longer one.
const RANDOM_CUTS: usize = 3;

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Any text.
    Text,
    /// One JSON text.
    Json,
    /// JSON texts, one a line.
    JsonLines,
    /// A form.
    Form,
    /// HTML.
    Html,
    /// XML.
    Xml,
    /// Parts of all of them.
    Multipart,
    /// A protobuf message.
    Protobuf,
    /// Protobuf messages in frames.
    Grpc,
    /// JSON in frames.
    GrpcJson,
    /// Protobuf messages in frames, and trailers in one.
    GrpcWeb,
    /// Protobuf messages in frames, and how the stream ends in JSON.
    Connect,
    /// Server-sent events.
    Events,
    /// Those of texts that come in pieces.
    Pieces,
}

impl Format {
    /// All but what only policies for it read.
    pub const ALL: &[Format] = &[
        Format::Text,
        Format::Json,
        Format::JsonLines,
        Format::Form,
        Format::Html,
        Format::Xml,
        Format::Multipart,
        Format::Protobuf,
        Format::Grpc,
        Format::GrpcJson,
        Format::GrpcWeb,
        Format::Connect,
        Format::Events,
    ];

    /// The content type under which it is sent.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Json => "application/json",
            Self::JsonLines => "application/x-ndjson",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Html => "text/html",
            Self::Xml => "application/xml",
            Self::Multipart => "multipart/form-data; boundary=XbX",
            Self::Protobuf => "application/x-protobuf",
            Self::Grpc => "application/grpc",
            Self::GrpcJson => "application/grpc+json",
            Self::GrpcWeb => "application/grpc-web+proto",
            Self::Connect => "application/connect+proto",
            Self::Events | Self::Pieces => "text/event-stream",
        }
    }

    /// A document of this kind.
    pub fn document(self, words: &Words, random: &mut Seeded) -> Tree {
        match self {
            Self::Text => words.text(random),
            // Broken once, text is broken twice in another way.
            Self::Json | Self::JsonLines if !words.spaced && random.below(4) == 0 => {
                words.broken_json(random, self == Self::JsonLines)
            }
            Self::Json => words.json(random),
            Self::JsonLines => words.json_lines(random),
            Self::Form => words.form(random),
            // What is spaced is redacted twice, and a tag whose name was replaced is none any more.
            Self::Html if !words.spaced && random.below(3) == 0 => words.soup(random),
            Self::Html => words.markup(random, true),
            Self::Xml => words.markup(random, false),
            Self::Multipart => words.multipart(random),
            Self::Protobuf => words.protobuf(random),
            Self::Grpc => words.frames(random),
            Self::GrpcJson => words.json_frames(random),
            Self::GrpcWeb => words.web_frames(random),
            Self::Connect => words.connect_frames(random),
            Self::Events => words.events(random),
            Self::Pieces => words.pieces(random),
        }
    }

    fn parses(self, body: &[u8]) -> bool {
        match self {
            Self::Text
            | Self::Form
            | Self::Html
            | Self::Multipart
            | Self::Events
            | Self::Pieces
            | Self::GrpcJson
            | Self::GrpcWeb
            | Self::Connect => true,
            Self::Json => json(body),
            Self::JsonLines => body.split(|byte| *byte == b'\n').all(|line| line.trim_ascii().is_empty() || json(line)),
            Self::Xml => super::wellformed::holds(body),
            Self::Protobuf => super::protobuf::whole(body),
            Self::Grpc => super::frames::whole(body),
        }
    }

    /// Whether what parsed before a body was redacted still parses.
    fn stays(self, before: &[u8], after: &[u8], hold_back: usize) -> bool {
        if !matches!(self, Self::Events | Self::Pieces) {
            return !self.parses(before) || self.parses(after);
        }
        let (before, after) = (events::data(before), events::data(after));
        let was = |data: &[u8]| events::reads_as_json(data, hold_back) && json(data);
        before.len() == after.len() && before.iter().zip(&after).all(|(before, after)| !was(before) || json(after))
    }
}

fn json(text: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Documents.
    pub documents: usize,
    /// Documents in which something was found.
    pub found: usize,
    /// Runs of a document in pieces.
    pub cuts: usize,
    /// Outcomes held against another.
    pub comparisons: usize,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts { documents, found, cuts, comparisons } = self;
        write!(f, "{documents} documents ({found} of them changed), {cuts} cuts, {comparisons} comparisons")
    }
}

impl Counts {
    /// Adds what another count has.
    pub fn add(&mut self, other: Counts) {
        self.documents += other.documents;
        self.found += other.found;
        self.cuts += other.cuts;
        self.comparisons += other.comparisons;
    }
}

/// Tries the properties on the document of a seed; counts nothing if the oracle does not cover it.
///
/// # Errors
/// What does not hold, with the seed and the smallest document found for which it does not.
pub fn check(lane: &Lane, trial: &Trial, format: Format, seed: u64) -> Result<Counts, String> {
    let (document, stable) = document(trial, format, seed);
    let oracle = lane.oracle(&side(format, seed));
    let covers = |body: &[u8]| oracle.covers(body);
    if !covers(&document.bytes()) {
        return Ok(Counts::default());
    }
    smallest(trial, format, seed, &document, &covers, &|body| holds(lane, format, stable, body, seed))
}

/// Tries on the shipped filter that it is the oracle: whole, in random pieces, and short documents byte by byte.
///
/// # Errors
/// As [`check`].
pub fn check_shipped(
    lane: &Lane,
    filter: &RefCell<Box<dyn Loaded>>,
    trial: &Trial,
    format: Format,
    seed: u64,
) -> Result<Counts, String> {
    let (document, _) = document(trial, format, seed);
    let side = side(format, seed);
    let oracle = lane.oracle(&side);
    let covers = |body: &[u8]| oracle.covers(body);
    if !covers(&document.bytes()) {
        return Ok(Counts::default());
    }
    smallest(trial, format, seed, &document, &covers, &|body| {
        let oracle = oracle.body(body, NOW_MS);
        let mut random = Seeded::of(&format!("cuts {seed}"));
        let mut cuts = vec![Vec::new(), random.cuts(body.len(), 8)];
        cuts.extend((body.len() <= SHORT).then(|| (1..body.len()).collect()));
        let mut counts =
            Counts { documents: 1, found: usize::from(oracle.bytes.as_deref() != Some(body)), cuts: 0, comparisons: 0 };
        for cut in cuts {
            let outcome = shipped::outcome(&mut **filter.borrow_mut(), &side, body, &cut);
            let failed =
                |error: anyhow::Error| Failure { property: "the filter fails", outcomes: format!("{error:#}") };
            same("the shipped filter is not the oracle", &oracle, &outcome.map_err(failed)?)?;
            counts.cuts += usize::from(!cut.is_empty());
            counts.comparisons += 1;
        }
        Ok(counts)
    })
}

/// Whose body the document of a seed is.
fn side(format: Format, seed: u64) -> Side {
    let half = if seed % 5 == 4 { Half::Request } else { Half::Response };
    Side { half, media_type: format.media_type().to_owned(), ..Side::default() }
}

/// The document of a seed, and whether redacting it twice changes nothing.
fn document(trial: &Trial, format: Format, seed: u64) -> (Tree, bool) {
    let mut random = Seeded::of(&format!("{format:?} {seed}"));
    // A replacement inside or beside a run of base64 changes what the rest of the run means: spaces keep them apart.
    let stable = trial.stable && seed % 2 == 1;
    let words = Words { spaced: stable, ..trial.words };
    (format.document(&words, &mut random), stable)
}

fn smallest(
    trial: &Trial,
    format: Format,
    seed: u64,
    document: &Tree,
    covers: &dyn Fn(&[u8]) -> bool,
    holds: &dyn Fn(&[u8]) -> Result<Counts, Failure>,
) -> Result<Counts, String> {
    let why = match holds(&document.bytes()) {
        Ok(counts) => return Ok(counts),
        Err(why) => why,
    };
    let property = why.property;
    let fails = |tree: &Tree| {
        let body = tree.bytes();
        covers(&body) && holds(&body).is_err_and(|why| why.property == property)
    };
    let small = document.clone().shrunk(&fails);
    let outcomes = holds(&small.bytes()).err().unwrap_or(why).outcomes;
    let (name, media_type, body) = (trial.name, format.media_type(), shown(&small.bytes()));
    let half = side(format, seed).half;
    Err(format!("policy {name}, seed {seed}, {half:?}, {media_type}: {property}\n  body {body}\n{outcomes}"))
}

struct Failure {
    property: &'static str,
    outcomes: String,
}

fn holds(lane: &Lane, format: Format, stable: bool, body: &[u8], seed: u64) -> Result<Counts, Failure> {
    let side = side(format, seed);
    let engine = |pieces: &[&[u8]]| lane.engine(side.half, &side.media_type, pieces.iter().copied());
    let reader = lane.oracle(&side);
    // What is made smaller may be covered no more.
    if !reader.covers(body) {
        return Ok(Counts::default());
    }
    let oracle = reader.body(body, NOW_MS);
    let whole = engine(&[body]);
    let mut counts =
        Counts { documents: 1, found: usize::from(oracle.bytes.as_deref() != Some(body)), cuts: 0, comparisons: 1 };
    same("the engine is not the oracle", &oracle, &whole)?;
    let mut random = Seeded::of(&format!("cuts {seed}"));
    let mut cuts: Vec<Vec<usize>> = vec![(1..body.len()).collect()];
    if body.len() <= SHORT {
        cuts.extend((1..body.len()).map(|at| vec![at]));
    } else {
        cuts.extend((0..RANDOM_CUTS).map(|_| random.cuts(body.len(), 8)));
    }
    for cut in cuts {
        let pieces = pieces(body, &cut);
        let outcome = engine(&pieces.iter().map(Vec::as_slice).collect::<Vec<_>>());
        counts.cuts += 1;
        counts.comparisons += 1;
        same("a cut makes a difference", &oracle, &outcome)?;
    }
    let (None, Some(bytes)) = (&whole.refused, &whole.bytes) else { return Ok(counts) };
    if stable {
        let again = engine(&[bytes]);
        counts.comparisons += 1;
        // A replacement may become the neighbour, or bring near the keyword, that a detector was waiting for.
        let found = |(_, detector, ..): &Key| reader.looks_around(detector);
        if !again.findings.keys().any(found) {
            let again = Outcome { bytes: again.bytes, ..whole.clone() };
            same("redacting twice is not redacting once", &whole, &again)?;
        }
    }
    // A replacement in a tag's own bytes or in a comment may break it; such findings have no path.
    let in_markup = format == Format::Xml && whole.findings.keys().any(|(.., path, _)| path.is_empty());
    // What is beyond a bound is no JSON to anybody.
    if !in_markup && !whole.limited && !format.stays(body, bytes, lane.hold_back) {
        let outcomes = format!("  left {}", shown(bytes));
        return Err(Failure { property: "what parsed does not parse", outcomes });
    }
    Ok(counts)
}

/// Holds the engine against the oracle on a body that comes in one piece.
///
/// # Errors
/// Both outcomes, if they differ.
pub fn compare(lane: &Lane, side: &Side, body: &[u8]) -> Result<(), String> {
    let oracle = lane.oracle(side).body(body, NOW_MS);
    let engine = lane.engine(side.half, &side.media_type, std::iter::once(body));
    same("", &oracle, &engine).map_err(|why| why.outcomes)
}

/// Holds an outcome against what the oracle says. Of what is refused, a cut decides how much has left; it is never more
/// than what stands before the match that refuses, nor another rule's refusal.
fn same(property: &'static str, wanted: &Outcome, got: &Outcome) -> Result<(), Failure> {
    let agrees = match (&wanted.refused, &wanted.bytes, &got.bytes) {
        (Some(_), Some(before), Some(left)) => got.refused == wanted.refused && before.starts_with(left),
        (Some(_), ..) => got.refused == wanted.refused,
        (None, ..) => wanted == got,
    };
    if agrees {
        return Ok(());
    }
    Err(Failure { property, outcomes: [outcome("want", wanted), outcome("got ", got)].join("\n") })
}

fn outcome(name: &str, it: &Outcome) -> String {
    let mut text = format!("  {name} {}", it.bytes.as_deref().map_or("(removed)".to_owned(), shown));
    text.extend(it.refused.iter().map(|rule| format!("\n    refused by {rule}")));
    text.push_str(if it.limited { "\n    a bound was reached" } else { "" });
    for (kind, counts) in [("found", &it.findings), ("shadow", &it.shadow)] {
        for ((rule, detector, surface, path, action), count) in counts {
            text += &format!("\n    {kind} {count} of {rule}/{detector} in {surface} at {path:?}: {action}");
        }
    }
    text
}

/// Bytes as text that shows every one of them.
fn shown(bytes: &[u8]) -> String {
    let text = bytes.utf8_chunks().map(|chunk| {
        let valid = chunk.valid().escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'");
        valid + &chunk.invalid().iter().map(|byte| format!("<{byte:02x}>")).collect::<String>()
    });
    text.collect()
}
