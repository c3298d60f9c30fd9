//! The keyring, and the checkpoint keys in it.

use super::Failure;
use crate::clock::now_ms;
use ed25519_dalek::{SigningKey, VerifyingKey};
use inkseal_engine::keyring::Keyring;
use std::path::{Path, PathBuf};

/// Where the keyring is.
#[derive(clap::Args)]
pub(super) struct KeysArgs {
    /// The keyring, as `inkseal keygen` writes it; without this, INKSEAL_KEYS names the file or holds the keyring
    #[arg(long, value_name = "KEYRING")]
    keys: Option<PathBuf>,
}

impl KeysArgs {
    /// Reads the keyring, if one is named.
    pub(super) fn load_optional(&self) -> Result<Option<Keyring>, Failure> {
        match (&self.keys, std::env::var("INKSEAL_KEYS")) {
            (Some(path), _) => read(path).map(Some),
            (None, Ok(json)) if json.trim_start().starts_with('[') => parse(&json, "INKSEAL_KEYS").map(Some),
            (None, Ok(path)) if !path.is_empty() => read(Path::new(&path)).map(Some),
            _ => Ok(None),
        }
    }

    /// Reads the keyring, which must be able to verify.
    pub(super) fn load(&self) -> Result<Keyring, Failure> {
        let keyring = self.load_optional()?.ok_or_else(|| {
            Failure::usage("no keyring: name one with --keys or INKSEAL_KEYS; `inkseal keygen` makes it")
        })?;
        match keyring.can_verify() {
            true => Ok(keyring),
            false => {
                Err(Failure::usage("the keyring has no private verifier key: use the whole keyring, not an edge's"))
            }
        }
    }
}

fn read(path: &Path) -> Result<Keyring, Failure> {
    warn_if_shared(path);
    let json = std::fs::read_to_string(path)
        .map_err(|error| Failure::environment(format!("cannot read the keyring `{}`: {error}", path.display())))?;
    parse(&json, &path.display().to_string())
}

/// Says so when others may read the keys. It is no error: some secret mounts leave no choice.
fn warn_if_shared(path: &Path) {
    #[cfg(unix)]
    if std::fs::metadata(path)
        .is_ok_and(|metadata| std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0)
    {
        tracing::warn!("others may read `{}`: chmod 600 it", path.display());
    }
}

fn parse(json: &str, name: &str) -> Result<Keyring, Failure> {
    Keyring::parse(json).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::usage(format!("`{name}`: {}", errors.join("; ")))
    })
}

/// The keyring's key that signs checkpoints now, if it has one.
pub(super) fn signing_key(keyring: &Keyring) -> Option<SigningKey> {
    Some(SigningKey::from_bytes(keyring.checkpoint_at(now_ms())?.secret()?))
}

/// The keyring's key that checks checkpoints now, if it has one.
pub(super) fn verifying_key(keyring: &Keyring) -> Option<VerifyingKey> {
    match keyring.checkpoint_at(now_ms())?.public {
        Some(public) => VerifyingKey::from_bytes(&public).ok(),
        None => signing_key(keyring).map(|key| key.verifying_key()),
    }
}
