//! A detector's pattern: parsed over bytes, bounded, split around its capture group, and turned into automata.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

use super::pack::Pack;
use super::{automaton, probe};
use crate::plan::model;
use crate::policy::model::{Detector, Pattern, Tail, Validator};
use crate::policy::{Diagnostic, Spanned};
use crate::scan::ByteClass;

/// The plan's form of a detector with a pattern; `None` for one by names, or when there are errors.
pub(super) fn compile(detector: &Detector, pack: &mut Pack, problems: &mut Vec<Diagnostic>) -> Option<model::Detector> {
    let Pattern::Regex { source, tail } = &detector.pattern else { return None };
    let at = problems.len();
    let hir = parse(source, problems)?;
    let longest = bounded(&hir, source, problems)?;
    let group = match &detector.redact {
        None => None,
        Some(name) => group(&hir, name, tail.is_some(), pack, problems),
    };
    let tail = tail.as_ref().and_then(|tail| swallowed(tail, pack, problems));
    let dfa = built(&hir, false, source, pack, problems);
    let probe = probe::choose(&hir, pack);
    let (Some(dfa), true) = (dfa, problems.len() == at) else { return None };
    Some(model::Detector {
        id: detector.id.value.clone(),
        entity: detector.entity.clone(),
        dfa,
        longest: u32::try_from(longest).unwrap_or(u32::MAX),
        probe,
        group,
        tail,
        keywords: detector.keywords.as_ref().map(|keywords| model::Keywords {
            any: keywords.any.iter().map(|word| pack.word(&word.value)).collect(),
            within: u32::try_from(keywords.within).unwrap_or(u32::MAX),
        }),
        validate: detector.validate.iter().map(|it| it.value.clone()).collect::<Vec<Validator>>(),
        exceptions: Vec::new(),
    })
}

/// Parses an expression over bytes: classes are ASCII, and `.` is any byte but a line feed.
fn parse(source: &Spanned<String>, problems: &mut Vec<Diagnostic>) -> Option<Hir> {
    let parsed = ParserBuilder::new().unicode(false).utf8(false).nest_limit(64).build().parse(&source.value);
    parsed.map_err(|error| problems.push(syntax(source, &error))).ok()
}

fn syntax(source: &Spanned<String>, error: &regex_syntax::Error) -> Diagnostic {
    let (message, column) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(error.span().start.offset)),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(error.span().start.offset)),
        _ => (error.to_string(), None),
    };
    let place = column.map_or(String::new(), |at| format!(" at byte {at}"));
    Diagnostic::error(source.span, format!("the pattern does not parse{place}: {}", message.to_lowercase()))
        .hint("patterns are regular expressions over bytes, as the Rust crate `regex` documents them")
}

fn bounded(hir: &Hir, source: &Spanned<String>, problems: &mut Vec<Diagnostic>) -> Option<usize> {
    let properties = hir.properties();
    if properties.minimum_len() == Some(0) {
        problems.push(
            Diagnostic::error(source.span, "the pattern matches the empty text")
                .hint("make at least one byte mandatory"),
        );
        return None;
    }
    let longest = properties.maximum_len();
    if longest.is_none() {
        problems.push(
            Diagnostic::error(source.span, "the pattern has no longest match")
                .hint("write `{n,m}` in place of `+`, `*` and `{n,}`, or give the detector a `tail`"),
        );
    }
    longest
}

/// Splits `prefix (group) suffix` at the top of the pattern.
fn group(
    hir: &Hir,
    name: &Spanned<String>,
    tail: bool,
    pack: &mut Pack,
    problems: &mut Vec<Diagnostic>,
) -> Option<model::Group> {
    let parts = match hir.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(hir),
    };
    let named = |part: &Hir| matches!(part.kind(), HirKind::Capture(capture) if capture.name.as_deref() == Some(name.value.as_str()));
    let Some(at) = parts.iter().position(named) else {
        problems.push(
            Diagnostic::error(name.span, format!("the pattern has no group `{}` at its top level", name.value)).hint(
                format!(
                    "write the pattern as `before(?P<{}>value)after`, not inside an alternation or repetition",
                    name.value
                ),
            ),
        );
        return None;
    };
    let (before, rest) = parts.split_at_checked(at)?;
    let (inside, after) = rest.split_first()?;
    let HirKind::Capture(capture) = inside.kind() else { return None };
    if tail && !after.is_empty() {
        problems.push(
            Diagnostic::error(
                name.span,
                format!("group `{}` of an open-ended detector must end its pattern", name.value),
            )
            .hint("what follows the head is described by `tail`"),
        );
    }
    let prefix = Hir::concat(before.to_vec());
    let suffix = Hir::concat(after.to_vec());
    let mut part = |hir: &Hir, reverse| built(hir, reverse, name, pack, problems);
    Some(model::Group {
        prefix: if before.is_empty() { None } else { Some(part(&prefix, false)?) },
        rest: part(&Hir::concat(rest.to_vec()), true)?,
        group: part(&capture.sub, false)?,
        suffix: if after.is_empty() { None } else { Some(part(&suffix, true)?) },
    })
}

fn swallowed(tail: &Tail, pack: &mut Pack, problems: &mut Vec<Diagnostic>) -> Option<model::Tail> {
    match tail {
        Tail::Until(literal) if literal.value.is_empty() => {
            problems
                .push(Diagnostic::error(literal.span, "`until` is empty").hint("name the text that ends the value"));
            None
        }
        Tail::Until(literal) => Some(model::Tail::Until(literal.value.clone())),
        Tail::Class(source) => {
            let hir = parse(source, problems)?;
            let class = match hir.kind() {
                HirKind::Class(regex_syntax::hir::Class::Bytes(class)) => {
                    Some(class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect::<ByteClass>())
                }
                HirKind::Literal(literal) if literal.0.len() == 1 => Some(literal.0.iter().copied().collect()),
                _ => None,
            };
            if class.is_none() {
                problems.push(
                    Diagnostic::error(source.span, format!("`{}` is not a class of bytes", source.value))
                        .hint("write one bracketed class, as in `[A-Za-z0-9_-]`"),
                );
            }
            class.map(|class| model::Tail::Class(pack.class(class)))
        }
    }
}

fn built(
    hir: &Hir,
    reverse: bool,
    at: &Spanned<String>,
    pack: &mut Pack,
    problems: &mut Vec<Diagnostic>,
) -> Option<u32> {
    automaton::build(hir, reverse)
        .map_err(|why| {
            problems.push(
                Diagnostic::error(at.span, format!("the pattern makes no automaton: {why}"))
                    .hint("shorten its repetitions, or leave out look-around other than `^`, `$` and `\\b`"),
            );
        })
        .map(|automaton| pack.automaton(&automaton))
        .ok()
}
