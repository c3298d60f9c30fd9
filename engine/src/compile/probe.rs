//! Where the candidate finder looks for a pattern: windows of up to four byte classes, chosen so that traffic seldom
//! shows them.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::plan::model;
use crate::scan::{ByteClass, WINDOW};

/// One byte of a pattern, or a run of them.
#[derive(Clone, Debug)]
struct Item {
    class: ByteClass,
    /// Least and greatest number of bytes.
    count: (usize, usize),
}

/// Branches that alternatives are spread into; beyond, they are joined.
const MAX_BRANCHES: usize = 256;
/// Items of a branch that are looked at.
const MAX_ITEMS: usize = 512;
/// Offsets from the start of a match at which fixed windows are tried.
const MAX_OFFSET: usize = 8;

#[derive(Clone, Debug)]
struct Window {
    offsets: (usize, usize),
    classes: Vec<ByteClass>,
    before: ByteClass,
    cost: f64,
}

/// The probe of a pattern.
pub(super) fn choose(hir: &Hir) -> model::Probe {
    let mut offsets = (usize::MAX, 0);
    let mut before = ByteClass::default();
    let mut windows: Vec<Vec<ByteClass>> = Vec::new();
    for branch in branches(hir) {
        let best = candidates(&branch).into_iter().min_by(|a, b| a.cost.total_cmp(&b.cost));
        let Some(best) = best else { continue };
        offsets = (offsets.0.min(best.offsets.0), offsets.1.max(best.offsets.1));
        before.extend(&best.before);
        if !windows.contains(&best.classes) {
            windows.push(best.classes);
        }
    }
    model::Probe {
        from: u32::try_from(offsets.0.min(offsets.1)).unwrap_or(0),
        to: u32::try_from(offsets.1).unwrap_or(u32::MAX),
        before: ByteClass::encode(&[before]),
        windows: windows.iter().map(|window| ByteClass::encode(window)).collect(),
    }
}

/// All windows worth a thought: runs of single bytes at any offset, and what the first bytes can be.
fn candidates(items: &[Item]) -> Vec<Window> {
    let mut found = Vec::new();
    let mut offsets = (0_usize, 0_usize);
    let mut before = ByteClass::default();
    for (at, item) in items.iter().enumerate() {
        let run = items.get(at..).unwrap_or_default().iter().take(WINDOW).take_while(|it| it.count == (1, 1));
        let classes: Vec<ByteClass> = run.map(|it| it.class).collect();
        if !classes.is_empty() {
            found.push(window(offsets, classes, before));
        }
        offsets = (offsets.0 + item.count.0, offsets.1 + item.count.1);
        before.extend(&item.class);
    }
    let least: usize = items.iter().map(|item| item.count.0).sum();
    let at_offset = first_bytes(items, (MAX_OFFSET + WINDOW).min(least));
    for offset in 0..at_offset.len() {
        let classes: Vec<ByteClass> = at_offset.iter().skip(offset).take(WINDOW).copied().collect();
        let mut before = ByteClass::default();
        at_offset.iter().take(offset).for_each(|class| before.extend(class));
        found.push(window((offset, offset), classes, before));
    }
    found
}

fn window(offsets: (usize, usize), classes: Vec<ByteClass>, before: ByteClass) -> Window {
    let frequency: f64 = classes.iter().map(|class| class.bytes().map(share).sum::<f64>()).product();
    // A window that may lie at many offsets costs a walk back and several runs of the automaton.
    let cost = frequency * (1.0 + (offsets.1 - offsets.0) as f64 / 8.0) + offsets.1 as f64 * 1e-9;
    Window { offsets, classes, before, cost }
}

/// What the byte at each offset from the start can be.
fn first_bytes(items: &[Item], len: usize) -> Vec<ByteClass> {
    let mut classes = vec![ByteClass::default(); len];
    for (at, item) in items.iter().enumerate() {
        let ahead = items.get(..at).unwrap_or_default();
        let least: usize = ahead.iter().map(|it| it.count.0).sum();
        let most: usize = ahead.iter().map(|it| it.count.1).sum::<usize>() + item.count.1;
        for class in classes.iter_mut().take(most).skip(least) {
            class.extend(&item.class);
        }
    }
    classes
}

