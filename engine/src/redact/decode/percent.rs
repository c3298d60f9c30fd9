//! Percent-encoding (RFC 3986 section 2.1; `+` as in application/x-www-form-urlencoded, WHATWG URL).

use super::super::view::Unit;

/// Decodes `%XX`; anything else stands for itself.
#[derive(Clone, Default)]
pub struct Percent {
    /// `+` is a space.
    pub(super) plus: bool,
    pending: Vec<Unit>,
}

impl Percent {
    /// `plus`: a `+` stands for a space.
    pub fn new(plus: bool) -> Self {
        Self { plus, pending: Vec::new() }
    }

    pub(super) fn pending(&self) -> &[Unit] {
        &self.pending
    }

    /// Decodes a whole text where it stands.
    pub(super) fn whole(&self, text: &mut Vec<u8>) {
        let (mut from, mut to) = (0, 0);
        while let Some((&first, rest)) = text.get(from..).and_then(<[u8]>::split_first) {
            let (byte, taken) = match (first, rest.first_chunk()) {
                (b'%', Some(&[high, low])) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    (octet(high, low), 3)
                }
                (b'+', _) if self.plus => (b' ', 1),
                _ => (first, 1),
            };
            text.get_mut(to).into_iter().for_each(|place| *place = byte);
            (from, to) = (from + taken, to + 1);
        }
        text.truncate(to);
    }

    pub(super) fn feed(&mut self, unit: Unit, out: &mut dyn FnMut(Unit)) {
        if !self.pending.is_empty() && !unit.byte.is_ascii_hexdigit() {
            self.end(out);
        }
        match (self.pending.as_slice(), unit.byte) {
            ([], b'%') | ([_], _) => self.pending.push(unit),
            ([], b'+') if self.plus => out(Unit { byte: b' ', ..unit }),
            ([], _) => out(unit),
            ([sign, high, ..], _) => {
                let byte = octet(high.byte, unit.byte);
                let start = sign.start;
                self.pending.clear();
                out(Unit { byte, start, end: unit.end });
            }
        }
    }

    pub(super) fn end(&mut self, out: &mut dyn FnMut(Unit)) {
        self.pending.drain(..).for_each(out);
    }
}

/// The byte of two hexadecimal digits.
fn octet(high: u8, low: u8) -> u8 {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0);
    u8::try_from(digit(high) << 4 | digit(low)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{decoded, text};
    use super::super::{Decoder, Percent};

    fn percent(plus: &[bool]) -> Vec<Decoder> {
        plus.iter().map(|&plus| Decoder::Percent(Percent::new(plus))).collect()
    }

    #[test]
    fn twice_encoded_text_is_decoded_twice_and_no_more() {
        for (raw, view) in [
            ("a%40b", "a@b"),
            ("a%2540b", "a@b"),
            ("a%252540b", "a%40b"),
            ("a+b%2Bc%zz%4", "a b+c%zz%4"),
            ("%%34%30", "@"),
        ] {
            assert_eq!(text(percent(&[true, false]), raw), view, "{raw}");
        }
        assert_eq!(text(percent(&[false]), "a+%2b%"), "a++%");
    }

    #[test]
    fn a_byte_spans_all_it_comes_from() {
        assert_eq!(decoded(percent(&[false, false]), "a%2540%4").1, [(0, 1), (1, 6), (6, 7), (7, 8)]);
    }
}
