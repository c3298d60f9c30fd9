//! A witness kept in a folder: it stands in for a real one, which has credentials of its own.
//!
//! Each checkpoint is one file named for its size, never written twice; `verifier.key` holds the public key of the log
//! as the witness first saw it.

use super::checkpoint::{Checkpoint, CheckpointError, parse_verifier_key, verifier_key};
use ed25519_dalek::VerifyingKey;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const KEY_FILE: &str = "verifier.key";
const SUFFIX: &str = ".checkpoint";

/// A folder of checkpoints.
pub struct FileWitness {
    folder: PathBuf,
}

/// What a witness holds, smallest checkpoint first, and the files in it that are none.
#[derive(Debug, Default)]
pub struct Held {
    /// The checkpoints that verify.
    pub checkpoints: Vec<Checkpoint>,
    /// File name and what is wrong with it.
    pub refused: Vec<(String, CheckpointError)>,
}

impl Held {
    /// The checkpoint with the most leaves.
    pub fn newest(&self) -> Option<&Checkpoint> {
        self.checkpoints.last()
    }
}

impl FileWitness {
    /// Opens the folder, making it where it is missing, and pins the log's key when it is the first.
    pub fn create(folder: &Path, name: &str, key: &VerifyingKey) -> io::Result<FileWitness> {
        fs::create_dir_all(folder)?;
        let witness = FileWitness { folder: folder.to_owned() };
        if !folder.join(KEY_FILE).exists() {
            witness.write(KEY_FILE, &format!("{}\n", verifier_key(name, key)))?;
        }
        Ok(witness)
    }

    /// Opens a folder that exists.
    pub fn open(folder: &Path) -> io::Result<FileWitness> {
        fs::read_dir(folder)?;
        Ok(FileWitness { folder: folder.to_owned() })
    }

    /// The key that was pinned when the folder was made.
    pub fn pinned_key(&self) -> Option<VerifyingKey> {
        parse_verifier_key(&fs::read_to_string(self.folder.join(KEY_FILE)).ok()?)
    }

    /// Keeps a checkpoint. Another one of the same size is an error: the log showed two faces.
    pub fn append(&self, size: u64, note: &str) -> io::Result<()> {
        let name = format!("{size:020}{SUFFIX}");
        match fs::read_to_string(self.folder.join(&name)) {
            Ok(held) if held == note => Ok(()),
            Ok(_) => Err(io::Error::other(format!("the witness holds another checkpoint of size {size}"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.write(&name, note),
            Err(error) => Err(error),
        }
    }

    /// Reads every checkpoint and checks its signature against `keys`.
    pub fn held(&self, keys: &[VerifyingKey]) -> io::Result<Held> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(SUFFIX) && !name.starts_with('.') {
                names.push(name);
            }
        }
        let mut held = Held::default();
        for name in names {
            let note = fs::read(self.folder.join(&name))?;
            match Checkpoint::open(&String::from_utf8_lossy(&note), keys) {
                Ok(checkpoint) => held.checkpoints.push(checkpoint),
                Err(error) => held.refused.push((name, error)),
            }
        }
        held.checkpoints.sort_by_key(|checkpoint| checkpoint.size);
        held.refused.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(held)
    }

    /// Whole or not at all: a reader never sees half a file, a crash leaves none.
    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let partial = self.folder.join(format!(".{name}.partial"));
        let mut file = File::create(&partial)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&partial, self.folder.join(name))?;
        File::open(&self.folder)?.sync_all()
    }
}
