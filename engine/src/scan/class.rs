//! A set of bytes.

use data_encoding::HEXLOWER;

/// A set of bytes as a bitmap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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

    /// How many bytes the set has.
    pub fn count(&self) -> usize {
        self.0.iter().map(|bits| bits.count_ones() as usize).sum()
    }

    /// Whether each byte is in the set, eight to a byte, the first at its lowest bit.
    #[cfg(feature = "compile")]
    pub(crate) fn bits(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the set holds all bytes of another.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).all(|(mine, theirs)| theirs & !mine == 0)
    }

    /// The bytes of the set in ascending order.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        let bits = |(at, bits): (usize, &u8)| {
            let mut rest = *bits;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some((at as u8) << 3 | bit as u8)
            })
        };
        self.0.iter().enumerate().filter(|(_, bits)| **bits != 0).flat_map(bits)
    }

    /// The set as text: its ranges, first and last byte in hex.
    #[cfg(any(test, feature = "compile"))]
    pub fn encode(&self) -> String {
        let range = |range: &[u8]| match (range.first(), range.last()) {
            (Some(first), Some(last)) => format!("{first:02x}{last:02x}"),
            _ => String::new(),
        };
        let bytes: Vec<u8> = self.bytes().collect();
        bytes.chunk_by(|one, next| one.checked_add(1) == Some(*next)).map(range).collect()
    }

    /// Reads what [`ByteClass::encode`] wrote; `None` when the text is not that.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        let (ranges, rest) = bytes.as_chunks::<2>();
        let ordered = rest.is_empty() && ranges.iter().all(|[first, last]| first <= last);
        ordered.then(|| ranges.iter().flat_map(|&[first, last]| first..=last).collect())
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
        assert_eq!([digits, ByteClass::default(), ByteClass::ALL].map(|class| class.encode()), ["3039", "", "00ff"]);
        for class in [digits, ByteClass::default(), ByteClass::ALL, [b'a', b'c'].into_iter().collect()] {
            assert_eq!(ByteClass::decode(&class.encode()), Some(class));
        }
        assert!(digits.contains(b'7') && !digits.contains(b'a'));
        for text in ["AAAA", "303", "3930", "30 39", "3039,"] {
            assert_eq!(ByteClass::decode(text), None, "{text}");
        }
    }
}
