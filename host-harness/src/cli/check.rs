//! `inkseal check`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::{AnsiColor, Effects};
use inkseal_engine::compile::{self, Options};
use inkseal_engine::policy::{Catalogue, Diagnostic};
use serde_json::json;

use super::policy::Workspace;
use super::{Table, diagnostics, exit};

/// Check policies: every error of every file, at once
///
/// A policy that passes compiles to a plan that the filter accepts: its patterns are bounded, its detectors find
/// their examples and none of their counter-examples, and every name in it leads somewhere. A file that holds nothing but
/// `detectors` is checked as one of those that ship.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  inkseal check policies/*.yaml
  inkseal check detectors/acme.yaml
  inkseal check --format json shop.yaml | jq '.files[].diagnostics[]'
  git show HEAD:shop.yaml | inkseal check -

Exit codes: 0 all are fine, 2 one is not.")]
pub struct Args {
    /// The policies; `-` is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Table,
}

/// Checks each file and reports on all of them.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut workspace = Workspace::new()?;
    let mut failed = 0;
    let mut reports = Vec::new();
    for path in &args.files {
        let name = path.display().to_string();
        let report = match workspace.read(path) {
            Err(error) => Report { name, told: None, diagnostics: Vec::new(), unreadable: Some(error.to_string()) },
            Ok(file) => match checked(&workspace, file) {
                Ok((told, warnings)) => Report { name, told: Some(told), diagnostics: warnings, unreadable: None },
                Err(errors) => Report { name, told: None, diagnostics: errors, unreadable: None },
            },
        };
        failed += usize::from(report.told.is_none());
        if args.format == Table::Pretty {
            report.pretty(&workspace)?;
        }
        reports.push(report);
    }
    if args.format == Table::Json {
        let files: Vec<_> = reports.iter().map(|report| report.to_json(&workspace)).collect();
        let mut out = anstream::stdout().lock();
        serde_json::to_writer_pretty(&mut out, &json!({ "files": files }))?;
        writeln!(out)?;
    } else if failed > 0 {
        let errors: usize = reports.iter().map(Report::errors).sum();
        let (errors, files) = (diagnostics::count(errors, "error"), diagnostics::count(reports.len(), "file"));
        writeln!(anstream::stderr().lock(), "{errors}: {failed} of {files} cannot be used")?;
    }
    Ok(ExitCode::from(if failed == 0 { exit::FINE } else { exit::USAGE }))
}

/// What to say of a file that is fine, and its warnings: of a policy the plan's digest, of a file of detectors what each
/// adds to a plan.
fn checked(workspace: &Workspace, file: usize) -> Result<(Told, Vec<Diagnostic>), Vec<Diagnostic>> {
    match Catalogue::of_detectors(&workspace.sources, file) {
        Some(read) => Ok((Told::Sizes(compile::check_catalogue(&read?)?), Vec::new())),
        None => workspace.compile(file, &Options::default()).map(|plan| (Told::Digest(plan.digest), plan.warnings)),
    }
}

/// What is said of a file that is fine.
enum Told {
    Digest(String),
    Sizes(BTreeMap<String, usize>),
}

struct Report {
    name: String,
    /// If it is fine.
    told: Option<Told>,
    diagnostics: Vec<Diagnostic>,
    unreadable: Option<String>,
}

impl Report {
    fn errors(&self) -> usize {
        diagnostics::errors(&self.diagnostics) + usize::from(self.unreadable.is_some())
    }

    fn pretty(&self, workspace: &Workspace) -> std::io::Result<()> {
        diagnostics::report(&workspace.sources, &self.diagnostics)?;
        if let Some(error) = &self.unreadable {
            let red = AnsiColor::BrightRed.on_default().effects(Effects::BOLD);
            writeln!(anstream::stderr().lock(), "{red}error{red:#}: {error}\n")?;
        }
        let green = AnsiColor::Green.on_default();
        match &self.told {
            Some(Told::Digest(digest)) => {
                writeln!(anstream::stdout().lock(), "{green}ok{green:#} {} {digest}", self.name)?;
            }
            Some(Told::Sizes(sizes)) => {
                let sizes: Vec<_> = sizes.iter().map(|(id, size)| format!("{id} {size} B")).collect();
                writeln!(anstream::stdout().lock(), "{green}ok{green:#} {}: {}", self.name, sizes.join(", "))?;
            }
            None => {}
        }
        Ok(())
    }

    fn to_json(&self, workspace: &Workspace) -> serde_json::Value {
        let mut diagnostics = diagnostics::to_json(&workspace.sources, &self.diagnostics);
        if let Some(error) = &self.unreadable {
            diagnostics.push(json!({"file": self.name, "severity": "error", "message": error}));
        }
        let digest = match &self.told {
            Some(Told::Digest(digest)) => Some(digest),
            _ => None,
        };
        json!({"file": self.name, "ok": self.told.is_some(), "digest": digest, "diagnostics": diagnostics})
    }
}
