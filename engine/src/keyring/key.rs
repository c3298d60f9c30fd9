//! The keys of a keyring, each wiped when dropped and without `Debug`.

use zeroize::Zeroizing;

use crate::seal::derive::{DOMAIN, Secret, hmac};

use super::{KeyringError, parse_one};

/// When a key is in force, in milliseconds since the Unix epoch: from `not_before`, and before `not_after`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// First millisecond; `None` is since ever.
    pub not_before: Option<u64>,
    /// First millisecond after; `None` is for ever.
    pub not_after: Option<u64>,
}

impl Window {
    /// Whether the window holds `now_ms`.
    pub fn contains(&self, now_ms: u64) -> bool {
        self.not_before.is_none_or(|start| start <= now_ms) && self.not_after.is_none_or(|end| now_ms < end)
    }
}

/// A key that chains are sealed under.
pub struct SealKey {
    /// The key's id, which every record shows.
    pub kid: String,
    /// When the key is in force: new chains start under it; old ones are verified whatever the time.
    pub window: Window,
    pub(crate) secret: Secret,
}

impl SealKey {
    /// `PRK = HMAC(D‖"root", K_kid)`: HKDF-Extract (RFC 5869).
    pub(crate) fn root(&self) -> Secret {
        Zeroizing::new(hmac(&[DOMAIN, b"root"].concat(), &[self.secret.as_slice()]))
    }

    #[cfg(test)]
    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }
}

/// The verifier's X25519 key, to which seeds are sealed.
pub struct VerifierKey {
    /// The key's id.
    pub kid: String,
    /// When seeds are sealed to it.
    pub window: Window,
    /// The public key.
    pub public: [u8; 32],
    /// The private key, absent where the keyring only seals.
    pub(crate) private: Option<Secret>,
}

/// The key that decides what sampling keeps, so that a client cannot choose it by its trace id.
pub struct SamplingKey {
    /// The key's id.
    pub kid: String,
    /// When the key is in force.
    pub window: Window,
    pub(crate) secret: Secret,
}

impl SamplingKey {
    /// Reads the one keyring entry that `INKSEAL_SAMPLING_KEY` holds: a JSON object of purpose `sampling`.
    ///
    /// # Errors
    /// Everything that is wrong with the entry.
    pub fn parse(json: &str) -> Result<SamplingKey, Vec<KeyringError>> {
        parse_one(json, "sampling", |keyring| keyring.sampling.pop())
    }

    /// Whether a trace is kept at a rate of `per_million`: whether the first eight bytes of HMAC(key, trace id), read as a
    /// fraction, are under it. What a lower rate keeps, a higher one keeps too.
    pub fn keeps(&self, trace_id: &[u8], per_million: u32) -> bool {
        let digest = hmac(self.secret.as_slice(), &[trace_id]);
        let draw = digest.first_chunk::<8>().copied().map_or(u64::MAX, u64::from_be_bytes);
        u128::from(draw) * 1_000_000 < u128::from(per_million) << 64
    }
}

/// The Ed25519 key that signs checkpoints.
pub struct CheckpointKey {
    /// The key's id.
    pub kid: String,
    /// When the key signs.
    pub window: Window,
    /// The public key where the keyring spells it; else it follows from the secret.
    pub public: Option<[u8; 32]>,
    pub(crate) secret: Option<Secret>,
}

impl CheckpointKey {
    /// The Ed25519 secret (the 32-byte seed of RFC 8032), absent where the keyring only checks signatures.
    pub fn secret(&self) -> Option<&[u8; 32]> {
        self.secret.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::keyring;

    #[test]
    fn windows_are_half_open() {
        let window = Window { not_before: Some(10), not_after: Some(20) };
        assert_eq!([9, 10, 19, 20].map(|now| window.contains(now)), [false, true, true, false]);
        assert!(Window::default().contains(0));
    }

    #[test]
    fn sampling_rates_nest_and_hold() {
        let keyring = keyring();
        let key = keyring.sampling_at(0).unwrap();
        let mut kept = [0u32; 4];
        for trace in 0..20_000u32 {
            let decisions = [0, 10_000, 500_000, 1_000_000].map(|rate| key.keeps(&trace.to_be_bytes(), rate));
            assert!(decisions.is_sorted());
            for (count, keep) in kept.iter_mut().zip(decisions) {
                *count += u32::from(keep);
            }
        }
        assert_eq!((kept[0], kept[3]), (0, 20_000));
        assert!((100..300).contains(&kept[1]) && (9_500..10_500).contains(&kept[2]), "{kept:?}");
    }
}
