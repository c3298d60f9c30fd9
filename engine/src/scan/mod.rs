//! From text to matches: a candidate finder, anchored automata at the candidates, then what makes a match real.

mod automata;
mod automaton;
mod class;
mod clusters;
mod detector;
mod finder;
mod gram;
mod group;
pub(crate) mod kernel;
mod keywords;
mod search;
mod sieve;
mod silent;
pub(crate) mod table;
mod tables;
pub mod validate;
mod words;

pub use automata::Automata;
pub use automaton::{Automaton, AutomatonError, Library, Run, Step};
pub use class::ByteClass;
pub use detector::{Detector, Tail};
pub use finder::{Finder, LONGEST_WINDOW, Mask, WINDOW, Windows};
pub use keywords::Keywords;
pub use search::{Found, Search};
pub use silent::Asked;
pub use words::Words;
