//! Which Envoy to run: `$ENVOY`, the one on the path, else a private installation.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::install;

/// The oldest Envoy that knows every option the configuration uses (`allow_on_headers_stop_iteration`).
pub const MINIMUM: (u32, u32) = (1, 35);

/// An Envoy that was found.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The program.
    pub program: PathBuf,
    /// What it says it is, such as `1.40.0`.
    pub version: String,
}

/// Finds an Envoy, installing one if there is none; `progress` hears of what takes long.
///
/// # Errors
/// `$ENVOY` names no usable Envoy, or none was found and none could be installed; the message says what to do.
pub fn find(progress: &mut dyn FnMut(&str)) -> Result<Installation> {
    if let Some(program) = std::env::var_os("ENVOY").filter(|value| !value.is_empty()) {
        let program = PathBuf::from(program);
        return usable(&program).with_context(|| format!("`$ENVOY` is `{}`", program.display()));
    }
    if let Some(program) = on_path("envoy") {
        match usable(&program) {
            Ok(found) => return Ok(found),
            Err(error) => progress(&format!("passing over `{}`: {error:#}", program.display())),
        }
    }
    usable(&install::install(&install::target_folder(), progress)?)
}

/// Asks a program for its version and holds it against [`MINIMUM`].
fn usable(program: &Path) -> Result<Installation> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().context("it cannot be run")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let Some(version) = version(&text) else {
        bail!("`--version` does not answer as an Envoy does");
    };
    if number(&version).is_none_or(|number| number < MINIMUM) {
        bail!("Envoy `{version}` is too old: {}.{} or newer is needed", MINIMUM.0, MINIMUM.1);
    }
    Ok(Installation { program: program.to_owned(), version })
}

/// The version in `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`.
fn version(text: &str) -> Option<String> {
    Some(text.split_once("version:")?.1.split('/').nth(1)?.trim().to_owned())
}

fn number(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(['.', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions() {
        let text = "\n/x/envoy  version: 9e55/1.40.0/Clean/RELEASE/BoringSSL\n";
        assert_eq!(version(text).as_deref(), Some("1.40.0"));
        assert_eq!(number("1.38.0-dev"), Some((1, 38)));
        assert!(number("1.9.1") < Some(MINIMUM));
        assert_eq!(version("tool version 2/3"), None);
        assert_eq!(number("distroless"), None);
    }

    #[test]
    fn refuses_what_is_no_envoy() {
        let error = usable(Path::new("/bin/true")).unwrap_err();
        assert!(error.to_string().contains("does not answer as an Envoy"), "{error}");
        assert!(usable(Path::new("/nonexistent")).is_err());
    }
}
