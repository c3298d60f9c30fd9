//! From raw bytes to what they stand for, byte by byte: each decoder takes units and passes units on.

mod entity;
mod fold;
mod names;
mod percent;
mod transfer;
mod unescape;

use std::borrow::Cow;

pub use entity::Entities;
pub use fold::{Fold, folds};
pub use percent::Percent;
pub use transfer::{Quoted, Unbroken};
pub use unescape::Unescape;

use super::view::Unit;

/// One way of decoding.
#[derive(Clone)]
pub enum Decoder {
    /// Fullwidth forms and zero-width characters.
    Fold(Fold),
    /// Percent-encoding.
    Percent(Percent),
    /// The escapes of JSON strings.
    Unescape(Unescape),
    /// The character references of HTML and XML.
    Entities(Entities),
    /// Quoted-printable.
    Quoted(Quoted),
    /// Base64 in lines.
    Unbroken(Unbroken),
}

impl Decoder {
    fn feed(&mut self, unit: Unit, out: &mut dyn FnMut(Unit)) {
        match self {
            Self::Fold(it) => it.feed(unit, out),
            Self::Percent(it) => it.feed(unit, out),
            Self::Unescape(it) => it.feed(unit, out),
            Self::Entities(it) => it.feed(unit, out),
            Self::Quoted(it) => it.feed(unit, out),
            Self::Unbroken(it) if it.keeps(unit.byte) => out(unit),
            Self::Unbroken(_) => {}
        }
    }

    /// Passes on what was begun.
    fn end(&mut self, out: &mut dyn FnMut(Unit)) {
        match self {
            Self::Fold(it) => it.end(out),
            Self::Percent(it) => it.end(out),
            Self::Unescape(it) => it.end(out),
            Self::Entities(it) => it.end(out),
            Self::Quoted(it) => it.end(out),
            Self::Unbroken(_) => {}
        }
    }

    /// Decodes a whole text where it stands.
    pub fn whole(&self, text: &mut Vec<u8>) {
        match self {
            Self::Fold(_) if !folds(text) => return,
            _ if !self.stops().iter().any(|stop| text.contains(stop)) => return,
            Self::Percent(it) => return it.whole(text),
            Self::Unescape(_) => return unescape::whole(text),
            _ => {}
        }
        let mut alone = Chain::new(vec![self.clone()]);
        let before = std::mem::take(text);
        alone.bytes(&before, &mut |bytes| text.extend_from_slice(bytes));
        alone.end_bytes(&mut |bytes| text.extend_from_slice(bytes));
    }

    /// The raw start of what was begun.
    fn open(&self) -> Option<u64> {
        let pending = match self {
            Self::Fold(it) => it.pending(),
            Self::Percent(it) => it.pending(),
            Self::Unescape(it) => it.pending(),
            Self::Entities(it) => it.pending(),
            Self::Quoted(it) => it.pending(),
            Self::Unbroken(_) => &[],
        };
        pending.first().map(|unit| unit.start)
    }

    /// The bytes that are not passed on as they are when nothing was begun.
    fn stops(&self) -> &'static [u8] {
        match self {
            Self::Fold(_) => &[0xc2, 0xe2, 0xe3, 0xef],
            Self::Percent(it) if it.plus => b"%+",
            Self::Percent(_) => b"%",
            Self::Unescape(_) => b"\\",
            Self::Entities(_) => b"&",
            Self::Quoted(_) => b"=",
            Self::Unbroken(_) => b"\r\n",
        }
    }
}

/// A parameter's name, percent-decoded once, with `+` for a space, and folded.
pub fn decode_name(raw: &[u8]) -> Cow<'_, [u8]> {
    // As most names are.
    if raw.iter().all(|byte| byte.is_ascii() && !matches!(byte, b'%' | b'+')) {
        return Cow::Borrowed(raw);
    }
    let mut name = raw.to_vec();
    Chain::new(vec![Decoder::Percent(Percent::new(true)), Decoder::Fold(Fold::default())]).whole(&mut name);
    Cow::Owned(name)
}

/// Decoders one behind the other.
#[derive(Clone)]
pub struct Chain {
    decoders: Vec<Decoder>,
    /// Bytes that every decoder passes on as they are when nothing was begun.
    passes: [bool; 256],
}

impl Default for Chain {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Chain {
    /// A chain of these decoders.
    pub fn new(decoders: Vec<Decoder>) -> Self {
        let mut passes = [true; 256];
        // A chain is made for every value: only the few bytes that stop one are visited.
        for &byte in decoders.iter().flat_map(Decoder::stops) {
            if let Some(passes) = passes.get_mut(usize::from(byte)) {
                *passes = false;
            }
        }
        Self { decoders, passes }
    }

    /// Takes a unit; what it comes to goes to `out`.
    pub fn feed(&mut self, unit: Unit, out: &mut dyn FnMut(Unit)) {
        feed(&mut self.decoders, unit, out);
    }

    /// The text ends: what was begun stands for itself.
    pub fn end(&mut self, out: &mut dyn FnMut(Unit)) {
        let mut rest = self.decoders.as_mut_slice();
        while let Some((first, behind)) = rest.split_first_mut() {
            first.end(&mut |unit| feed(behind, unit, out));
            rest = behind;
        }
    }

