//! Keys that nobody drew at random.

use data_encoding::HEXLOWER;

/// A random key of 32 bytes has about 30 different ones; fewer than this many do not happen by chance.
const MIN_DISTINCT: usize = 16;

/// Private keys printed in RFC 7748, 8032 and 9180, where people copy them from.
const PUBLISHED: [&str; 9] = [
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736",
    "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
    "f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600",
    "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb",
];

/// Why `key` must not be used, as the rest of a sentence; `None` if nothing speaks against it.
pub(crate) fn weakness(key: &[u8; 32]) -> Option<&'static str> {
    if key.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return Some("is printable text, not random bytes");
    }
    let mut seen = [false; 256];
    let distinct =
        key.iter().filter(|byte| seen.get_mut(usize::from(**byte)).is_some_and(|seen| !std::mem::replace(seen, true)));
    if distinct.count() < MIN_DISTINCT {
        return Some("repeats few bytes");
    }
    let mut steps = key.windows(2).map(|pair| if let [a, b] = pair { b.wrapping_sub(*a) } else { 0 });
    let first = steps.next();
    if steps.all(|step| Some(step) == first) || PUBLISHED.contains(&HEXLOWER.encode(key).as_str()) {
        return Some("is a published example");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_keys_are_named() {
        let counting: [u8; 32] = std::array::from_fn(|index| index as u8);
        let down: [u8; 32] = std::array::from_fn(|index| 0xff - index as u8);
        let published = HEXLOWER.decode(PUBLISHED[3].as_bytes()).unwrap().try_into().unwrap();
        for (key, word) in [
            (*b"correct horse battery staple 123", "printable"),
            ([0; 32], "repeats"),
            (std::array::from_fn(|index| [0xde, 0xad, 0xbe, 0xef][index % 4]), "repeats"),
            (counting, "published"),
            (down, "published"),
            (published, "published"),
        ] {
            assert!(weakness(&key).unwrap().contains(word));
        }
    }

    #[test]
    fn the_published_keys_are_those_of_the_rfcs() {
        let public = |index: usize| {
            let secret: [u8; 32] = HEXLOWER.decode(PUBLISHED[index].as_bytes()).unwrap().try_into().unwrap();
            HEXLOWER.encode(&crate::seal::envelope::public_of(&zeroize::Zeroizing::new(secret)).unwrap())
        };
        assert_eq!(public(0), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
        assert_eq!(public(1), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        assert_eq!(public(7), "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
        assert_eq!(public(8), "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
    }

    #[test]
    fn random_keys_pass() {
        use crate::Entropy;
        let mut entropy = crate::testing::Fixed::new(3);
        for _ in 0..2000 {
            let mut key = [0; 32];
            entropy.fill(&mut key);
            assert_eq!(weakness(&key), None);
        }
    }
}
