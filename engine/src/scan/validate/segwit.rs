//! Witness addresses of Bitcoin and its relatives, whatever their human-readable part: version 0 in Bech32, later ones in
//! Bech32m (BIP 173 "Segwit address format", BIP 350).

use super::bech32::{self, Variant};

/// Whether `value` is Bech32 of the right variant of a witness version and a program of a length it may have.
pub(super) fn holds(value: &[u8]) -> bool {
    let Some(parts) = bech32::parts(value) else { return false };
    let Some((&version, program)) = parts.data().split_first() else { return false };
    let bytes = program.len() * 5 / 8;
    let padding = program.len() * 5 % 8;
    let padded = program.last().is_none_or(|&last| last & ((1 << padding.min(5)) - 1) == 0);
    let variant = if version == 0 { Variant::Bech32 } else { Variant::Bech32m };
    let length = if version == 0 { matches!(bytes, 20 | 32) } else { (2..=40).contains(&bytes) };
    version <= 16 && parts.variant() == variant && length && padding < 5 && padded
}

#[cfg(test)]
mod tests {
    use super::holds;

    /// BIP 350, "Test vectors for v0-v16 native segregated witness addresses". The invalid one for its human-readable
    /// part is left out: a detector's pattern says which part it wants.
    #[test]
    fn vectors_of_bip_350() {
        for valid in [
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
            "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
            "BC1SW50QGDZ25J",
            "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
            "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
            "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ] {
            assert!(holds(valid.as_bytes()), "{valid}");
        }
        for invalid in [
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
            "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
            "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
            "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
            "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
            "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
            "bc1pw5dgrnzv",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
            "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
            "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
            "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j",
            "bc1gmk9yu",
        ] {
            assert!(!holds(invalid.as_bytes()), "{invalid}");
        }
    }
}
