//! US social security numbers: what the Social Security Administration never assigns (randomised since 2011).

use super::digits;

/// Whether area, group and serial can have been assigned.
pub(super) fn holds(value: &[u8]) -> bool {
    let all: Vec<u8> = digits(value).collect();
    let &[a, b, c, d, e, f, g, h, i] = all.as_slice() else { return false };
    let area = u32::from(a) * 100 + u32::from(b) * 10 + u32::from(c);
    let assigned = !matches!(area, 0 | 666 | 900..) && (d, e) != (0, 0) && [f, g, h, i] != [0; 4];
    // The two numbers that were printed on sample cards and are withdrawn.
    let sample = matches!(all.as_slice(), [0, 7, 8, 0, 5, 1, 1, 2, 0] | [2, 1, 9, 0, 9, 9, 9, 9, 9]);
    assigned && !sample
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn unassigned_parts_are_refused() {
        assert!(holds(b"123-45-6789"));
        for never in
            ["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "078-05-1120", "12-345-678"]
        {
            assert!(!holds(never.as_bytes()), "{never}");
        }
    }
}
