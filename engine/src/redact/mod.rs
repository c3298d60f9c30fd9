//! From matches to output: regions, what takes their place, and what is counted.

mod action;
mod encoding;
mod held;
mod lens;
mod matcher;
mod region;
mod tally;

pub use action::{Render, mark, render};
pub use encoding::Encoding;
pub use held::Held;
pub use lens::{Effect, Lens, Use};
pub use matcher::{Context, Matcher, Scope, Segment, Sink};
pub use tally::{Hit, Key, Origin, Tally};

/// The longest pseudonym, in bytes, without a domain.
pub(crate) const LONGEST_PSEUDONYM: usize = matcher::LONGEST_PSEUDONYM;
