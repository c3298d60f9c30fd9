//! The keyring: every key that Inkseal holds, by purpose and time.
//!
//! A keyring is a JSON array of entries `{"kid", "purpose", "key", "not_before"?, "not_after"?}`: a key is 32 random
//! bytes in lower-case hex, an instant is RFC 3339 in UTC. A verifier or checkpoint entry may carry `public` instead of
//! `key`, where only the public half is needed:
//!
//! - `INKSEAL_SEAL_KEYS`, which the filter reads, is the keyring of [`Keyring::for_filter`]: the seal key in force, the
//!   next one, and the verifier's public key.
//! - `INKSEAL_PSEUDONYM_KEY` and `INKSEAL_SAMPLING_KEY` each hold one entry, as a JSON object.
//!
//! A `Keyring` that exists holds no weak and no equal keys. Time is an argument.

mod instant;
mod key;
mod parse;
mod weak;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use zeroize::Zeroizing;

pub use instant::{format as format_instant, parse as parse_instant};
pub use key::{CheckpointKey, SamplingKey, SealKey, VerifierKey, Window};
pub use parse::KeyringError;

use crate::Entropy;
use crate::pseudonym::PseudonymKey;
use crate::seal::derive::Secret;

/// Keys by purpose.
#[derive(Default)]
pub struct Keyring {
    pub(crate) seal: Vec<SealKey>,
    pub(crate) pseudonym: Vec<PseudonymKey>,
    pub(crate) sampling: Vec<SamplingKey>,
    pub(crate) verifier: Vec<VerifierKey>,
    pub(crate) checkpoint: Vec<CheckpointKey>,
}

impl Keyring {
    /// Reads a keyring.
    ///
    /// # Errors
    /// Everything that is wrong with it: unknown members, malformed ids and instants, keys that are short, printable,
    /// repetitive, published examples or equal to one another.
    pub fn parse(json: &str) -> Result<Keyring, Vec<KeyringError>> {
        parse::keyring(json)
    }

    /// Draws a keyring with one key of each purpose: `s1` to seal, `p1`, `m1`, `v1` and `c1` for pseudonyms, sampling,
    /// verifier and checkpoints. `tag` tells edges and key windows apart: it comes before the names, as in `edge-a-s1`.
    pub fn generate(tag: &str, window: Window, entropy: &mut dyn Entropy) -> Keyring {
        let name = |short: &str| if tag.is_empty() { short.to_owned() } else { format!("{tag}-{short}") };
        let mut secret = || -> Secret { Zeroizing::new(crate::entropy::draw(entropy)) };
        let private = secret();
        let public = crate::seal::envelope::public_of(&private).unwrap_or_default();
        Keyring {
            seal: vec![SealKey { kid: name("s1"), window, secret: secret() }],
            pseudonym: vec![PseudonymKey::new(name("p1"), window, secret())],
            sampling: vec![SamplingKey { kid: name("m1"), window, secret: secret() }],
            verifier: vec![VerifierKey { kid: name("v1"), window, public, private: Some(private) }],
            checkpoint: vec![CheckpointKey { kid: name("c1"), window, public: None, secret: Some(secret()) }],
        }
    }

    /// The seal key in force: of those whose window holds `now_ms` the one with the latest start.
    pub fn seal_key_at(&self, now_ms: u64) -> Option<&SealKey> {
        in_force(&self.seal, |key| key.window, now_ms)
    }

    /// The next time at which [`Keyring::seal_key_at`] may answer otherwise: a chain does not outlive it.
    pub fn next_rotation(&self, now_ms: u64) -> Option<u64> {
        let ends = self.seal.iter().flat_map(|key| [key.window.not_before, key.window.not_after]);
        ends.flatten().filter(|end| *end > now_ms).min()
    }

    /// A seal key by id, in force or not.
    pub fn seal_key(&self, kid: &str) -> Option<&SealKey> {
        self.seal.iter().find(|key| key.kid == kid)
    }

    /// The public key to which seeds are sealed now.
    pub fn verifier_public_at(&self, now_ms: u64) -> Option<[u8; 32]> {
        in_force(&self.verifier, |key| key.window, now_ms).map(|key| key.public)
    }

    /// Whether seeds can be opened with this keyring.
    pub fn can_verify(&self) -> bool {
        self.verifier_privates().next().is_some()
    }

