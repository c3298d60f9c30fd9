//! Where a fuzzed body is cut: a byte of the input says it.

/// The pieces of `body` that a pattern makes: 0 is byte by byte, others make runs of lengths that look random, some of
/// them empty. Together they are the body.
pub(super) fn pieces(body: &[u8], pattern: u8) -> Vec<&[u8]> {
    if pattern == 0 {
        return body.chunks(1).collect();
    }
    let longest = [2, 3, 5, 8, 13, 34, 89, 233][usize::from(pattern % 8)];
    let mut state = u32::from(pattern).wrapping_mul(0x9e37_79b9) | 1;
    let (mut rest, mut pieces) = (body, Vec::new());
    while !rest.is_empty() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let (piece, after) = rest.split_at((state as usize % (longest + 1)).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn pieces_are_the_body() {
        let body: Vec<u8> = (0..=255).collect();
        for pattern in 0..=255 {
            assert_eq!(pieces(&body, pattern).concat(), body);
        }
        assert_eq!(pieces(b"abc", 0), [b"a", b"b", b"c"]);
    }
}
