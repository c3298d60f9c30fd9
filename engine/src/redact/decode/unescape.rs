//! The escapes of JSON strings (RFC 8259 section 7), read leniently: what is no escape stands for itself, so that what
//! follows in a string that some reader would accept does not escape its owner.

use super::super::view::Unit;

/// Decodes escapes; surrogate pairs are joined, lone surrogates become U+FFFD.
#[derive(Clone, Default)]
pub struct Unescape {
    pending: Vec<Unit>,
}

impl Unescape {
    pub(super) fn pending(&self) -> &[Unit] {
        &self.pending
    }

    pub(super) fn feed(&mut self, unit: Unit, out: &mut dyn FnMut(Unit)) {
        let fits = match (self.pending.len(), unit.byte) {
            (0, byte) => {
                if byte != b'\\' {
                    return out(unit);
                }
                true
            }
            (6, byte) => byte == b'\\',
            (1, _) | (7, b'u') => true,
            (2..=5 | 8..=11, byte) => byte.is_ascii_hexdigit(),
            _ => false,
        };
        if !fits {
            self.give_up(out);
            return self.feed(unit, out);
        }
        self.pending.push(unit);
        match self.pending.len() {
            2 if unit.byte != b'u' => match simple(unit.byte) {
                Some(byte) => self.done(&[byte], 2, out),
                None => {
                    // No escape: the backslash stands for itself, and so does what follows.
                    self.pending.pop();
                    self.give_up(out);
                    out(unit);
                }
            },
            6 => match char::from_u32(self.code(2)) {
                Some(char) => self.done(char.encode_utf8(&mut [0; 4]).as_bytes(), 6, out),
                None if self.code(2) >= 0xdc00 => self.done(REPLACEMENT, 6, out),
                // A high surrogate waits for its low one.
                None => {}
            },
            12 => self.pair(out),
            _ => {}
        }
    }

    pub(super) fn end(&mut self, out: &mut dyn FnMut(Unit)) {
        while !self.pending.is_empty() {
            self.give_up(out);
        }
    }

    /// What was begun is no escape.
    fn give_up(&mut self, out: &mut dyn FnMut(Unit)) {
        if self.pending.len() < 6 {
            return self.pending.drain(..).for_each(out);
        }
        self.done(REPLACEMENT, 6, out);
        // A backslash alone may begin an escape of its own.
        if self.pending.len() != 1 {
            self.pending.drain(..).for_each(out);
        }
    }

    fn pair(&mut self, out: &mut dyn FnMut(Unit)) {
        let (high, low) = (self.code(2), self.code(8));
        if (0xdc00..0xe000).contains(&low) {
            let code = 0x10000 + ((high & 0x3ff) << 10 | low & 0x3ff);
            let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            return self.done(char.encode_utf8(&mut [0; 4]).as_bytes(), 12, out);
        }
        self.done(REPLACEMENT, 6, out);
        // The second may be the high half of another pair.
        for unit in std::mem::take(&mut self.pending) {
            self.feed(unit, out);
        }
    }

    fn code(&self, at: usize) -> u32 {
        let digits = self.pending.get(at..at + 4).unwrap_or_default();
        digits.iter().fold(0, |code, unit| code << 4 | char::from(unit.byte).to_digit(16).unwrap_or(0))
    }

    /// The first `count` pending units stand for `view`.
    fn done(&mut self, view: &[u8], count: usize, out: &mut dyn FnMut(Unit)) {
        let rest = self.pending.split_off(count.min(self.pending.len()));
        let taken = std::mem::replace(&mut self.pending, rest);
        if let (Some(first), Some(last)) = (taken.first(), taken.last()) {
            view.iter().for_each(|&byte| out(Unit { byte, start: first.start, end: last.end }));
        }
    }
}

const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Decodes a whole text where it stands: no escape stands for more bytes than it has.
pub(super) fn whole(text: &mut Vec<u8>) {
    let (mut from, mut to) = (0, 0);
    let put = |text: &mut Vec<u8>, to: &mut usize, byte: u8| {
        text.get_mut(*to).into_iter().for_each(|place| *place = byte);
        *to += 1;
    };
    while let Some(&byte) = text.get(from) {
        match text.get(from + 1).filter(|_| byte == b'\\') {
            None => {
                put(text, &mut to, byte);
                from += 1;
            }
            Some(b'u') => {
                let Some(char) = text.get(from + 2..from + 6).and_then(character) else { break };
                char.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| put(text, &mut to, byte));
                from += 6;
            }
            Some(&escape) => {
                match simple(escape) {
                    Some(byte) => put(text, &mut to, byte),
                    None => [byte, escape].into_iter().for_each(|byte| put(text, &mut to, byte)),
                }
                from += 2;
            }
        }
    }
    // Halves of pairs, and what is no escape at all, go byte by byte.
    let rest = text.split_off(from);
    text.truncate(to);
    let mut units = Unescape::default();
    let mut out = |unit: Unit| text.push(unit.byte);
    rest.iter().for_each(|&byte| units.feed(Unit::plain(byte, 0), &mut out));
    units.end(&mut out);
}

/// The character of four hexadecimal digits, unless it is half of a pair.
fn character(digits: &[u8]) -> Option<char> {
    let code = digits.iter().try_fold(0, |code, &digit| Some(code << 4 | char::from(digit).to_digit(16)?));
    code.and_then(char::from_u32)
}

/// What a backslash and this byte stand for.
fn simple(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' | b'\\' | b'/' => byte,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{decoded, text};
    use super::super::{Decoder, Unescape};

    fn unescape() -> Vec<Decoder> {
        vec![Decoder::Unescape(Unescape::default())]
    }

    #[test]
    fn escapes_become_what_they_stand_for() {
        for (raw, expected) in [
            (r"a\u0040b", "a@b"),
            (r#"\"\\\/\n"#, "\"\\/\n"),
            (r"\ud83d\ude00", "\u{1f600}"),
            (r"\ud83dx", "\u{fffd}x"),
            (r"\ud83d\n", "\u{fffd}\n"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
            (r"\ude00", "\u{fffd}"),
            (r"\ud83d\u12zz", "\u{fffd}\\u12zz"),
            (r"\q\x41", r"\q\x41"),
            (r"\u12", r"\u12"),
            (r"\u12zz", r"\u12zz"),
            (r"\u12\n", "\\u12\n"),
            (r"\", r"\"),
            (r"\ud83d\", "\u{fffd}\\"),
        ] {
            assert_eq!(text(unescape(), raw), expected, "{raw}");
        }
    }

    #[test]
    fn an_escape_is_one_unit() {
        assert_eq!(decoded(unescape(), r"a\u00e9\n").1, [(0, 1), (1, 7), (1, 7), (7, 9)]);
        assert_eq!(decoded(unescape(), r"\ud83dz").1, [(0, 6), (0, 6), (0, 6), (6, 7)]);
    }
}
