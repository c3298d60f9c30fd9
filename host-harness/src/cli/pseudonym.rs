//! The key and the time that a trial run needs.

use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use inkseal_engine::keyring::{Keyring, Window};
use inkseal_engine::plan::Plan;
use inkseal_engine::pseudonym::PseudonymKey;

use super::usage;

/// The filter's variable.
const VARIABLE: &str = "INKSEAL_PSEUDONYM_KEY";

/// The key in the environment, else a random one of this run; none if the plan needs none. A fixed key would let
/// anyone try e-mail addresses against what this tool prints.
///
/// # Errors
/// The variable does not hold a key, or the system has no random numbers.
pub(super) fn key(plan: &Plan) -> anyhow::Result<Option<Rc<PseudonymKey>>> {
    if !plan.needs_pseudonym_key() {
        return Ok(None);
    }
    let text = match std::env::var(VARIABLE) {
        Ok(text) => text.into(),
        Err(_) => {
            let keyring: Keyring = crate::keys::generate("", Window::default())?;
            keyring.pseudonym_entry(now_ms()).ok_or_else(|| anyhow::anyhow!("the new keyring has no key"))?
        }
    };
    let parsed = PseudonymKey::parse(&text).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        usage(format!("{VARIABLE}: {}", errors.join("; ")))
    })?;
    Ok(Some(Rc::new(parsed)))
}

/// Milliseconds since the epoch.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
