//! Fullwidth forms become ASCII, characters without width vanish (Unicode, "Halfwidth and Fullwidth Forms" and "General
//! Punctuation"): a reader sees the same text, and so do detectors.

use super::super::view::Unit;

/// Reads UTF-8 sequences of up to three bytes.
#[derive(Clone, Default)]
pub struct Fold {
    pending: Vec<Unit>,
}

/// What a beginning of a sequence comes to.
enum Folded {
    /// More bytes are needed.
    Open,
    /// Nothing: it stands as it is.
    Same,
    /// One ASCII byte.
    To(u8),
    /// No byte.
    Gone,
}

fn folded(bytes: &[u8]) -> Folded {
    match *bytes {
        [0xc2 | 0xe2 | 0xe3 | 0xef] | [0xe2, 0x80 | 0x81] | [0xe3, 0x80] | [0xef, 0xbb..=0xbd] => Folded::Open,
        // Soft hyphen; zero-width space to marks of direction; embeddings; word joiner to invisible plus; byte order mark.
        [0xc2, 0xad] | [0xe2, 0x80, 0x8b..=0x8f | 0xaa..=0xae] | [0xe2, 0x81, 0xa0..=0xa4] | [0xef, 0xbb, 0xbf] => {
            Folded::Gone
        }
        [0xe3, 0x80, 0x80] => Folded::To(b' '),
        // U+FF01 to U+FF5E stand 0xFEE0 above ASCII.
        [0xef, 0xbc, last @ 0x81..=0xbf] => Folded::To(last - 0x60),
        [0xef, 0xbd, last @ 0x80..=0x9e] => Folded::To(last - 0x20),
        _ => Folded::Same,
    }
}

/// Whether folding would change the text.
pub fn folds(text: &[u8]) -> bool {
    let leads = |at: &usize| matches!(text.get(*at), Some(0xc2 | 0xe2 | 0xe3 | 0xef));
    (0..text.len())
        .filter(leads)
        .any(|at| (2..=3).any(|len| matches!(text.get(at..at + len).map(folded), Some(Folded::To(_) | Folded::Gone))))
}

impl Fold {
    pub(super) fn pending(&self) -> &[Unit] {
        &self.pending
    }

    pub(super) fn feed(&mut self, unit: Unit, out: &mut dyn FnMut(Unit)) {
        self.pending.push(unit);
        let mut bytes = [0; 3];
        loop {
            for (slot, unit) in bytes.iter_mut().zip(&self.pending) {
                *slot = unit.byte;
            }
            let (Some(first), Some(last)) = (self.pending.first(), self.pending.last()) else { return };
            let (start, end) = (first.start, last.end);
            match folded(bytes.get(..self.pending.len()).unwrap_or_default()) {
                Folded::Open => return,
                Folded::Gone => return self.pending.clear(),
                Folded::To(byte) => {
                    self.pending.clear();
                    return out(Unit { byte, start, end });
                }
                Folded::Same => {
                    // The first byte is no beginning; one behind it may be.
                    out(self.pending.remove(0));
                }
            }
        }
    }

    pub(super) fn end(&mut self, out: &mut dyn FnMut(Unit)) {
        self.pending.drain(..).for_each(out);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{decoded, text};
    use super::super::{Decoder, Fold};
    use super::folds;

    fn fold() -> Vec<Decoder> {
        vec![Decoder::Fold(Fold::default())]
    }

    #[test]
    fn wide_becomes_ascii_and_no_width_vanishes() {
        assert_eq!(text(fold(), "４１１１\u{3000}ａ～！"), "4111 a~!");
        assert_eq!(text(fold(), "a\u{200b}b\u{ad}c\u{feff}d\u{2060}e\u{202e}f"), "abcdef");
        for same in ["é€\u{301}", "。、", "\u{ff5f}\u{ffe5}", "\u{2028}\u{2065}\u{200a}", "\u{c2}\u{a0}"] {
            assert_eq!(text(fold(), same), same, "{same}");
            assert!(!folds(same.as_bytes()));
        }
        assert!(folds("４".as_bytes()) && folds("a\u{ad}".as_bytes()) && !folds(b"\xef\xbc"));
    }

    #[test]
    fn every_character_is_folded_as_the_table_says() {
        for char in ('\u{80}'..='\u{ffff}').filter(|char| char.len_utf8() > 1) {
            let expected = match char {
                '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(char) - 0xfee0).unwrap().to_string(),
                '\u{3000}' => " ".to_owned(),
                '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' => {
                    String::new()
                }
                _ => char.to_string(),
            };
            assert_eq!(text(fold(), &char.to_string()), expected, "U+{:04X}", u32::from(char));
        }
    }

    #[test]
    fn a_folded_character_spans_its_bytes() {
        assert_eq!(decoded(fold(), "a１\u{200b}b").1, [(0, 1), (1, 4), (7, 8)]);
    }
}
