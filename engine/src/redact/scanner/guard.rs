//! A pseudonym that already stands in the text is left alone: no match may begin inside one.

use crate::pseudonym::{LONGEST_SHAPE, Shape, shape};

/// The longest pseudonym, without a domain.
pub(crate) const LONGEST: usize = LONGEST_SHAPE;

/// Whether `at` lies inside a pseudonym; `None` when the text, which may go on unless `last`, does not tell yet.
pub(super) fn inside_pseudonym(text: &[u8], at: usize, last: bool) -> Option<bool> {
    let mut open = false;
    for start in at.saturating_sub(LONGEST)..=at {
        match shape(text.get(start..).unwrap_or_default(), last) {
            Shape::Whole(len) if start + len > at => return Some(true),
            Shape::Open => open = true,
            Shape::Whole(_) | Shape::None => {}
        }
    }
    (!open).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::inside_pseudonym;

    #[test]
    fn a_pseudonym_shields_every_position_inside_it() {
        let text = b"to ik1_p1_abcdefghijklmnopqrstuvwxya@shop.example";
        assert_eq!(inside_pseudonym(text, 2, true), Some(false));
        for at in 3..36 {
            assert_eq!(inside_pseudonym(text, at, true), Some(true), "{at}");
        }
        assert_eq!(inside_pseudonym(text, 36, true), Some(false));
    }

    #[test]
    fn a_cut_pseudonym_is_undecided_until_the_text_ends() {
        let text = b"ik1_p1_abc";
        assert_eq!(inside_pseudonym(text, 0, false), None);
        assert_eq!(inside_pseudonym(text, 0, true), Some(false));
        assert_eq!(inside_pseudonym(b"ik1_p1_ABC", 0, false), Some(false));
        let whole = b"ik1_p1_abcdefghijklmnopqrstuvwxya";
        assert_eq!(inside_pseudonym(whole, 0, false), None, "it may be the beginning of a longer word");
        assert_eq!(inside_pseudonym(whole, 0, true), Some(true));
        assert_eq!(inside_pseudonym(b"ik1_p1_abcdefghijklmnopqrstuvwxya_", 0, true), Some(false));
        assert_eq!(inside_pseudonym(b"ik1_p1_abcdefghijklmnopqrstuvwxyz ", 0, true), Some(false), "no such digest");
    }
}
