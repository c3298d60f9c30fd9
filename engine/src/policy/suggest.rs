//! "Did you mean": the nearest of a few words.

/// The word nearest to `word` by edit distance, if it is near enough to be meant.
pub(super) fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).max(1);
    let wanted = word.to_lowercase();
    words
        .into_iter()
        .map(|candidate| (distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The hint for an unknown word: the nearest one, else all of them.
pub(super) fn hint<'a>(word: &str, words: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(word, words.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of {}", list(words)),
    }
}

/// Words for people, each in backticks.
pub(super) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Edits, insertions, deletions and swaps of neighbours (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut left_a = None;
    for (row, char_a) in a.chars().enumerate() {
        let mut next = vec![row + 1];
        for (column, &char_b) in b.iter().enumerate() {
            let at = |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX - 1);
            let substituted = at(&last, column) + usize::from(char_a != char_b);
            let mut best = substituted.min(at(&last, column + 1) + 1).min(at(&next, column) + 1);
            if column > 0 && left_a == Some(char_b) && b.get(column - 1) == Some(&char_a) {
                best = best.min(at(&before, column - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut last, next);
        left_a = Some(char_a);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let words = ["redact", "replace", "remove", "hash"];
        assert_eq!(nearest("redcat", words), Some("redact"));
        assert_eq!(nearest("Redact", words), Some("redact"));
        assert_eq!(nearest("remvoe", words), Some("remove"));
        assert_eq!(nearest("encrypt", words), None);
        assert_eq!(hint("encrypt", ["a", "b"]), "one of `a`, `b`");
    }
}
