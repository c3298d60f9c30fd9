//! Policies from the command line: a file, standard input, or the name of a pack.

use std::io::Read;
use std::path::Path;

use inkseal_engine::compile::{self, CompiledPlan, Options};
use inkseal_engine::policy::{Catalogue, Diagnostic, Sources};

use super::{diagnostics, usage};

/// The longest policy, in bytes, that is read before the engine refuses it with a place.
const MAX_POLICY: u64 = 4 << 20;

/// The catalogue and every file read so far.
pub struct Workspace {
    /// The files, the catalogue's among them.
    pub sources: Sources,
    /// What ships.
    pub catalogue: Catalogue,
}

impl Workspace {
    /// A workspace that holds what ships.
    ///
    /// # Errors
    /// What ships is broken, which a test of the catalogue rules out.
    pub fn new() -> anyhow::Result<Self> {
        let mut sources = Sources::new();
        match Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS) {
            Ok(catalogue) => Ok(Self { sources, catalogue }),
            Err(errors) => Err(anyhow::anyhow!("the catalogue is broken:\n{}", diagnostics::render(&sources, &errors))),
        }
    }

    /// Reads a policy file; `-` is standard input.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&mut self, path: &Path) -> anyhow::Result<usize> {
        let name = if path == Path::new("-") { "<stdin>".into() } else { path.display().to_string() };
        let mut bytes = Vec::new();
        let read = if path == Path::new("-") {
            std::io::stdin().lock().take(MAX_POLICY).read_to_end(&mut bytes)
        } else {
            std::fs::File::open(path).and_then(|file| file.take(MAX_POLICY).read_to_end(&mut bytes))
        };
        read.map_err(|error| usage(format!("cannot read `{name}`: {error}")))?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(self.sources.add(name, text)),
            Err(_) => Err(usage(format!("`{name}` is not UTF-8 text; save it as UTF-8"))),
        }
    }

    /// Takes a policy file, or the name of a pack as a policy that includes it.
    ///
    /// # Errors
    /// It is neither.
    pub fn file_or_pack(&mut self, name: &str) -> anyhow::Result<usize> {
        if self.catalogue.pack(name).is_some() && !Path::new(name).exists() {
            let text = format!("version: inkseal/v1\nname: {name}\ninclude: [{name}]\n");
            return Ok(self.sources.add(format!("<pack {name}>"), text));
        }
        if name != "-" && !Path::new(name).exists() {
            let packs: Vec<&str> = self.catalogue.packs.iter().map(|pack| pack.name.value.as_str()).collect();
            return Err(usage(format!("`{name}` is neither a file nor a pack ({})", packs.join(", "))));
        }
        self.read(Path::new(name))
    }

    /// Compiles a policy.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile(&self, file: usize, options: &Options) -> Result<CompiledPlan, Vec<Diagnostic>> {
        compile::compile(&self.sources, file, &self.catalogue, options)
    }

    /// Compiles a policy, or reports what is wrong with it on standard error and returns `None`; warnings are
    /// reported too.
    ///
    /// # Errors
    /// Standard error is closed.
    pub fn compile_or_report(&self, file: usize, options: &Options) -> anyhow::Result<Option<CompiledPlan>> {
        match self.compile(file, options) {
            Ok(plan) => {
                diagnostics::report(&self.sources, &plan.warnings)?;
                Ok(Some(plan))
            }
            Err(errors) => {
                diagnostics::report(&self.sources, &errors)?;
                Ok(None)
            }
        }
    }
}
