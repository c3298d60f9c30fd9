//! Shannon entropy of a text's bytes.

/// Thousandths of a bit per byte; 0 for an empty text.
pub(super) fn millibits(text: &[u8]) -> u64 {
    let mut counts = [0_u32; 256];
    for &byte in text {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = text.len() as f64;
    let bits: f64 =
        counts.iter().filter(|&&count| count > 0).map(|&count| f64::from(count) / total).map(|p| -p * p.log2()).sum();
    (bits * 1000.0) as u64
}

#[cfg(test)]
mod tests {
    use super::millibits;

    #[test]
    fn equal_shares_give_whole_bits() {
        assert_eq!(millibits(b""), 0);
        assert_eq!(millibits(b"aaaa"), 0);
        assert_eq!(millibits(b"abab"), 1000);
        assert_eq!(millibits(b"abcdefgh"), 3000);
    }
}
