//! Which windows share a bucket of the finder.
//!
//! A bucket accepts any mixture of its windows: of `sk_l` and `glpa` also `gk_a`. The more alike they are, the less it
//! accepts that is none of them. So neighbours in a sorted list are joined, those first that cost the least.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::plan::model;
use crate::scan::finder::named;
use crate::scan::tables::BUCKETS;
use crate::scan::{ByteClass, Pattern, Patterns, WINDOW};

/// The buckets of the windows of a plan's detectors; rules use those that are `used`.
pub(super) fn choose(
    patterns: &Patterns,
    detectors: &[model::Detector],
    used: &dyn Fn(usize) -> bool,
) -> model::Buckets {
    let buckets = |windows: &[Pattern]| {
        let heads: Vec<Vec<ByteClass>> = windows.iter().map(|it| patterns.of(it).take(WINDOW).collect()).collect();
        let bucket = |bucket: usize| u8::try_from(bucket).unwrap_or(u8::MAX);
        clusters(&heads, BUCKETS).into_iter().map(bucket).collect()
    };
    let shown = |keeps: &dyn Fn(usize, bool) -> bool| {
        let windows = detectors.iter().enumerate().map(|(at, detector)| {
            if keeps(at, detector.keywords.is_some()) { detector.probe.windows.as_slice() } else { &[] }
        });
        buckets(&named(patterns, windows).0)
    };
    model::Buckets {
        plain: shown(&|_, worded| !worded),
        worded: shown(&|_, worded| worded),
        used: shown(&|at, worded| worded && used(at)),
        words: buckets(patterns.beginnings()),
    }
}

/// What a bucket accepts at each byte; none where a window is shorter.
type Accepts = [Option<ByteClass>; WINDOW];

/// Windows behind one another in the sorted list.
#[derive(Clone, Copy)]
struct Cluster {
    accepts: Accepts,
    /// The share of traffic that it lets through.
    cost: f64,
    /// Its neighbours, by their first windows.
    before: Option<usize>,
    after: Option<usize>,
    /// It has been joined to the one before it.
    gone: bool,
}

/// Two neighbours that may be joined, and what that costs.
struct Join {
    cost: f64,
    first: usize,
    second: usize,
    /// The costs of both when this was found: another one is out of date.
    known: [f64; 2],
}

/// For each window, sorted or not, the number of its bucket, less than `buckets`.
fn clusters(windows: &[Vec<ByteClass>], buckets: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..windows.len()).collect();
    order.sort_by_cached_key(|&at| windows.get(at).map(|window| key(window)));
    let mut all: Vec<Cluster> = order
        .iter()
        .enumerate()
        .map(|(place, &at)| {
            let accepts = std::array::from_fn(|offset| windows.get(at).and_then(|window| window.get(offset).copied()));
            let after = (place + 1 < windows.len()).then_some(place + 1);
            Cluster { accepts, cost: cost(&accepts), before: place.checked_sub(1), after, gone: false }
        })
        .collect();
    let mut joins: BinaryHeap<Join> = (1..all.len()).filter_map(|place| join(&all, place - 1, place)).collect();
    let mut left = all.len();
    while left > buckets {
        let Some(Join { first, second, known, .. }) = joins.pop() else { break };
        let (Some(&one), Some(&other)) = (all.get(first), all.get(second)) else { continue };
        if one.gone || other.gone || [one.cost, other.cost] != known {
            continue;
        }
        let accepts = union(&one.accepts, &other.accepts);
        let joined = Cluster { accepts, cost: cost(&accepts), after: other.after, ..one };
        if let Some(cluster) = all.get_mut(first) {
            *cluster = joined;
        }
        if let Some(cluster) = all.get_mut(second) {
            cluster.gone = true;
        }
        if let Some(after) = joined.after {
            if let Some(cluster) = all.get_mut(after) {
                cluster.before = Some(first);
            }
            joins.extend(join(&all, first, after));
        }
        joins.extend(joined.before.and_then(|before| join(&all, before, first)));
        left -= 1;
    }
    let mut numbers = vec![0; windows.len()];
    let mut number = 0;
    for (place, (&at, cluster)) in order.iter().zip(&all).enumerate() {
        number += usize::from(place > 0 && !cluster.gone);
        if let Some(slot) = numbers.get_mut(at) {
            *slot = number;
        }
    }
    numbers
}

