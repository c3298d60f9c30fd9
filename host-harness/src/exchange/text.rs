//! Expected text with placeholders for pseudonyms, whose key a test does not know.

use std::collections::BTreeMap;

/// Pseudonyms that names stand for, over all surfaces of one exchange.
pub(crate) type Names = BTreeMap<String, Vec<u8>>;

/// Whether `got` is what `expected` says. `<pseudonym>` matches `ik1_<kid>_<26 base32 characters>`.
pub(crate) fn matches(expected: &[u8], got: &[u8], names: &mut Names) -> bool {
    let (mut expected, mut got) = (expected, got);
    while let Some((before, name, after)) = placeholder(expected) {
        let Some(rest) = got.strip_prefix(before) else { return false };
        let Some(length) = pseudonym(rest) else { return false };
        let (found, rest) = rest.split_at(length);
        if !name.is_empty() {
            let known = names.entry(String::from_utf8_lossy(name).into_owned()).or_insert_with(|| found.to_vec());
            if known != found {
                return false;
            }
        }
        (expected, got) = (after, rest);
    }
    expected == got
}

/// What stands before the first placeholder, its name, and what stands behind it.
fn placeholder(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    const OPEN: &[u8] = b"<pseudonym";
    let at = text.windows(OPEN.len()).position(|window| window == OPEN)?;
    let (before, rest) = text.split_at(at);
    let rest = rest.strip_prefix(OPEN)?;
    let close = rest.iter().position(|byte| *byte == b'>')?;
    let (name, after) = rest.split_at(close);
    Some((before, name.strip_prefix(b":").unwrap_or(name), after.strip_prefix(b">")?))
}

/// The length of the pseudonym that `text` begins with.
fn pseudonym(text: &[u8]) -> Option<usize> {
    const DIGEST: usize = 26;
    let rest = text.strip_prefix(b"ik1_")?;
    let kid = rest.iter().position(|byte| *byte == b'_')?;
    let digest = rest.get(kid + 1..kid + 1 + DIGEST)?;
    let base32 = |byte: &u8| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
    (kid > 0 && digest.iter().all(base32)).then_some(4 + kid + 1 + DIGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "ik1_p1_aaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "ik1_p1_bbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn check(expected: &str, got: &str) -> bool {
        matches(expected.as_bytes(), got.as_bytes(), &mut Names::new())
    }

    #[test]
    fn pseudonyms_stand_for_placeholders() {
        assert!(check("x <pseudonym>@b", &format!("x {A}@b")));
        assert!(check("<pseudonym:u> <pseudonym:u>", &format!("{A} {A}")));
        assert!(!check("<pseudonym:u> <pseudonym:u>", &format!("{A} {B}")));
        assert!(check("<pseudonym:u> <pseudonym:v>", &format!("{A} {B}")));
        assert!(!check("<pseudonym>", "ik1_p1_short"));
        assert!(!check("<pseudonym>", &format!("{A}x")));
        assert!(check("plain", "plain") && !check("plain", "plainer"));
    }
}
