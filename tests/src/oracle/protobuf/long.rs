//! Messages that are longer than what is held: nothing in them changes its length. Fields that are not long are read as
//! in any message; a long one is read as a message and as a string, and of each byte goes first what the message shows.

use inkseal_engine::policy::model::Action;

use super::{GROUPS, Part, part, shallow, string, value};
use crate::oracle::policy::{Effect, What};
use crate::oracle::{BODY, Oracle, Outcome, Run};

/// Longer fields are long, whatever may be held.
const PIECE: usize = 64 << 10;
/// Long fields in one another that are read as messages.
const LEVELS: usize = 4;

/// Whether it is known what becomes of a long message: no find changes a length in it, none refuses, and its fields are
/// not nested too deep.
pub fn covers(oracle: &Oracle, message: &[u8]) -> bool {
    let other = |action: &Action| matches!(action, Action::Hash { .. } | Action::Remove | Action::Block { .. });
    let changes = oracle.uses.iter().filter(|it| matches!(it.effect, Effect::Change | Effect::Block));
    let content = |what: &What| matches!(what, What::Content(_));
    !changes.filter(|it| content(&it.what)).any(|it| other(&it.action)) && shallow(message) && message.len() < 4000
}

/// What is left of a message of which `said` bytes are announced.
pub(in crate::oracle) fn redact(run: &mut Run<'_>, raw: &[u8], said: u64) -> Vec<u8> {
    let (mut out, broken) = message(run, raw, said, 1);
    out.extend(run.segment(&string(&raw[broken..], true), &run.oracle.nameless(BODY), ""));
    out
}

/// What is left of the fields of a message, and where the first byte stands that begins none.
fn message(run: &mut Run<'_>, raw: &[u8], said: u64, level: usize) -> (Vec<u8>, usize) {
    let piece = PIECE.min(run.oracle.message) as u64;
    let (mut out, mut groups) = (Vec::new(), Vec::new());
    while out.len() < raw.len() {
        let rest = &raw[out.len()..];
        let left = said - out.len() as u64;
        let field = if groups.len() > GROUPS { None } else { part(rest, &mut groups) };
        match field {
            Some(Part::Plain(bytes)) if bytes.len() as u64 <= left => out.extend_from_slice(bytes),
            Some(Part::Sized { tag, length, value: text }) => {
                let said = super::number(length).map_or(0, |(said, _)| said);
                let head = (tag.len() + length.len()) as u64;
                if said > left - head || said <= piece && said > text.len() as u64 {
                    break;
                }
                out.extend([tag, length].concat());
                let new = if said > piece { long_field(run, text, said, level) } else { value(run, text, true) };
                out.extend(new);
            }
            _ => break,
        }
    }
    let end = out.len();
    (out, end)
}

fn long_field(run: &mut Run<'_>, raw: &[u8], said: u64, level: usize) -> Vec<u8> {
    let earlier = std::mem::take(&mut run.outcome);
    let mut out = if level > LEVELS { Vec::new() } else { message(run, raw, said, level + 1).0 };
    let mut counts = std::mem::replace(&mut run.outcome, earlier);
    out.extend_from_slice(&raw[out.len()..]);
    let found = run.find(&string(raw, true), &run.oracle.nameless(BODY));
    let mut as_string = Run { outcome: Outcome::default(), ..*run };
    for (at, detector) in found.others {
        as_string.count(at, &run.oracle.detectors[detector].id, "", false);
    }
    let mut regions = Run { outcome: Outcome::default(), ..*run };
    for it in found.replaced {
        let range = it.start..it.end;
        if out[range.clone()] == raw[range.clone()] {
            regions.count(it.at, &run.oracle.detectors[it.detector].id, "", it.merged);
        }
        for (at, byte) in range.zip(it.text) {
            if out[at] == raw[at] {
                out[at] = byte;
            }
        }
    }
    let strings = as_string.outcome;
    for (mine, theirs, regions) in [
        (&mut counts.findings, strings.findings, regions.outcome.findings),
        (&mut counts.shadow, strings.shadow, regions.outcome.shadow),
    ] {
        for (key, count) in theirs {
            let mine = mine.entry(key).or_default();
            *mine = (*mine).max(count);
        }
        regions.into_iter().for_each(|(key, count)| *mine.entry(key).or_default() += count);
    }
    for (mine, theirs) in [(&mut run.outcome.findings, counts.findings), (&mut run.outcome.shadow, counts.shadow)] {
        theirs.into_iter().for_each(|(key, count)| *mine.entry(key).or_default() += count);
    }
    out
}
