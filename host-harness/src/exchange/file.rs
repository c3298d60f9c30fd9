//! Files of exchanges: a list, or a mapping of `policy` and `exchanges`, where the policy is that of all that have none.

use inkseal_engine::policy::yaml::{self, Node, Value};
use inkseal_engine::policy::{Diagnostic, Sources, Span};

use super::model::Exchange;

/// An exchange and where it stands.
#[derive(Clone, Debug)]
pub struct Written {
    /// The exchange.
    pub exchange: Exchange,
    /// Its place in the file.
    pub span: Span,
}

/// Reads a file of exchanges.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(sources: &Sources, file: usize) -> Result<Vec<Written>, Vec<Diagnostic>> {
    let root = yaml::parse(sources, file)?;
    let (policy, list) = match &root.value {
        Value::Map(_) => (root.get("policy"), root.get("exchanges")),
        _ => (None, Some(&root)),
    };
    let Some(Node { value: Value::Seq(entries), .. }) = list else {
        let hint = "write `- name: …` for each, or `policy:` and `exchanges:` with a list";
        return Err(vec![Diagnostic::error(root.span, "a file of exchanges is a list").hint(hint)]);
    };
    let mut errors = Vec::new();
    let mut exchanges = Vec::new();
    for entry in entries {
        match serde_json::from_value::<Exchange>(entry.to_json()) {
            Ok(mut exchange) => {
                exchange.policy = exchange.policy.or_else(|| policy.map(Node::to_json));
                exchanges.push(Written { exchange, span: entry.span });
            }
            Err(error) => errors.push(Diagnostic::error(entry.span, format!("not an exchange: {error}"))),
        }
    }
    if errors.is_empty() { Ok(exchanges) } else { Err(errors) }
}