    pub(crate) fn verifier_privates(&self) -> impl Iterator<Item = &Secret> {
        self.verifier.iter().filter_map(|key| key.private.as_ref())
    }

    /// The pseudonym key in force.
    pub fn pseudonym_at(&self, now_ms: u64) -> Option<&PseudonymKey> {
        in_force(&self.pseudonym, |key| key.window, now_ms)
    }

    /// The sampling key in force.
    pub fn sampling_at(&self, now_ms: u64) -> Option<&SamplingKey> {
        in_force(&self.sampling, |key| key.window, now_ms)
    }

    /// The checkpoint key in force.
    pub fn checkpoint_at(&self, now_ms: u64) -> Option<&CheckpointKey> {
        in_force(&self.checkpoint, |key| key.window, now_ms)
    }

    /// The keyring as JSON, an entry a line, for a file. It holds the keys: the caller keeps it off logs and terminals.
    pub fn to_json(&self) -> Zeroizing<String> {
        let entries = self.seal.iter().map(seal_entry);
        let entries = entries
            .chain(self.pseudonym.iter().map(|key| secret_entry("pseudonym", &key.kid, key.window, &key.secret)));
        let entries =
            entries.chain(self.sampling.iter().map(|key| secret_entry("sampling", &key.kid, key.window, &key.secret)));
        let entries = entries.chain(self.verifier.iter().map(|key| match &key.private {
            Some(private) => secret_entry("verifier", &key.kid, key.window, private),
            None => public_entry("verifier", &key.kid, key.window, &key.public),
        }));
        let entries = entries.chain(self.checkpoint.iter().map(|key| match (&key.secret, &key.public) {
            (Some(secret), _) => secret_entry("checkpoint", &key.kid, key.window, secret),
            (None, public) => public_entry("checkpoint", &key.kid, key.window, &public.unwrap_or_default()),
        }));
        array(entries.collect(), ",\n")
    }

