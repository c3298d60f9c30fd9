//! Which part of a match is replaced: the capture group of `prefix (group) suffix`, found by plain automata.

use super::automata::Automata;
use super::automaton::{Automaton, AutomatonError};
use crate::plan::model;

/// The automata around a capture group.
pub struct Group {
    prefix: Option<Automaton>,
    rest: Automaton,
    group: Automaton,
    suffix: Option<Automaton>,
}

impl Group {
    /// Takes its automata from those of a plan.
    ///
    /// # Errors
    /// The plan lacks one of them.
    pub fn load(plan: &model::Group, automata: &Automata) -> Result<Self, AutomatonError> {
        let load = |number| automata.get(number);
        Ok(Self {
            prefix: plan.prefix.map(load).transpose()?,
            rest: load(plan.rest)?,
            group: load(plan.group)?,
            suffix: plan.suffix.map(load).transpose()?,
        })
    }

    /// The group's range within `text`, a whole match, whose neighbours are `before` and `after`: the earliest start at
    /// which the rest of the pattern fits the rest of the match, then the longest group. Linear in the match.
    pub fn locate(&self, before: Option<u8>, text: &[u8], after: Option<u8>) -> Option<(usize, usize)> {
        let len = text.len();
        let mut rest_fits = vec![false; len + 1];
        self.rest.ends(after, text.iter().rev().copied(), before, |read| mark(&mut rest_fits, len - read));
        let start = match &self.prefix {
            None => rest_fits.first().is_some_and(|&fits| fits).then_some(0),
            Some(prefix) => {
                let mut start = None;
                prefix.ends(before, text.iter().copied(), after, |read| {
                    if start.is_none() && rest_fits.get(read).is_some_and(|&fits| fits) {
                        start = Some(read);
                    }
                });
                start
            }
        }?;
        let mut suffix_fits = vec![false; len + 1];
        match &self.suffix {
            None => mark(&mut suffix_fits, len),
            Some(suffix) => {
                suffix.ends(after, text.iter().rev().copied(), before, |read| mark(&mut suffix_fits, len - read));
            }
        }
        let look_behind = start.checked_sub(1).and_then(|at| text.get(at).copied()).or(before);
        let mut end = None;
        self.group.ends(look_behind, text.get(start..)?.iter().copied(), after, |read| {
            if suffix_fits.get(start + read).is_some_and(|&fits| fits) {
                end = Some(start + read);
            }
        });
        end.filter(|&end| end > start).map(|end| (start, end))
    }
}

fn mark(set: &mut [bool], at: usize) {
    if let Some(slot) = set.get_mut(at) {
        *slot = true;
    }
}
