//! `inkseal compile`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use inkseal_engine::compile::Options;

use super::policy::Workspace;
use super::{envoy_snippet, exit, usage};
use crate::envoy::Filter;

/// Compile a policy into what the filter loads
///
/// A plan is one line of canonical JSON; its digest stands in the filter's metrics, in every audit event and in every
/// tool's output. Digest and size are printed to standard error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  inkseal compile shop.yaml -o shop.plan.json
  inkseal compile shop.yaml --environment prod --service edge-a --target envoy -o inkseal.yaml
  inkseal compile recommended --target envoy --wasm /etc/envoy/inkseal.wasm --collector audit.shop.example:4318")]
pub struct Args {
    /// The policy, `-` for standard input, or the name of a pack
    policy: String,

    /// What to write
    #[arg(long, value_enum, default_value_t)]
    target: Target,

    /// Where to write it instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The service the plan is for, as events name it
    #[arg(long)]
    service: Option<String>,

    /// The environment the plan is for
    #[arg(long)]
    environment: Option<String>,

    /// The tenant the plan is for
    #[arg(long)]
    tenant: Option<String>,

    /// With --target envoy and envoy-ecds: where the filter's .wasm lies on Envoy's machine
    #[arg(long, value_name = "PATH", default_value = "/etc/envoy/inkseal_filter.wasm")]
    wasm: String,

    /// With --target envoy: where the collector listens
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:4318")]
    collector: String,
}

/// What a policy is compiled for.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Target {
    /// The plan itself
    #[default]
    Plan,
    /// Commented configuration for a static or xDS-driven Envoy
    Envoy,
    /// The filter as a file that Envoy watches (ECDS): policies change without a restart
    EnvoyEcds,
}

/// Compiles and writes the target.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let collector = address(&args.collector)?;
    let mut workspace = Workspace::new()?;
    let file = workspace.file_or_pack(&args.policy)?;
    let options = Options { service: args.service, environment: args.environment, tenant: args.tenant };
    let Some(plan) = workspace.compile_or_report(file, &options)? else {
        return Ok(ExitCode::from(exit::USAGE));
    };
    let text = match args.target {
        Target::Plan => format!("{}\n", plan.json),
        Target::Envoy => envoy_snippet::render(&plan, &args.wasm, &collector)?,
        Target::EnvoyEcds => {
            let filter = Filter { name: "inkseal".into(), wasm: args.wasm.into(), plan: plan.json.clone() };
            format!("{}\n", filter.to_ecds(&plan.digest))
        }
    };
    match &args.output {
        Some(path) => {
            std::fs::write(path, &text).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        None => anstream::stdout().lock().write_all(text.as_bytes())?,
    }
    writeln!(anstream::stderr().lock(), "plan {} ({} bytes)", plan.digest, plan.json.len())?;
    Ok(ExitCode::from(exit::FINE))
}

fn address(text: &str) -> anyhow::Result<(String, u16)> {
    let wrong = || usage(format!("`{text}` is not HOST:PORT"));
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let fits = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:_".contains(&byte));
    let port = port.parse().ok().filter(|port| fits && *port > 0).ok_or_else(wrong)?;
    Ok((host.to_owned(), port))
}
