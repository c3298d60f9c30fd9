//! Records of JSON, one a line (NDJSON, JSON Lines; RFC 7464 sets a record separator before each). No match and no
//! broken record reaches into the next.

use super::Reading;
use super::json::{Json, Limit};
use crate::redact::Tally;

/// The state of a body of records.
pub(super) struct Lines {
    json: Json,
    offset: u64,
}

impl Lines {
    pub(super) fn new(reading: &Reading<'_>) -> Self {
        Self { json: Json::new(reading), offset: 0 }
    }

    /// Takes the next bytes, the last of them when `last`, and appends to `out` what may leave.
    pub(super) fn step(
        &mut self,
        reading: &Reading<'_>,
        chunk: &[u8],
        last: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Option<Limit> {
        let mut rest = chunk;
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | 0x1e)) {
            let (line, behind) = rest.split_at_checked(end).unwrap_or((rest, b""));
            if let Some(limit) = self.json.step(reading, line, true, out, tally) {
                return Some(Limit { rest: [&limit.rest, behind].concat(), ..limit });
            }
            out.extend(behind.first());
            self.offset += end as u64 + 1;
            self.json.restart(reading, self.offset);
            rest = behind.get(1..).unwrap_or_default();
        }
        self.offset += rest.len() as u64;
        self.json.step(reading, rest, last, out, tally)
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        self.json.holding()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.json.memory()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.json.work()
    }
}
