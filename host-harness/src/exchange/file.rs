//! Files of exchanges: a list, or a mapping of `policy` and `exchanges`, where the policy is that of all that have none.

use inkseal_engine::policy::yaml::{self, Node, Value};
use inkseal_engine::policy::{Diagnostic, Sources, Span, Spanned};

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
    let tests: Vec<_> = entries.iter().map(|entry| Spanned::new(entry.to_json(), entry.span)).collect();
    let mut exchanges = inline(&tests)?;
    for written in &mut exchanges {
        let own = &mut written.exchange.policy;
        *own = own.take().or_else(|| policy.map(Node::to_json));
    }
    Ok(exchanges)
}

/// Reads the inline tests of a policy, as the policy's `tests` holds them.
///
/// # Errors
/// Every entry that is no exchange.
pub fn inline(tests: &[Spanned<serde_json::Value>]) -> Result<Vec<Written>, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let mut exchanges = Vec::new();
    for test in tests {
        match serde_json::from_value(test.value.clone()) {
            Ok(exchange) => exchanges.push(Written { exchange, span: test.span }),
            Err(error) => errors.push(Diagnostic::error(test.span, format!("not an exchange: {error}"))),
        }
    }
    if errors.is_empty() { Ok(exchanges) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Written>, Vec<Diagnostic>> {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text);
        read(&sources, file)
    }

    #[test]
    fn a_list_and_a_mapping_with_a_shared_policy() {
        let list = read_text("- {name: a, policy: secrets, expect: {}}\n").unwrap();
        assert_eq!(list[0].exchange.policy, Some("secrets".into()));
        let shared =
            read_text("policy: pci\nexchanges:\n- {name: a, expect: {}}\n- {name: b, policy: x, expect: {}}\n");
        let policies: Vec<_> = shared.unwrap().into_iter().map(|written| written.exchange.policy).collect();
        assert_eq!(policies, [Some("pci".into()), Some("x".into())]);
    }

    #[test]
    fn every_entry_that_is_wrong_is_named() {
        let errors = read_text("- {name: a}\n- {name: b, expect: {bdy: x}}\n- {name: c, expect: {}}\n").unwrap_err();
        assert_eq!(errors.len(), 2);
        assert!(errors[0].message.contains("expect") && errors[1].message.contains("bdy"), "{errors:?}");
        assert!(read_text("a: b\n").is_err());
    }
}
