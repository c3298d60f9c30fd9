//! The properties: the engine is the oracle, every cut is no cut, what is redacted stays, and what parsed parses.

use super::generate::Words;
use super::lane::Lane;
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
}

impl Format {
    /// All of them.
    pub const ALL: &[Format] =
        &[Format::Text, Format::Json, Format::JsonLines, Format::Form, Format::Html, Format::Xml];

    /// The content type under which it is sent.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Json => "application/json",
            Self::JsonLines => "application/x-ndjson",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Html => "text/html",
            Self::Xml => "application/xml",
        }
    }

    /// A document of this kind.
    pub fn document(self, words: &Words, random: &mut Seeded) -> Tree {
        match self {
            Self::Text => words.text(random),
            Self::Json => words.json(random),
            Self::JsonLines => words.json_lines(random),
            Self::Form => words.form(random),
            Self::Html => words.markup(random, true),
            Self::Xml => words.markup(random, false),
        }
    }

    fn parses(self, body: &[u8]) -> bool {
        match self {
            Self::Text | Self::Form | Self::Html => true,
            Self::Json => json(body),
            Self::JsonLines => body.split(|byte| *byte == b'\n').all(|line| line.trim_ascii().is_empty() || json(line)),
            Self::Xml => super::wellformed::holds(body),
        }
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

impl Counts {
    /// Adds what another count has.
    pub fn add(&mut self, other: Counts) {
        self.documents += other.documents;
        self.found += other.found;
        self.cuts += other.cuts;
        self.comparisons += other.comparisons;
    }
}

/// Tries the properties on the document of a seed.
///
/// # Errors
/// What does not hold, with the seed and the smallest document found for which it does not.
pub fn check(lane: &Lane, words: Words, format: Format, stable: bool, seed: u64) -> Result<Counts, String> {
    let mut random = Seeded::of(&format!("{format:?} {seed}"));
    // A replacement inside or beside a run of base64 changes what the rest of the run means: spaces keep them apart.
    let stable = stable && seed % 2 == 1;
    let words = Words { between: if stable { " " } else { words.between }, ..words };
    let document = format.document(&words, &mut random);
    let tried = |tree: &Tree| holds(lane, format, stable, &tree.bytes(), seed);
    let why = match tried(&document) {
        Ok(counts) => return Ok(counts),
        Err(why) => why,
    };
    let property = why.property;
    let fails = |tree: &Tree| tried(tree).is_err_and(|why| why.property == property);
    let small = document.shrunk(&fails);
    let why = tried(&small).err().unwrap_or(why);
    let body = small.bytes();
    Err(format!("seed {seed}, {}: {property}\n  body {}\n{}", format.media_type(), shown(&body), why.outcomes))
}

struct Failure {
    property: &'static str,
    outcomes: String,
}

fn holds(lane: &Lane, format: Format, stable: bool, body: &[u8], seed: u64) -> Result<Counts, Failure> {
    let media_type = format.media_type();
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
    if !in_markup && format.parses(body) && !format.parses(&whole.bytes) {
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