    /// What the filter's environment holds from `now_ms` on, by variable: `INKSEAL_SEAL_KEYS`, `INKSEAL_PSEUDONYM_KEY` and
    /// `INKSEAL_SAMPLING_KEY`, as far as the keyring has the keys.
    pub fn environment(&self, now_ms: u64) -> Vec<(&'static str, Zeroizing<String>)> {
        let values = [
            ("INKSEAL_SEAL_KEYS", self.for_filter(now_ms)),
            ("INKSEAL_PSEUDONYM_KEY", self.pseudonym_entry(now_ms)),
            ("INKSEAL_SAMPLING_KEY", self.sampling_entry(now_ms)),
        ];
        values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// What `INKSEAL_SEAL_KEYS` holds from `now_ms` on: the seal key in force, the next one, and the verifier's public
    /// key. `None` if there is no seal key or no verifier.
    pub fn for_filter(&self, now_ms: u64) -> Option<Zeroizing<String>> {
        let next = self.seal.iter().filter(|key| key.window.not_before.is_some_and(|start| start > now_ms));
        let next = next.min_by_key(|key| key.window.not_before);
        let verifier = in_force(&self.verifier, |key| key.window, now_ms)?;
        let mut entries: Vec<_> = self.seal_key_at(now_ms).into_iter().chain(next).map(seal_entry).collect();
        if entries.is_empty() {
            return None;
        }
        entries.push(public_entry("verifier", &verifier.kid, verifier.window, &verifier.public));
        Some(array(entries, ","))
    }

    /// What `INKSEAL_PSEUDONYM_KEY` holds at `now_ms`.
    pub fn pseudonym_entry(&self, now_ms: u64) -> Option<Zeroizing<String>> {
        self.pseudonym_at(now_ms).map(|key| secret_entry("pseudonym", &key.kid, key.window, &key.secret))
    }

    /// What `INKSEAL_SAMPLING_KEY` holds at `now_ms`.
    pub fn sampling_entry(&self, now_ms: u64) -> Option<Zeroizing<String>> {
        self.sampling_at(now_ms).map(|key| secret_entry("sampling", &key.kid, key.window, &key.secret))
    }
}

/// Of the keys whose window holds `now_ms`, the one with the latest start.
fn in_force<K>(keys: &[K], window: impl Fn(&K) -> Window, now_ms: u64) -> Option<&K> {
    keys.iter().filter(|key| window(key).contains(now_ms)).max_by_key(|key| window(key).not_before)
}

pub(crate) fn parse_one<K>(
    json: &str,
    purpose: &str,
    take: impl FnOnce(&mut Keyring) -> Option<K>,
) -> Result<K, Vec<KeyringError>> {
    let mut keyring = parse::single(json)?;
    take(&mut keyring).ok_or_else(|| {
        let message = format!("`purpose` must be {purpose}");
        vec![KeyringError { entry: Some(1), kid: None, message }]
    })
}

fn seal_entry(key: &SealKey) -> Zeroizing<String> {
    secret_entry("seal", &key.kid, key.window, &key.secret)
}

fn secret_entry(purpose: &str, kid: &str, window: Window, secret: &Secret) -> Zeroizing<String> {
    entry(purpose, kid, window, "key", secret)
}

fn public_entry(purpose: &str, kid: &str, window: Window, public: &[u8; 32]) -> Zeroizing<String> {
    entry(purpose, kid, window, "public", public)
}

fn entry(purpose: &str, kid: &str, window: Window, name: &str, bytes: &[u8; 32]) -> Zeroizing<String> {
    let mut members = json!({"kid": kid, "purpose": purpose});
    if let Value::Object(members) = &mut members {
        for (name, instant) in [("not_before", window.not_before), ("not_after", window.not_after)] {
            members.extend(instant.map(|instant| (name.to_owned(), instant::format(instant).into())));
        }
    }
    // The key is spliced in, so that no JSON value keeps a copy of it.
    let members = crate::canonical::to_string(&members);
    let open = members.strip_suffix('}').unwrap_or(&members);
    let hex = Zeroizing::new(HEXLOWER.encode(bytes));
    Zeroizing::new(format!("{open},\"{name}\":\"{}\"}}", hex.as_str()))
}

fn array(entries: Vec<Zeroizing<String>>, separator: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(entries.iter().map(|entry| entry.len() + 2).sum::<usize>() + 4));
    out.push('[');
    for (index, entry) in entries.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { separator });
        out.push_str(entry);
    }
    out.push(']');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fixed, keyring};

    fn errors(json: &str) -> Vec<String> {
        Keyring::parse(json).err().unwrap_or_default().iter().map(KeyringError::to_string).collect()
    }

    fn key(number: u64) -> String {
        HEXLOWER.encode(&crate::entropy::draw::<32>(&mut Fixed::new(number)))
    }

    #[test]
    fn a_generated_keyring_round_trips() {
        let window = Window { not_before: Some(1_796_126_400_000), not_after: Some(1_796_126_500_000) };
        let made = Keyring::generate("edge-a", window, &mut Fixed::new(5));
        let read = Keyring::parse(&made.to_json()).unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!(*read.to_json(), *made.to_json());
        assert_eq!(read.seal_key("edge-a-s1").unwrap().window, window);
        assert!(read.can_verify());
        assert!(read.seal_key_at(0).is_none());
    }

    #[test]
    fn the_filter_gets_no_private_key() {
        let keyring = keyring();
        let text = keyring.for_filter(0).unwrap();
        let filter = Keyring::parse(&text).unwrap_or_else(|errors| panic!("{errors:?}"));
        assert!(!filter.can_verify());
        assert_eq!(filter.verifier_public_at(0), keyring.verifier_public_at(0));
        assert!(filter.seal_key_at(0).is_some() && filter.pseudonym.is_empty() && filter.checkpoint.is_empty());
        let private = HEXLOWER.encode(keyring.verifier_privates().next().unwrap().as_slice());
        assert!(!text.contains(&private));
        assert!(PseudonymKey::parse(&keyring.pseudonym_entry(0).unwrap()).is_ok());
        assert!(SamplingKey::parse(&keyring.sampling_entry(0).unwrap()).is_ok());
        assert!(SamplingKey::parse(&keyring.pseudonym_entry(0).unwrap()).is_err());
    }

    #[test]
    fn seal_keys_rotate_at_their_start() {
        let json = format!(
            r#"[{{"kid":"a","purpose":"seal","key":"{}","not_after":"2026-01-03T00:00:00Z"}},
                {{"kid":"b","purpose":"seal","key":"{}","not_before":"2026-01-02T00:00:00Z"}},
                {{"kid":"c","purpose":"seal","key":"{}","not_before":"2026-01-05T00:00:00Z"}},
                {{"kid":"v","purpose":"verifier","public":"{}"}}]"#,
            key(1),
            key(2),
            key(3),
            key(4)
        );
        let keyring = Keyring::parse(&json).unwrap_or_else(|errors| panic!("{errors:?}"));
        let day = |day: u64| instant::parse(&format!("2026-01-{day:02}T00:00:00Z")).unwrap();
        let kid = |now| keyring.seal_key_at(now).map(|key| key.kid.as_str());
        assert_eq!([kid(0), kid(day(2) - 1), kid(day(2)), kid(day(5))], [Some("a"), Some("a"), Some("b"), Some("c")]);
        assert_eq!(keyring.next_rotation(0), Some(day(2)));
        assert_eq!(keyring.next_rotation(day(2)), Some(day(3)));
        assert_eq!(keyring.next_rotation(day(5)), None);
        let filter = keyring.for_filter(day(2)).unwrap();
        assert!(filter.contains("\"b\"") && filter.contains("\"c\"") && !filter.contains("\"a\""));
    }

    #[test]
    fn everything_wrong_is_said_at_once_and_no_key_is_shown() {
        let json = format!(
            r#"[{{"kid":"S1","purpose":"seal","key":"{one}"}},
                {{"kid":"s2","purpose":"sea","key":"{two}"}},
                {{"kid":"s3","purpose":"seal","key":"abcd"}},
                {{"kid":"s4","purpose":"seal","key":"{printable}"}},
                {{"kid":"s5","purpose":"seal","key":"{one}"}},
                {{"kid":"s6","purpose":"seal","key":"{three}","not_before":"2026-02-01T00:00:00Z","not_after":"2026-01-01T00:00:00Z"}},
                {{"kid":"s7","purpose":"seal","key":"{four}","not_after":"tomorrow"}},
                {{"kid":"s8","purpose":"seal","public":"{five}"}},
                {{"kid":"v1","purpose":"verifier"}},
                {{"kid":"v2","purpose":"verifier","key":"{six}","public":"{five}"}},
                {{"kid":"s9","purpose":"seal","key":"{seven}","note":"x"}},
                {{"kid":"s9","purpose":"seal","key":"{eight}"}},
                {{"kid":"s10","purpose":"seal","key":"{upper}"}},
                7]"#,
            one = key(1),
            two = key(2),
            three = key(3),
            four = key(4),
            five = key(5),
            six = key(6),
            seven = key(7),
            eight = key(8),
            upper = key(9).to_uppercase(),
            printable = HEXLOWER.encode(&[b'a'; 32]),
        );
        let errors = errors(&json);
        let expected = [
            "keyring entry 1: `kid` must be",
            "keyring entry 2 (`s2`): `purpose` must be",
            "keyring entry 3 (`s3`): `key` has 2 bytes, 32 are needed",
            "keyring entry 4 (`s4`): `key` is printable text",
            "keyring entry 5 (`s5`): `key` is the same as in entry 1",
            "keyring entry 6 (`s6`): `not_after` must be later",
            "keyring entry 7 (`s7`): `not_after` must be an instant",
            "keyring entry 8 (`s8`): `key` is missing",
            "keyring entry 9 (`v1`): `key` or `public` is missing",
            "keyring entry 10 (`v2`): `public` does not belong",
            "keyring entry 11 (`s9`): has an unknown member",
            "keyring entry 12 (`s9`): another seal key has the same `kid`",
            "keyring entry 13 (`s10`): `key` must be 64 lower-case hex digits",
            "keyring entry 14: must be an object",
        ];
        assert_eq!(errors.len(), expected.len(), "{errors:#?}");
        for (error, start) in errors.iter().zip(expected) {
            assert!(error.starts_with(start), "{error}");
        }
        for number in 1..=9 {
            assert!(!errors.iter().any(|error| error.to_lowercase().contains(&key(number))));
        }
    }

    #[test]
    fn other_documents_are_refused() {
        for (json, word) in [("", "not JSON"), ("{}", "array"), ("[]", "no entries"), ("[\"s3cret\"", "not JSON")] {
            let errors = errors(json);
            assert_eq!(errors.len(), 1);
            assert!(errors[0].contains(word) && !errors[0].contains("s3cret"), "{}", errors[0]);
        }
    }
}
