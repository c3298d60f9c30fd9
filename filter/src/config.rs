//! The plugin's configuration: a plan, and the keys that it needs from the environment.
//!
//! Everything is refused strictly: what is wrong is said in one line, without a value, and the proxy keeps its old
//! configuration or does not start.

use std::fmt;
use std::rc::Rc;

use inkseal_engine::event::sample;
use inkseal_engine::keyring::{Keyring, KeyringError, SamplingKey};
use inkseal_engine::plan::Plan;
use inkseal_engine::pseudonym::PseudonymKey;
use inkseal_engine::scan::Library;

/// The keyring: the seal key in force, the next one, and the verifier's public key.
pub const SEAL_KEYS: &str = "INKSEAL_SEAL_KEYS";
/// The keyring entry of the key for pseudonyms.
pub const PSEUDONYM_KEY: &str = "INKSEAL_PSEUDONYM_KEY";
/// The keyring entry of the key for sampling.
pub const SAMPLING_KEY: &str = "INKSEAL_SAMPLING_KEY";
/// The bearer token that the collector knows this edge by. Optional: mTLS may do that.
pub const COLLECTOR_TOKEN: &str = "INKSEAL_COLLECTOR_TOKEN";

/// A configuration that holds everything its plan needs.
pub struct Config {
    /// The plan.
    pub plan: Rc<Plan>,
    /// Keys to seal with; none where the plan names no collector.
    pub seal: Option<Keyring>,
    /// The key for pseudonyms.
    pub pseudonym: Option<Rc<PseudonymKey>>,
    /// The key for sampling.
    pub sampling: Option<SamplingKey>,
    /// The collector's token.
    pub token: Option<String>,
}

/// Why a configuration is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// Nothing arrived.
    Empty,
    /// Not text that could be a plan: not a StringValue.
    NotText,
    /// The plan does not load.
    Plan(String),
    /// The plan needs a key that the environment lacks: the variable, and what for.
    Missing(&'static str, &'static str),
    /// A variable does not hold what it should.
    Key(&'static str, String),
    /// The collector's token has bytes that no header can hold.
    Token,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str(
                "the plugin configuration is empty: give the output of `inkseal compile --target plan` as a google.protobuf.StringValue",
            ),
            Self::NotText => f.write_str(
                "the plugin configuration is no JSON text: give the plan as a google.protobuf.StringValue, not as a Struct",
            ),
            Self::Plan(why) => f.write_str(why),
            Self::Missing(variable, why) => write!(
                f,
                "the plan needs `{variable}` {why}: set it in Envoy's environment and list it in vm_config.environment_variables.host_env_keys"
            ),
            Self::Key(variable, why) => write!(f, "`{variable}` is not usable: {why}"),
            Self::Token => write!(f, "`{COLLECTOR_TOKEN}` is not usable: a token is visible ASCII without spaces"),
        }
    }
}

