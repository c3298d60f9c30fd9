//! Checkpoints: C2SP tlog-checkpoint bodies in C2SP signed notes, signed with Ed25519.
//!
//! Specifications: <https://c2sp.org/tlog-checkpoint>, <https://c2sp.org/signed-note>.

use super::tree::Hash;
use data_encoding::BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// The signature type byte of Ed25519 in signed notes.
const ED25519: u8 = 1;

/// A checkpoint longer than this is not ours.
const MAX_NOTE: usize = 16 * 1024;

/// What a checkpoint says: the log called `origin` had `size` leaves under `root`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, which is also the name of its key.
    pub origin: String,
    /// The number of leaves.
    pub size: u64,
    /// The tree's root at that size.
    pub root: Hash,
}

/// Why a text is no checkpoint of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointError {
    /// It is not a signed note that holds a checkpoint.
    Malformed,
    /// No signature in it is by a key that was given.
    UnknownKey,
    /// The signature does not fit the text.
    BadSignature,
}

impl std::fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            CheckpointError::Malformed => "not a signed checkpoint",
            CheckpointError::UnknownKey => "signed by no known checkpoint key",
            CheckpointError::BadSignature => "its signature does not fit",
        })
    }
}

impl Checkpoint {
    /// The signed note: origin, size, root, an empty line, a signature line.
    pub fn sign(&self, key: &SigningKey) -> String {
        let text = self.text();
        let id = key_id(&self.origin, &key.verifying_key());
        let mut signed = id.to_vec();
        signed.extend_from_slice(&key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n\u{2014} {} {}\n", self.origin, BASE64.encode(&signed))
    }

    /// Reads a signed note and checks that one of `keys` signed it under the origin's name.
    pub fn open(note: &str, keys: &[VerifyingKey]) -> Result<Checkpoint, CheckpointError> {
        if note.len() > MAX_NOTE {
            return Err(CheckpointError::Malformed);
        }
        let (body, signatures) = note.split_once("\n\n").ok_or(CheckpointError::Malformed)?;
        let checkpoint = Checkpoint::parse(body).ok_or(CheckpointError::Malformed)?;
        let text = format!("{body}\n");
        let mut error = CheckpointError::UnknownKey;
        for SignatureLine { name, id, signature } in signatures.lines().filter_map(SignatureLine::parse) {
            for key in keys.iter().filter(|key| name == checkpoint.origin && id == key_id(name, key)) {
                if key.verify_strict(text.as_bytes(), &signature).is_ok() {
                    return Ok(checkpoint);
                }
                error = CheckpointError::BadSignature;
            }
        }
        Err(error)
    }

    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(&self.root))
    }

    fn parse(body: &str) -> Option<Checkpoint> {
        let mut lines = body.lines();
        let origin = lines.next().filter(|origin| !origin.is_empty())?.to_owned();
        let size = lines.next()?;
        let root = BASE64.decode(lines.next()?.as_bytes()).ok()?.try_into().ok()?;
        let parsed: u64 = size.parse().ok()?;
        // One spelling per number: no sign, no leading zero.
        (parsed.to_string() == size).then_some(Checkpoint { origin, size: parsed, root })
    }
}

/// The key's public form that a witness keeps: `name+hash+base64(type ‖ key)`.
pub fn verifier_key(name: &str, key: &VerifyingKey) -> String {
    let id = data_encoding::HEXLOWER.encode(&key_id(name, key));
    let mut typed = vec![ED25519];
    typed.extend_from_slice(key.as_bytes());
    format!("{name}+{id}+{}", BASE64.encode(&typed))
}

/// Reads what [`verifier_key`] wrote.
pub fn parse_verifier_key(text: &str) -> Option<VerifyingKey> {
    let mut parts = text.trim().splitn(3, '+');
    let (name, id, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let typed = BASE64.decode(encoded.as_bytes()).ok()?;
    let key = VerifyingKey::from_bytes(typed.strip_prefix(&[ED25519])?.try_into().ok()?).ok()?;
    (data_encoding::HEXLOWER.encode(&key_id(name, &key)) == id).then_some(key)
}

/// The first four bytes of SHA-256(name ‖ newline ‖ type ‖ key).
fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let mut state = Sha256::new();
    state.update(name.as_bytes());
    state.update([b'\n', ED25519]);
    state.update(key.as_bytes());
    let [a, b, c, d, ..]: [u8; 32] = state.finalize().into();
    [a, b, c, d]
}

/// One signature of a note: an em dash, the key's name, base64(key id ‖ signature).
struct SignatureLine<'a> {
    name: &'a str,
    id: [u8; 4],
    signature: Signature,
}

impl SignatureLine<'_> {
    fn parse(line: &str) -> Option<SignatureLine<'_>> {
        let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = BASE64.decode(encoded.as_bytes()).ok()?;
        let (id, signature) = bytes.split_first_chunk()?;
        Some(SignatureLine { name, id: *id, signature: Signature::from_slice(signature).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "example.org/log".into(), size: 42, root: [7; 32] }
    }

    #[test]
    fn a_note_opens_with_its_key_only() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let note = checkpoint().sign(&key);
        assert!(note.starts_with("example.org/log\n42\nBwcH"));
        assert_eq!(Checkpoint::open(&note, &[key.verifying_key()]), Ok(checkpoint()));
        let other = SigningKey::from_bytes(&[2; 32]).verifying_key();
        assert_eq!(Checkpoint::open(&note, &[other]), Err(CheckpointError::UnknownKey));
        assert_eq!(
            Checkpoint::open(&note.replacen("42", "43", 1), &[key.verifying_key()]),
            Err(CheckpointError::BadSignature)
        );
        assert_eq!(
            Checkpoint::open(&note.replacen("42", "042", 1), &[key.verifying_key()]),
            Err(CheckpointError::Malformed)
        );
    }

    /// The Go checksum database's public key, as Go's tools ship it: our key ids are those that others compute.
    #[test]
    fn a_verifier_key_of_another_implementation_reads() {
        let text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
        let key = parse_verifier_key(text).unwrap();
        assert_eq!(verifier_key("sum.golang.org", &key), text);
    }

    #[test]
    fn a_verifier_key_reads_back() {
        let key = SigningKey::from_bytes(&[1; 32]).verifying_key();
        let text = verifier_key("example.org/log", &key);
        assert_eq!(parse_verifier_key(&text), Some(key));
        assert_eq!(parse_verifier_key(&text.replacen("example", "exampel", 1)), None);
    }
}
