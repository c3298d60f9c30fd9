//! The quick way past most values: nothing can be found in them, in any view.

use super::Context;
use crate::redact::decode::folds;
use crate::redact::runs::{Alphabet, SHORTEST};

/// Whether no detector can find anything in a segment that is all of `text`.
pub(super) fn quiet(context: &Context<'_>, text: &[u8]) -> bool {
    let syntax = context.syntax;
    let plain = !text.iter().any(|&byte| byte == b'\\' || byte == b'%' || byte == b'&' || byte == b'+' || byte >= 0xc2)
        || syntax.chain().plain(text) == text.len()
            && !syntax.derived().iter().any(|derived| text.contains(&derived.mark()));
    plain
        && context.finder.next_candidate(text, 0, text.len()).is_none()
        && (!syntax.base64() || no_runs(context, text))
}

/// Whether no run of base64 holds anything, exempt or not.
fn no_runs(context: &Context<'_>, text: &[u8]) -> bool {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    text.split(|byte| !letter(byte)).filter(|run| run.len() as u64 >= SHORTEST).all(|run| {
        let mixed = run.iter().any(|byte| !byte.is_ascii_alphanumeric());
        silent(context, run, Alphabet::Standard) && (!mixed || silent(context, run, Alphabet::Url))
    })
}

fn silent(context: &Context<'_>, text: &[u8], alphabet: Alphabet) -> bool {
    text.split(|&byte| alphabet.sextet(byte).is_none()).filter(|run| run.len() as u64 >= SHORTEST).all(|run| {
        let decoded = alphabet.decode(run);
        context.finder.next_candidate(&decoded, 0, decoded.len()).is_none() && !folds(&decoded)
    })
}
