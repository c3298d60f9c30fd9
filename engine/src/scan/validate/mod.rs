//! What must hold of a match before it is believed; one validator a file.

mod basic;
mod card;
mod crc32;
mod entropy;
mod iban;
mod jwt;
mod luhn;
mod ssn;

use crate::policy::model::Validator;

/// Whether `value`, the part of a match that would be replaced, satisfies the validator.
pub fn holds(validator: &Validator, value: &[u8]) -> bool {
    match validator {
        Validator::Luhn => luhn::holds(value),
        Validator::CardIssuer => card::holds(value),
        Validator::Iban => iban::holds(value),
        Validator::Ssn => ssn::holds(value),
        Validator::Jwt => jwt::holds(value),
        Validator::Crc32Base62 => crc32::holds(value),
        Validator::BasicCredentials => basic::holds(value),
        Validator::MinEntropy(millibits) => entropy::millibits(value) >= u64::from(*millibits),
    }
}

/// The ASCII digits of a text as numbers, everything else left out.
fn digits(text: &[u8]) -> impl DoubleEndedIterator<Item = u8> + '_ {
    text.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0')
}
