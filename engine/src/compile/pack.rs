//! Automata on their way into a plan: each once, behind one another, deflated together.

use std::collections::HashMap;

use crate::plan::model::{Detector, Stretch};
use crate::plan::packed;
use crate::scan::Automata;

/// Automata and their places.
#[derive(Default)]
pub(super) struct Pack {
    bytes: Vec<u8>,
    known: HashMap<Vec<u8>, Stretch>,
}

impl Pack {
    /// The place of an automaton.
    pub(super) fn add(&mut self, automaton: &[u8]) -> Stretch {
        if let Some(place) = self.known.get(automaton) {
            return *place;
        }
        let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let place = Stretch(size(self.bytes.len()), size(automaton.len()));
        self.bytes.extend_from_slice(automaton);
        self.known.insert(automaton.to_vec(), place);
        place
    }

    /// A detector whose automata lie in `from`, with them here.
    pub(super) fn adopt(&mut self, detector: &Detector, from: &Automata) -> Detector {
        let mut detector = detector.clone();
        for place in detector.places() {
            *place = self.add(from.get(*place).unwrap_or_default());
        }
        detector
    }

    /// The automata, not packed.
    pub(super) fn into_automata(self) -> Automata {
        Automata::new(self.bytes)
    }

    /// The text that stands in a plan.
    ///
    /// # Errors
    /// There is more than a plan may hold.
    pub(super) fn finish(self) -> Result<String, String> {
        packed::pack(&self.bytes)
    }
}
