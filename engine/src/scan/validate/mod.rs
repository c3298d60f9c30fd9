//! What must hold of a match before it is believed; one validator a file, numbers with check digits as data.
//!
//! Each takes any bytes, does an amount of work that is linear in them or bounded, and never panics.

mod base58check;
mod basic;
mod bech32;
mod card;
mod crc32;
mod entropy;
mod iban;
mod ipv6;
mod iso7064;
mod jwt;
mod luhn;
mod number;
mod segwit;
mod ssn;
mod stellar;
mod verhoeff;
mod words;

use crate::policy::model::Validator;

pub use number::{Number, Scheme, Weighted, schemes};

/// Whether `value` satisfies the validator: the whole match for one that [`reads_all`], else the part of it that would be
/// replaced.
pub fn holds(validator: &Validator, value: &[u8]) -> bool {
    match validator {
        Validator::Luhn => luhn::holds(value),
        Validator::Verhoeff => verhoeff::holds(value),
        Validator::CardIssuer => card::holds(value),
        Validator::Iban => iban::holds(value),
        Validator::Ssn => ssn::holds(value),
        Validator::Ipv6 => ipv6::holds(value),
        Validator::Jwt => jwt::holds(value),
        Validator::Crc32Base62 => crc32::holds(value),
        Validator::Base58Check => base58check::holds(base58check::BITCOIN, value),
        Validator::Base58CheckXrp => base58check::holds(base58check::XRP, value),
        Validator::Bech32 => bech32::holds(bech32::Variant::Bech32, value),
        Validator::Bech32m => bech32::holds(bech32::Variant::Bech32m, value),
        Validator::Segwit => segwit::holds(value),
        Validator::Stellar => stellar::holds(value),
        Validator::BasicCredentials => basic::holds(value),
        Validator::MinEntropy(millibits) => entropy::millibits(value) >= u64::from(*millibits),
        Validator::Without(words) => words::absent(words, value),
        Validator::Weighted(weighted) => weighted.holds(value),
        Validator::Number(number) => number.holds(value),
    }
}

/// Whether a validator is asked about the whole match, not only about the part that would be replaced.
pub fn reads_all(validator: &Validator) -> bool {
    matches!(validator, Validator::MinEntropy(_) | Validator::Without(_))
}

/// The ASCII digits of a text as numbers, everything else left out.
fn digits(text: &[u8]) -> impl DoubleEndedIterator<Item = u8> + '_ {
    text.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator of test bytes with a seed (xorshift64*).
    pub(super) struct Random(u64);

    impl Random {
        pub(super) fn new(seed: u64) -> Self {
            Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
        }

        pub(super) fn below(&mut self, bound: usize) -> usize {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
        }
    }

    fn every() -> Vec<Validator> {
        let numbers = schemes().filter_map(|scheme| Number::named(scheme.name)).map(Validator::Number);
        let mut all = vec![
            Validator::Luhn,
            Validator::Verhoeff,
            Validator::CardIssuer,
            Validator::Iban,
            Validator::Ssn,
            Validator::Ipv6,
            Validator::Jwt,
            Validator::Crc32Base62,
            Validator::Base58Check,
            Validator::Base58CheckXrp,
            Validator::Bech32,
            Validator::Bech32m,
            Validator::Segwit,
            Validator::Stellar,
            Validator::BasicCredentials,
            Validator::MinEntropy(3000),
            Validator::Without(vec!["0".into(), "1".into()]),
            Validator::Weighted(Weighted { weights: vec![10, 9, 8, 7, 6, 5, 4, 3, 2], symbols: "0X987654321".into() }),
        ];
        all.extend(numbers);
        all
    }

    /// Random bytes of all kinds and of the alphabets that the validators read, at lengths around their bounds.
    #[test]
    fn any_bytes_are_answered() {
        let alphabets: [&[u8]; 5] = [
            b"0123456789",
            b"0123456789ABCDEFXYZ -./",
            b"1qpzry9x8gf2tvdwACDEFG",
            b"eyJhbGci_-.=",
            b"\x00\xff\xe2\x80 \"{}",
        ];
        let mut random = Random::new(1);
        for validator in every() {
            assert_eq!(holds(&validator, b""), matches!(validator, Validator::Without(_)), "{validator:?}");
            let mut accepted = 0;
            for round in 0..600 {
                let length = random.below(140);
                let text: Vec<u8> = match alphabets.get(round % 6) {
                    Some(alphabet) => (0..length).map(|_| alphabet[random.below(alphabet.len())]).collect(),
                    None => (0..length).map(|_| random.below(256) as u8).collect(),
                };
                accepted += usize::from(holds(&validator, &text));
            }
            let checks_little = reads_all(&validator);
            assert!(checks_little || accepted < 150, "{validator:?} accepts {accepted} of 600 random texts");
        }
    }

    /// What is longer than any number or token is refused, or read once: a megabyte a validator.
    #[test]
    fn long_texts_are_answered() {
        for validator in every() {
            for byte in [b'0', b'1', b'A', b'q', b'e', 0xFF] {
                let text = vec![byte; 1 << 20];
                assert!(
                    !holds(&validator, &text)
                        || matches!(validator, Validator::Verhoeff | Validator::Luhn | Validator::Without(_)),
                    "{validator:?}"
                );
            }
        }
    }

    #[test]
    fn plans_keep_the_names_of_validators() {
        for (validator, text) in [
            (Validator::CardIssuer, r#""card_issuer""#),
            (Validator::Crc32Base62, r#""crc32-base62""#),
            (Validator::BasicCredentials, r#""basic_credentials""#),
            (Validator::MinEntropy(3200), r#"{"min_entropy":3200}"#),
            (Validator::Without(vec!["page".into()]), r#"{"without":["page"]}"#),
            (Validator::Base58Check, r#""base58check""#),
            (Validator::Base58CheckXrp, r#""base58check-xrp""#),
            (Validator::Stellar, r#""stellar""#),
            (
                Validator::Weighted(Weighted { weights: vec![3, -1], symbols: "0-9".into() }),
                r#"{"weighted":{"weights":[3,-1],"symbols":"0-9"}}"#,
            ),
            (Validator::Bech32m, r#""bech32m""#),
            (Validator::Number(Number::named("mod11-2").unwrap()), r#""mod11-2""#),
        ] {
            assert_eq!(serde_json::to_string(&validator).unwrap(), text);
            assert_eq!(serde_json::from_str::<Validator>(text).unwrap(), validator);
        }
        for unknown in [r#""none_such""#, r#"{"luhn":1}"#, "1", r#"{"min_entropy":-1}"#] {
            assert!(serde_json::from_str::<Validator>(unknown).is_err(), "{unknown}");
        }
    }
}
