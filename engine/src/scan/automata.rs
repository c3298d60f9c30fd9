//! The automata of a plan, all in one text: states of one are so like those of another that together they pack to a tenth.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::read::DeflateDecoder;

use super::automaton::AutomatonError;
use crate::plan::model::Stretch;

/// Bytes of all automata at most; what is longer is refused.
pub const MOST: usize = 32 << 20;

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
    /// It is not that, or longer than [`MOST`] once unpacked.
    pub fn unpack(text: &str) -> Result<Self, AutomatonError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let packed = STANDARD_NO_PAD.decode(text).map_err(|error| AutomatonError::new(error.to_string()))?;
        let mut bytes = Vec::new();
        let mut decoder = DeflateDecoder::new(packed.as_slice()).take(MOST as u64 + 1);
        decoder.read_to_end(&mut bytes).map_err(|error| AutomatonError::new(format!("not deflated: {error}")))?;
        if bytes.len() > MOST {
            return Err(AutomatonError::new(format!("the automata take more than {MOST} bytes")));
        }
        Ok(Self(bytes))
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
