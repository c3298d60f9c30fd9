//! Tokens that end in six base-62 digits of the CRC-32 (IEEE 802.3) of what stands between prefix and checksum, as
//! GitHub and npm make them.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Whether the checksum of `prefix_payloadCHECKS` is right; the prefix ends at the last underscore.
pub(super) fn holds(value: &[u8]) -> bool {
    let token = value.rsplit(|&byte| byte == b'_').next().unwrap_or_default();
    let Some((payload, checksum)) = token.len().checked_sub(6).and_then(|at| token.split_at_checked(at)) else {
        return false;
    };
    let stated = checksum.iter().try_fold(0_u64, |sum, byte| {
        let digit = ALPHABET.iter().position(|known| known == byte)?;
        Some(sum * 62 + digit as u64)
    });
    stated == Some(u64::from(crc32(payload)))
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_standard_holds() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_token_with_its_checksum_holds_and_one_changed_letter_breaks_it() {
        let payload = [b'A'; 30];
        let mut sum = crc32(&payload);
        let mut checksum = [b'0'; 6];
        for slot in checksum.iter_mut().rev() {
            *slot = ALPHABET[(sum % 62) as usize];
            sum /= 62;
        }
        let token = [b"ghp_".as_slice(), &payload, &checksum].concat();
        assert!(holds(&token));
        let mut other = token.clone();
        other[10] = b'B';
        assert!(!holds(&other));
        assert!(!holds(b"ghp_AAA"));
    }
}