fn join(all: &[Cluster], first: usize, second: usize) -> Option<Join> {
    let (one, other) = (all.get(first)?, all.get(second)?);
    let cost = cost(&union(&one.accepts, &other.accepts)) - one.cost - other.cost;
    Some(Join { cost, first, second, known: [one.cost, other.cost] })
}

fn union(one: &Accepts, other: &Accepts) -> Accepts {
    std::array::from_fn(|at| {
        let (Some(Some(mut class)), Some(Some(more))) = (one.get(at).copied(), other.get(at)) else { return None };
        class.extend(more);
        Some(class)
    })
}

/// How much of traffic four bytes of these classes are, about.
fn cost(accepts: &Accepts) -> f64 {
    accepts.iter().flatten().map(|class| f64::from(weight(class)) / 1e5).product()
}

/// How often a byte of a class is seen in bodies and headers, about, in a hundred thousand.
fn weight(class: &ByteClass) -> u32 {
    let of = |(weights, bits): (&[u16; 256], &u8)| weights.get(usize::from(*bits)).copied().map_or(0, u32::from);
    WEIGHTS.iter().zip(class.bits()).map(of).sum()
}

/// The weight of each set of eight neighbours: a plan's windows are weighed thousands of times while it is compiled.
static WEIGHTS: [[u16; 256]; 32] = weights();

#[expect(clippy::indexing_slicing, reason = "computed by the compiler, where an index out of bounds is an error")]
const fn weights() -> [[u16; 256]; 32] {
    let mut table = [[0; 256]; 32];
    let mut at = 0;
    while at < 32 * 256 * 8 {
        let (eight, bits, bit) = (at / 2048, at / 8 % 256, at % 8);
        if bits >> bit & 1 == 1 {
            table[eight][bits] += share((eight * 8 + bit) as u8);
        }
        at += 1;
    }
    table
}

/// None is as dear as a letter.
const fn share(byte: u8) -> u16 {
    match byte {
        b'a'..=b'z' => 2200,
        b'0'..=b'9' | b'"' | b' ' | b',' | b':' => 2000,
        b'A'..=b'Z' => 500,
        b'!'..=b'~' => 300,
        _ => 50,
    }
}

/// Windows that begin alike lie together, and wide ones by themselves.
fn key(window: &[ByteClass]) -> Vec<(usize, u8)> {
    let of = |class: &ByteClass| (class.count(), class.bytes().next().unwrap_or_default());
    let mut key: Vec<_> = window.iter().take(WINDOW).map(of).collect();
    let wide = key.iter().map(|(count, _)| *count).min().unwrap_or(0);
    key.insert(0, (usize::from(wide > 2), 0));
    key
}

impl Ord for Join {
    /// The cheapest is the greatest; of equals the one that stands first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.cost.total_cmp(&self.cost).then_with(|| other.first.cmp(&self.first))
    }
}

impl PartialOrd for Join {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Join {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Join {}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> Vec<ByteClass> {
        text.bytes().map(|byte| std::iter::once(byte).collect()).collect()
    }

    #[test]
    fn windows_that_are_alike_share_a_bucket() {
        let texts = ["sk_l", "glpa", "sk_t", "gldt", "AKIA", "ASIA"];
        let windows: Vec<_> = texts.iter().map(|text| window(text)).collect();
        // Those that differ in one byte cost nothing together.
        assert_eq!(clusters(&windows, 4), [3, 2, 3, 1, 0, 0]);
    }

    #[test]
    fn few_windows_have_a_bucket_each_and_none_needs_none() {
        assert_eq!(clusters(&[], 4), Vec::<usize>::new());
        assert_eq!(clusters(&[window("b"), window("a")], 4), [1, 0]);
        assert_eq!(clusters(&[window("b"), window("a")], 1), [0, 0]);
    }
}
