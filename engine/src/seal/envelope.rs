//! The chain's seed, sealed to the verifier: RFC 9180 base mode, X25519, HKDF-SHA256, ChaCha20-Poly1305.

use std::convert::Infallible;

use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem as _, OpModeR, OpModeS, Serializable};
use zeroize::Zeroizing;

use super::ChainId;
use super::derive::{DOMAIN, Secret, length_prefixed};
use crate::Entropy;

type Kem = hpke::kem::X25519HkdfSha256;
type Kdf = hpke::kdf::HkdfSha256;
type Aead = hpke::aead::ChaCha20Poly1305;

/// Length of a sealed seed in bytes: 32 of the encapsulated key, 32 of the seed, 16 of the AEAD tag.
pub const SEALED_SEED_LEN: usize = 80;

/// Length of the encapsulated key, which comes first.
const ENCAPSULATED_LEN: usize = 32;

/// Seals `seed` to the verifier's public key. `None` if the key is one of the few that X25519 refuses (low order).
pub(crate) fn seal(
    seed: &Secret,
    kid: &str,
    chain: &ChainId,
    verifier_public: &[u8; 32],
    entropy: &mut dyn Entropy,
) -> Option<Vec<u8>> {
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(verifier_public).ok()?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<Aead, Kdf, Kem>(
        &OpModeS::Base,
        &public,
        &info(kid, chain),
        seed.as_slice(),
        &[],
        &mut Rng(entropy),
    )
    .ok()?;
    Some([encapsulated.to_bytes().as_slice(), &ciphertext].concat())
}

/// Opens a sealed seed with the verifier's private key. `None` if it was not sealed to this key, kid and chain.
pub(crate) fn open(sealed: &[u8], kid: &str, chain: &ChainId, verifier_private: &Secret) -> Option<Secret> {
    let (encapsulated, ciphertext) = sealed.split_at_checked(ENCAPSULATED_LEN)?;
    let private = <Kem as hpke::Kem>::PrivateKey::from_bytes(verifier_private.as_slice()).ok()?;
    let encapsulated = <Kem as hpke::Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
    let opened = hpke::single_shot_open::<Aead, Kdf, Kem>(
        &OpModeR::Base,
        &private,
        &encapsulated,
        &info(kid, chain),
        ciphertext,
        &[],
    );
    let seed = Zeroizing::new(opened.ok()?);
    Some(Zeroizing::new(seed.as_slice().try_into().ok()?))
}

/// The public key that belongs to a private one.
pub(crate) fn public_of(private: &Secret) -> Option<[u8; 32]> {
    let private = <Kem as hpke::Kem>::PrivateKey::from_bytes(private.as_slice()).ok()?;
    Kem::sk_to_pk(&private).to_bytes().as_slice().try_into().ok()
}

fn info(kid: &str, chain: &ChainId) -> Vec<u8> {
    [DOMAIN, &length_prefixed(kid), chain].concat()
}

/// Our entropy in the words of `rand_core`.
struct Rng<'a>(&'a mut dyn Entropy);

impl TryRng for Rng<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(crate::entropy::draw(self.0)))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(crate::entropy::draw(self.0)))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Rng<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fixed;

    #[test]
    fn only_the_right_key_kid_and_chain_open_a_seed() {
        let mut entropy = Fixed::new(1);
        let private = Zeroizing::new(crate::entropy::draw(&mut entropy));
        let seed = Zeroizing::new([9; 32]);
        let sealed = seal(&seed, "s1", &[3; 16], &public_of(&private).unwrap(), &mut entropy).unwrap();
        assert_eq!(sealed.len(), SEALED_SEED_LEN);
        assert_eq!(open(&sealed, "s1", &[3; 16], &private).as_deref(), Some(&[9; 32]));
        assert!(open(&sealed, "s2", &[3; 16], &private).is_none());
        assert!(open(&sealed, "s1", &[4; 16], &private).is_none());
        assert!(open(&sealed, "s1", &[3; 16], &Zeroizing::new([5; 32])).is_none());
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(open(&altered, "s1", &[3; 16], &private).is_none(), "byte {at}");
        }
        assert!(open(&sealed[..31], "s1", &[3; 16], &private).is_none());
        assert!(open(&[], "s1", &[3; 16], &private).is_none());
    }

    #[test]
    fn a_low_order_public_key_is_refused() {
        assert!(seal(&Zeroizing::new([1; 32]), "s1", &[0; 16], &[0; 32], &mut Fixed::new(1)).is_none());
    }
}
