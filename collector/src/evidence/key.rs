//! The key that signs checkpoints: from the keyring, or in development generated beside the store.

use ed25519_dalek::SigningKey;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Reads the development key beside `store`, or makes one with mode 0600.
///
/// Who holds the store then holds the key too: the checkpoints still count once a witness elsewhere has them, because
/// a witness keeps what it saw first.
pub fn beside(store: &Path) -> io::Result<SigningKey> {
    let path = path_beside(store);
    match fs::read_to_string(&path) {
        Ok(text) => decode(&text).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("`{}` holds no checkpoint key", path.display()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => generate(&path),
        Err(error) => Err(error),
    }
}

fn path_beside(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".checkpoint-key");
    PathBuf::from(name)
}

fn generate(path: &Path) -> io::Result<SigningKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| io::Error::other(error.to_string()))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", data_encoding::HEXLOWER.encode(&seed))?;
    file.sync_all()?;
    Ok(SigningKey::from_bytes(&seed))
}

fn decode(text: &str) -> Option<SigningKey> {
    let seed = data_encoding::HEXLOWER.decode(text.trim().as_bytes()).ok()?;
    Some(SigningKey::from_bytes(&seed.try_into().ok()?))
}
