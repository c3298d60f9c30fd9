//! Words that tell a false match from a true one.

/// Whether none of the words, given in lower case, stands anywhere in the text, whatever its case.
pub(super) fn absent(words: &[String], text: &[u8]) -> bool {
    words.iter().all(|word| {
        let holds = |part: &[u8]| part.eq_ignore_ascii_case(word.as_bytes());
        word.is_empty() || !text.windows(word.len()).any(holds)
    })
}

#[cfg(test)]
mod tests {
    use super::absent;

    #[test]
    fn words_are_looked_for_in_any_case_and_anywhere() {
        let words = ["page".to_owned(), "next".to_owned()];
        assert!(absent(&words, b"access_token=1"));
        assert!(!absent(&words, b"nextPageToken=1"));
        assert!(!absent(&words, b"token=1NEXT"));
        assert!(absent(&words, b"pag") && absent(&words, b"") && absent(&[], b"page"));
    }
}
