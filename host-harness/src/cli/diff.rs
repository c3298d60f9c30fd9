//! What changed, in colours.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Effects};
use similar::{ChangeTag, TextDiff};

/// A line diff in which the changed words stand out; bytes that are not UTF-8 are shown as replacement characters.
pub(super) fn lines(before: &[u8], after: &[u8]) -> String {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
    let mut out = String::new();
    for (at, group) in diff.grouped_ops(2).iter().enumerate() {
        if at > 0 {
            out.push_str("  …\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_inline_changes(op)) {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ("- ", AnsiColor::Red.on_default()),
                ChangeTag::Insert => ("+ ", AnsiColor::Green.on_default()),
                ChangeTag::Equal => ("  ", anstyle::Style::new()),
            };
            // A write to a String cannot fail.
            let _ = write!(out, "{style}{sign}{style:#}");
            for (emphasized, text) in change.iter_strings_lossy() {
                let style = if emphasized { style.effects(Effects::BOLD | Effects::UNDERLINE) } else { style };
                let text = text.trim_end_matches('\n');
                let _ = write!(out, "{style}{text}{style:#}");
            }
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_stand_side_by_side() {
        let shown = anstream::adapter::strip_str(&lines(b"a\nmail a@b.example\nc", b"a\nmail [X]\nc")).to_string();
        assert_eq!(shown, "  a\n- mail a@b.example\n+ mail [X]\n  c\n");
        assert_eq!(lines(b"same", b"same"), "");
    }
}