/// A rough share of each byte in JSON and HTTP text. Only the order of what comes out matters.
fn share(byte: u8) -> f64 {
    match byte {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 0.040,
        b'"' => 0.080,
        b' ' | b'0'..=b'2' => 0.030,
        b'a'..=b'z' | b'3'..=b'9' => 0.015,
        b':' | b',' | b'/' | b'-' | b'_' | b'.' => 0.020,
        b'A'..=b'Z' => 0.006,
        b'{' | b'}' | b'[' | b']' | b'=' | b'&' | b'\n' => 0.006,
        0x20..=0x7e => 0.002,
        _ => 0.0005,
    }
}

/// The pattern as alternatives, each a sequence of bytes and runs.
fn branches(hir: &Hir) -> Vec<Vec<Item>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![Vec::new()],
        HirKind::Literal(literal) => {
            vec![literal.0.iter().map(|&byte| Item { class: [byte].into_iter().collect(), count: (1, 1) }).collect()]
        }
        HirKind::Class(class) => vec![vec![Item { class: bytes(class), count: (1, 1) }]],
        HirKind::Capture(capture) => branches(&capture.sub),
        HirKind::Alternation(parts) => {
            let all: Vec<_> = parts.iter().flat_map(branches).collect();
            if all.len() <= MAX_BRANCHES { all } else { vec![vec![joined(&all)]] }
        }
        HirKind::Concat(parts) => parts.iter().fold(vec![Vec::new()], |heads, part| product(heads, branches(part))),
        HirKind::Repetition(repetition) => {
            let sub = branches(&repetition.sub);
            let (least, most) = (repetition.min as usize, repetition.max.map_or(usize::MAX, |max| max as usize));
            let copies = least.min(WINDOW);
            let mut all = vec![Vec::new()];
            for _ in 0..copies {
                all = product(all, sub.clone());
            }
            let unit = joined(&sub);
            let rest = (unit.count.0 * (least - copies), unit.count.1.saturating_mul(most - copies));
            if rest.1 > 0 {
                all = product(all, vec![vec![Item { class: unit.class, count: rest }]]);
            }
            all
        }
    }
}

fn product(heads: Vec<Vec<Item>>, tails: Vec<Vec<Item>>) -> Vec<Vec<Item>> {
    let tails = if heads.len() * tails.len() <= MAX_BRANCHES { tails } else { vec![vec![joined(&tails)]] };
    let join = |head: &Vec<Item>| {
        let head = head.clone();
        tails.iter().map(move |tail| {
            let mut all = head.clone();
            all.extend(tail.iter().take(MAX_ITEMS).cloned());
            all
        })
    };
    heads.iter().flat_map(join).collect()
}

/// Alternatives as one run of all their bytes.
fn joined(branches: &[Vec<Item>]) -> Item {
    let mut class = ByteClass::default();
    branches.iter().flatten().for_each(|item| class.extend(&item.class));
    let length = |branch: &Vec<Item>| {
        branch.iter().fold((0, 0_usize), |sum, it| (sum.0 + it.count.0, sum.1.saturating_add(it.count.1)))
    };
    let lengths: Vec<_> = branches.iter().map(length).collect();
    let least = lengths.iter().map(|it| it.0).min().unwrap_or(0);
    let most = lengths.iter().map(|it| it.1).max().unwrap_or(0);
    Item { class, count: (least, most) }
}

fn bytes(class: &Class) -> ByteClass {
    match class {
        Class::Bytes(class) => class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect(),
        // Patterns are parsed over bytes; a class of characters cannot come out, and this would be safe all the same.
        Class::Unicode(_) => ByteClass::ALL,
    }
}
