//! A set of bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A set of bytes as a bitmap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByteClass([u8; 32]);

impl ByteClass {
    /// Every byte.
    pub const ALL: Self = Self([0xff; 32]);

    /// Whether the set holds `byte`.
    #[inline]
    pub fn contains(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte >> 3)).is_some_and(|bits| bits >> (byte & 7) & 1 == 1)
    }

    /// Adds a byte.
    pub fn insert(&mut self, byte: u8) {
        if let Some(bits) = self.0.get_mut(usize::from(byte >> 3)) {
            *bits |= 1 << (byte & 7);
        }
    }

    /// Adds all bytes of another set.
    pub fn extend(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine |= theirs;
        }
    }

    /// The bytes of the set in ascending order.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|&byte| self.contains(byte))
    }

    /// base64 of one or more sets, 32 bytes each.
    pub fn encode(classes: &[Self]) -> String {
        let bytes: Vec<u8> = classes.iter().flat_map(|class| class.0).collect();
        STANDARD_NO_PAD.encode(bytes)
    }

    /// Reads what [`ByteClass::encode`] wrote; `None` when the text is not base64 of whole sets.
    pub fn decode(text: &str) -> Option<Vec<Self>> {
        let bytes = STANDARD_NO_PAD.decode(text).ok()?;
        let (sets, rest) = bytes.as_chunks::<32>();
        rest.is_empty().then(|| sets.iter().map(|&bits| Self(bits)).collect())
    }
}

impl FromIterator<u8> for ByteClass {
    fn from_iter<I: IntoIterator<Item = u8>>(bytes: I) -> Self {
        let mut class = Self::default();
        bytes.into_iter().for_each(|byte| class.insert(byte));
        class
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_survives_its_encoding() {
        let digits: ByteClass = (b'0'..=b'9').collect();
        let back = ByteClass::decode(&ByteClass::encode(&[digits, ByteClass::ALL])).unwrap();
        assert_eq!(back, [digits, ByteClass::ALL]);
        assert!(digits.contains(b'7') && !digits.contains(b'a'));
        assert_eq!(ByteClass::decode("AAAA"), None);
    }
}
