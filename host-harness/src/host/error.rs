//! Why a filter could not be loaded, or stopped running.

/// An error of the host; each names what to do.
#[derive(Debug)]
pub enum HostError {
    /// The file could not be read.
    Read {
        /// The file.
        path: std::path::PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The bytes are not a WebAssembly module that wasmtime accepts.
    NotWasm(String),
    /// The module does not export `proxy_abi_version_0_2_1` or `proxy_abi_version_0_2_0`; holds what it exports instead.
    Abi(Option<String>),
    /// The module lacks an export that every filter needs.
    MissingExport(&'static str),
    /// Imports that this host does not have, as `module.name`.
    MissingImports(Vec<String>),
    /// An export or import has another type than the ABI says.
    WrongType(String),
    /// `proxy_on_vm_start` or `proxy_on_configure` returned false; holds the callback and the guest's last log line.
    Refused {
        /// The callback.
        callback: &'static str,
        /// The guest's last log line, if it wrote one.
        log: Option<String>,
    },
    /// The guest trapped; its VM is gone.
    Trap {
        /// The callback that was running.
        callback: &'static str,
        /// The trap, and the guest's last log line if it wrote one in this callback.
        reason: String,
    },
    /// The VM trapped earlier; no call reaches it any more.
    Gone,
    /// The call or stream that was named is not there (any more).
    Unknown(String),
    /// The role of this VM has no traffic.
    NoTraffic,
    /// The wasmtime engine could not be set up.
    Engine(String),
}

impl std::fmt::Display for HostError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read { path, source } => write!(f, "cannot read `{}`: {source}", path.display()),
            Self::NotWasm(reason) => write!(f, "not a WebAssembly module: {reason}"),
            Self::Abi(Some(found)) => {
                write!(
                    f,
                    "the filter exports `{found}`; this host runs proxy-wasm ABI 0.2.0 and 0.2.1: rebuild it with a newer SDK"
                )
            }
            Self::Abi(None) => write!(
                f,
                "the module exports no `proxy_abi_version_…`: it is not a proxy-wasm filter; build it with a proxy-wasm SDK"
            ),
            Self::MissingExport(name) => write!(f, "the filter does not export `{name}`, which every filter needs"),
            Self::MissingImports(names) => {
                write!(f, "the filter imports what this host does not have: {}", quoted(names))
            }
            Self::WrongType(what) => write!(f, "{what}"),
            Self::Refused { callback, log: Some(log) } => {
                write!(f, "the filter refused to start in `{callback}`: {log}")
            }
            Self::Refused { callback, log: None } => {
                write!(f, "the filter refused to start in `{callback}` and logged no reason")
            }
            Self::Trap { callback, reason } => write!(f, "the filter trapped in `{callback}`: {reason}"),
            Self::Gone => write!(f, "the VM trapped earlier; start another"),
            Self::Unknown(what) => write!(f, "there is no {what} (any more)"),
            Self::NoTraffic => write!(f, "this VM's role has no traffic; start one as a worker"),
            Self::Engine(reason) => write!(f, "cannot set up wasmtime: {reason}"),
        }
    }
}

impl std::error::Error for HostError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            _ => None,
        }
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
