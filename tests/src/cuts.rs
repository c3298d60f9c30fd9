//! Seeded cuts, for engines that are too slow for every cut.

/// `count` different cuts of a body of `length` bytes, each one to four positions, the same for the same seed. Short
/// bodies have fewer.
pub fn seeded(length: usize, count: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut cuts: Vec<Vec<usize>> = Vec::new();
    let mut state = seed ^ 0x9e37_79b9_7f4a_7c15;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound.max(1) as u64) as usize
    };
    if length < 2 {
        return cuts;
    }
    // Short bodies run out of cuts before `count` is reached.
    for _ in 0..count * 8 {
        if cuts.len() == count {
            break;
        }
        let mut at: Vec<usize> = (0..1 + below(4)).map(|_| 1 + below(length - 1)).collect();
        at.sort_unstable();
        at.dedup();
        if !cuts.contains(&at) {
            cuts.push(at);
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::seeded;

    #[test]
    fn cuts_repeat_with_their_seed() {
        let cuts = seeded(100, 32, 7);
        assert_eq!(cuts.len(), 32);
        assert_eq!(cuts, seeded(100, 32, 7));
        assert_ne!(cuts, seeded(100, 32, 8));
        assert!(cuts.iter().all(|at| !at.is_empty() && at.is_sorted() && at.iter().all(|at| (1..100).contains(at))));
        assert_eq!(seeded(2, 32, 1), [[1]]);
        assert!(seeded(1, 32, 1).is_empty());
    }
}