    /// The raw start of what was begun and is not decided.
    pub fn open(&self) -> Option<u64> {
        self.decoders.iter().filter_map(Decoder::open).min()
    }

    /// How many bytes at the start of `text` are passed on as they are.
    pub fn plain(&self, text: &[u8]) -> usize {
        if self.open().is_some() {
            return 0;
        }
        let passes = |byte: u8| self.passes.get(usize::from(byte)).is_some_and(|&passes| passes);
        text.iter().position(|&byte| !passes(byte)).unwrap_or(text.len())
    }

    /// Takes raw bytes whose place does not matter; runs of decoded bytes go to `out`.
    pub fn bytes(&mut self, raw: &[u8], out: &mut dyn FnMut(&[u8])) {
        let mut rest = raw;
        while let Some(&first) = rest.first() {
            let plain = self.plain(rest);
            let (now, behind) = rest.split_at_checked(plain.max(1)).unwrap_or((rest, b""));
            if plain > 0 {
                out(now);
            } else {
                self.feed(Unit::plain(first, 0), &mut |unit| out(&[unit.byte]));
            }
            rest = behind;
        }
    }

    /// The text of [`Chain::bytes`] ends: what was begun stands for itself.
    pub fn end_bytes(&mut self, out: &mut dyn FnMut(&[u8])) {
        self.end(&mut |unit| out(&[unit.byte]));
    }

    /// Decodes a whole text where it stands, one decoder behind the other; nothing may have been begun.
    pub fn whole(&self, text: &mut Vec<u8>) {
        self.decoders.iter().for_each(|decoder| decoder.whole(text));
    }
}

fn feed(decoders: &mut [Decoder], unit: Unit, out: &mut dyn FnMut(Unit)) {
    match decoders.split_first_mut() {
        None => out(unit),
        Some((first, rest)) => first.feed(unit, &mut |unit| feed(rest, unit, out)),
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// What a chain makes of a text, and the spans of each byte; cut or not makes no difference to a decoder.
    pub(crate) fn decoded(decoders: Vec<Decoder>, text: &str) -> (String, Vec<(u64, u64)>) {
        let mut chain = Chain::new(decoders);
        let (mut bytes, mut spans) = (Vec::new(), Vec::new());
        let mut out = |unit: Unit| {
            bytes.push(unit.byte);
            spans.push((unit.start, unit.end));
        };
        for (at, byte) in (0..).zip(text.bytes()) {
            chain.feed(Unit::plain(byte, at), &mut out);
        }
        chain.end(&mut out);
        assert!(chain.open().is_none());
        (String::from_utf8_lossy(&bytes).into_owned(), spans)
    }

    /// Only the text.
    pub(crate) fn text(decoders: Vec<Decoder>, raw: &str) -> String {
        decoded(decoders, raw).0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A text that is decoded at once comes to what it comes to byte by byte.
        #[test]
        fn whole_texts_are_decoded_as_streams_are(
            text in "([%+=&;\\\\\r\n#x a-f0-9A-Z\u{ad}\u{ff05}\u{ff11}]|%25|%4[0-9]|&#x2[5-9];|\\\\u00[2-7][0-9a]|=3D){0,12}",
            plus: bool,
        ) {
            let all = || [
                Decoder::Percent(Percent::new(plus)),
                Decoder::Percent(Percent::new(false)),
                Decoder::Unescape(Unescape::default()),
                Decoder::Entities(Entities::default()),
                Decoder::Quoted(Quoted::default()),
                Decoder::Unbroken(Unbroken),
                Decoder::Fold(Fold::default()),
            ];
            let chains = all().into_iter().map(|one| vec![one]).chain([all().into(), all().into_iter().take(2).collect()]);
            for decoders in chains {
                let mut whole = text.clone().into_bytes();
                Chain::new(decoders.clone()).whole(&mut whole);
                prop_assert_eq!(String::from_utf8_lossy(&whole), testing::text(decoders, &text));
            }
        }
    }

    /// What is passed over without a look would have come out as it was; what stops may not have.
    #[test]
    fn only_bytes_that_stop_a_decoder_are_not_passed_on_as_they_are() {
        let decoders = [
            Decoder::Fold(Fold::default()),
            Decoder::Percent(Percent::new(true)),
            Decoder::Percent(Percent::new(false)),
            Decoder::Unescape(Unescape::default()),
            Decoder::Entities(Entities::default()),
            Decoder::Quoted(Quoted::default()),
            Decoder::Unbroken(Unbroken),
        ];
        for decoder in decoders {
            for byte in 0..=u8::MAX {
                let (mut fed, mut out) = (decoder.clone(), Vec::new());
                fed.feed(Unit::plain(byte, 0), &mut |unit| out.push(unit.byte));
                let passed = out == [byte] && fed.open().is_none();
                assert_eq!(passed, !decoder.stops().contains(&byte), "{byte:#04x}");
                assert_eq!(passed, Chain::new(vec![decoder.clone()]).plain(&[byte]) == 1, "{byte:#04x}");
            }
        }
    }
}
