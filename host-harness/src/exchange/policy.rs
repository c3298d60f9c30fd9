//! From what an exchange calls its policy to a compiled plan.

use inkseal_engine::compile::{Options, compile};
use inkseal_engine::policy::{Catalogue, Diagnostic, Sources};
use serde_json::{Map, Value, json};

/// The text of the policy that an exchange means: a pack's name, a document, or a mapping. Without
/// `audit` every exchange makes an event, so that findings can be seen.
///
/// # Errors
/// If it is neither a string nor a mapping.
pub fn text(policy: &Value, name: &str) -> anyhow::Result<String> {
    let mut document = match policy {
        Value::String(text) if text.contains('\n') => return Ok(text.clone()),
        Value::String(pack) => Map::from_iter([("include".to_owned(), json!([pack]))]),
        Value::Object(members) => members.clone(),
        _ => anyhow::bail!("`policy` is a pack's name or a policy"),
    };
    document.entry("version").or_insert_with(|| json!("inkseal/v1"));
    document.entry("name").or_insert_with(|| json!(slug(name)));
    Ok(Value::Object(document).to_string())
}

/// Compiles the policy of an exchange.
///
/// # Errors
/// The policy's diagnostics, one a line.
pub fn plan(sources: &mut Sources, catalogue: &Catalogue, policy: &Value, name: &str) -> anyhow::Result<String> {
    let text = text(policy, name)?;
    let file = sources.add(format!("policy of `{name}`"), text);
    let compiled = compile(sources, file, catalogue, &Options::default());
    compiled.map(|plan| plan.json).map_err(|errors| anyhow::Error::msg(lines(sources, &errors)))
}

/// Diagnostics as text, one a line with its place.
pub fn lines(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let line = |diagnostic: &Diagnostic| {
        let position = sources.position(diagnostic.span);
        let file = sources.name(diagnostic.span.file);
        format!("{file}:{}:{}: {diagnostic}", position.line, position.column)
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A name that a policy may have.
fn slug(name: &str) -> String {
    let letters =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
    let slug: String = letters.take(40).collect();
    format!("case-{}", slug.trim_matches('-'))
}
