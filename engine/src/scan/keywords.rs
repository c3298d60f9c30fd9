//! A word that must stand near a match: ASCII, case-insensitive, anywhere in the text.

use std::rc::Rc;

/// The words of one detector.
pub struct Keywords {
    any: Box<[Rc<[u8]>]>,
    within: usize,
    longest: usize,
}

impl Keywords {
    /// Takes lower-case words and the distance in bytes.
    pub fn new(any: Box<[Rc<[u8]>]>, within: usize) -> Self {
        let longest = any.iter().map(|word| word.len()).max().unwrap_or(0);
        Self { any, within, longest }
    }

    /// How many bytes on either side of a match can matter.
    pub fn reach(&self) -> usize {
        self.within + self.longest
    }

    /// Whether a word stands in the text that ends where the match starts, `distance` bytes closer than its end.
    /// `distance` is what lies between the end of `text` and the match.
    pub fn before(&self, text: &[u8], distance: usize) -> bool {
        self.any.iter().any(|word| {
            let room = self.within.checked_sub(distance).map(|within| within + word.len());
            let from = room.map_or(text.len(), |room| text.len().saturating_sub(room));
            text.get(from..).is_some_and(|near| contains(near, word))
        })
    }

    /// Whether a word stands in the text that starts where the match ends.
    pub fn after(&self, text: &[u8]) -> bool {
        self.any.iter().any(|word| {
            let near = text.get(..self.within + word.len()).unwrap_or(text);
            contains(near, word)
        })
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len().max(1)).any(|window| window.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_up_to_the_distance_and_not_beyond() {
        let words = Keywords::new([Rc::from(&b"sid"[..])].into(), 4);
        assert!(words.before(b"SID: ab", 0));
        assert!(!words.before(b"sid: abc", 0));
        assert!(words.before(b"my_sid", 4));
        assert!(!words.before(b"my_sid", 5));
        assert!(words.after(b"1234Sid"));
        assert!(!words.after(b"12345sid"));
    }
}
