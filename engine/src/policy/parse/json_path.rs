//! JSON paths: the part of RFC 9535 that one pass over a stream can follow.

use super::{Findings, scalar};
use crate::policy::model::{JsonPath, Selector, Step};
use crate::policy::span::Spanned;
use crate::policy::yaml::Node;

const HINT: &str = "names, `*`, indices from 0, slices forwards and `..`, as in `$.items[*].card` or `$..email`";

/// The most steps of a path.
const MAX_STEPS: usize = 32;

/// A path within the subset.
pub(super) fn json_path(node: &Node, findings: &mut Findings) -> Option<Spanned<JsonPath>> {
    let text = scalar::text(node, findings)?;
    match parse(&text) {
        Ok(path) => Some(Spanned::new(path, node.span)),
        Err(message) => {
            findings.error_hint(node.span, message, HINT);
            None
        }
    }
}

/// A path from its text.
pub(super) fn parse(text: &str) -> Result<JsonPath, String> {
    let Some(mut rest) = text.strip_prefix('$') else { return Err("a JSON path starts with `$`".into()) };
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = step(rest)?;
        steps.push(step);
        rest = after;
        if steps.len() > MAX_STEPS {
            return Err(format!("the JSON path has more than {MAX_STEPS} steps"));
        }
    }
    if steps.is_empty() {
        return Err("the JSON path `$` selects the whole body".into());
    }
    Ok(JsonPath { steps })
}

fn step(rest: &str) -> Result<(Step, &str), String> {
    let (descendant, after_dots) = match rest.strip_prefix("..") {
        Some(after) => (true, after),
        None => (false, rest.strip_prefix('.').unwrap_or(rest)),
    };
    let dotted = descendant || after_dots.len() < rest.len();
    let (selector, after) = if let Some(inside) = after_dots.strip_prefix('[') {
        if dotted && !descendant {
            return Err("a `[` follows `..` or a step, not `.`".into());
        }
        bracket(inside)?
    } else if let Some(after) = after_dots.strip_prefix('*').filter(|_| dotted) {
        (Selector::Wildcard, after)
    } else if dotted {
        let length = after_dots.find(['.', '[']).unwrap_or(after_dots.len());
        let (name, after) = after_dots.split_at(length);
        (Selector::Name(shorthand(name)?), after)
    } else {
        return Err(format!("`{}` does not continue a JSON path", excerpt(rest)));
    };
    Ok((Step { descendant, selector }, after))
}

/// A name without quotes: letters, digits, `_` and anything beyond ASCII, not starting with a digit.
fn shorthand(name: &str) -> Result<String, String> {
    let fits = |char: char| char.is_ascii_alphanumeric() || char == '_' || !char.is_ascii();
    if name.is_empty() {
        return Err("a name is missing after the dot".into());
    }
    if name.chars().all(fits) && !name.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(name.to_owned());
    }
    Err(format!("`{}` needs quotes in a JSON path: `['…']`", excerpt(name)))
}

/// What stands after a `[`, up to and with the `]`.
fn bracket(inside: &str) -> Result<(Selector, &str), String> {
    let mut chars = inside.chars();
    let (selector, after) = match chars.next() {
        Some(quote @ ('\'' | '"')) => {
            let (name, after) = quoted(chars.as_str(), quote)?;
            (Selector::Name(name), after)
        }
        Some('*') => (Selector::Wildcard, chars.as_str()),
        Some('?') => return Err("filters in JSON paths are not supported".into()),
        Some('-') => return Err("indices that count from the end are not supported".into()),
        _ => {
            let length = inside.find([']', ',']).unwrap_or(inside.len());
            let (range, after) = inside.split_at(length);
            (index_or_slice(range)?, after)
        }
    };
    match after.strip_prefix(']') {
        Some(after) => Ok((selector, after)),
        None if after.starts_with(',') => Err("several selectors in one `[…]` are not supported".into()),
        None => Err("a `]` is missing in the JSON path".into()),
    }
}

/// A quoted name with JSON's escapes and `\'`, and what follows its closing quote.
fn quoted(text: &str, quote: char) -> Result<(String, &str), String> {
    let mut name = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            _ if char == quote => return Ok((name, chars.as_str())),
            '\\' => match chars.next() {
                Some(same @ ('\\' | '/' | '\'' | '"')) => name.push(same),
                Some('b') => name.push('\u{8}'),
                Some('f') => name.push('\u{c}'),
                Some('n') => name.push('\n'),
                Some('r') => name.push('\r'),
                Some('t') => name.push('\t'),
                _ => return Err("this escape is not supported in a JSON path; write the character itself".into()),
            },
            _ => name.push(char),
        }
    }
    Err(format!("a closing `{quote}` is missing in the JSON path"))
}

fn index_or_slice(range: &str) -> Result<Selector, String> {
    if !range.contains(':') {
        return Ok(Selector::Index(number(range)?));
    }
    let mut parts = range.split(':').map(str::trim);
    let mut part = || match parts.next() {
        None | Some("") => Ok(None),
        Some(digits) => number(digits).map(Some),
    };
    let (start, end, step) = (part()?.unwrap_or(0), part()?, part()?.unwrap_or(1));
    if parts.next().is_some() {
        return Err(format!("`[{}]` has too many colons", excerpt(range)));
    }
    if step == 0 || end.is_some_and(|end| end <= start) {
        return Err(format!("`[{}]` selects nothing", excerpt(range)));
    }
    Ok(Selector::Slice { start, end, step })
}

fn number(digits: &str) -> Result<u64, String> {
    if digits.starts_with('-') {
        return Err("slices that count from the end are not supported".into());
    }
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'));
    // RFC 9535 section 2.1: integers are exact in IEEE 754 doubles.
    let number = digits.parse::<u64>().ok().filter(|number| plain && *number < 1 << 53);
    number.ok_or_else(|| format!("`{}` is not an index; quote it if it is a name", excerpt(digits)))
}

fn excerpt(text: &str) -> &str {
    text.char_indices().nth(24).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let steps = parse(text).unwrap().steps;
        let show = |step: Step| format!("{}{:?}", if step.descendant { ".." } else { "" }, step.selector);
        steps.into_iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_subset_is_read() {
        assert_eq!(shown("$.payment.card"), r#"Name("payment") Name("card")"#);
        assert_eq!(shown("$..email"), r#"..Name("email")"#);
        assert_eq!(shown("$['a b'][\"c\\\"d\"]"), r#"Name("a b") Name("c\"d")"#);
        assert_eq!(shown("$.items[*].*"), r#"Name("items") Wildcard Wildcard"#);
        assert_eq!(shown("$[0]..[1]..*"), "Index(0) ..Index(1) ..Wildcard");
        assert_eq!(
            shown("$[1:5:2][:3][2:]"),
            concat!(
                "Slice { start: 1, end: Some(5), step: 2 } Slice { start: 0, end: Some(3), step: 1 } ",
                "Slice { start: 2, end: None, step: 1 }"
            )
        );
        assert_eq!(shown("$.größe"), r#"Name("größe")"#);
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "payment",
            "$",
            "$.",
            "$..",
            "$.a.",
            "$a",
            "$.a b",
            "$.1a",
            "$[-1]",
            "$[::-1]",
            "$[1:-1]",
            "$[?(@.a)]",
            "$['a','b']",
            "$[1,2]",
            "$['a",
            "$[1",
            "$.[0]",
            "$[01]",
            "$[3:2]",
            "$[::0]",
            "$[1:2:3:4]",
            "$[a]",
            "$['\\u0041']",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
