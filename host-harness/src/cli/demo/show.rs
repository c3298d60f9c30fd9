//! How the demo talks: steps with timings on standard error, what it shows on standard output.

use std::io::{self, Write};
use std::time::Instant;

use anstyle::{AnsiColor, Style};

use crate::collector::Verification;

const TITLE: Style = Style::new().bold();
const BEFORE: Style = AnsiColor::Red.on_default();
const AFTER: Style = AnsiColor::Green.on_default();
const FAINT: Style = Style::new().dimmed();

/// The demo's voice. Colour is anstream's business: it is off when piped or with `NO_COLOR`.
pub(super) struct Show {
    began: Instant,
}

impl Show {
    /// The clock of the steps starts now.
    pub(super) fn new() -> Self {
        Self { began: Instant::now() }
    }

    /// A step begins.
    pub(super) fn step(&self, what: &str) {
        let seconds = self.began.elapsed().as_secs_f32();
        // A closed standard error must not end the demo.
        let _ = writeln!(anstream::stderr().lock(), "{FAINT}[{seconds:6.1} s]{FAINT:#} {what}");
    }

    /// A heading.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(super) fn title(&self, text: &str) -> io::Result<()> {
        writeln!(anstream::stdout().lock(), "\n{TITLE}{text}{TITLE:#}")
    }

    /// A line as it is.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(super) fn line(&self, text: &str) -> io::Result<()> {
        writeln!(anstream::stdout().lock(), "  {text}")
    }

    /// Several lines as they are.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(super) fn lines(&self, text: &str) -> io::Result<()> {
        text.lines().try_for_each(|line| self.line(line))
    }

    /// The same thing before and after.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(super) fn pair(&self, before: (&str, &str), after: (&str, &str)) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        let width = before.0.len().max(after.0.len());
        writeln!(out, "  {:width$}  {BEFORE}{}{BEFORE:#}", before.0, one_line(before.1))?;
        writeln!(out, "  {:width$}  {AFTER}{}{AFTER:#}", after.0, one_line(after.1))
    }

    /// A verification, its last line in green if the trail is whole, else in red.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(super) fn report(&self, trail: &Verification) -> io::Result<()> {
        let style = if trail.verified { AFTER } else { BEFORE }.bold();
        let details = trail.report.trim_end().strip_suffix(trail.verdict.as_str()).unwrap_or_default();
        self.lines(details)?;
        writeln!(anstream::stdout().lock(), "  {style}{}{style:#}", trail.verdict)
    }
}

/// Text for one line of a terminal: line breaks as `\n`, no control characters.
fn one_line(text: &str) -> String {
    let text = text.trim_end().replace('\n', "\\n");
    text.chars().filter(|character| !character.is_control()).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_comes_from_the_wire_cannot_steer_the_terminal() {
        assert_eq!(super::one_line("a\nb\x1b[31mc\r\n"), "a\\nb[31mc");
    }
}
