//! Path templates: what remains of a path once what names a thing or a person is taken out.

/// Longest template, in bytes; what is behind it is cut at a segment.
const LONGEST: usize = 256;

/// Most segments a template keeps.
const SEGMENTS: usize = 24;

/// Collapses the identifiers of a path to `{id}`: numbers, UUIDs, hexadecimal strings, long mixed tokens, and whatever
/// is percent-encoded or looks like an address. The query, the fragment and matrix parameters are dropped.
///
/// ```
/// use inkseal_engine::event::path;
/// assert_eq!(path::template("/v1/users/4711/pay?token=x"), "/v1/users/{id}/pay");
/// ```
pub fn template(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut out = String::with_capacity(path.len().min(LONGEST));
    for (index, segment) in path.split('/').enumerate() {
        let segment = segment.split(';').next().unwrap_or_default();
        let (stem, extension) = if is_encoded(segment) { (segment, "") } else { split_extension(segment) };
        let stem = if is_id(stem) { "{id}" } else { stem };
        if index >= SEGMENTS || out.len() + 1 + stem.len() + extension.len() > LONGEST {
            out.push_str("/...");
            break;
        }
        if index > 0 {
            out.push('/');
        }
        out.push_str(stem);
        out.push_str(extension);
    }
    out
}

/// Splits `report.pdf` before the dot. An extension is one to five lower-case letters.
fn split_extension(segment: &str) -> (&str, &str) {
    match segment.rfind('.') {
        Some(dot) if dot > 0 => {
            let (stem, extension) = segment.split_at(dot);
            let letters = extension.len() - 1;
            if (1..=5).contains(&letters) && extension.bytes().skip(1).all(|b| b.is_ascii_lowercase()) {
                (stem, extension)
            } else {
                (segment, "")
            }
        }
        _ => (segment, ""),
    }
}

/// Whether a segment is encoded, not ASCII or shaped like an address: never part of an API's own vocabulary.
fn is_encoded(segment: &str) -> bool {
    segment.bytes().any(|b| matches!(b, b'%' | b'@' | b'=' | b'+' | b'*' | b',') || !b.is_ascii_graphic())
}

/// Whether a segment names one thing rather than a kind of things.
fn is_id(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    if is_encoded(segment) {
        return true;
    }
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = bytes.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if letters == 0 && digits > 0 {
        return true;
    }
    let hex = bytes.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
    if hex && digits > 0 && bytes.len() >= 6 {
        return true;
    }
    // `order-123456` and `cus_A1b2C3d4`: a run of digits, or digits and both cases mixed, in one word.
    let run = bytes.split(|b| !b.is_ascii_digit()).map(<[u8]>::len).max().unwrap_or(0);
    if run >= 4 {
        return true;
    }
    let upper = bytes.iter().any(u8::is_ascii_uppercase);
    let lower = bytes.iter().any(u8::is_ascii_lowercase);
    (digits > 0 && bytes.len() >= 16) || (digits > 0 && upper && lower && bytes.len() >= 8) || bytes.len() > 40
}

#[cfg(test)]
mod tests {
    use super::template;

    #[test]
    fn collapses_what_names_one_thing() {
        for (path, expected) in [
            ("/", "/"),
            ("", ""),
            ("/v1/users/42/pay", "/v1/users/{id}/pay"),
            ("/v1/users/42/pay?card=4111#x", "/v1/users/{id}/pay"),
            ("/o/9b2f5f6e-6f0e-4c62-9f53-0c9ad3b0a111", "/o/{id}"),
            ("/o/deadbeef01", "/o/{id}"),
            ("/o/cus_A1b2C3d4", "/o/{id}"),
            ("/order-20261120/lines", "/{id}/lines"),
            ("/mail/jane@example.test", "/mail/{id}"),
            ("/mail/jane%40example.test", "/mail/{id}"),
            ("/files/123.pdf", "/files/{id}.pdf"),
            ("/files/report.pdf", "/files/report.pdf"),
            ("/api/v2beta1/checkout-sessions", "/api/v2beta1/checkout-sessions"),
            ("/decade/facade", "/decade/facade"),
            ("/pay;jsessionid=AAAA", "/pay"),
            ("/a//b/", "/a//b/"),
            ("/t/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "/t/{id}"),
        ] {
            assert_eq!(template(path), expected, "{path}");
        }
    }

    #[test]
    fn is_bounded_and_idempotent() {
        let long = "/seg".repeat(500);
        let once = template(&long);
        assert!(once.len() <= 300, "{}", once.len());
        for path in ["/v1/users/42/pay", "/files/123.pdf", "/a//b/"] {
            assert_eq!(template(&template(path)), template(path));
        }
    }
}
