//! Where the candidate finder looks for a pattern: windows of byte classes, placed so that traffic seldom shows their
//! first four, and as long as every match fills them.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::pack::Pack;
use crate::plan::model;
use crate::scan::{ByteClass, LONGEST_WINDOW, WINDOW};

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
pub(super) fn choose(hir: &Hir, pack: &mut Pack) -> model::Probe {
    let mut offsets = (usize::MAX, 0);
    let mut before = ByteClass::default();
    let mut windows: Vec<Vec<ByteClass>> = Vec::new();
    for best in windows_of(&branches(hir)) {
        offsets = (offsets.0.min(best.offsets.0), offsets.1.max(best.offsets.1));
        before.extend(&best.before);
        if !windows.contains(&best.classes) {
            windows.push(best.classes);
        }
    }
    let word = |class: &ByteClass| class.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let starts_words = windows.iter().all(|window| window.first().is_some_and(word));
    let edge = offsets == (0, 0) && starts_words && begins_at_edge(hir);
    model::Probe {
        from: u32::try_from(offsets.0.min(offsets.1)).unwrap_or(0),
        to: u32::try_from(offsets.1).unwrap_or(u32::MAX),
        before: pack.class(before),
        windows: windows.iter().map(|window| pack.window(edge, window)).collect(),
    }
}

/// Whether every match that begins with a byte of a word has none of the word before it.
fn begins_at_edge(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Look(look) => matches!(look, Look::WordAscii | Look::WordStartAscii | Look::WordStartHalfAscii),
        HirKind::Capture(capture) => begins_at_edge(&capture.sub),
        HirKind::Concat(parts) => parts.first().is_some_and(begins_at_edge),
        HirKind::Alternation(parts) => parts.iter().all(begins_at_edge),
        _ => false,
    }
}

/// A window for each branch: the one that traffic shows least, unless windows that others need anyway will do.
fn windows_of(branches: &[Vec<Item>]) -> Vec<Window> {
    let all: Vec<Vec<Window>> = branches.iter().map(|branch| candidates(branch)).collect();
    let mut chosen: Vec<Window> = all.iter().filter_map(|windows| cheapest(windows.iter().cloned())).collect();
    let mut kinds: Vec<Vec<ByteClass>> = Vec::new();
    for window in &chosen {
        if !kinds.contains(&window.classes) {
            kinds.push(window.classes.clone());
        }
    }
    let branches: Vec<_> = all.iter().filter(|windows| !windows.is_empty()).collect();
    for at in (0..kinds.len()).rev() {
        let kind = kinds.remove(at);
        // Whoever shows it does with one of the others, or it stays.
        let instead: Option<Vec<(usize, Window)>> = chosen
            .iter()
            .zip(&branches)
            .enumerate()
            .filter(|(_, (window, _))| window.classes == kind)
            .map(|(branch, (_, windows))| {
                let other = |window: &Window| kinds.iter().find(|other| covers(other, &window.classes));
                let shared = windows.iter().filter_map(|window| {
                    other(window).map(|classes| Window { classes: classes.clone(), ..window.clone() })
                });
                cheapest(shared).map(|window| (branch, window))
            })
            .collect();
        match instead {
            None => kinds.insert(at, kind),
            Some(instead) => {
                for (branch, window) in instead {
                    if let Some(slot) = chosen.get_mut(branch) {
                        *slot = window;
                    }
                }
            }
        }
    }
    chosen
}

fn cheapest(windows: impl Iterator<Item = Window>) -> Option<Window> {
    windows.min_by(|a, b| a.cost.total_cmp(&b.cost))
}

/// Whether what begins with the second window begins with the first as well.
fn covers(wide: &[ByteClass], narrow: &[ByteClass]) -> bool {
    wide.len() <= narrow.len() && wide.iter().zip(narrow).all(|(wide, narrow)| wide.covers(narrow))
}

/// All windows worth a thought: at each item, and at fixed offsets from the start.
fn candidates(items: &[Item]) -> Vec<Window> {
    let mut found = Vec::new();
    let mut offsets = (0_usize, 0_usize);
    let mut before = ByteClass::default();
    for (at, item) in items.iter().enumerate() {
        let classes = first_bytes(items.get(at..).unwrap_or_default(), LONGEST_WINDOW);
        if !classes.is_empty() {
            found.push(window(offsets, classes, before));
        }
        offsets = (offsets.0 + item.count.0, offsets.1.saturating_add(item.count.1));
        before.extend(&item.class);
    }
    let at_offset = first_bytes(items, MAX_OFFSET + LONGEST_WINDOW);
    for offset in 0..at_offset.len().min(MAX_OFFSET + WINDOW) {
        let classes: Vec<ByteClass> = at_offset.iter().skip(offset).take(LONGEST_WINDOW).copied().collect();
        let mut before = ByteClass::default();
        at_offset.iter().take(offset).for_each(|class| before.extend(class));
        found.push(window((offset, offset), classes, before));
    }
    found
}

fn window(offsets: (usize, usize), classes: Vec<ByteClass>, before: ByteClass) -> Window {
    let seen = classes.iter().take(WINDOW);
    let frequency: f64 = seen.map(|class| class.bytes().map(share).sum::<f64>()).product();
    // A window that may lie at many offsets costs a walk back and several runs of the automaton.
    let cost = frequency * (1.0 + (offsets.1 - offsets.0) as f64 / 8.0) + offsets.1 as f64 * 1e-9;
    Window { offsets, classes, before, cost }
}

/// What the byte at each offset from the start can be, for offsets that every match reaches, `most` at most.
fn first_bytes(items: &[Item], most: usize) -> Vec<ByteClass> {
    let shortest: usize = items.iter().map(|item| item.count.0).sum();
    let mut classes = vec![ByteClass::default(); shortest.min(most)];
    let (mut least, mut longest) = (0_usize, 0_usize);
    for item in items {
        if least >= classes.len() {
            break;
        }
        longest = longest.saturating_add(item.count.1);
        for class in classes.iter_mut().take(longest).skip(least) {
            class.extend(&item.class);
        }
        least += item.count.0;
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
