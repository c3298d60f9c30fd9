//! Engines and compiled modules, which many VMs share.

use std::path::Path;
use std::sync::Arc;

use wasmtime::{Cache, InstancePre, Linker, Store};

use super::abi;
use super::config::Config;
use super::error::HostError;
use super::state::State;

/// A compiler and its settings. Make one a process.
#[derive(Clone)]
pub struct Engine {
    pub(super) engine: wasmtime::Engine,
    pub(super) linker: Arc<Linker<State>>,
}

impl Engine {
    /// Sets wasmtime up, with its cache of compiled modules in the user's cache folder where there is one.
    ///
    /// # Errors
    /// [`HostError::Engine`] if this machine cannot run wasmtime.
    pub fn new() -> Result<Self, HostError> {
        let mut config = wasmtime::Config::new();
        config.consume_fuel(true);
        // A cache is a convenience: without a home folder the module is compiled each time.
        config.cache(Cache::from_file(None).ok());
        let failed = |error: wasmtime::Error| HostError::Engine(format!("{error:#}"));
        let engine = wasmtime::Engine::new(&config).map_err(failed)?;
        let mut linker = Linker::new(&engine);
        abi::link(&mut linker).map_err(failed)?;
        Ok(Self { engine, linker: Arc::new(linker) })
    }
}

/// A filter, compiled and checked, ready to be started any number of times.
#[derive(Clone)]
pub struct Module {
    pub(crate) instance: InstancePre<State>,
}

impl Module {
    /// Compiles a filter from a `.wasm` (or `.wat`) file.
    ///
    /// # Errors
    /// As [`Module::new`], and [`HostError::Read`].
    pub fn from_file(engine: &Engine, path: &Path) -> Result<Self, HostError> {
        let bytes = std::fs::read(path).map_err(|source| HostError::Read { path: path.to_owned(), source })?;
        Self::new(engine, &bytes)
    }

    /// Compiles a filter from its bytes, in binary or text form.
    ///
    /// # Errors
    /// If it is not WebAssembly, not a proxy-wasm filter of ABI 0.2.0 or 0.2.1, or imports what this host lacks.
    pub fn new(engine: &Engine, bytes: &[u8]) -> Result<Self, HostError> {
        let module = wasmtime::Module::new(&engine.engine, bytes)
            .map_err(|error| HostError::NotWasm(format!("{:#}", error).replace('\n', " ")))?;
        check_abi(&module)?;
        check_imports(engine, &module)?;
        let instance = engine.linker.instantiate_pre(&module).map_err(|error| {
            HostError::WrongType(format!("an import has another type than the ABI says: {error:#}"))
        })?;
        Ok(Self { instance })
    }
}

fn check_abi(module: &wasmtime::Module) -> Result<(), HostError> {
    let mut other = None;
    for export in module.exports() {
        match export.name() {
            "proxy_abi_version_0_2_1" | "proxy_abi_version_0_2_0" => return Ok(()),
            name if name.starts_with("proxy_abi_version_") => other = Some(name.to_owned()),
            _ => {}
        }
    }
    Err(HostError::Abi(other))
}

fn check_imports(engine: &Engine, module: &wasmtime::Module) -> Result<(), HostError> {
    let mut store = Store::new(&engine.engine, State::new(Config::default()));
    let missing: Vec<String> = module
        .imports()
        .filter(|import| engine.linker.get(&mut store, import.module(), import.name()).is_err())
        .map(|import| format!("{}.{}", import.module(), import.name()))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(HostError::MissingImports(missing)) }
}
