//! Which events are kept. The decision is a keyed function of the trace, so that one trace is kept or dropped whole and
//! no client can choose to be dropped.

use crate::keyring::SamplingKey;

/// A rate in parts of a million.
pub type Ppm = u32;

/// Everything.
pub const ALL: Ppm = 1_000_000;

/// What an event is about, in the order in which an overfull outbox drops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Nothing was changed and nothing failed.
    Clean,
    /// Something was found or changed.
    Changed,
    /// The exchange failed or was cut.
    Error,
    /// Must be kept: see [`Facts::must_keep`].
    Key,
}

impl Class {
    /// The word that heartbeats use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Changed => "changed",
            Self::Error => "error",
            Self::Key => "key",
        }
    }
}

/// What decides about keeping an event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The final status; 0 when there was none.
    pub status: u16,
    /// Something was found or changed.
    pub changed: bool,
    /// The exchange failed, was cut or was passed unread.
    pub failed: bool,
    /// A rule refused it.
    pub blocked: bool,
    /// The path is among `key_events` or requires a reason.
    pub key: bool,
}

impl Facts<'_> {
    /// Mutating methods, key paths, 401, 403 and blocks are never sampled out.
    pub fn must_keep(&self) -> bool {
        !matches!(self.method, "GET" | "HEAD") || matches!(self.status, 401 | 403) || self.blocked || self.key
    }

    /// The event's class.
    pub fn class(&self) -> Class {
        if self.blocked || self.key || matches!(self.status, 401 | 403) {
            Class::Key
        } else if self.failed || self.status >= 500 || self.status == 0 {
            Class::Error
        } else if self.changed {
            Class::Changed
        } else {
            Class::Clean
        }
    }

    /// Whether the event is kept. `rates` are those of clean, changed and error; `trace` is the trace id, or whatever
    /// else names the request. Without a key everything is kept. What a lower rate keeps, a higher one keeps too.
    pub fn keep(&self, key: Option<&SamplingKey>, trace: &[u8], rates: [Ppm; 3]) -> bool {
        let [clean, changed, error] = rates;
        let rate = match self.class() {
            _ if self.must_keep() => return true,
            Class::Clean => clean,
            Class::Changed => changed,
            Class::Error | Class::Key => error,
        };
        match key {
            Some(key) if rate < ALL => key.keeps(trace, rate),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::keyring::{Keyring, Window};
    use crate::testing::Fixed;

    fn keyring(number: u64) -> Keyring {
        Keyring::generate("", Window::default(), &mut Fixed::new(number))
    }

    fn get() -> Facts<'static> {
        Facts { method: "GET", status: 200, ..Facts::default() }
    }

    fn kept(facts: Facts<'_>, rates: [Ppm; 3]) -> Vec<u32> {
        kept_by(1, facts, rates)
    }

    fn kept_by(number: u64, facts: Facts<'_>, rates: [Ppm; 3]) -> Vec<u32> {
        let keyring = keyring(number);
        (0..20_000u32).filter(|n| facts.keep(keyring.sampling_at(0), &n.to_be_bytes(), rates)).collect()
    }

    #[test]
    fn keeps_about_the_rate() {
        let count = kept(get(), [10_000, ALL, ALL]).len();
        assert!((140..=260).contains(&count), "{count} of 20000 at 1 %");
        assert!(kept(get(), [0, 0, 0]).is_empty());
        assert_eq!(kept(get(), [ALL, 0, 0]).len(), 20_000);
    }

    #[test]
    fn rates_nest_by_class() {
        let clean = kept(get(), [10_000, 100_000, 500_000]);
        let changed = kept(Facts { changed: true, ..get() }, [10_000, 100_000, 500_000]);
        let error = kept(Facts { failed: true, ..get() }, [10_000, 100_000, 500_000]);
        assert!(clean.iter().all(|n| changed.contains(n)));
        assert!(changed.iter().all(|n| error.contains(n)));
        assert!(clean.len() < changed.len() && changed.len() < error.len());
    }

    #[test]
    fn some_are_always_kept() {
        for facts in [
            Facts { method: "POST", ..get() },
            Facts { method: "DELETE", ..get() },
            Facts { status: 401, ..get() },
            Facts { status: 403, ..get() },
            Facts { blocked: true, ..get() },
            Facts { key: true, ..get() },
        ] {
            assert_eq!(kept(facts, [0, 0, 0]).len(), 20_000, "{facts:?}");
        }
        assert!(get().keep(None, b"trace", [0, 0, 0]), "without a key nothing is dropped");
    }

    #[test]
    fn another_key_keeps_others() {
        assert_ne!(kept_by(2, get(), [10_000, 0, 0]), kept(get(), [10_000, 0, 0]));
    }
}
