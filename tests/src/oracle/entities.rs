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
    ("NegativeVeryThinSpace", '\u{200b}'), ("NegativeThinSpace", '\u{200b}'), ("NegativeMediumSpace", '\u{200b}'),
    ("NegativeThickSpace", '\u{200b}'), ("ApplyFunction", '\u{2061}'), ("af", '\u{2061}'),
    ("InvisibleTimes", '\u{2062}'), ("it", '\u{2062}'), ("InvisibleComma", '\u{2063}'), ("ic", '\u{2063}'),
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

/// A name is all the letters and digits that stand there.
fn name(rest: &[u8]) -> Option<(char, usize)> {
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (name, letter) = NAMES.iter().find(|(name, _)| name.as_bytes() == &rest[..length])?;
    let semicolon = rest.get(length) == Some(&b';');
    (semicolon || BARE.contains(name)).then_some((*letter, length + usize::from(semicolon)))
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
            ("&amp-", '&', 4),
            ("&amp;", '&', 5),
        ] {
            assert_eq!(at(text.as_bytes()), Some((letter.to_string().into_bytes(), length)), "{text}");
        }
        for text in ["&", "&commat", "&#;", "&#xd800;", "&#99999999999;", "&unknown;", "&#x;", "&ampx"] {
            assert_eq!(at(text.as_bytes()), None, "{text}");
        }
    }
}
