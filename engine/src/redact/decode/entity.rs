//! The character references of HTML and XML (HTML Living Standard, "Character references"; XML 1.0 section 4.1).

use super::super::view::Unit;
use super::names;

/// Digits of a numeric reference, at most.
const DIGITS: usize = 10;

/// Decodes references; anything else stands for itself.
#[derive(Clone, Default)]
pub struct Entities {
    pending: Vec<Unit>,
}

impl Entities {
    pub(super) fn pending(&self) -> &[Unit] {
        &self.pending
    }

    pub(super) fn feed(&mut self, unit: Unit, out: &mut dyn FnMut(Unit)) {
        if self.pending.is_empty() {
            if unit.byte == b'&' {
                self.pending.push(unit);
            } else {
                out(unit);
            }
            return;
        }
        if self.goes_on(unit.byte) {
            return self.pending.push(unit);
        }
        let closed = unit.byte == b';';
        // Behind the last digit that is read there must not be another.
        let overlong = match (self.at(1), self.at(2)) {
            (Some(b'#'), Some(b'x' | b'X')) => self.pending.len() == 3 + DIGITS && unit.byte.is_ascii_hexdigit(),
            (Some(b'#'), _) => self.pending.len() == 2 + DIGITS && unit.byte.is_ascii_digit(),
            _ => false,
        };
        if let Some(char) = self.character(closed).filter(|_| !overlong) {
            if closed {
                self.pending.push(unit);
            }
            self.done(char, out);
            if closed {
                return;
            }
        } else {
            self.pending.drain(..).for_each(&mut *out);
        }
        self.feed(unit, out);
    }

    pub(super) fn end(&mut self, out: &mut dyn FnMut(Unit)) {
        match self.character(false) {
            Some(char) => self.done(char, out),
            None => self.pending.drain(..).for_each(out),
        }
    }

    /// Whether a byte belongs to the reference that was begun.
    fn goes_on(&self, byte: u8) -> bool {
        let digits = |from: usize| self.pending.len() < from + DIGITS;
        match (self.at(1), self.at(2)) {
            (None, _) => byte == b'#' || byte.is_ascii_alphanumeric(),
            (Some(b'#'), None) => byte.is_ascii_digit() || matches!(byte, b'x' | b'X'),
            (Some(b'#'), Some(b'x' | b'X')) => byte.is_ascii_hexdigit() && digits(3),
            (Some(b'#'), Some(_)) => byte.is_ascii_digit() && digits(2),
            _ => byte.is_ascii_alphanumeric() && self.pending.len() <= names::LONGEST,
        }
    }

    fn at(&self, index: usize) -> Option<u8> {
        self.pending.get(index).map(|unit| unit.byte)
    }

    fn character(&self, closed: bool) -> Option<char> {
        let text: Vec<u8> = self.pending.iter().skip(1).map(|unit| unit.byte).collect();
        match text.as_slice() {
            [b'#', b'x' | b'X', digits @ ..] => number(digits, 16),
            [b'#', digits @ ..] => number(digits, 10),
            name if closed || names::stands_alone(name) => names::character(name),
            _ => None,
        }
    }

    fn done(&mut self, char: char, out: &mut dyn FnMut(Unit)) {
        if let (Some(first), Some(last)) = (self.pending.first(), self.pending.last()) {
            let (start, end) = (first.start, last.end);
            char.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| out(Unit { byte, start, end }));
        }
        self.pending.clear();
    }
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    if digits.is_empty() {
        return None;
    }
    let code = digits
        .iter()
        .try_fold(0_u32, |code, &digit| code.checked_mul(radix)?.checked_add(char::from(digit).to_digit(radix)?));
    code.and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{decoded, text};
    use super::super::{Decoder, Entities};
    use super::DIGITS;

    fn entities() -> Vec<Decoder> {
        vec![Decoder::Entities(Entities::default())]
    }

    #[test]
    fn a_number_of_more_digits_than_are_read_stands_for_itself() {
        for (lead, digits) in [("&#x", "40"), ("&#X", "40"), ("&#", "64")] {
            let padded = |zeros: usize| format!("{lead}{}{digits};", "0".repeat(zeros));
            assert_eq!(text(entities(), &padded(DIGITS - 2)), "@", "{lead}");
            let long = padded(DIGITS - 1);
            assert_eq!(text(entities(), &long), long);
        }
    }

    #[test]
    fn references_become_what_they_stand_for() {
        for (raw, expected) in [
            ("a&#64;b&#x40;c&#X040;", "a@b@c@"),
            ("&commat;&amp;&lt;&period;", "@&<."),
            ("&#64b&#x40g", "@b@g"),
            ("&amp &lt&gt", "& <>"),
            ("&amp;#64;", "&#64;"),
            ("&ampx; &commat &nope; & &; &# &#x; &#;", "&ampx; &commat &nope; & &; &# &#x; &#;"),
            ("&#1114112; &#xD800; &#00000000064;", "&#1114112; &#xD800; &#00000000064;"),
            ("&&#64;", "&@"),
            ("&#64", "@"),
            ("&amp", "&"),
            ("&#8203;", "\u{200b}"),
        ] {
            assert_eq!(text(entities(), raw), expected, "{raw}");
        }
    }

    #[test]
    fn a_reference_is_one_unit_with_its_semicolon() {
        assert_eq!(decoded(entities(), "a&#64;&lt ").1, [(0, 1), (1, 6), (6, 9), (9, 10)]);
    }
}
