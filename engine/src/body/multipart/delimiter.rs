//! The lines between parts (RFC 2046 section 5.1.1), found in any cuts.
//!
//! A delimiter line is two hyphens and the boundary, two more hyphens if it is the last, and blanks; the line end before
//! it belongs to it. Lines may end with LF alone, as some senders have it. A line that goes on otherwise is content.

/// More blanks than this behind a boundary make no delimiter: they would have to be held.
const MAX_PADDING: usize = 256;

/// A delimiter line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Delimiter {
    /// The end of the line before; empty at the start of a body and behind a head.
    pub(super) lead: Vec<u8>,
    /// The line, with its own end where it has one.
    pub(super) line: Vec<u8>,
    /// No part follows.
    pub(super) close: bool,
}

/// What has been found in a text.
pub(super) struct Found<'a> {
    /// Content that was held before the text.
    pub(super) released: Vec<u8>,
    /// Content at the start of the text.
    pub(super) content: &'a [u8],
    /// What is behind the content.
    pub(super) delimiter: Option<Delimiter>,
    /// Bytes of the text that are dealt with.
    pub(super) taken: usize,
}

#[derive(Clone, Copy)]
enum State {
    /// In a line that is content.
    Inside,
    /// Behind a carriage return.
    Return,
    /// So much of the line is as it must be.
    Line(usize),
    /// Behind the boundary.
    Tail { hyphens: usize, padding: usize },
    /// Behind the carriage return that ends the line.
    TailReturn { close: bool },
}

enum Step {
    /// The byte is content.
    Content,
    /// It may begin a delimiter.
    Opens,
    /// It may be part of one.
    Goes,
    /// What has come is none; the byte is to be looked at again.
    Fails,
    Ends {
        close: bool,
    },
}

/// Looks for one boundary.
pub(super) struct Seek {
    /// Two hyphens and the boundary.
    dashed: Vec<u8>,
    state: State,
    /// What may be a delimiter, of texts before.
    held: Vec<u8>,
    /// Length of the line end before it.
    lead: usize,
}

impl Seek {
    /// At the start of a body.
    pub(super) fn new(boundary: &[u8]) -> Self {
        Self { dashed: [b"--", boundary].concat(), state: State::Line(0), held: Vec::new(), lead: 0 }
    }

    /// Begins at the start of a line.
    pub(super) fn begin(&mut self) {
        self.state = State::Line(0);
        self.lead = 0;
    }

