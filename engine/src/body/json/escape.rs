//! The content of a JSON string: escapes become the text they stand for (RFC 8259 section 7).
//!
//! What is no escape is taken as it stands: a string that a lenient reader would accept is read on, so that what
//! follows in it does not escape its owner.

/// An escape that is being read.
#[derive(Default)]
pub(super) struct Escape {
    raw: Vec<u8>,
}

/// Whether a byte was taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fed {
    /// It belongs to the escape.
    Taken,
    /// It does not; the escape, if any, has been passed on.
    Again,
}

const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

impl Escape {
    /// Whether an escape has begun and not ended.
    pub(super) fn open(&self) -> bool {
        !self.raw.is_empty()
    }

    /// Takes a byte behind a backslash, or the backslash itself; units go to `unit` as view and raw bytes.
    pub(super) fn feed(&mut self, byte: u8, unit: &mut dyn FnMut(&[u8], &[u8])) -> Fed {
        let fits = match (self.raw.len(), byte) {
            (0 | 6, b'\\') | (1, _) | (7, b'u') => true,
            (2..=5 | 8..=11, _) => byte.is_ascii_hexdigit(),
            _ => false,
        };
        if !fits {
            self.give_up(unit);
            return Fed::Again;
        }
        self.raw.push(byte);
        match self.raw.len() {
            2 if byte != b'u' => match simple(byte) {
                Some(view) => self.done(&[view], unit),
                None => {
                    // No escape: the backslash stands for itself, and so does what follows.
                    self.raw.pop();
                    self.give_up(unit);
                    return Fed::Again;
                }
            },
            6 => match char::from_u32(self.code(2)) {
                Some(char) => self.done(char.encode_utf8(&mut [0; 4]).as_bytes(), unit),
                None if self.code(2) >= 0xdc00 => self.done(REPLACEMENT, unit),
                // A high surrogate waits for its low one.
                None => {}
            },
            12 => self.pair(unit),
            _ => {}
        }
        Fed::Taken
    }

    /// Passes on what was begun when the string or the text ends.
    pub(super) fn give_up(&mut self, unit: &mut dyn FnMut(&[u8], &[u8])) {
        let raw = std::mem::take(&mut self.raw);
        if raw.len() < 6 {
            raw.iter().for_each(|byte| unit(&[*byte], &[*byte]));
            return;
        }
        let (surrogate, rest) = raw.split_at_checked(6).unwrap_or_default();
        unit(REPLACEMENT, surrogate);
        if rest.len() == 1 {
            // The backslash may begin an escape of its own.
            self.raw.extend_from_slice(rest);
        } else {
            rest.iter().for_each(|byte| unit(&[*byte], &[*byte]));
        }
    }

    fn pair(&mut self, unit: &mut dyn FnMut(&[u8], &[u8])) {
        let (high, low) = (self.code(2), self.code(8));
        if (0xdc00..0xe000).contains(&low) {
            let code = 0x10000 + ((high & 0x3ff) << 10 | low & 0x3ff);
            let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            return self.done(char.encode_utf8(&mut [0; 4]).as_bytes(), unit);
        }
        let raw = std::mem::take(&mut self.raw);
        let (first, second) = raw.split_at_checked(6).unwrap_or_default();
        unit(REPLACEMENT, first);
        // The second may be the high half of another pair.
        second.iter().for_each(|&byte| {
            self.feed(byte, unit);
        });
    }

    fn code(&self, at: usize) -> u32 {
        let digits = self.raw.get(at..at + 4).unwrap_or_default();
        digits.iter().fold(0, |code, &digit| code << 4 | char::from(digit).to_digit(16).unwrap_or(0))
    }

    fn done(&mut self, view: &[u8], unit: &mut dyn FnMut(&[u8], &[u8])) {
        unit(view, &self.raw);
        self.raw.clear();
    }
}

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
    use super::*;

    fn view(text: &str) -> (String, String) {
        let (mut view, mut raw) = (Vec::new(), Vec::new());
        let mut unit = |v: &[u8], r: &[u8]| {
            view.extend_from_slice(v);
            raw.extend_from_slice(r);
        };
        let mut escape = Escape::default();
        for byte in text.bytes() {
            if (escape.open() || byte == b'\\') && escape.feed(byte, &mut unit) == Fed::Taken {
                continue;
            }
            if byte == b'\\' || escape.open() {
                assert_eq!(escape.feed(byte, &mut unit), Fed::Taken);
            } else {
                unit(&[byte], &[byte]);
            }
        }
        while escape.open() {
            escape.give_up(&mut unit);
        }
        (String::from_utf8(view).unwrap(), String::from_utf8(raw).unwrap())
    }

    #[test]
    fn escapes_become_what_they_stand_for_and_raw_bytes_are_kept() {
        for (text, expected) in [
            (r"a\u0040b", "a@b"),
            (r#"\"\\\/\n"#, "\"\\/\n"),
            (r"\ud83d\ude00", "\u{1f600}"),
            (r"\ud83dx", "\u{fffd}x"),
            (r"\ud83d\n", "\u{fffd}\n"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
            (r"\ude00", "\u{fffd}"),
            (r"\q\x41", r"\q\x41"),
            (r"\u12", r"\u12"),
            (r"\u12zz", r"\u12zz"),
            (r"\", r"\"),
        ] {
            assert_eq!(view(text), (expected.to_owned(), text.to_owned()), "{text}");
        }
    }
}
