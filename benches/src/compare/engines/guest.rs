//! Filters in the native host.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use inkseal::exchange::keys;
use inkseal::host::{Config, Engine as Wasm, Module, Vm};

use super::{CHUNK, Engine};
use crate::inputs::Input;

/// A filter's VM.
pub struct Guest {
    vm: Vm,
    name: &'static str,
}

impl Guest {
    /// Of this `.wasm`, with this configuration.
    ///
    /// # Errors
    /// The filter does not start.
    pub fn new(wasm: &Path, configuration: &str, name: &'static str) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{name}: {error}");
        let module = Wasm::new().and_then(|engine| Module::from_file(&engine, wasm)).map_err(|error| failed(&error))?;
        Self::of(&module, configuration, name)
    }

    /// Of a module that is compiled already.
    ///
    /// # Errors
    /// The filter does not start.
    pub fn of(module: &Module, configuration: &str, name: &'static str) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{name}: {error}");
        let mut config = Config::default().configuration(configuration.to_owned());
        config.env = keys::environment(config.now_ns / 1_000_000).map_err(|error| failed(&error))?;
        // Building a searcher over hundreds of expressions takes more than a callback may.
        config.fuel = u64::MAX;
        Ok(Self { vm: Vm::new(module, config).map_err(|error| failed(&error))?, name })
    }

    /// Bytes of the VM's memory.
    pub fn memory(&self) -> usize {
        self.vm.memory_bytes()
    }
}

impl Engine for Guest {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, input: &Input) -> Result<Option<usize>, String> {
        let mut run = || -> Result<usize, Box<dyn std::error::Error>> {
            let mut stream = self.vm.stream()?;
            stream.request_headers(&[(":method", "GET"), (":path", "/"), (":authority", "a.example")], true)?;
            stream.response_headers(&[(":status", "200"), ("content-type", input.media_type)], false)?;
            for chunk in input.body.chunks(CHUNK) {
                stream.response_body(chunk, false)?;
            }
            stream.response_body(b"", true)?;
            Ok(stream.finish()?.client.body.len())
        };
        run().map(Some).map_err(|error| format!("{}: {error}", self.name))
    }
}

/// The `.wasm` of the filters to compare with, built as ours is but for two things, both to its advantage: it may use vector
/// instructions, and has no cap of memory.
///
/// # Errors
/// The wasm target is not installed, or it does not build.
pub fn bench_wasm() -> Result<PathBuf, String> {
    let workspace = workspace();
    let folder = workspace.join("target/wasm-compare");
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(workspace)
        .args(["build", "--quiet", "--package", "inkseal-bench-guest", "--profile", "wasm"])
        .args(["--target", "wasm32-wasip1", "--target-dir"])
        .arg(&folder)
        .env("RUSTFLAGS", "-Ctarget-feature=+simd128")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO_BUILD_TARGET")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cargo does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("the filters to compare with do not build: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(folder.join("wasm32-wasip1/wasm/inkseal_bench_guest.wasm"))
}

/// The folder of the workspace.
pub(super) fn workspace() -> &'static Path {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.parent().unwrap_or(folder)
}
