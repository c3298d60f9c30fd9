//! Tokens that end in the CRC-32 of what stands between their prefix and the checksum, in six digits of base 62, as
//! GitHub and npm make them (<https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>,
//! "Token prefixes" and "Checksum"; <https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/>).
//!
//! The CRC is that of IEEE 802.3 clause 3.2.9, reflected, as in zlib.

/// The digits of base 62 in the order of their values.
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
    !payload.is_empty() && stated == Some(u64::from(crc32(payload)))
}

/// The CRC-32 of a text; the polynomial is 0x04C11DB7, here with its bits reversed.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The catalogue of parametrised CRC algorithms, CRC-32/ISO-HDLC: `check=0xcbf43926`.
    #[test]
    fn the_check_value_of_the_standard_holds() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    /// The payload and checksum of a revoked GitHub token that was published to document the format
    /// (<https://gist.github.com/coolaj86/eb8cddfd3e4251258712dfed03e1f86d>), behind a prefix that GitHub does not use.
    #[test]
    fn a_published_token_holds() {
        assert!(holds(b"old_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"));
        assert!(!holds(b"old_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18"));
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
        for prefix in ["ghp_", "npm_"] {
            assert!(holds(&[prefix.as_bytes(), &payload, &checksum].concat()), "{prefix}");
        }
        let token = [b"ghp_".as_slice(), &payload, &checksum].concat();
        let mut other = token.clone();
        other[10] = b'B';
        assert!(!holds(&other));
        for other in ["ghp_AAA", "ghp_000000", "", "_", "ghp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA0uCPl-"] {
            assert!(!holds(other.as_bytes()), "{other}");
        }
    }
}
