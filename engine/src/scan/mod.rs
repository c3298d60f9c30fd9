//! From text to matches: a candidate finder, anchored automata at the candidates, then what makes a match real.

mod automata;
mod automaton;
mod class;
mod detector;
pub(crate) mod finder;
pub(crate) mod gram;
mod group;
pub mod kernel;
mod keywords;
mod patterns;
mod rows;
mod search;
mod sieve;
mod silent;
pub(crate) mod table;
pub(crate) mod tables;
pub mod validate;
mod words;

pub use automata::Automata;
pub use automaton::{Automaton, AutomatonError, Library, Run, Step};
pub use class::ByteClass;
pub use detector::{Detector, Tail};
pub use finder::{BucketsError, Finder, LONGEST_WINDOW, Mask, WINDOW};
pub use keywords::Keywords;
pub use patterns::{Pattern, Patterns};
pub use search::{Found, Search};
pub use silent::Asked;
pub use words::Words;
