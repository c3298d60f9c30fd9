//! The properties: the engine is the oracle, every cut is no cut, what is redacted stays, and what parsed parses.

use std::cell::RefCell;

use inkseal::exchange::Loaded;

use super::events;
use super::generate::Words;
use super::lane::Lane;
use super::policies::Trial;
use super::shipped;
use super::tree::Tree;
use super::{Key, Outcome};
use crate::seeded::{Seeded, pieces};

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
    /// Server-sent events.
    Events,
}

impl Format {
    /// All of them.
    pub const ALL: &[Format] =
        &[Format::Text, Format::Json, Format::JsonLines, Format::Form, Format::Html, Format::Xml, Format::Events];

    /// The content type under which it is sent.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Json => "application/json",
            Self::JsonLines => "application/x-ndjson",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Html => "text/html",
            Self::Xml => "application/xml",
            Self::Events => "text/event-stream",
        }
    }

    /// A document of this kind.
    pub fn document(self, words: &Words, random: &mut Seeded) -> Tree {
        match self {
            Self::Text => words.text(random),
            Self::Json => words.json(random),
            Self::JsonLines => words.json_lines(random),
            Self::Form => words.form(random),
            // What is spaced is redacted twice, and a tag whose name was replaced is none any more.
            Self::Html if !words.spaced && random.below(3) == 0 => words.soup(random),
            Self::Html => words.markup(random, true),
            Self::Xml => words.markup(random, false),
            Self::Events => words.events(random),
        }
    }

    fn parses(self, body: &[u8]) -> bool {
        match self {
            Self::Text | Self::Form | Self::Html | Self::Events => true,
            Self::Json => json(body),
            Self::JsonLines => body.split(|byte| *byte == b'\n').all(|line| line.trim_ascii().is_empty() || json(line)),
            Self::Xml => super::wellformed::holds(body),
        }
    }

    /// Whether what parsed before a body was redacted still parses.
    fn stays(self, before: &[u8], after: &[u8]) -> bool {
        if self != Self::Events {
            return !self.parses(before) || self.parses(after);
        }
        let (before, after) = (events::data(before), events::data(after));
        let was = |data: &[u8]| events::looks_like_json(data) && json(data);
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
    if !lane.covers(format.media_type(), &document.bytes()) {
        return Ok(Counts::default());
    }
    smallest(trial, format, seed, &document, &|body| holds(lane, format, stable, body, seed))
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
    if !lane.covers(format.media_type(), &document.bytes()) {
        return Ok(Counts::default());
    }
    smallest(trial, format, seed, &document, &|body| {
        if !lane.covers(format.media_type(), body) {
            return Ok(Counts::default());
        }
        let oracle = lane.oracle(format.media_type(), body);
        let mut random = Seeded::of(&format!("cuts {seed}"));
        let mut cuts = vec![Vec::new(), random.cuts(body.len(), 8)];
        cuts.extend((body.len() <= SHORT).then(|| (1..body.len()).collect()));
        let mut counts = Counts { documents: 1, found: usize::from(oracle.bytes != body), cuts: 0, comparisons: 0 };
        for cut in cuts {
            let outcome = shipped::outcome(&mut **filter.borrow_mut(), format.media_type(), body, &cut);
            let failed =
                |error: anyhow::Error| Failure { property: "the filter fails", outcomes: format!("{error:#}") };
            same("the shipped filter is not the oracle", &oracle, &outcome.map_err(failed)?)?;
            counts.cuts += usize::from(!cut.is_empty());
            counts.comparisons += 1;
        }
        Ok(counts)
    })
}

