//! Character references of HTML and XML.

#[rustfmt::skip]
const NAMES: &[(&str, char)] = &[
    ("Tab", '\t'), ("NewLine", '\n'), ("excl", '!'), ("quot", '"'), ("QUOT", '"'), ("num", '#'), ("dollar", '$'),
    ("percnt", '%'), ("amp", '&'), ("AMP", '&'), ("apos", '\''), ("lpar", '('), ("rpar", ')'), ("ast", '*'),
    ("midast", '*'), ("plus", '+'), ("comma", ','), ("period", '.'), ("sol", '/'), ("colon", ':'), ("semi", ';'),
    ("lt", '<'), ("LT", '<'), ("equals", '='), ("gt", '>'), ("GT", '>'), ("quest", '?'), ("commat", '@'),
    ("lsqb", '['), ("lbrack", '['), ("bsol", '\\'), ("rsqb", ']'), ("rbrack", ']'), ("Hat", '^'), ("lowbar", '_'),
    ("UnderBar", '_'), ("grave", '`'), ("DiacriticalGrave", '`'), ("lcub", '{'), ("lbrace", '{'), ("verbar", '|'),
    ("vert", '|'), ("VerticalLine", '|'), ("rcub", '}'), ("rbrace", '}'), ("nbsp", '\u{a0}'),
    ("NonBreakingSpace", '\u{a0}'), ("shy", '\u{ad}'), ("ZeroWidthSpace", '\u{200b}'), ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'), ("lrm", '\u{200e}'), ("rlm", '\u{200f}'), ("NoBreak", '\u{2060}'),
];

/// Names that count without their semicolon.
const BARE: &[&str] = &["amp", "lt", "gt", "quot"];

/// Digits of a number, at most.
const DIGITS: usize = 10;

/// The reference that begins at the start of `bytes`: its meaning and its length.
pub fn at(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let rest = bytes.strip_prefix(b"&")?;
    let (letter, length) = if rest.first() == Some(&b'#') { number(rest)? } else { name(rest)? };
    Some((letter.to_string().into_bytes(), 1 + length))
}

fn number(rest: &[u8]) -> Option<(char, usize)> {
    let (radix, prefix) = if matches!(rest.get(1), Some(b'x' | b'X')) { (16, 2) } else { (10, 1) };
    let digits = rest[prefix..].iter().take_while(|byte| char::from(**byte).is_digit(radix)).count();
    if digits == 0 || digits > DIGITS {
        return None;
    }
    let text = std::str::from_utf8(&rest[prefix..prefix + digits]).ok()?;
    let letter = char::from_u32(u32::from_str_radix(text, radix).ok()?)?;
    let semicolon = usize::from(rest.get(prefix + digits) == Some(&b';'));
    Some((letter, prefix + digits + semicolon))
}

fn name(rest: &[u8]) -> Option<(char, usize)> {
    let whole = NAMES
        .iter()
        .find(|(name, _)| rest.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&b';')));
    if let Some((name, letter)) = whole {
        return Some((*letter, name.len() + 1));
    }
    let bare = NAMES.iter().find(|(name, _)| BARE.contains(name) && rest.starts_with(name.as_bytes()));
    bare.map(|(name, letter)| (*letter, name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_with_and_without_a_semicolon() {
        for (text, letter, length) in [
            ("&commat;x", '@', 8),
            ("&#64;", '@', 5),
            ("&#x40;", '@', 6),
            ("&#64x", '@', 4),
            ("&ampx", '&', 4),
            ("&amp;", '&', 5),
        ] {
            assert_eq!(at(text.as_bytes()), Some((letter.to_string().into_bytes(), length)), "{text}");
        }
        for text in ["&", "&commat", "&#;", "&#xd800;", "&#99999999999;", "&unknown;", "&#x;"] {
            assert_eq!(at(text.as_bytes()), None, "{text}");
        }
    }
}
