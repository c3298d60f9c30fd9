//! What the collector said to a batch.

/// The longest wait that a collector may ask for, in milliseconds.
const LONGEST_WAIT_MS: u64 = 600_000;

/// What becomes of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Stored, but for so many records that the collector does not say which (OTLP's `partialSuccess`).
    Accepted {
        /// The number of refused records.
        refused: u64,
    },
    /// Not now: the batch comes again.
    Retry {
        /// What `Retry-After` asked for, in milliseconds.
        after_ms: Option<u64>,
    },
    /// Never: the batch is lost.
    Refused,
}

impl Answer {
    /// Reads an answer. Status 0 stands for none at all; the proxy itself answers 503 or 504 for a collector that is down
    /// or late. Other failures of the collector (5xx) are retried too: a record is worth more than a quiet log.
    pub fn read(status: u16, retry_after: Option<&[u8]>, body: &[u8]) -> Self {
        match status {
            200..=299 => Self::Accepted { refused: refused(body) },
            0 | 408 | 429 | 500..=599 => Self::Retry { after_ms: retry_after.and_then(seconds) },
            _ => Self::Refused,
        }
    }
}

/// `Retry-After` in its form of seconds (RFC 9110, section 10.2.3); a date is left to the backoff.
fn seconds(value: &[u8]) -> Option<u64> {
    let seconds: u64 = std::str::from_utf8(value).ok()?.trim().parse().ok()?;
    Some(seconds.saturating_mul(1000).min(LONGEST_WAIT_MS))
}

/// `partialSuccess.rejectedLogRecords` of an OTLP answer: an int64, which JSON spells as a string.
fn refused(body: &[u8]) -> u64 {
    let Ok(answer) = serde_json::from_slice::<serde_json::Value>(body) else { return 0 };
    let Some(number) = answer.get("partialSuccess").and_then(|partial| partial.get("rejectedLogRecords")) else {
        return 0;
    };
    number.as_u64().or_else(|| number.as_str()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn statuses_decide() {
        let accepted = Answer::Accepted { refused: 0 };
        let retry = Answer::Retry { after_ms: None };
        for (status, expected) in [
            (200, accepted),
            (204, accepted),
            (0, retry),
            (429, retry),
            (502, retry),
            (503, retry),
            (504, retry),
            (301, Answer::Refused),
            (400, Answer::Refused),
            (401, Answer::Refused),
            (413, Answer::Refused),
        ] {
            assert_eq!(Answer::read(status, None, b""), expected, "{status}");
        }
    }

    #[test]
    fn a_partial_success_and_a_wait_are_read() {
        for body in [
            &br#"{"partialSuccess":{"rejectedLogRecords":"3"}}"#[..],
            br#"{"partialSuccess":{"rejectedLogRecords":3}}"#,
        ] {
            assert_eq!(Answer::read(200, None, body), Answer::Accepted { refused: 3 });
        }
        for body in [&b"{}"[..], b"", b"not json", br#"{"partialSuccess":{}}"#, br#"{"partialSuccess":null}"#] {
            assert_eq!(Answer::read(200, None, body), Answer::Accepted { refused: 0 });
        }
        assert_eq!(Answer::read(429, Some(b" 7 "), b""), Answer::Retry { after_ms: Some(7000) });
        assert_eq!(Answer::read(429, Some(b"99999999999"), b""), Answer::Retry { after_ms: Some(600_000) });
        assert_eq!(Answer::read(429, Some(b"Fri, 20 Nov"), b""), Answer::Retry { after_ms: None });
    }
}