    /// Looks for the next delimiter; what may yet be one is held.
    pub(super) fn next<'a>(&mut self, text: &'a [u8]) -> Found<'a> {
        let mut released = Vec::new();
        // Where in `text` what may be a delimiter begins, or goes on.
        let mut from = (!matches!(self.state, State::Inside)).then_some(0);
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            match self.step(byte) {
                Step::Content => {
                    let rest = text.get(at..).unwrap_or_default();
                    at += rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
                }
                Step::Opens => {
                    from = Some(at);
                    at += 1;
                }
                Step::Goes => at += 1,
                Step::Fails => {
                    released.append(&mut self.held);
                    from = None;
                }
                Step::Ends { close } => {
                    let from = from.unwrap_or(at);
                    self.held.extend_from_slice(text.get(from..=at).unwrap_or_default());
                    let content = text.get(..from).unwrap_or_default();
                    return Found { released, content, delimiter: Some(self.take(close)), taken: at + 1 };
                }
            }
        }
        let (content, held) = text.split_at_checked(from.unwrap_or(text.len())).unwrap_or((text, b""));
        self.held.extend_from_slice(held);
        Found { released, content, delimiter: None, taken: text.len() }
    }

    /// The text ends: what is held is content, or a delimiter without an end of its line.
    pub(super) fn end(&mut self) -> Result<Delimiter, Vec<u8>> {
        match self.state {
            State::Tail { hyphens, .. } if hyphens != 1 => Ok(self.take(hyphens == 2)),
            State::TailReturn { close } => Ok(self.take(close)),
            _ => {
                self.state = State::Inside;
                Err(std::mem::take(&mut self.held))
            }
        }
    }

    /// Whether a line, without its end, is a delimiter, and then whether it is the last.
    pub(super) fn is_delimiter(&self, line: &[u8]) -> Option<bool> {
        let tail = line.strip_prefix(self.dashed.as_slice())?;
        let (close, padding) = tail.strip_prefix(b"--").map_or((false, tail), |padding| (true, padding));
        let blank = padding.len() <= MAX_PADDING && padding.iter().all(|byte| matches!(byte, b' ' | b'\t'));
        blank.then_some(close)
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.dashed.capacity() + self.held.capacity()
    }

    fn take(&mut self, close: bool) -> Delimiter {
        let line = self.held.split_off(self.lead.min(self.held.len()));
        let lead = std::mem::take(&mut self.held);
        self.begin();
        Delimiter { lead, line, close }
    }

    fn step(&mut self, byte: u8) -> Step {
        let (next, step) = match (self.state, byte) {
            (State::Inside, b'\r') => (State::Return, Step::Opens),
            (State::Inside, b'\n') => {
                self.lead = 1;
                (State::Line(0), Step::Opens)
            }
            (State::Inside, _) => (State::Inside, Step::Content),
            (State::Return, b'\n') => {
                self.lead = 2;
                (State::Line(0), Step::Goes)
            }
            (State::Line(seen), _) if self.dashed.get(seen) == Some(&byte) => {
                let whole = seen + 1 == self.dashed.len();
                (if whole { State::Tail { hyphens: 0, padding: 0 } } else { State::Line(seen + 1) }, Step::Goes)
            }
            (State::Tail { hyphens, padding: 0 }, b'-') if hyphens < 2 => {
                (State::Tail { hyphens: hyphens + 1, padding: 0 }, Step::Goes)
            }
            (State::Tail { hyphens: hyphens @ (0 | 2), padding }, b' ' | b'\t') if padding < MAX_PADDING => {
                (State::Tail { hyphens, padding: padding + 1 }, Step::Goes)
            }
            (State::Tail { hyphens: hyphens @ (0 | 2), .. }, b'\r') => {
                (State::TailReturn { close: hyphens == 2 }, Step::Goes)
            }
            (State::Tail { hyphens: hyphens @ (0 | 2), .. }, b'\n') => (self.state, Step::Ends { close: hyphens == 2 }),
            (State::TailReturn { close }, b'\n') => (self.state, Step::Ends { close }),
            _ => (State::Inside, Step::Fails),
        };
        self.state = next;
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contents and delimiters of a text in pieces of `size` bytes; a delimiter is shown between angles.
    fn split(text: &[u8], size: usize) -> String {
        let mut seek = Seek::new(b"b");
        let mut shown = String::new();
        for piece in text.chunks(size) {
            let mut rest = piece;
            while !rest.is_empty() {
                let Found { released, content, delimiter, taken } = seek.next(rest);
                shown += &format!("{}{}", released.escape_ascii(), content.escape_ascii());
                shown += &delimiter.map(angled).unwrap_or_default();
                rest = rest.get(taken..).unwrap_or_default();
            }
        }
        shown + &seek.end().map_or_else(|rest| rest.escape_ascii().to_string(), angled)
    }

    fn angled(it: Delimiter) -> String {
        let (lead, line, close) = (it.lead.escape_ascii(), it.line.escape_ascii(), if it.close { ">>" } else { ">" });
        format!("<{lead}|{line}{close}")
    }

    #[test]
    fn delimiters_are_whole_lines_in_any_cuts() {
        for (text, found) in [
            (&b"--b\r\na\r\n--b--\r\nz"[..], "<|--b\\r\\n>a<\\r\\n|--b--\\r\\n>>z"),
            (b"p\n--b \t\nx\n--b--", "p<\\n|--b \\t\\n>x<\\n|--b-->>"),
            (b"a--b\r\n--bc\r\n--b-\r\n--b--x\r\n-", "a--b\\r\\n--bc\\r\\n--b-\\r\\n--b--x\\r\\n-"),
            (b"\r\r\n\r\n--b\r\r\n--b\r", "\\r\\r\\n\\r\\n--b\\r<\\r\\n|--b\\r>"),
            (b"--b\r\n--b\r\n\n--b", "<|--b\\r\\n><|--b\\r\\n><\\n|--b>"),
        ] {
            for size in 1..=text.len() {
                assert_eq!(split(text, size), found, "in pieces of {size}");
            }
        }
    }

    #[test]
    fn a_line_is_one_as_a_whole_as_well() {
        let seek = Seek::new(b"b");
        assert_eq!(seek.is_delimiter(b"--b \t"), Some(false));
        assert_eq!(seek.is_delimiter(b"--b-- "), Some(true));
        for none in ["--b-", "--b x", "-b", "--b- -", "--c"] {
            assert_eq!(seek.is_delimiter(none.as_bytes()), None, "{none}");
        }
    }
}
