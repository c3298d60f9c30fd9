//! A pseudonym that already stands in the text is left alone: no match may begin inside one.

/// `ik1_`, a key id, `_`, 26 letters of base 32.
const LEAD: &[u8] = b"ik1_";
const MAX_KID: usize = 32;
const LETTERS: usize = 26;
/// The longest pseudonym, without a domain.
pub(crate) const LONGEST: usize = LEAD.len() + MAX_KID + 1 + LETTERS;

/// Whether `at` lies inside a pseudonym; `None` when the text, which may go on unless `last`, does not tell yet.
pub(super) fn inside_pseudonym(text: &[u8], at: usize, last: bool) -> Option<bool> {
    let mut open = false;
    for start in at.saturating_sub(LONGEST)..=at {
        match pseudonym(text.get(start..).unwrap_or_default()) {
            Found::Whole(len) if start + len > at => return Some(true),
            Found::Open => open = true,
            Found::Whole(_) | Found::None => {}
        }
    }
    (last || !open).then_some(false)
}

enum Found {
    Whole(usize),
    Open,
    None,
}

fn pseudonym(text: &[u8]) -> Found {
    let lead = text.len().min(LEAD.len());
    if text.get(..lead) != LEAD.get(..lead) {
        return Found::None;
    }
    let Some(rest) = text.get(LEAD.len()..) else { return Found::Open };
    let kid = rest.iter().take(MAX_KID + 1).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    match rest.get(kid) {
        None => return Found::Open,
        Some(b'_') if (1..=MAX_KID).contains(&kid) => {}
        Some(_) => return Found::None,
    }
    let letters = rest.get(kid + 1..).unwrap_or_default();
    let count = letters.iter().take(LETTERS).take_while(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')).count();
    match count {
        LETTERS => Found::Whole(LEAD.len() + kid + 1 + LETTERS),
        _ if count == letters.len() => Found::Open,
        _ => Found::None,
    }
}

#[cfg(test)]
mod tests {
    use super::inside_pseudonym;

    #[test]
    fn a_pseudonym_shields_every_position_inside_it() {
        let text = b"to ik1_p1_abcdefghijklmnopqrstuvwxyz@shop.example";
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
    }
}
