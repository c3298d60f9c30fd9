//! Nonces of events, drawn many at once: each draw is a call of the host.

use inkseal_engine::Entropy;

/// Random bytes that events show.
#[derive(Debug)]
pub struct Nonces {
    drawn: [u8; 512],
    used: usize,
}

impl Default for Nonces {
    fn default() -> Self {
        Self { drawn: [0; 512], used: usize::MAX }
    }
}

impl Nonces {
    /// Sixteen bytes that were not given out before.
    pub fn draw(&mut self, entropy: &mut dyn Entropy) -> [u8; 16] {
        if let Some(nonce) = self.take() {
            return nonce;
        }
        entropy.fill(&mut self.drawn);
        self.used = 0;
        self.take().unwrap_or_else(|| {
            let mut nonce = [0; 16];
            entropy.fill(&mut nonce);
            nonce
        })
    }

    fn take(&mut self) -> Option<[u8; 16]> {
        let nonce = *self.drawn.get(self.used..)?.first_chunk()?;
        self.used += nonce.len();
        Some(nonce)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Nonces;
    use crate::testing::Counter;

    #[test]
    fn no_nonce_comes_twice() {
        let (mut nonces, mut entropy) = (Nonces::default(), Counter(1));
        let drawn: BTreeSet<[u8; 16]> = (0..1000).map(|_| nonces.draw(&mut entropy)).collect();
        assert_eq!(drawn.len(), 1000);
    }
}
