//! How a piece that comes is cut: what is held does not depend on how large it is, and little is open at a cut.

use std::ops::RangeInclusive;

use super::Format;

/// Bytes that are looked at at once.
pub(super) const SLICE: usize = 4 << 10;

/// How far before its end a slice may be cut.
const NEAR: usize = 1 << 10;

/// Bytes of a piece behind which more is taken to be on its way: who sends text as it is written sends less at once, and
/// behind a larger piece the proxy may have no room for what waits.
const BULK: RangeInclusive<usize> = 512..=32 << 10;

/// A part of a piece.
pub(super) struct Slice<'a> {
    pub(super) bytes: &'a [u8],
    /// See [`super::Reading::soon`].
    pub(super) soon: bool,
}

/// Bytes in slices of at most [`SLICE`]; of no bytes, one empty slice.
pub fn slices(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.chunks(SLICE).chain(bytes.is_empty().then_some(bytes))
}

/// The same, each but the last cut where a text of this format is likely to have ended something: a match that is open
/// there costs more than the slice. Nothing but time depends on it.
///
/// More is on its way behind all but the last, and behind that one if the piece is [`BULK`] and ends in the midst of a line.
pub(super) fn slices_of(format: Format, bytes: &[u8]) -> impl Iterator<Item = Slice<'_>> {
    let goes_on = BULK.contains(&bytes.len()) && !bytes.ends_with(b"\n");
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let all = rest.take()?;
        let (bytes, behind) = all.split_at_checked(cut(format, all)).unwrap_or((all, b""));
        rest = (!behind.is_empty()).then_some(behind);
        Some(Slice { bytes, soon: goes_on || rest.is_some() })
    })
}

fn cut(format: Format, bytes: &[u8]) -> usize {
    let Some(slice) = bytes.get(..SLICE).filter(|slice| slice.len() < bytes.len()) else { return bytes.len() };
    let near = slice.get(SLICE - NEAR..).unwrap_or_default();
    let last = |byte: u8| near.iter().rposition(|&it| it == byte);
    let at = match format {
        Format::Json => near.array_windows().rposition(|pair| matches!(pair, b"\"," | b"}," | b"],")).map(|at| at + 1),
        Format::Form => last(b'&'),
        Format::Markup => last(b'>'),
        Format::Protobuf | Format::Grpc(..) => None,
        Format::Lines | Format::Multipart | Format::EventStream | Format::Text => last(b'\n').or_else(|| last(b' ')),
    };
    at.map_or(SLICE, |at| SLICE - NEAR + at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_all_of_it_and_no_longer_than_a_slice() {
        let numbers = "{\"a\":1},".repeat(2000);
        for (format, text) in [
            (Format::Json, numbers.as_str()),
            (Format::Text, "a line\n".repeat(3000).as_str()),
            (Format::Form, "x".repeat(9000).as_str()),
            (Format::Markup, ""),
        ] {
            let all: Vec<&[u8]> = slices_of(format, text.as_bytes()).map(|slice| slice.bytes).collect();
            assert_eq!(all.concat(), text.as_bytes());
            assert!(!all.is_empty() && all.iter().all(|slice| slice.len() <= SLICE));
        }
        let first = slices_of(Format::Json, numbers.as_bytes()).next().unwrap();
        assert!(first.bytes.ends_with(b"},") && first.bytes.len() > SLICE - 10);
    }

    #[test]
    fn more_is_on_its_way_behind_all_slices_but_the_last_of_whole_lines_or_few_bytes() {
        let soon = |text: &str| slices_of(Format::Text, text.as_bytes()).map(|slice| slice.soon).collect::<Vec<_>>();
        assert_eq!(soon(""), [false]);
        assert_eq!(soon("a few words"), [false]);
        assert_eq!(soon(&"words ".repeat(200)), [true]);
        assert_eq!(soon(&"a line\n".repeat(800)), [true, false]);
    }
}
