//! From matches to output: regions, what takes their place, and what is counted.

mod action;
mod alphabet;
mod bytes;
mod decode;
mod lens;
mod matcher;
mod region;
mod runs;
mod scanner;
mod skim;
mod store;
mod syntax;
mod tally;
mod view;

pub use action::{Render, mark, normalised, render};
pub use decode::{Chain, decode_name};
pub use lens::{Effect, Lens, Use};
pub use matcher::{Context, Matcher, Scope, Segment, Sink};
pub use skim::{Glance, Skim};
pub use syntax::Syntax;
pub use tally::{Hit, Key, Origin, Tally};

/// The longest pseudonym, in bytes, without a domain.
pub(crate) const LONGEST_PSEUDONYM: usize = scanner::LONGEST_PSEUDONYM;
/// How far back the beginning of a `data:` URI is looked for, in bytes.
pub(crate) const DATA_URI: usize = runs::DATA_URI as usize;
