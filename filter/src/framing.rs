//! What headers say of how a body ends.

use crate::body::Framing;
use crate::pairs::Pairs;

/// How many block windows a pause may leave in the proxy where trailers are only possible. Not more: the next read of a
/// fast upstream can be as large as the connection buffer, and has to fit behind what is left. With six windows in a
/// buffer of sixteen, every tenth chunked body of some megabytes was reset over loopback; with one, none.
const POSSIBLE: usize = 1;

/// The same where trailers are announced: a pause then matters more than room. Envoy's default connection buffer is
/// sixteen of the default window.
const ANNOUNCED: usize = 15;

/// Reads the framing of a message from its headers as they came. `window` is the plan's `block_window`.
pub fn of(headers: &Pairs, window: usize) -> Framing {
    let values = |name: &'static [u8]| headers.values(name);
    let grpc = values(b"content-type").any(|value| value.starts_with(b"application/grpc"));
    let mut lengths = values(b"content-length").map(length);
    let first = lengths.next().flatten();
    // Of two lengths, or of a length beside a transfer coding, none is believed (RFC 9112, section 6.3).
    let sound = lengths.next().is_none() && values(b"transfer-encoding").next().is_none();
    let announced = grpc || values(b"trailer").next().is_some();
    let windows = if announced { ANNOUNCED } else { POSSIBLE };
    Framing { length: first.filter(|_| sound), most: window.saturating_mul(windows) }
}

fn length(value: &[u8]) -> Option<u64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(fields: &[(&str, &str)]) -> (Option<u64>, bool) {
        let headers =
            fields.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
        let framing = of(&crate::pairs::written(&headers), 1);
        (framing.length, framing.most == ANNOUNCED)
    }

    #[test]
    fn only_a_sound_length_is_believed() {
        assert_eq!(framing(&[("content-length", "12")]), (Some(12), false));
        for bad in ["", "+1", "1,1", "-1", "0x1", "99999999999999999999999"] {
            assert_eq!(framing(&[("content-length", bad)]).0, None, "{bad}");
        }
        assert_eq!(framing(&[("content-length", "1"), ("content-length", "1")]).0, None);
        assert_eq!(framing(&[("content-length", "1"), ("transfer-encoding", "chunked")]).0, None);
        assert_eq!(framing(&[]), (None, false));
    }

    #[test]
    fn trailers_are_announced_or_usual() {
        assert!(framing(&[("trailer", "x-sum")]).1);
        assert!(framing(&[("content-type", "application/grpc+proto")]).1);
        assert!(!framing(&[("content-type", "application/json")]).1);
    }
}
