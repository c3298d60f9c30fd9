//! JSON Web Tokens: the first part is base64url of a JSON object that names an algorithm (RFC 7515 section 4.1.1, RFC
//! 7519).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Whether the part before the first dot decodes to an object's beginning with an `alg` or `enc` member. The header is
/// read as far as it goes: an open-ended match shows a bounded head only.
pub(super) fn holds(value: &[u8]) -> bool {
    let header = value.split(|&byte| byte == b'.').next().unwrap_or_default();
    let whole = header.len() - usize::from(header.len() % 4 == 1);
    let Some(decoded) = header.get(..whole).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()) else { return false };
    decoded.first() == Some(&b'{') && [b"\"alg\"".as_slice(), b"\"enc\""].iter().any(|name| holds_word(&decoded, name))
}

fn holds_word(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_header_names_its_algorithm() {
        // {"alg":"HS256","typ":"JWT"}
        assert!(holds(b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.AAAA"));
        // {"a":1}
        assert!(!holds(b"eyJhIjoxfQ.e30.AAAA"));
        assert!(!holds(b"eyJ_____.e30.AAAA"));
    }
}
