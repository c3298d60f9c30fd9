//! HMAC-SHA256, the labelled derivation `X`, and the accumulator over tags.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::ChainId;

/// Prefix of every label, so that a key of ours answers no other protocol's question.
pub(crate) const DOMAIN: &[u8] = b"inkseal/audit/v1/";

/// Key material: wiped when dropped, and without `Debug` output worth reading by construction of its holders.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// Starts an HMAC-SHA256 under a key of any length (RFC 2104).
pub(crate) fn mac(key: &[u8]) -> Hmac<Sha256> {
    // A key is padded with zeros to the block, or hashed first when longer; done here, the constructor cannot fail.
    let mut block = Zeroizing::new([0u8; 64]);
    match block.get_mut(..key.len()) {
        Some(start) => start.copy_from_slice(key),
        None => {
            let digest = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(key)));
            for (to, from) in block.iter_mut().zip(digest.iter()) {
                *to = *from;
            }
        }
    }
    Hmac::new((&*block).into())
}

/// HMAC-SHA256 over the concatenation of `parts`.
pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = mac(key);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// `X(k, label, ctx) = HMAC(k, D‖label‖00‖ctx‖01)`: one block of HKDF-Expand (RFC 5869).
pub(crate) fn expand(key: &[u8], label: &str, context: &[&[u8]]) -> Secret {
    expand_from(mac(key), label, context)
}

/// The same with an HMAC that was started under the key: what is expanded from one key shares the work of its start.
pub(crate) fn expand_from(mut mac: Hmac<Sha256>, label: &str, context: &[&[u8]]) -> Secret {
    mac.update(DOMAIN);
    mac.update(label.as_bytes());
    mac.update(&[0]);
    for part in context {
        mac.update(part);
    }
    mac.update(&[1]);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// `lp(x) = u16be length ‖ x`. Key ids and entities are far shorter than the 65,535 bytes that the length can say.
pub(crate) fn length_prefixed(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes().get(..usize::from(u16::MAX)).unwrap_or(text.as_bytes());
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

/// Whether two tags are equal, in time that does not depend on where they differ.
pub(crate) fn equal(left: &[u8; 32], right: &[u8; 32]) -> bool {
    left.iter().zip(right).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// `A_0 = SHA256(D‖"acc0"‖00‖lp(kid)‖chain_id)`.
pub(crate) fn accumulator_start(kid: &str, chain: &ChainId) -> [u8; 32] {
    sha256(&[DOMAIN, b"acc0\0", &length_prefixed(kid), chain])
}

/// `A_{i+1} = SHA256(D‖"acc"‖00‖A_i‖t_i)`.
pub(crate) fn accumulate(accumulator: &[u8; 32], tag: &[u8; 32]) -> [u8; 32] {
    sha256(&[DOMAIN, b"acc\0", accumulator, tag])
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    #[test]
    fn hmac_matches_rfc_4231() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, data, expected) in cases {
            assert_eq!(HEXLOWER.encode(&hmac(key, &[data])), expected);
        }
    }

    #[test]
    fn expand_is_one_labelled_hmac() {
        let expected = hmac(&[7; 32], &[b"inkseal/audit/v1/chain\0some context\x01"]);
        assert_eq!(*expand(&[7; 32], "chain", &[b"some ", b"context"]), expected);
    }

    #[test]
    fn lengths_are_big_endian() {
        assert_eq!(length_prefixed("p1"), [0, 2, b'p', b'1']);
    }

    /// Where Wycheproof's files lie: beside the project, they are not part of it.
    fn folder() -> std::path::PathBuf {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eval/tamper")
    }

    fn wycheproof(name: &str) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(folder().join(name)).unwrap()).unwrap()
    }

    fn cases(file: &serde_json::Value, check: impl Fn(&serde_json::Value, &dyn Fn(&str) -> Vec<u8>, usize) -> bool) {
        let mut count = 0;
        for group in file["testGroups"].as_array().unwrap() {
            for case in group["tests"].as_array().unwrap() {
                let bytes = |name: &str| HEXLOWER.decode(case[name].as_str().unwrap().as_bytes()).unwrap();
                let bits = group["tagSize"].as_u64().or(case["size"].as_u64().map(|size| 8 * size)).unwrap();
                let valid = case["result"] == "valid";
                // What is longer than one block is not ours to make.
                if bits <= 256 {
                    assert_eq!(check(case, &bytes, bits as usize / 8), valid, "{}", case["tcId"]);
                    count += 1;
                }
            }
        }
        assert!(count >= 30, "{count}");
    }

    #[test]
    fn hmac_and_hkdf_pass_wycheproof() {
        if !folder().is_dir() {
            println!("NOT RUN: {} is absent; the vectors of tests/vectors stand alone", folder().display());
            return;
        }
        cases(&wycheproof("wycheproof_hmac_sha256.json"), |_, bytes, size| {
            hmac(&bytes("key"), &[&bytes("msg")])[..size] == bytes("tag")
        });
        cases(&wycheproof("wycheproof_hkdf_sha256.json"), |_, bytes, size| {
            let prk = hmac(&bytes("salt"), &[&bytes("ikm")]);
            hmac(&prk, &[&bytes("info"), &[1]])[..size] == bytes("okm")
        });
    }
}
