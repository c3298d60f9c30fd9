//! The automata of a plan, all in one text: states of one are so like those of another that together they pack to a tenth.
//!
//! Written, each stands behind the number of its bytes: four, little-endian.

use std::io::{BufRead, Read as _};

use super::automaton::{Automaton, AutomatonError, Library};
use crate::plan::packed;

/// Automata by their numbers.
#[derive(Default)]
pub struct Automata(Vec<Automaton>);

impl Automata {
    /// Reads those of a plan: base64 of deflated (RFC 1951) bytes, or nothing. They are unpacked one by one.
    ///
    /// # Errors
    /// It is not that, too long once unpacked, or one of them is no automaton.
    pub fn unpack(text: &str, library: &mut Library) -> Result<Self, AutomatonError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        Self::read(packed::open(text).map_err(AutomatonError::new)?, library)
    }

    /// Reads them one by one.
    ///
    /// # Errors
    /// They end early, or one of them is no automaton.
    pub fn read(mut written: impl BufRead, library: &mut Library) -> Result<Self, AutomatonError> {
        let broken = |error: std::io::Error| AutomatonError::new(error.to_string());
        let (mut automata, mut bytes) = (Vec::new(), Vec::new());
        while !written.fill_buf().map_err(broken)?.is_empty() {
            let mut length = [0; 4];
            written.read_exact(&mut length).map_err(broken)?;
            bytes.clear();
            let length = u64::from(u32::from_le_bytes(length));
            written.by_ref().take(length).read_to_end(&mut bytes).map_err(broken)?;
            automata.push(library.automaton(&bytes)?);
        }
        automata.shrink_to_fit();
        Ok(Self(automata))
    }

    /// One of them.
    ///
    /// # Errors
    /// There is none with this number.
    pub fn get(&self, number: u32) -> Result<Automaton, AutomatonError> {
        let lacks = || AutomatonError::new("the plan lacks one of its automata");
        self.0.get(number as usize).cloned().ok_or_else(lacks)
    }
}
