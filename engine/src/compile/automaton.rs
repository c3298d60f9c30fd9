//! Expressions to automata in their written form.

use regex_automata::MatchKind;
use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson;
use regex_syntax::hir::Hir;

use super::table;

/// Bytes that one automaton may take while it is built; a pattern that needs more is too wide to be fast.
const SIZE_LIMIT: usize = 4 << 20;

/// The DFA of an expression, anchored, reporting every end of a match; see [`crate::scan::table`] for how it is written.
///
/// # Errors
/// The automaton would be too large, or needs what a DFA cannot do.
pub(super) fn build(hir: &Hir, reverse: bool) -> Result<Vec<u8>, String> {
    let nfa = thompson::Compiler::new()
        .configure(
            thompson::Config::new()
                .utf8(false)
                .reverse(reverse)
                .which_captures(thompson::WhichCaptures::None)
                .nfa_size_limit(Some(SIZE_LIMIT)),
        )
        .build_from_hir(hir)
        .map_err(|error| error.to_string())?;
    let config = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .match_kind(MatchKind::All)
        .accelerate(false)
        .dfa_size_limit(Some(SIZE_LIMIT))
        .determinize_size_limit(Some(4 * SIZE_LIMIT));
    let dense = dense::Builder::new().configure(config).build_from_nfa(&nfa).map_err(|error| error.to_string())?;
    table::write(&dense)
}
