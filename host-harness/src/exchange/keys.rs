//! Keys for tests: fixed, so that runs can be repeated, and worth nothing.

use inkseal_engine::Entropy;
use inkseal_engine::keyring::{Keyring, Window};

/// What the filter reads from its environment in tests, as (name, value).
///
/// # Errors
/// If the keyring refuses its own keys.
pub fn environment(now_ms: u64) -> anyhow::Result<Vec<(String, String)>> {
    let keyring = keyring();
    let lacking = || anyhow::Error::msg("the test keyring lacks a key");
    Ok(vec![
        ("INKSEAL_SEAL_KEYS".to_owned(), keyring.for_filter(now_ms).ok_or_else(lacking)?.to_string()),
        ("INKSEAL_PSEUDONYM_KEY".to_owned(), keyring.pseudonym_entry(now_ms).ok_or_else(lacking)?.to_string()),
        ("INKSEAL_SAMPLING_KEY".to_owned(), keyring.sampling_entry(now_ms).ok_or_else(lacking)?.to_string()),
    ])
}

/// One key of each purpose, the same each time.
pub fn keyring() -> Keyring {
    Keyring::generate("", Window::default(), &mut Fixed(0x1a2b_3c4d_5e6f_7081))
}

/// SplitMix64: good enough to pass for random, and no secret.
struct Fixed(u64);

impl Entropy for Fixed {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            for (byte, new) in chunk.iter_mut().zip((mixed ^ (mixed >> 31)).to_le_bytes()) {
                *byte = new;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyring_accepts_its_own_keys() {
        assert!(Keyring::parse(&keyring().to_json()).is_ok());
        assert_eq!(environment(0).unwrap(), environment(0).unwrap());
    }
}
