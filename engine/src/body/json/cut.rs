//! A string that the end of a piece cuts: what has come of it waits for the rest, so that it is read in one, as most
//! strings are. The end of a text that goes on costs more than many strings.

use super::super::slices::SLICE;
use super::quick::Slice;
use super::{Json, Reading, State};
use crate::redact::Tally;

/// Bytes of a string that may wait, from its opening quote on, where it is not known that more is on its way.
const FEW: usize = 256;

/// The beginning of a string, unread.
#[derive(Default)]
pub(super) struct Cut {
    /// From its opening quote on; empty where nothing waits.
    text: Vec<u8>,
    /// Bytes that may wait. A longer string is read as it comes.
    most: usize,
    /// It ends in a backslash that takes the next byte along.
    escaped: bool,
}

impl Cut {
    /// Takes all of a text that begins with the quote of a string, unless the string ends in it or is longer than `most`.
    fn begin(&mut self, text: &[u8], most: usize) -> bool {
        self.most = most;
        self.escaped = false;
        let Some((quote, inside)) = text.split_first().filter(|_| text.len() <= most) else { return false };
        if self.end(inside).is_some() {
            return false;
        }
        self.text.push(*quote);
        self.text.extend_from_slice(inside);
        true
    }

    /// Takes what follows, up to where the string ends or is too long to wait; how much that was, unless it waits on.
    fn go_on(&mut self, text: &[u8]) -> Option<usize> {
        let room = (self.most + 1).saturating_sub(self.text.len());
        let near = text.get(..room).unwrap_or(text);
        let end = self.end(near);
        let taken = near.get(..end.unwrap_or(near.len())).unwrap_or(near);
        self.text.extend_from_slice(taken);
        (end.is_some() || self.text.len() > self.most).then_some(taken.len())
    }

    /// Behind the quote that ends the string.
    fn end(&mut self, text: &[u8]) -> Option<usize> {
        let escaped = &mut self.escaped;
        let ends = |&byte: &u8| {
            let plain = !std::mem::take(escaped);
            *escaped = plain && byte == b'\\';
            plain && byte == b'"'
        };
        text.iter().position(ends).map(|at| at + 1)
    }

    /// Whether one waits.
    pub(super) fn waits(&self) -> bool {
        !self.text.is_empty()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.text.capacity()
    }
}

impl Json {
    /// Lets a string wait that begins here, if the end of the piece cuts it.
    pub(super) fn cut(&mut self, reading: &Reading<'_>, piece: Slice<'_>) -> bool {
        let bound = reading.plan.limits.hold_back as usize;
        let most = if reading.soon { bound.min(SLICE) } else { bound.min(FEW) };
        let begins = matches!(self.state, State::Key { .. } | State::Value | State::Element);
        begins && self.cut.begin(piece.text.get(piece.at..).unwrap_or_default(), most)
    }

    /// Takes what follows a string that waits, up to where it need not any more; how much that was, unless it waits on.
    pub(super) fn go_on(
        &mut self,
        reading: &Reading<'_>,
        chunk: &[u8],
        last: bool,
        tally: &mut Tally,
    ) -> Option<usize> {
        if !self.cut.waits() {
            return Some(0);
        }
        let taken = self.cut.go_on(chunk).or(last.then_some(chunk.len()))?;
        self.read_cut(reading, tally);
        Some(taken)
    }

    /// Reads what has come of a string that waits.
    pub(super) fn read_cut(&mut self, reading: &Reading<'_>, tally: &mut Tally) {
        let mut text = std::mem::take(&mut self.cut.text);
        // A string breaks no JSON and reaches no bound: all of it is read.
        let _ = self.read(reading, &text, false, tally);
        text.clear();
        self.cut.text = text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of the pieces is taken, and whether the string waits on behind them.
    fn taken(most: usize, first: &str, pieces: &[&str]) -> Option<(String, Option<usize>)> {
        let mut cut = Cut::default();
        cut.begin(first.as_bytes(), most).then(|| {
            let last = pieces.iter().map(|piece| cut.go_on(piece.as_bytes())).last().unwrap_or(Some(0));
            (String::from_utf8_lossy(&cut.text).into_owned(), last)
        })
    }

    #[test]
    fn a_string_waits_for_its_end_and_no_longer_than_it_may() {
        let all = |text: &str, end: Option<usize>| Some((text.to_owned(), end));
        assert_eq!(taken(9, r#""abc"#, &[r#"d", 1"#]), all(r#""abcd""#, Some(2)));
        assert_eq!(taken(9, r#"""#, &[r#"", 1"#]), all(r#""""#, Some(1)));
        assert_eq!(taken(9, r#""a\"#, &[r#"""#, "", r#"b"]"#]), all(r#""a\"b""#, Some(2)));
        assert_eq!(taken(9, r#""a\\"#, &[r#"""#]), all(r#""a\\""#, Some(1)));
        assert_eq!(taken(9, r#""abc"#, &["d", "e"]), all(r#""abcde"#, None));
        assert_eq!(taken(9, r#""abc"#, &["defghi"]), all(r#""abcdefghi"#, Some(6)));
        assert_eq!(taken(9, r#""a\"b""#, &[]), None, "it is whole");
        assert_eq!(taken(3, r#""abc"#, &[]), None, "it is too long");
    }
}
