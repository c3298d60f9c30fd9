//! A multi-pattern searcher, native.

use inkseal_bench_guest::searcher::Searcher;

use super::{CHUNK, Engine};
use crate::inputs::Input;

/// The same expressions in one searcher, chunk by chunk: where its lazy automaton gives up, one search of 256 KiB takes
/// minutes. Matches across chunks are missed.
pub struct Meta(Searcher);

impl Meta {
    /// Over these expressions.
    ///
    /// # Errors
    /// They are too large for it.
    pub fn new(expressions: &[&str]) -> Result<Self, String> {
        Searcher::new(expressions).map(Self)
    }
}

impl Engine for Meta {
    fn name(&self) -> &'static str {
        "meta multi-pattern"
    }

    fn run(&mut self, input: &Input) -> Result<Option<usize>, String> {
        let mut out = Vec::with_capacity(input.body.len());
        for chunk in input.body.chunks(CHUNK) {
            self.0.replace(chunk, &mut out);
        }
        Ok(Some(out.len()))
    }
}
