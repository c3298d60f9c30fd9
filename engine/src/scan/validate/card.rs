//! Payment card numbers: issuer identification ranges and the lengths they are issued in (ISO/IEC 7812-1; the ranges
//! are those that the schemes publish).

use super::digits;

/// Whether prefix and length belong together.
pub(super) fn holds(value: &[u8]) -> bool {
    let count = digits(value).count();
    let prefix = digits(value).take(6).fold(0_u32, |number, digit| number * 10 + u32::from(digit));
    if count < 12 {
        return false;
    }
    match prefix {
        // Of thirteen digits, as the first ones were, there are many article numbers and no cards any more.
        400_000..=499_999 => matches!(count, 16 | 19),
        510_000..=559_999 | 222_100..=272_099 => count == 16,
        340_000..=349_999 | 370_000..=379_999 => count == 15,
        300_000..=305_999 | 309_500..=309_599 | 360_000..=369_999 | 380_000..=399_999 => matches!(count, 14..=19),
        352_800..=358_999 => matches!(count, 16..=19),
        601_100..=601_199 | 644_000..=659_999 => matches!(count, 16..=19),
        620_000..=629_999 | 810_000..=817_199 => matches!(count, 16..=19),
        500_000..=509_999 | 560_000..=589_999 | 630_000..=639_999 | 670_000..=679_999 => matches!(count, 12..=19),
        220_000..=220_499 => matches!(count, 16..=19),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn prefix_and_length_belong_together() {
        assert!(holds(b"4111111111111111"));
        assert!(holds(b"378282246310005"));
        assert!(holds(b"2223003122003222"));
        assert!(!holds(b"4222222222222"));
        assert!(!holds(b"37828224631000"));
        assert!(!holds(b"1234567812345670"));
        assert!(!holds(b"9111111111111111"));
    }
}
