//! Randomness as an argument.

/// A source of random bytes fit for keys: the host's generator in the filter and the tools, a fixed stream in tests.
pub trait Entropy {
    /// Fills `bytes` with random bytes. There is no partial success: a source that cannot answer must not be used.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// Draws `N` random bytes.
pub(crate) fn draw<const N: usize>(entropy: &mut dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}
