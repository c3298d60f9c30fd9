//! A catalogue's files: those that ship, or those of a folder, so that detectors can be tried without a build.

use std::path::Path;
use std::{fs, io};

use inkseal_engine::compile::{Options, check_catalogue, compile};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Diagnostic, Sources};

/// Files of detectors and of packs, as (name, text).
#[derive(Clone, Debug, Default)]
pub struct Files {
    detectors: Vec<(String, String)>,
    packs: Vec<(String, String)>,
}

impl Files {
    /// What ships.
    pub fn shipped() -> Self {
        let owned =
            |files: &[(&str, &str)]| files.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        Self { detectors: owned(inkseal_policies::DETECTORS), packs: owned(inkseal_policies::PACKS) }
    }

    /// What lies in `detectors/` and `packs/` of a folder.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let all = |name: &str| -> io::Result<Vec<(String, String)>> {
            let mut paths =
                fs::read_dir(folder.join(name))?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
            paths.sort();
            paths.into_iter().map(|path| Ok((path.display().to_string(), fs::read_to_string(path)?))).collect()
        };
        Ok(Self { detectors: all("detectors")?, packs: all("packs")? })
    }

    /// The plan of a policy whose lines behind its name are `rest`.
    ///
    /// # Errors
    /// Everything that is wrong with the catalogue or the policy, a line each.
    pub fn plan(&self, rest: &str) -> Result<Plan, String> {
        let mut sources = Sources::new();
        let json = self.compiled(&mut sources, rest).map_err(|errors| shown(&sources, &errors))?;
        Plan::load(json.as_bytes()).map_err(|error| error.to_string())
    }

    fn compiled(&self, sources: &mut Sources, rest: &str) -> Result<String, Vec<Diagnostic>> {
        let (detectors, packs) = (pairs(&self.detectors), pairs(&self.packs));
        let catalogue = Catalogue::parse(sources, &detectors, &packs)?;
        check_catalogue(&catalogue)?;
        let file = sources.add("policy.yaml", format!("version: inkseal/v1\nname: scored\n{rest}\n"));
        Ok(compile(sources, file, &catalogue, &Options::default())?.json)
    }
}

fn pairs(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

fn shown(sources: &Sources, errors: &[Diagnostic]) -> String {
    let line = |error: &Diagnostic| {
        let at = sources.position(error.span);
        format!("{}:{}:{}: {error}\n", sources.name(error.span.file), at.line, at.column)
    };
    errors.iter().map(line).collect()
}
