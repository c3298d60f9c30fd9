//! Builds the shipped filter: a nested `cargo build` with its own target folder, once a process.
//!
//! It is called at run time by the demo and the tests, never by a build script: there it waits for a lock that its
//! caller holds.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, bail};

/// The target of the filter.
const TARGET: &str = "wasm32-wasip1";

/// The path of the shipped filter's `.wasm`, built from this workspace if it is not up to date.
///
/// # Errors
/// If the workspace is gone, the wasm target is not installed, or the build fails; the compiler's messages go to
/// standard error.
pub fn filter_wasm() -> anyhow::Result<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}"))).clone().map_err(anyhow::Error::msg)
}

fn build() -> anyhow::Result<PathBuf> {
    let workspace = workspace()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target_folder = workspace.join("target/wasm");
    let output = Command::new(&cargo)
        .current_dir(&workspace)
        .args(["build", "--quiet", "--package", "inkseal-filter", "--profile", "wasm", "--target", TARGET])
        .arg("--target-dir")
        .arg(&target_folder)
        // What the outer cargo, its build of the tools, or its caller set does not hold for the guest.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO_BUILD_TARGET")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{}` to build the filter", cargo.to_string_lossy()))?;
    if !output.status.success() {
        let messages = String::from_utf8_lossy(&output.stderr);
        if !target_installed(&messages) {
            bail!("the wasm target is not installed: run `rustup target add {TARGET}`");
        }
        bail!("the filter does not build ({}):\n{}", output.status, messages.trim_end());
    }
    let wasm = target_folder.join(TARGET).join("wasm/inkseal_filter.wasm");
    if !wasm.is_file() {
        bail!("cargo built no `{}`", wasm.display());
    }
    Ok(wasm)
}

/// What rustc says when the standard library of the target is missing.
fn target_installed(messages: &str) -> bool {
    !(messages.contains("can't find crate for `core`")
        || messages.contains("can't find crate for `std`")
        || messages.contains("target may not be installed"))
}

/// The workspace that this tool was built from.
fn workspace() -> anyhow::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = folder.parent().unwrap_or(folder);
    if !workspace.join("filter/Cargo.toml").is_file() {
        bail!(
            "the sources of the filter are not at `{}` any more: build it elsewhere and name its `.wasm`",
            workspace.display()
        );
    }
    Ok(workspace.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_target_is_told_from_a_broken_build() {
        assert!(!target_installed(
            "error[E0463]: can't find crate for `std`\n  = note: the `wasm32-wasip1` target may not be installed"
        ));
        assert!(target_installed("error: could not compile `inkseal-filter`"));
    }

    #[test]
    fn the_workspace_is_found() {
        assert!(workspace().unwrap().join("rust-toolchain.toml").is_file());
    }
}
