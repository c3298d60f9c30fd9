//! What a byte of a raw text can be part of, looked up.

/// A letter of base64, in some alphabet.
pub const LETTER: u8 = 1;
/// It may begin what some syntax decodes, or what is folded.
pub const CODED: u8 = 2;
/// It may begin what is decoded of a JSON string, or what is folded.
pub const CODED_IN_JSON: u8 = 4;
/// A quote or a backslash.
pub const STOP: u8 = 8;

/// What a byte can be part of.
#[inline]
pub fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or_default()
}

static CLASSES: [u8; 256] = classes();

#[expect(clippy::indexing_slicing, reason = "computed by the compiler, where an index out of bounds is an error")]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_') {
            table[at] |= LETTER;
        }
        if matches!(byte, b'\\' | b'%' | 0xc2 | 0xe2 | 0xe3 | 0xef) {
            table[at] |= CODED | CODED_IN_JSON;
        }
        if matches!(byte, b'&' | b'+' | b'=' | b'\r' | b'\n') {
            table[at] |= CODED;
        }
        if matches!(byte, b'"' | b'\\') {
            table[at] |= STOP;
        }
        at += 1;
    }
    table
}
