//! Numbers that look random and are the same in every run.

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Seeded(u64);

impl Seeded {
    /// A stream for a name (FNV-1a over its bytes).
    pub fn of(name: &str) -> Self {
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(name.bytes().fold(0xcbf2_9ce4_8422_2325, mix))
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(self.number() % bound.max(1)).unwrap_or(0)
    }

    /// Between one and `most` rising positions inside a body of `length` bytes; none if it has no inside.
    pub fn cuts(&mut self, length: usize, most: usize) -> Vec<usize> {
        if length < 2 {
            return Vec::new();
        }
        let count = 1 + self.below(most);
        let mut at: Vec<usize> = (0..count).map(|_| 1 + self.below(length - 1)).collect();
        at.sort_unstable();
        at.dedup();
        at
    }
}

/// The pieces of a body cut at rising positions.
pub fn pieces(body: &[u8], at: &[usize]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let (mut rest, mut from) = (body, 0);
    for position in at {
        let (piece, after) = rest.split_at(position.saturating_sub(from).min(rest.len()));
        pieces.push(piece.to_vec());
        (rest, from) = (after, *position);
    }
    pieces.push(rest.to_vec());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}
