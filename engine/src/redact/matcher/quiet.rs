//! The quick way past most values: nothing can be found in them, in any view.

use super::{Context, Segment};
use crate::redact::decode::{Chain, folds};
use crate::redact::runs::{Alphabet, SHORTEST};

/// What a byte can be part of.
const LETTER: u8 = 1;
/// It may begin what some syntax decodes, or what is folded.
const CODED: u8 = 2;

static CLASSES: [u8; 256] = classes();

#[expect(clippy::indexing_slicing, reason = "computed by the compiler, where an index out of bounds is an error")]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_') {
            table[at] |= LETTER;
        }
        if matches!(byte, b'\\' | b'%' | b'&' | b'+' | b'=' | b'\r' | b'\n' | 0xc2 | 0xe2 | 0xe3 | 0xef) {
            table[at] |= CODED;
        }
        at += 1;
    }
    table
}

/// Whether no detector can find anything in a segment that is all of `text`; `base` makes its first view, `scratch` is
/// overwritten.
pub(super) fn quiet(
    context: &Context<'_>,
    segment: &Segment,
    base: &Chain,
    text: &[u8],
    scratch: &mut Vec<u8>,
) -> bool {
    let (mut seen, mut run, mut longest) = (0, 0_u64, 0);
    for &byte in text {
        let class = CLASSES.get(usize::from(byte)).copied().unwrap_or(CODED);
        seen |= class;
        run = if class & LETTER != 0 { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let plain = seen & CODED == 0 || same(context, base, text);
    plain
        && context.silent(&segment.context, text)
        && (longest < SHORTEST || !context.syntax.base64() || no_runs(context, segment, text, scratch))
}

/// Whether all views but those of base64 are the text itself.
fn same(context: &Context<'_>, base: &Chain, text: &[u8]) -> bool {
    base.plain(text) == text.len() && !context.syntax.derived().iter().any(|derived| text.contains(&derived.mark()))
}

/// Whether no run of base64 holds anything, exempt or not.
fn no_runs(context: &Context<'_>, segment: &Segment, text: &[u8], scratch: &mut Vec<u8>) -> bool {
    let letter = |byte: &u8| CLASSES.get(usize::from(*byte)).is_some_and(|class| class & LETTER != 0);
    text.split(|byte| !letter(byte)).filter(|run| run.len() as u64 >= SHORTEST).all(|run| {
        let mixed = run.iter().any(|byte| !byte.is_ascii_alphanumeric());
        silent(context, segment, run, Alphabet::Standard, scratch)
            && (!mixed || silent(context, segment, run, Alphabet::Url, scratch))
    })
}

fn silent(context: &Context<'_>, segment: &Segment, text: &[u8], alphabet: Alphabet, scratch: &mut Vec<u8>) -> bool {
    text.split(|&byte| !alphabet.is_letter(byte)).filter(|run| run.len() as u64 >= SHORTEST).all(|run| {
        alphabet.decode(run, scratch);
        context.silent(&segment.context, scratch) && !folds(scratch)
    })
}
