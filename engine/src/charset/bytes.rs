//! Sets in which a byte is a character: windows-1252, and bytes that stand for themselves.

/// What windows-1252 has at 0x80 to 0x9f (Encoding Standard, index windows-1252).
const HIGH: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2c6}', '\u{2030}',
    '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}',
    '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}',
    '\u{17e}', '\u{178}',
];

/// Where bytes that are no known character stand: in the private use area, as the Encoding Standard has it for
/// `x-user-defined`, so that no detector takes them for anything.
const PRIVATE: u32 = 0xf700;

/// The character of a windows-1252 byte.
pub(super) fn decode_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or(char::from(byte)),
        _ => char::from(byte),
    }
}

/// The byte of a character in windows-1252.
pub(super) fn encode_1252(char: u32) -> Option<u8> {
    match char {
        0..=0x7f | 0xa0..=0xff => u8::try_from(char).ok(),
        _ => HIGH.iter().position(|&it| u32::from(it) == char).and_then(|at| u8::try_from(at + 0x80).ok()),
    }
}

/// The character that stands for a byte as it is.
pub(super) fn decode_byte(byte: u8) -> char {
    if byte < 0x80 {
        char::from(byte)
    } else {
        char::from_u32(PRIVATE + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

/// The byte that a character stands for.
pub(super) fn encode_byte(char: u32) -> Option<u8> {
    match char {
        0..=0x7f => u8::try_from(char).ok(),
        _ => char.checked_sub(PRIVATE + 0x80).filter(|&at| at < 0x80).and_then(|at| u8::try_from(at + 0x80).ok()),
    }
}
