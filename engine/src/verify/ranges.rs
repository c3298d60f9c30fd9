//! Inclusive ranges of sequence numbers.

/// Ranges, first and last number each.
pub(crate) type Ranges = Vec<(u64, u64)>;

/// Sorts ranges and joins those that touch or overlap.
pub(crate) fn joined(mut ranges: Ranges) -> Ranges {
    ranges.sort_unstable();
    let mut out: Ranges = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match out.last_mut() {
            Some(open) if first <= open.1.saturating_add(1) => open.1 = open.1.max(last),
            _ => out.push((first, last)),
        }
    }
    out
}

/// Splits `gaps` by `declared`, both joined: the parts inside and the parts outside.
pub(crate) fn split(gaps: &[(u64, u64)], declared: &[(u64, u64)]) -> (Ranges, Ranges) {
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    let mut declared = declared.iter().copied().peekable();
    for (first, last) in gaps {
        let mut at = *first;
        loop {
            while declared.next_if(|range| range.1 < at).is_some() {}
            let Some((start, end)) = declared.peek().copied().filter(|range| range.0 <= *last) else {
                outside.push((at, *last));
                break;
            };
            if start > at {
                outside.push((at, start - 1));
            }
            inside.push((at.max(start), end.min(*last)));
            if end >= *last {
                break;
            }
            at = end + 1;
        }
    }
    (inside, outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_join() {
        assert_eq!(joined(vec![(5, 6), (1, 2), (3, 3), (9, 12), (10, 11)]), [(1, 3), (5, 6), (9, 12)]);
        assert_eq!(joined(vec![(0, u64::MAX), (7, 8)]), [(0, u64::MAX)]);
    }

    /// Against plain sets of numbers, for all pairs of range lists over a few numbers.
    #[test]
    fn splits_agree_with_sets() {
        let lists = |bits: u32| {
            let numbers: Vec<(u64, u64)> = (0..8).filter(|at| bits >> at & 1 == 1).map(|at| (at, at)).collect();
            joined(numbers)
        };
        let set = |ranges: &[(u64, u64)]| {
            ranges.iter().flat_map(|(first, last)| *first..=*last).fold(0u32, |bits, at| bits | 1 << at)
        };
        for gaps in 0..256 {
            for declared in 0..256 {
                let (inside, outside) = split(&lists(gaps), &lists(declared));
                assert_eq!((set(&inside), set(&outside)), (gaps & declared, gaps & !declared));
            }
        }
    }
}
