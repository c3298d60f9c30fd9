//! The automata of a plan, all in one text: states of one are so like those of another that together they pack to a tenth.

use super::automaton::AutomatonError;
use crate::plan::model::Stretch;
use crate::plan::packed;

/// Serialised automata, unpacked.
#[derive(Clone, Debug, Default)]
pub struct Automata(Vec<u8>);

impl Automata {
    /// Takes bytes as they are.
    #[cfg(feature = "compile")]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Unpacks what stands in a plan: base64 of deflated (RFC 1951) bytes, or nothing.
    ///
    /// # Errors
    /// It is not that, or too long once unpacked.
    pub fn unpack(text: &str) -> Result<Self, AutomatonError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        packed::unpack(text).map(Self).map_err(AutomatonError::new)
    }

    /// The bytes of one automaton.
    ///
    /// # Errors
    /// It would lie outside.
    pub fn get(&self, place: Stretch) -> Result<&[u8], AutomatonError> {
        let (start, length) = (place.0 as usize, place.1 as usize);
        let end = start.checked_add(length);
        let outside = || AutomatonError::new("an automaton lies outside of those of the plan");
        end.and_then(|end| self.0.get(start..end)).ok_or_else(outside)
    }
}
