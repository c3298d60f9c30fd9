//! Diagnostics for people, as a compiler shows them, and for tools.

use std::io::Write;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use inkseal_engine::policy::{Diagnostic, Severity, Sources};
use serde_json::{Value, json};

/// Renders diagnostics with file, line, column, the text and a hint. The result holds colours, which
/// `anstream` strips where they are not wanted.
pub fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let renderer = Renderer::styled();
    let mut out = String::new();
    for diagnostic in diagnostics {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let span = sources.first_line(diagnostic.span);
        let snippet = Snippet::source(sources.text(span.file))
            .path(sources.name(span.file))
            .annotation(AnnotationKind::Primary.span(span.start..span.end));
        let mut group = level.primary_title(diagnostic.message.as_str()).element(snippet);
        if let Some(hint) = &diagnostic.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    out
}

/// Writes diagnostics to standard error.
pub fn report(sources: &Sources, diagnostics: &[Diagnostic]) -> std::io::Result<()> {
    anstream::stderr().lock().write_all(render(sources, diagnostics).as_bytes())
}

/// The same as data: `file`, `line` and `column` (both from 1), `severity`, `message`, `hint`.
pub fn to_json(sources: &Sources, diagnostics: &[Diagnostic]) -> Vec<Value> {
    let one = |diagnostic: &Diagnostic| {
        let at = sources.position(diagnostic.span);
        json!({
            "file": sources.name(diagnostic.span.file),
            "line": at.line,
            "column": at.column,
            "severity": match diagnostic.severity { Severity::Error => "error", Severity::Warning => "warning" },
            "message": diagnostic.message,
            "hint": diagnostic.hint,
        })
    };
    diagnostics.iter().map(one).collect()
}

/// `1 error`, `2 errors`.
pub fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// How many of them are errors.
pub fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}
