//! The property of fields and targets: what leaves and what logs show are the oracle's.

use super::{Counts, outcome, same, shown};
use crate::oracle::Outcome;
use crate::oracle::lane::{Lane, NOW_MS};
use crate::oracle::policies::Trial;
use crate::oracle::policy::{Half, Side};
use crate::oracle::tree::Tree;
use crate::seeded::Seeded;

/// Where a text stands in an exchange.
#[derive(Clone, Copy, Debug)]
pub enum Spot {
    /// The request's target.
    Target,
    /// A field.
    Field {
        /// Whose.
        half: Half,
        /// Behind the body.
        trailer: bool,
        /// Its name.
        name: &'static str,
    },
}

/// Tries on the field or target of a seed that the engine is the oracle.
///
/// # Errors
/// What does not hold, with the seed and the smallest value found for which it does not.
pub fn check_field(lane: &Lane, trial: &Trial, seed: u64) -> Result<Counts, String> {
    let mut random = Seeded::of(&format!("field {seed}"));
    let (spot, document) = spot(trial, &mut random);
    let holds = |tree: &Tree| {
        let text = cleaned(&tree.bytes());
        spot.holds(lane, &text).map_err(|why| (text, why))
    };
    let Err((_, why)) = holds(&document) else {
        let text = cleaned(&document.bytes());
        let changed = spot.oracle(lane, &text, false).bytes.is_none_or(|left| left != text);
        return Ok(Counts { documents: 1, found: usize::from(changed), cuts: 0, comparisons: 2 });
    };
    let fails = |tree: &Tree| holds(tree).is_err_and(|(_, other)| other.0 == why.0);
    let small = document.shrunk(&fails);
    let (text, (property, outcomes)) = holds(&small).err().unwrap_or_default();
    Err(format!("policy {}, seed {seed}, {spot:?}: {property}\n  text {}\n{outcomes}", trial.name, shown(&text)))
}

fn spot(trial: &Trial, random: &mut Seeded) -> (Spot, Tree) {
    let words = &trial.words;
    if random.below(4) == 0 {
        return (Spot::Target, words.target(random));
    }
    let half = [Half::Request, Half::Response][random.below(2)];
    let trailer = random.below(5) == 0;
    let (name, document) = match random.below(6) {
        0 | 1 if half == Half::Request => ("cookie", words.cookies(random)),
        0 | 1 => ("set-cookie", words.set_cookie(random)),
        2 | 3 => (["location", "content-location", "referer"][random.below(3)], words.url(random)),
        _ => (words.names[random.below(words.names.len())], words.text(random)),
    };
    (Spot::Field { half, trailer, name }, document)
}

/// As a field or a target may stand in a message: no control bytes, no white space around it.
fn cleaned(bytes: &[u8]) -> Vec<u8> {
    let clean: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_control()).collect();
    clean.trim_ascii().to_vec()
}

impl Spot {
    /// Spots by number: a target, then the fields of both halves that have a form of their own, then others.
    pub fn numbered(trial: &Trial, number: usize) -> Self {
        let Some(number) = number.checked_sub(1) else { return Self::Target };
        let half = if number % 2 == 0 { Half::Request } else { Half::Response };
        let special = ["cookie", "set-cookie", "location"];
        let names = special.into_iter().chain(trial.words.names.iter().copied());
        let name = names.cycle().nth(number / 2).unwrap_or("x");
        Self::Field { half, trailer: number % 5 == 4, name }
    }

    fn oracle(self, lane: &Lane, text: &[u8], logs: bool) -> Outcome {
        let now_ms = if logs { u64::MAX } else { NOW_MS };
        match self {
            Self::Target => {
                let side = Side { half: Half::Request, target: true, logs, ..Side::default() };
                lane.oracle(&side).target(text, now_ms)
            }
            Self::Field { half, trailer, name } => {
                let side = Side { half, logs, ..Side::default() };
                lane.oracle(&side).field(name.as_bytes(), text, trailer, now_ms)
            }
        }
    }

    /// Holds the engine against the oracle, and what logs show of a request.
    ///
    /// # Errors
    /// What does not hold, and both outcomes.
    pub fn holds(self, lane: &Lane, text: &[u8]) -> Result<(), (&'static str, String)> {
        let got = match self {
            Self::Target => lane.engine_target(text),
            Self::Field { half, trailer, name } => lane.engine_field(half, trailer, name.as_bytes(), text),
        };
        let mut wanted = self.oracle(lane, text, false);
        if wanted.refused.is_some() {
            // Nothing of the message leaves.
            wanted.bytes = None;
        }
        same("the engine is not the oracle", &wanted, &got).map_err(|why| (why.property, why.outcomes))?;
        let (wanted, got) = (self.logs(lane, text), self.logged(lane, text));
        let outcomes =
            || format!("  want {wanted:?}\n  got  {got:?}\n{}", outcome("left", &self.oracle(lane, text, true)));
        if wanted == got { Ok(()) } else { Err(("logs are not the oracle's", outcomes())) }
    }

    /// What logs show of it, by the rules: a target always, a field that a rule names or changes.
    fn logs(self, lane: &Lane, text: &[u8]) -> Option<String> {
        let left = self.oracle(lane, text, true).bytes;
        let shown = || String::from_utf8_lossy(left.as_deref().unwrap_or_default()).into_owned();
        match self {
            Self::Target => Some(shown()),
            Self::Field { half: Half::Request, trailer: false, name } => {
                let side = Side { half: Half::Request, logs: true, ..Side::default() };
                let named = lane.oracle(&side).spells_header(name.as_bytes());
                (named || left.as_deref() != Some(text)).then(shown)
            }
            Self::Field { .. } => None,
        }
    }

    fn logged(self, lane: &Lane, text: &[u8]) -> Option<String> {
        let (logs, name) = match self {
            Self::Target => (lane.engine_logs(text, None), "path".to_owned()),
            Self::Field { half: Half::Request, trailer: false, name } => {
                (lane.engine_logs(b"/", Some((name.as_bytes(), text))), format!("header.{name}"))
            }
            Self::Field { .. } => return None,
        };
        logs.into_iter().find_map(|(its, text)| (its == name).then_some(text))
    }
}
