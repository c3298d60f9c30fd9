//! The same decoders for a whole text whose places do not matter: no units, and much faster.

use super::{Chain, Decoder, folds};

/// Room for what is decoded more than once.
#[derive(Default)]
pub struct Room(Vec<u8>);

impl Room {
    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        self.0.capacity()
    }
}

impl Chain {
    /// Decodes a whole text into `out`, which is cleared; false where that takes units. Nothing must have been begun.
    pub fn decode(&self, text: &[u8], room: &mut Room, out: &mut Vec<u8>) -> bool {
        out.clear();
        out.extend_from_slice(text);
        self.decoders.iter().all(|decoder| {
            std::mem::swap(out, &mut room.0);
            let text = room.0.as_slice();
            match decoder {
                Decoder::Unescape(_) => unescape(text, out),
                Decoder::Percent(it) => {
                    percent(text, it.plus, out);
                    true
                }
                Decoder::Fold(_) => {
                    std::mem::swap(out, &mut room.0);
                    !folds(out)
                }
                Decoder::Entities(_) | Decoder::Quoted(_) | Decoder::Unbroken(_) => false,
            }
        })
    }
}

/// Bytes written one behind the other into room that is there.
struct Writer<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl Writer<'_> {
    #[inline]
    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.out.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }
}

/// See [`super::Percent`].
fn percent(text: &[u8], plus: bool, out: &mut Vec<u8>) {
    out.resize(text.len(), 0);
    let mut writer = Writer { out, len: 0 };
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let digits = behind.first_chunk::<2>().filter(|_| byte == b'%');
        if let Some((high, low)) = digits.and_then(|&[high, low]| Some((digit(high)?, digit(low)?))) {
            writer.push(high << 4 | low);
            rest = behind.get(2..).unwrap_or_default();
        } else {
            writer.push(if byte == b'+' && plus { b' ' } else { byte });
            rest = behind;
        }
    }
    let len = writer.len;
    out.truncate(len);
}

/// See [`super::Unescape`]; false where half of a pair of surrogates stands, or digits are missing.
fn unescape(text: &[u8], out: &mut Vec<u8>) -> bool {
    // No escape stands for more bytes than it has.
    out.resize(text.len(), 0);
    let mut writer = Writer { out, len: 0 };
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'\\' {
            writer.push(byte);
            continue;
        }
        match behind.split_first() {
            None => writer.push(byte),
            Some((b'u', behind)) => {
                let Some((digits, behind)) = behind.split_first_chunk::<4>() else { return false };
                let code = digits.iter().try_fold(0, |code, &it| Some(code << 4 | u32::from(digit(it)?)));
                let Some(char) = code.and_then(char::from_u32) else { return false };
                char.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| writer.push(byte));
                rest = behind;
            }
            Some((&escape, behind)) => {
                match super::unescape::simple(escape) {
                    Some(byte) => writer.push(byte),
                    None => [byte, escape].into_iter().for_each(|byte| writer.push(byte)),
                }
                rest = behind;
            }
        }
    }
    let len = writer.len;
    out.truncate(len);
    true
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redact::syntax::{Derived, Syntax};

    proptest! {
        #[test]
        fn a_whole_text_decodes_as_its_units_do(
            text in r#"(\\u00[46][0-9a-f]|\\u[d-f][0-9a-f]{3}|\\["\\/nu4q]|%[0-9a-g]{2}|%25[0-9a-f]{2}|[%+\\u4aé’ａ\u{200b}&=]){0,12}"#,
            stale in "[a-z]{0,3}",
        ) {
            let chains = [Syntax::Json, Syntax::Form, Syntax::Path, Syntax::Text].map(Syntax::chain);
            for chain in chains.into_iter().chain([Derived::Nested, Derived::Percent].map(Derived::chain)) {
                let (mut room, mut out) = (Room(stale.clone().into_bytes()), stale.clone().into_bytes());
                if chain.decode(text.as_bytes(), &mut room, &mut out) {
                    prop_assert_eq!(out, chain.whole(text.as_bytes()));
                }
            }
        }
    }

    #[test]
    fn what_is_usual_needs_no_units() {
        for (syntax, text, view) in [
            (Syntax::Json, r#"a\n\"b\"\/\u00e4\q"#, "a\n\"b\"/ä\\q"),
            (Syntax::Form, "a+b%2Bc%2540%zz%4", "a b+c@%zz%4"),
            (Syntax::Path, "a+b%2540", "a+b@"),
            (Syntax::Text, "“as it is”", "“as it is”"),
        ] {
            let (mut room, mut out) = (Room::default(), Vec::new());
            assert!(syntax.chain().decode(text.as_bytes(), &mut room, &mut out), "{text}");
            assert_eq!(String::from_utf8(out).unwrap(), view);
        }
    }
}