/// Tries on the header of a seed that the engine is the oracle.
///
/// # Errors
/// As [`check`].
pub fn check_header(lane: &Lane, trial: &Trial, seed: u64) -> Result<(), String> {
    let mut random = Seeded::of(&format!("header {seed}"));
    let name = trial.words.names[random.below(trial.words.names.len())].as_bytes();
    let clean = |bytes: &[u8]| bytes.iter().copied().filter(|byte| !byte.is_ascii_control()).collect::<Vec<u8>>();
    let fails = |tree: &Tree| {
        let value = clean(&tree.bytes());
        lane.oracle_header(name, &value) != lane.engine_header(name, &value)
    };
    let document = trial.words.text(&mut random);
    if !fails(&document) {
        return Ok(());
    }
    let value = clean(&document.shrunk(&fails).bytes());
    let side = |name: &str, (left, outcome): (Option<Vec<u8>>, Outcome)| {
        format!("  {name} {:?} {:?} {:?}", left.as_deref().map(shown), outcome.findings, outcome.shadow)
    };
    let (want, got) = (lane.oracle_header(name, &value), lane.engine_header(name, &value));
    let name = shown(name);
    let header = format!("policy {}, seed {seed}, header {name}: {}", trial.name, shown(&value));
    Err([header, side("want", want), side("got ", got)].join("\n"))
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
    holds: &dyn Fn(&[u8]) -> Result<Counts, Failure>,
) -> Result<Counts, String> {
    let why = match holds(&document.bytes()) {
        Ok(counts) => return Ok(counts),
        Err(why) => why,
    };
    let property = why.property;
    let fails = |tree: &Tree| holds(&tree.bytes()).is_err_and(|why| why.property == property);
    let small = document.clone().shrunk(&fails);
    let outcomes = holds(&small.bytes()).err().unwrap_or(why).outcomes;
    let (name, media_type, body) = (trial.name, format.media_type(), shown(&small.bytes()));
    Err(format!("policy {name}, seed {seed}, {media_type}: {property}\n  body {body}\n{outcomes}"))
}

struct Failure {
    property: &'static str,
    outcomes: String,
}

fn holds(lane: &Lane, format: Format, stable: bool, body: &[u8], seed: u64) -> Result<Counts, Failure> {
    let media_type = format.media_type();
    // What is made smaller may be covered no more.
    if !lane.covers(media_type, body) {
        return Ok(Counts::default());
    }
    let oracle = lane.oracle(media_type, body);
    let whole = lane.engine(media_type, std::iter::once(body));
    let mut counts = Counts { documents: 1, found: usize::from(whole.bytes != body), cuts: 0, comparisons: 1 };
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
        let outcome = lane.engine(media_type, pieces.iter().map(Vec::as_slice));
        counts.cuts += 1;
        counts.comparisons += 1;
        same("a cut makes a difference", &whole, &outcome)?;
    }
    if stable {
        let again = lane.engine(media_type, std::iter::once(whole.bytes.as_slice()));
        counts.comparisons += 1;
        // A replacement may become the neighbour, or bring near the keyword, that a detector was waiting for.
        let found = |(_, detector, ..): &Key| lane.looks_around(media_type, detector);
        if !again.findings.keys().any(found) {
            let again = Outcome { bytes: again.bytes, ..whole.clone() };
            same("redacting twice is not redacting once", &whole, &again)?;
        }
    }
    // A replacement in a tag's own bytes or in a comment may break it; such findings have no path.
    let in_markup = format == Format::Xml && whole.findings.keys().any(|(.., path, _)| path.is_empty());
    if !in_markup && !format.stays(body, &whole.bytes) {
        let outcomes = format!("  left {}", shown(&whole.bytes));
        return Err(Failure { property: "what parsed does not parse", outcomes });
    }
    Ok(counts)
}

fn same(property: &'static str, wanted: &Outcome, got: &Outcome) -> Result<(), Failure> {
    if wanted == got {
        return Ok(());
    }
    let outcome = |name: &str, it: &Outcome| {
        let mut text = format!("  {name} {}", shown(&it.bytes));
        for (kind, counts) in [("found", &it.findings), ("shadow", &it.shadow)] {
            for ((rule, detector, _, path, action), count) in counts {
                text += &format!("\n    {kind} {count} of {rule}/{detector} at {path:?}: {action}");
            }
        }
        text
    };
    Err(Failure { property, outcomes: [outcome("want", wanted), outcome("got ", got)].join("\n") })
}

/// Bytes as text that shows every one of them.
fn shown(bytes: &[u8]) -> String {
    let text = bytes.utf8_chunks().map(|chunk| {
        let valid = chunk.valid().escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'");
        valid + &chunk.invalid().iter().map(|byte| format!("<{byte:02x}>")).collect::<String>()
    });
    text.collect()
}
