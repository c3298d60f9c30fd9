//! What the engine's unit tests share.

use sha2::{Digest, Sha256};

use crate::Entropy;
use crate::keyring::{Keyring, Window};

/// A fixed stream of bytes: the same for the same number.
pub(crate) struct Fixed {
    number: u64,
    block: u64,
}

impl Fixed {
    pub(crate) fn new(number: u64) -> Fixed {
        Fixed { number, block: 0 }
    }
}

impl Entropy for Fixed {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let digest = Sha256::digest([self.number.to_be_bytes(), self.block.to_be_bytes()].concat());
            self.block += 1;
            chunk.copy_from_slice(&digest[..chunk.len()]);
        }
    }
}

/// A keyring with one key of each purpose, the same each time.
pub(crate) fn keyring() -> Keyring {
    Keyring::generate("", Window::default(), &mut Fixed::new(1000))
}
