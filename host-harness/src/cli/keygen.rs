//! `inkseal keygen`: fresh keys, and what the filter gets of them.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use inkseal_engine::keyring::{Keyring, KeyringError, Window, parse_instant};
use zeroize::Zeroizing;

use super::{exit, usage};

/// Make a keyring, or print what the filter gets of one.
///
/// Without --for-filter: draws one key of each purpose (seal, pseudonym, sampling, verifier, checkpoint) and writes the
/// keyring as JSON. Keep it where only the verifier reads it: it holds the private key that opens every chain.
///
/// With --for-filter: prints the environment of the filter from an existing keyring, without any private key of the
/// verifier, as NAME='value' lines that a shell, systemd and compose read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  inkseal keygen --kid edge-a --out keyring.json
  inkseal keygen --for-filter keyring.json > filter.env")]
pub struct Args {
    /// Write the keyring to this new file, readable by its owner alone, instead of standard output.
    #[arg(long, value_name = "FILE", conflicts_with = "for_filter")]
    out: Option<PathBuf>,
    /// What the key ids start with, as in `edge-a-s1`: one for each edge and key window.
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    kid: String,
    /// First instant at which the keys are in force, like 2026-12-01T00:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    not_before: Option<String>,
    /// First instant at which they no longer are.
    #[arg(long, value_name = "INSTANT")]
    not_after: Option<String>,
    /// Print the filter's environment from this keyring.
    #[arg(long, value_name = "KEYRING", conflicts_with_all = ["kid", "not_before", "not_after"])]
    for_filter: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    match &args.for_filter {
        Some(path) => print_environment(path)?,
        None => generate(&args)?,
    }
    Ok(ExitCode::from(exit::FINE))
}

fn generate(args: &Args) -> anyhow::Result<()> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if args.kid.len() > 24 || !args.kid.bytes().all(letter) {
        return Err(usage("--kid must be at most 24 lower-case letters, digits or hyphens"));
    }
    let window = Window {
        not_before: instant("--not-before", args.not_before.as_deref())?,
        not_after: instant("--not-after", args.not_after.as_deref())?,
    };
    if let (Some(start), Some(end)) = (window.not_before, window.not_after)
        && start >= end
    {
        return Err(usage("--not-after must be later than --not-before"));
    }
    let json = crate::keys::generate(&args.kid, window)?.to_json();
    match &args.out {
        None => writeln!(anstream::stdout().lock(), "{}", json.as_str())?,
        Some(path) => {
            let mut file = create_private(path)?;
            writeln!(file, "{}", json.as_str())
                .and_then(|()| file.sync_all())
                .with_context(|| format!("cannot write `{}`", path.display()))?;
        }
    }
    Ok(())
}

fn print_environment(path: &Path) -> anyhow::Result<()> {
    let environment = read_keyring(path)?.environment(now_ms());
    if !environment.iter().any(|(name, _)| *name == "INKSEAL_SEAL_KEYS") {
        return Err(usage(format!("`{}` has no seal key and verifier key in force now", path.display())));
    }
    let mut out = anstream::stdout().lock();
    for (name, value) in environment {
        writeln!(out, "{name}='{}'", value.as_str())?;
    }
    Ok(())
}

/// Reads a keyring, and warns if others than its owner may.
///
/// # Errors
/// The file cannot be read, or what is wrong with it, all at once, as a usage error.
pub(super) fn read_keyring(path: &Path) -> anyhow::Result<Keyring> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.with_context(|| format!("cannot read the keyring `{}`", path.display()))?;
    warn_if_open(path);
    Keyring::parse(&text).map_err(|errors| {
        let lines: Vec<_> = errors.iter().map(KeyringError::to_string).collect();
        usage(format!("{}: {}", path.display(), lines.join("\n       ")))
    })
}

#[cfg(unix)]
fn warn_if_open(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0) {
        let path = path.display();
        let warning = format!("warning: others than its owner may read the keyring `{path}`: run `chmod 600 {path}`");
        // A warning that cannot be shown is no reason to stop.
        let _ = writeln!(anstream::stderr().lock(), "{warning}");
    }
}

#[cfg(not(unix))]
fn warn_if_open(_: &Path) {}

fn create_private(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(usage(format!("`{}` exists, and a keyring is never overwritten: name a new file", path.display())))
        }
        other => other.with_context(|| format!("cannot create `{}`", path.display())),
    }
}

fn instant(option: &str, text: Option<&str>) -> anyhow::Result<Option<u64>> {
    let parsed = text.map(|text| {
        parse_instant(text)
            .ok_or_else(|| usage(format!("{option} `{text}` must be an instant like 2026-12-01T00:00:00Z")))
    });
    parsed.transpose()
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
