//! The keys of a throw-away edge and its collector: new for every run of the demo and of a test.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use inkseal_engine::keyring::{Keyring, Window};

use crate::keys;

/// An edge that did not exist before and will not again.
pub struct Edge {
    keyring: Keyring,
    token: String,
    now_ms: u64,
}

impl Edge {
    /// Draws its keys and its collector's token.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new(name: &str) -> Result<Self> {
        let keyring = keys::generate(name, Window::default())?;
        let mut token = [0; 24];
        getrandom::fill(&mut token).map_err(|error| anyhow::anyhow!("the system gave no random numbers: {error}"))?;
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis());
        let now_ms = u64::try_from(now_ms).unwrap_or(u64::MAX);
        Ok(Self { keyring, token: data_encoding::HEXLOWER.encode(&token), now_ms })
    }

    /// The variables of Envoy's environment that the filter reads.
    ///
    /// # Errors
    /// A key is missing, which a generated keyring's is not.
    pub fn environment(&self) -> Result<Vec<(String, String)>> {
        let entry = |value: Option<&str>| value.map(str::to_owned).context("the keyring lacks a key in force");
        let seal = self.keyring.for_filter(self.now_ms);
        let pseudonym = self.keyring.pseudonym_entry(self.now_ms);
        let sampling = self.keyring.sampling_entry(self.now_ms);
        Ok(vec![
            ("INKSEAL_SEAL_KEYS".into(), entry(seal.as_ref().map(|value| value.as_str()))?),
            ("INKSEAL_PSEUDONYM_KEY".into(), entry(pseudonym.as_ref().map(|value| value.as_str()))?),
            ("INKSEAL_SAMPLING_KEY".into(), entry(sampling.as_ref().map(|value| value.as_str()))?),
            ("INKSEAL_COLLECTOR_TOKEN".into(), self.token.clone()),
        ])
    }

    /// Writes the collector's keyring, for nobody else to read.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_keyring(&self, file: &Path) -> Result<()> {
        private(file, &self.keyring.to_json())
    }

    /// Writes the collector's list of sources: this edge with its token.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_sources(&self, file: &Path) -> Result<()> {
        private(file, &serde_json::json!([{"source": "edge", "token": self.token}]).to_string())
    }

    /// Everything secret about it, so that a test can look for it where it must not be.
    ///
    /// # Errors
    /// As [`Self::environment`].
    pub fn secrets(&self) -> Result<Vec<String>> {
        let keyring: Vec<serde_json::Value> = serde_json::from_str(&self.keyring.to_json())?;
        let keys = keyring.iter().filter_map(|entry| Some(entry.get("key")?.as_str()?.to_owned()));
        Ok(keys.chain([self.token.clone()]).collect())
    }
}

fn private(file: &Path, text: &str) -> Result<()> {
    let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file);
    written
        .and_then(|mut written| written.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write `{}`", file.display()))
}
