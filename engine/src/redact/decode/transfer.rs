//! Transfer encodings of parts (RFC 2045 section 6): quoted-printable, and the lines that base64 is broken into.

use super::super::view::Unit;

/// Decodes `=XX` and takes out soft line breaks (RFC 2045 section 6.7); anything else stands for itself.
#[derive(Clone, Default)]
pub struct Quoted {
    pending: Vec<Unit>,
}

impl Quoted {
    pub(super) fn pending(&self) -> &[Unit] {
        &self.pending
    }

    pub(super) fn feed(&mut self, unit: Unit, out: &mut dyn FnMut(Unit)) {
        let goes_on = match self.pending.as_slice() {
            [] => unit.byte == b'=',
            [_] => unit.byte.is_ascii_hexdigit() || matches!(unit.byte, b'\r' | b'\n'),
            [_, high, ..] if high.byte == b'\r' => unit.byte == b'\n',
            _ => unit.byte.is_ascii_hexdigit(),
        };
        if !goes_on {
            self.end(out);
            // It may begin anew.
            return if unit.byte == b'=' { self.pending.push(unit) } else { out(unit) };
        }
        match (self.pending.as_slice(), unit.byte) {
            ([_, ..], b'\n') => self.pending.clear(),
            ([sign, high], _) => {
                let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0);
                let byte = u8::try_from(digit(high.byte) << 4 | digit(unit.byte)).unwrap_or(0);
                let start = sign.start;
                self.pending.clear();
                out(Unit { byte, start, end: unit.end });
            }
            _ => self.pending.push(unit),
        }
    }

    pub(super) fn end(&mut self, out: &mut dyn FnMut(Unit)) {
        self.pending.drain(..).for_each(out);
    }
}

/// Passes over line ends: what they break is one run of base64.
#[derive(Clone, Copy, Default)]
pub struct Unbroken;

impl Unbroken {
    /// Whether a byte is part of the text.
    pub(super) fn keeps(self, byte: u8) -> bool {
        !matches!(byte, b'\r' | b'\n')
    }
}

#[cfg(test)]
mod tests {
    use super::super::Decoder;
    use super::super::testing::{decoded, text};
    use super::{Quoted, Unbroken};

    #[test]
    fn quoted_printable_is_decoded_and_what_is_none_stands_for_itself() {
        let quoted = |raw| text(vec![Decoder::Quoted(Quoted::default())], raw);
        for (raw, view) in [
            ("a=40b", "a@b"),
            ("a=\r\nb=\nc", "abc"),
            ("=4=40=", "=4@="),
            ("==41=\r=\r\nx", "=A=\rx"),
            ("=G1=4g", "=G1=4g"),
        ] {
            assert_eq!(quoted(raw), view, "{raw}");
        }
        assert_eq!(decoded(vec![Decoder::Quoted(Quoted::default())], "a=40=\nb").1, [(0, 1), (1, 4), (6, 7)]);
    }

    #[test]
    fn lines_are_joined() {
        assert_eq!(text(vec![Decoder::Unbroken(Unbroken)], "QUFB\r\nQUFB\n"), "QUFBQUFB");
    }
}
