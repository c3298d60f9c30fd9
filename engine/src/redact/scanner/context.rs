//! Whether a keyword stands near a match.

use super::{Scanner, index};
use crate::redact::matcher::{Scope, Segment};
use crate::scan::Keywords;

impl Scanner {
    /// Whether one stands before a match.
    pub(super) fn word_before(&self, segment: &Segment, words: &Keywords, start: u64) -> bool {
        let text = self.view.text().range(start.saturating_sub(words.reach() as u64), start);
        match segment.scope {
            Scope::Line => {
                let line = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
                words.before(text.get(line..).unwrap_or_default(), 0)
            }
            Scope::Member => words.before(text, 0) || words.before(&segment.context, index(start)),
        }
    }

    /// Whether one stands behind a match; `None` while that is open.
    pub(super) fn word_behind(&self, segment: &Segment, words: &Keywords, end: u64, last: bool) -> Option<bool> {
        let behind = self.view.text().tail(end);
        let near = behind.get(..words.reach()).unwrap_or(behind);
        let line = match segment.scope {
            Scope::Line => near.iter().position(|&byte| byte == b'\n'),
            Scope::Member => None,
        };
        let text = line.map_or(near, |at| near.get(..at).unwrap_or_default());
        if words.after(text) {
            return Some(true);
        }
        (last || line.is_some() || behind.len() >= words.reach()).then_some(false)
    }
}
