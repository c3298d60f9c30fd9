//! Ways to write a text that detectors see through.

use crate::seeded::Seeded;

/// The content of a JSON string: what must be escaped, and some of the rest; now and then an invalid byte.
pub fn escaped(random: &mut Seeded, text: &str) -> Vec<u8> {
    let often = [0, 0, 3, 30, 100][random.below(5)];
    let mut out = Vec::new();
    for letter in text.chars() {
        let mut units = [0; 2];
        match letter {
            _ if random.below(100) < often => {
                for unit in letter.encode_utf16(&mut units) {
                    out.extend(format!("\\u{unit:04x}").into_bytes());
                }
            }
            '"' | '\\' => out.extend([b'\\', letter as u8]),
            '\n' => out.extend(b"\\n"),
            '/' if random.below(2) == 0 => out.extend(b"\\/"),
            _ => out.extend(letter.to_string().into_bytes()),
        }
    }
    match random.below(60) {
        0 => out.extend(b"\\ud83d"),
        1 => out.push(0xff),
        _ => {}
    }
    out
}

pub fn percent(random: &mut Seeded, text: &str) -> String {
    let often = [20, 60, 100][random.below(3)];
    let code = |byte: u8| format!("%{byte:02X}");
    let some = |byte: u8| {
        if byte.is_ascii() && random.below(100) >= often { char::from(byte).to_string() } else { code(byte) }
    };
    text.bytes().map(some).collect()
}

/// Some characters in their fullwidth form.
pub fn wide(random: &mut Seeded, text: &str) -> String {
    let wide = |letter: char| char::from_u32(u32::from(letter) - 0x21 + 0xff01).unwrap_or(letter);
    text.chars()
        .map(|letter| if letter.is_ascii_graphic() && random.below(3) > 0 { wide(letter) } else { letter })
        .collect()
}

/// Characters of no width inside.
pub fn invisible(random: &mut Seeded, text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        out.push(letter);
        if random.below(4) == 0 {
            out.push(['\u{200b}', '\u{ad}', '\u{2060}', '\u{feff}', '\u{202e}'][random.below(5)]);
        }
    }
    out
}

/// Some characters as character references.
pub fn references(random: &mut Seeded, text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match (random.below(6), letter) {
            (0, _) => out += &format!("&#{};", u32::from(letter)),
            (1, _) => out += &format!("&#x{:x};", u32::from(letter)),
            (2, '@') => out += "&commat;",
            (2, '-') => out += "&shy;-",
            _ => out.push(letter),
        }
    }
    out
}
