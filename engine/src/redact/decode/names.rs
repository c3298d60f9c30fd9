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
