//! From matches to the bytes that are replaced.

use super::matches::Match;

/// Bytes that are replaced together.
#[derive(Clone, Debug)]
pub struct Region {
    /// Raw range.
    pub start: usize,
    /// Its end.
    pub end: usize,
    /// Matches that are not the first one's are in it.
    pub merged: bool,
    /// The match that names it.
    pub naming: Match,
}

/// Folds matches, which are sorted and all change something, into regions.
pub fn regions(matches: &[Match], hold_back: usize) -> Vec<Region> {
    let mut regions = Vec::new();
    let mut rest = matches;
    while let Some((first, others)) = rest.split_first() {
        let mut region = Region { start: first.start, end: first.end, merged: false, naming: first.clone() };
        let mut open = first.open;
        let mut settled = false;
        let mut taken = 0;
        for (at, next) in others.iter().enumerate() {
            if next.start >= region.end {
                break;
            }
            // Settled is looked at between two matches, once the next one starts elsewhere.
            settled |= next.start != region.start && (open || region.end - region.start >= hold_back);
            if !settled {
                let same = (next.start, next.head, next.open) == (first.start, first.head, first.open);
                let inside = next.detector == first.detector && next.head <= first.head;
                region.merged |= !same && !inside;
                open |= next.open;
            }
            region.end = region.end.max(next.end);
            taken = at + 1;
        }
        rest = &others[taken..];
        regions.push(region);
    }
    regions
}
