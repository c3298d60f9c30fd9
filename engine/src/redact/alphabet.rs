//! The alphabets of base64 (RFC 4648 sections 4 and 5): which bytes are letters, where runs of them lie, and what they
//! stand for.

use std::ops::Range;

use crate::scan::kernel::{BLOCK, blocks, ends_of_runs, mask};

/// Shorter runs are words.
pub const SHORTEST: u64 = 12;

/// Which letters stand for 62 and 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// `+` and `/`.
    Standard,
    /// `-` and `_`.
    Url,
}

impl Alphabet {
    /// The six bits of each letter; [`NONE`] for all other bytes.
    pub fn sextets(self) -> &'static [u8; 256] {
        match self {
            Self::Standard => &STANDARD,
            Self::Url => &URL,
        }
    }

    /// Whether a byte is a letter.
    pub fn is_letter(self, byte: u8) -> bool {
        self.sextet(byte) != NONE
    }

    /// The six bits of a letter; [`NONE`] for other bytes.
    pub(super) fn sextet(self, byte: u8) -> u8 {
        self.sextets().get(usize::from(byte)).copied().unwrap_or(NONE)
    }

    /// Where the first run begins in a text that does not begin in the midst of one: it has [`SHORTEST`] letters or more,
    /// or is cut by the text's end.
    pub(super) fn next_run(self, text: &[u8]) -> Option<usize> {
        let mut letters = Letters::default();
        for (block, at) in blocks(text, 0).zip((0..).step_by(BLOCK)) {
            let begun = letters.begun(self.letters(&block));
            if begun != 0 {
                return Some(at + begun.trailing_zeros() as usize + 1 - SHORTEST as usize);
            }
        }
        let cut = text.iter().rev().take_while(|&&byte| self.is_letter(byte)).count();
        (cut > 0).then(|| text.len() - cut)
    }

    /// The letters of a block.
    #[inline]
    pub(super) fn letters(self, block: &[u8; BLOCK]) -> u64 {
        mask(block, |lanes| {
            let both = lanes.with(0x20).within(b'a', b'z').or(lanes.within(b'0', b'9'));
            match self {
                Self::Standard => both.or(lanes.eq(b'+')).or(lanes.eq(b'/')),
                Self::Url => both.or(lanes.eq(b'-')).or(lanes.eq(b'_')),
            }
        })
    }

    /// The runs of a whole text that have [`SHORTEST`] letters or more.
    pub fn runs(self, text: &[u8]) -> impl Iterator<Item = Range<usize>> {
        let mut from = 0;
        let next = move || {
            loop {
                let start = from + self.next_run(text.get(from..)?)?;
                let ahead = text.get(start..)?;
                let length = ahead.iter().position(|&byte| !self.is_letter(byte)).unwrap_or(ahead.len());
                from = start + length;
                if length as u64 >= SHORTEST {
                    return Some(start..from);
                }
            }
        };
        std::iter::from_fn(next)
    }

    /// What the letters that a text begins with stand for, as [`Self::decode`] says it; how many they are.
    pub fn decode_run(self, text: &[u8], out: &mut Vec<u8>) -> usize {
        let length = text.iter().position(|&byte| !self.is_letter(byte)).unwrap_or(text.len());
        self.decode(text.get(..length).unwrap_or_default(), out);
        length
    }

    /// What whole and broken groups of letters stand for; into `out`, which is cleared.
    pub fn decode(self, letters: &[u8], out: &mut Vec<u8>) {
        let sextets = self.sextets();
        let bits = |group: &[u8]| {
            let sextet = |letter: u8| u32::from(sextets.get(usize::from(letter)).copied().unwrap_or(NONE));
            group.iter().fold(0, |bits, &letter| bits << 6 | sextet(letter))
        };
        let (groups, rest) = letters.as_chunks::<4>();
        out.clear();
        out.resize(groups.len() * 3, 0);
        for (group, bytes) in groups.iter().zip(out.as_chunks_mut::<3>().0) {
            let [_, whole @ ..] = bits(group).to_be_bytes();
            *bytes = whole;
        }
        out.extend(bytes_of(bits(rest), rest.len()));
    }
}

/// Letters of an alphabet of base64, block by block.
#[derive(Default)]
pub(super) struct Letters {
    before: u64,
    /// The last letter before has enough letters before it.
    inside: bool,
}

