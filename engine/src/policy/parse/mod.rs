//! From the tree to the model, one concept a file. Every reader goes on after an error and reports the rest too; it
//! returns `None` only if it has reported why. Where what follows can still be checked, it returns a stand-in instead:
//! nothing is compiled after an error.

mod action;
mod audit;
mod detector;
mod document;
mod fields;
mod find;
mod json_path;
mod limits;
mod matching;
mod rule;
mod scalar;
mod stream_text;
mod units;

pub(super) use document::{detector_file, pack_file, policy_file};

use super::diagnostic::{Diagnostic, Severity};
use super::span::Span;

/// What was wrong so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Diagnostic>,
}

impl Findings {
    /// An error without a hint.
    pub(super) fn error(&mut self, span: Span, message: impl Into<String>) {
        self.list.push(Diagnostic::error(span, message));
    }

    /// An error that says what to do.
    pub(super) fn error_hint(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.list.push(Diagnostic::error(span, message).hint(hint));
    }

    /// A warning that says what to do.
    pub(super) fn warning_hint(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.list.push(Diagnostic::warning(span, message).hint(hint));
    }

    /// Whether there is an error, and the model may hold stand-ins.
    pub(super) fn failed(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Adds what another reader found.
    pub(super) fn extend(&mut self, diagnostics: Vec<Diagnostic>) {
        self.list.extend(diagnostics);
    }

    /// The warnings, or everything if there is an error; in the order of the text.
    pub(super) fn finish(mut self) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        self.list.sort_by_key(|diagnostic| (diagnostic.span.file, diagnostic.span.start));
        if self.failed() { Err(self.list) } else { Ok(self.list) }
    }
}
