//! The named character references that can stand in a secret: those of ASCII characters, and of characters that fold
//! away (HTML Living Standard, section "Named character references").

/// Bytes of the longest name.
pub(super) const LONGEST: usize = 21;

/// The character of a name, which is case-sensitive.
pub(super) fn character(name: &[u8]) -> Option<char> {
    Some(match name {
        b"Tab" => '\t',
        b"NewLine" => '\n',
        b"excl" => '!',
        b"quot" | b"QUOT" => '"',
        b"num" => '#',
        b"dollar" => '$',
        b"percnt" => '%',
        b"amp" | b"AMP" => '&',
        b"apos" => '\'',
        b"lpar" => '(',
        b"rpar" => ')',
        b"ast" | b"midast" => '*',
        b"plus" => '+',
        b"comma" => ',',
        b"period" => '.',
        b"sol" => '/',
        b"colon" => ':',
        b"semi" => ';',
        b"lt" | b"LT" => '<',
        b"equals" => '=',
        b"gt" | b"GT" => '>',
        b"quest" => '?',
        b"commat" => '@',
        b"lsqb" | b"lbrack" => '[',
        b"bsol" => '\\',
        b"rsqb" | b"rbrack" => ']',
        b"Hat" => '^',
        b"lowbar" | b"UnderBar" => '_',
        b"grave" | b"DiacriticalGrave" => '`',
        b"lcub" | b"lbrace" => '{',
        b"verbar" | b"vert" | b"VerticalLine" => '|',
        b"rcub" | b"rbrace" => '}',
        b"nbsp" | b"NonBreakingSpace" => '\u{a0}',
        b"shy" => '\u{ad}',
        b"ZeroWidthSpace"
        | b"NegativeVeryThinSpace"
        | b"NegativeThinSpace"
        | b"NegativeMediumSpace"
        | b"NegativeThickSpace" => '\u{200b}',
        b"zwnj" => '\u{200c}',
        b"zwj" => '\u{200d}',
        b"lrm" => '\u{200e}',
        b"rlm" => '\u{200f}',
        b"NoBreak" => '\u{2060}',
        b"ApplyFunction" | b"af" => '\u{2061}',
        b"InvisibleTimes" | b"it" => '\u{2062}',
        b"InvisibleComma" | b"ic" => '\u{2063}',
        _ => return None,
    })
}

/// Whether a reference of this name needs no semicolon.
pub(super) fn stands_alone(name: &[u8]) -> bool {
    matches!(name, b"amp" | b"lt" | b"gt" | b"quot")
}

#[cfg(test)]
mod tests {
    use super::character;

    /// The HTML Living Standard's names of ASCII characters, in the order of those, and of characters without width.
    const NAMES: &[(&str, char)] = &[
        ("Tab NewLine excl quot QUOT num dollar percnt amp AMP apos lpar rpar ast midast plus comma period sol", '\0'),
        ("colon semi lt LT equals gt GT quest commat lsqb lbrack bsol rsqb rbrack Hat lowbar UnderBar grave", '\0'),
        ("DiacriticalGrave lcub lbrace verbar vert VerticalLine rcub rbrace", '\0'),
        ("nbsp NonBreakingSpace", '\u{a0}'),
        ("shy", '\u{ad}'),
        ("ZeroWidthSpace NegativeVeryThinSpace NegativeThinSpace NegativeMediumSpace NegativeThickSpace", '\u{200b}'),
        ("zwnj", '\u{200c}'),
        ("zwj", '\u{200d}'),
        ("lrm", '\u{200e}'),
        ("rlm", '\u{200f}'),
        ("NoBreak", '\u{2060}'),
        ("ApplyFunction af", '\u{2061}'),
        ("InvisibleTimes it", '\u{2062}'),
        ("InvisibleComma ic", '\u{2063}'),
    ];
    /// What the ASCII ones stand for.
    const ASCII: &str = "\t\n!\"\"#$%&&'()**+,./:;<<=>>?@[[\\]]^__``{{|||}}";

    #[test]
    fn every_name_is_the_standards() {
        let (ascii, others) = NAMES.split_at(3);
        let names: Vec<&str> = ascii.iter().flat_map(|(names, _)| names.split(' ')).collect();
        assert_eq!(names.iter().filter_map(|name| character(name.as_bytes())).collect::<String>(), ASCII);
        for (names, char) in others {
            assert!(names.split(' ').all(|name| character(name.as_bytes()) == Some(*char)), "{names}");
        }
        for name in ["", "tab", "eacute", "AF", "amp;"] {
            assert_eq!(character(name.as_bytes()), None, "{name}");
        }
    }
}