impl Config {
    /// Reads the plugin configuration, which is freed as soon as that can be, and looks up what its plan needs in the
    /// environment. Plugins of one VM share a library.
    ///
    /// # Errors
    /// The first thing that is wrong; nothing is half-loaded.
    pub fn load(
        configuration: impl AsRef<[u8]>,
        now_ms: u64,
        environment: &dyn Fn(&'static str) -> Option<String>,
        library: &mut Library,
    ) -> Result<Self, ConfigError> {
        match configuration.as_ref().trim_ascii_start().first() {
            None => return Err(ConfigError::Empty),
            // A Struct arrives as binary protobuf, whose first byte is a field tag.
            Some(first) if *first != b'{' => return Err(ConfigError::NotText),
            Some(_) => {}
        }
        let plan = Plan::load_sharing(configuration, library).map_err(|error| ConfigError::Plan(error.to_string()))?;
        Self::with_plan(plan, now_ms, environment)
    }

    fn with_plan(
        plan: Plan,
        now_ms: u64,
        environment: &dyn Fn(&'static str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let variable = |name| environment(name).filter(|value| !value.trim().is_empty());
        let seal = if plan.audit.cluster.is_empty() {
            None
        } else {
            let json = variable(SEAL_KEYS).ok_or(ConfigError::Missing(SEAL_KEYS, "to seal audit events"))?;
            Some(seal_keys(&json, now_ms)?)
        };
        let pseudonym = match variable(PSEUDONYM_KEY) {
            Some(json) => Some(Rc::new(PseudonymKey::parse(&json).map_err(|errors| key(PSEUDONYM_KEY, &errors))?)),
            None if plan.needs_pseudonym_key() => {
                return Err(ConfigError::Missing(PSEUDONYM_KEY, "to write pseudonyms"));
            }
            None => None,
        };
        let samples = seal.is_some() && plan.audit.sample.iter().any(|rate| *rate < sample::ALL);
        let sampling = match variable(SAMPLING_KEY) {
            Some(json) => Some(SamplingKey::parse(&json).map_err(|errors| key(SAMPLING_KEY, &errors))?),
            None if samples => return Err(ConfigError::Missing(SAMPLING_KEY, "to decide which events sampling keeps")),
            None => None,
        };
        let token = variable(COLLECTOR_TOKEN).map(|token| token.trim().to_owned());
        if token.as_ref().is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(ConfigError::Token);
        }
        Ok(Self { plan: Rc::new(plan), seal, pseudonym, sampling, token })
    }
}

fn seal_keys(json: &str, now_ms: u64) -> Result<Keyring, ConfigError> {
    let keyring = Keyring::parse(json).map_err(|errors| key(SEAL_KEYS, &errors))?;
    let lacks =
        |what: &str| ConfigError::Key(SEAL_KEYS, format!("it has no {what} in force now: run `inkseal keygen`"));
    if keyring.seal_key_at(now_ms).is_none() {
        return Err(lacks("seal key"));
    }
    if keyring.verifier_public_at(now_ms).is_none() {
        return Err(lacks("verifier key"));
    }
    Ok(keyring)
}

/// All errors of a key in one line. They name entries and members, never a value.
fn key(variable: &'static str, errors: &[KeyringError]) -> ConfigError {
    ConfigError::Key(variable, errors.iter().map(KeyringError::to_string).collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(configuration: &[u8]) -> ConfigError {
        Config::load(configuration, 0, &|_| None, &mut Library::default()).err().unwrap()
    }

    #[test]
    fn what_is_no_plan_is_refused_in_one_line() {
        assert_eq!(error(b""), ConfigError::Empty);
        assert_eq!(error(b" \n"), ConfigError::Empty);
        assert_eq!(error(b"\x0a\x05mode\x12"), ConfigError::NotText);
        for bad in [&b"{}"[..], b"{", br#"{"format":999}"#] {
            let ConfigError::Plan(why) = error(bad) else { panic!("{bad:?}") };
            assert!(!why.is_empty() && !why.contains('\n'), "{why}");
        }
    }

    #[test]
    fn seal_keys_must_be_in_force_and_errors_repeat_no_key() {
        let Err(ConfigError::Key(SEAL_KEYS, why)) = seal_keys(r#"[{"kid":"s1","purpose":"seal","key":"hunter2"}]"#, 0)
        else {
            panic!("accepted");
        };
        assert!(!why.contains("hunter2") && !why.contains('\n'), "{why}");
        assert!(matches!(seal_keys("[]", 0), Err(ConfigError::Key(SEAL_KEYS, _))));
    }

    #[test]
    fn a_plan_asks_for_the_keys_it_needs_and_for_no_other() {
        use crate::testing::{document, keyring};
        use serde_json::json;

        let everything = json!(1_000_000);
        let all = json!([everything, everything, everything]);
        let keys = keyring(None);
        let load = |audit: &[(&str, serde_json::Value)], given: &[&str]| {
            Config::load(
                document(audit).as_bytes(),
                0,
                &|name| {
                    let entry = match name {
                        SEAL_KEYS => keys.for_filter(0)?.to_string(),
                        PSEUDONYM_KEY => keys.pseudonym_entry(0)?.to_string(),
                        SAMPLING_KEY => keys.sampling_entry(0)?.to_string(),
                        _ => "AAAA".to_owned(),
                    };
                    given.contains(&name).then_some(entry)
                },
                &mut Library::default(),
            )
            .map(|config| (config.seal.is_some(), config.token))
        };
        let missing = |audit: &[(&str, serde_json::Value)], given: &[&str]| match load(audit, given) {
            Err(ConfigError::Missing(variable, _)) => variable,
            other => panic!("{:?}", other.err()),
        };
        let actor = ("actor", json!([{"header": "x-user-id"}]));
        let all = ("sample", all);
        assert_eq!(missing(&[], &[]), SEAL_KEYS);
        assert_eq!(missing(&[], &[SEAL_KEYS]), SAMPLING_KEY);
        assert_eq!(missing(&[all.clone(), actor], &[SEAL_KEYS]), PSEUDONYM_KEY);
        assert_eq!(load(std::slice::from_ref(&all), &[SEAL_KEYS]).unwrap(), (true, None));
        assert_eq!(load(&[all], &[SEAL_KEYS, COLLECTOR_TOKEN]).unwrap(), (true, Some("AAAA".into())));
        assert_eq!(load(&[("cluster", json!(""))], &[]).unwrap(), (false, None), "no collector, no keys");
    }
}
