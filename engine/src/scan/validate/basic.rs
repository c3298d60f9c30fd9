//! HTTP basic credentials: base64 of `user:password` (RFC 7617 section 2).

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Whether `value` decodes to text with a colon and no control characters.
pub(super) fn holds(value: &[u8]) -> bool {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&STANDARD, lenient);
    engine.decode(value).is_ok_and(|text| text.contains(&b':') && !text.iter().any(u8::is_ascii_control))
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn user_and_password_need_a_colon() {
        assert!(holds(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert!(holds(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ"));
        assert!(!holds(b"bm9jb2xvbg=="));
        assert!(!holds(b"!!!!"));
    }
}
