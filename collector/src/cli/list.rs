//! `list`: the stored events, as a person reads them.

use super::{Failure, StoreArgs, open_store, written};
use crate::listing;
use crate::store::{EventQuery, Store};
use std::process::ExitCode;

/// List stored events: when, trace, actor, method, path, status, outcome, findings
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    store: StoreArgs,
    /// Only events of this trace
    #[arg(long, value_name = "ID")]
    trace: Option<String>,
    /// At most so many events, the newest ones
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    limit: u32,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let path = &args.store.store;
    let query = EventQuery { trace: args.trace.clone(), limit: args.limit };
    let events = open_store(path)?
        .events(&query)
        .map_err(|error| Failure::environment(format!("cannot read the store `{}`: {error}", path.display())))?;
    let mut out = anstream::stdout().lock();
    written(match args.json {
        true => listing::json(&events, &mut out),
        false => listing::table(&events, &mut out),
    })?;
    Ok(ExitCode::SUCCESS)
}
