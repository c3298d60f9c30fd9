//! Byte by byte: for targets without a kernel, and what the kernels are held against.

/// Sixteen bytes; as a truth value, 0xff or 0.
#[derive(Clone, Copy)]
pub struct Lanes([u8; 16]);

impl Lanes {
    /// These bytes.
    #[inline]
    pub fn load(bytes: &[u8; 16]) -> Self {
        Self(*bytes)
    }

    /// Which are this byte.
    #[inline]
    pub fn eq(self, byte: u8) -> Self {
        self.each(|it| truth(it == byte))
    }

    /// Which lie between two bytes, both included.
    #[inline]
    pub fn within(self, first: u8, last: u8) -> Self {
        self.each(|it| truth((first..=last).contains(&it)))
    }

    /// With these bits set in each.
    #[inline]
    pub fn with(self, bits: u8) -> Self {
        self.each(|it| it | bits)
    }

    /// The bits of both.
    #[inline]
    pub fn or(self, other: Self) -> Self {
        let mut all = self.0;
        all.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine |= theirs);
        Self(all)
    }

    /// The highest bit of each, the first at the lowest.
    #[inline]
    pub fn bits(self) -> u16 {
        self.0.iter().rev().fold(0, |bits, byte| bits << 1 | u16::from(byte >> 7))
    }

    fn each(self, change: impl Fn(u8) -> u8) -> Self {
        Self(self.0.map(change))
    }
}

fn truth(holds: bool) -> u8 {
    if holds { 0xff } else { 0 }
}