impl Letters {
    /// The letter of each run that is its [`SHORTEST`]th, if it stands in the next block.
    #[inline]
    pub(super) fn begun(&mut self, letters: u64) -> u64 {
        let all = u128::from(letters) << 64 | u128::from(std::mem::replace(&mut self.before, letters));
        let ends = (ends_of_runs(all, SHORTEST as u32) >> 64) as u64;
        let begun = ends & !(ends << 1 | u64::from(self.inside));
        self.inside = ends >> 63 == 1;
        begun
    }
}

/// Whether the run of so many letters that a text begins with, behind a byte of it or of none, is a run of either
/// alphabet.
pub(super) fn same_in_both(before: Option<u8>, text: &[u8], length: usize) -> bool {
    let letter =
        |byte: Option<u8>| byte.is_some_and(|byte| Alphabet::Standard.is_letter(byte) || Alphabet::Url.is_letter(byte));
    let run = text.get(..length).filter(|run| !run.is_empty());
    run.is_some_and(|run| run.iter().all(u8::is_ascii_alphanumeric))
        && !letter(before)
        && !letter(text.get(length).copied())
}

/// No letter.
pub const NONE: u8 = 0xff;

static STANDARD: [u8; 256] = sextets(b'+', b'/');
static URL: [u8; 256] = sextets(b'-', b'_');

#[expect(clippy::indexing_slicing, reason = "computed by the compiler, where an index out of bounds is an error")]
const fn sextets(last_but_one: u8, last: u8) -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut at = 0;
    while at < 26 {
        table[(b'A' + at) as usize] = at;
        table[(b'a' + at) as usize] = at + 26;
        at += 1;
    }
    at = 0;
    while at < 10 {
        table[(b'0' + at) as usize] = at + 52;
        at += 1;
    }
    table[last_but_one as usize] = 62;
    table[last as usize] = 63;
    table
}

/// The bytes of a group of one to four letters.
pub(super) fn bytes_of(bits: u32, letters: usize) -> impl Iterator<Item = u8> {
    let [_, a, b, c] = (bits << (6 * 4_usize.saturating_sub(letters))).to_be_bytes();
    [a, b, c].into_iter().take(letters.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(alphabet: Alphabet, letters: &str) -> Vec<u8> {
        let mut out = Vec::new();
        alphabet.decode(letters.as_bytes(), &mut out);
        out
    }

    #[test]
    fn runs_are_found_that_are_long_enough_or_cut() {
        let find = |text: &str| Alphabet::Standard.next_run(text.as_bytes());
        assert_eq!(find("short words only, eleven 12345678901."), None);
        assert_eq!(find("a twelve 123456789012."), Some(9));
        assert_eq!(find("abcdefghijkl"), Some(0));
        assert_eq!(find("a longer one, 12345678901-1234567890123 and"), Some(26));
        assert_eq!(find("cut en"), Some(4));
        assert_eq!(find("cut "), None);
        assert_eq!(find(""), None);
    }

    #[test]
    fn every_letter_is_one_in_a_block() {
        for (alphabet, byte) in
            [Alphabet::Standard, Alphabet::Url].into_iter().flat_map(|it| (0..=u8::MAX).map(move |byte| (it, byte)))
        {
            let letters = alphabet.letters(&[byte; BLOCK]);
            assert_eq!(letters, if alphabet.is_letter(byte) { u64::MAX } else { 0 }, "{byte}");
        }
        let long = [b"...".as_slice(), &[b'.'; 58], b"abcdefghijkl."].concat();
        assert_eq!(Alphabet::Url.next_run(&long), Some(61));
    }

    #[test]
    fn the_runs_of_a_whole_text_are_long_enough() {
        let text = b"short 123456789012/3456 and abcdefghijkl";
        assert!(Alphabet::Standard.runs(text).eq([6..23, 28..40]));
        assert!(Alphabet::Url.runs(text).eq([6..18, 28..40]));
        assert_eq!(Alphabet::Url.runs(b"").count(), 0);
    }

    #[test]
    fn the_specifications_vectors_decode() {
        // RFC 4648 section 10, without padding.
        for (letters, text) in [
            ("", ""),
            ("Zg", "f"),
            ("Zm8", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg", "foob"),
            ("Zm9vYmE", "fooba"),
            ("Zm9vYmFy", "foobar"),
            ("Z", ""),
        ] {
            assert_eq!(decoded(Alphabet::Standard, letters), text.as_bytes(), "{letters}");
        }
        assert_eq!(decoded(Alphabet::Standard, "+/+/"), [0xfb, 0xff, 0xbf]);
        assert_eq!(decoded(Alphabet::Url, "-_-_"), [0xfb, 0xff, 0xbf]);
    }
}
