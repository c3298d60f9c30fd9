//! Examples in a Markdown text that are tests: fenced blocks of ```` ```yaml example ````, each an exchange without its
//! name, which is the heading above it.

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// What opens an example.
const FENCE: &str = "```yaml example";

/// What shows that something is expected of what leaves.
const LEAVING: [&str; 7] = ["body", "body_base64", "json", "headers", "request_body", "request_headers", "status"];

/// One example.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    /// The heading that it stands under.
    pub heading: String,
    /// The line of its fence, counted from 1.
    pub line: usize,
    /// A file of exchanges with this one only; its lines have the numbers that they have in the text.
    pub file: String,
}

/// Takes the examples out of a text.
///
/// # Errors
/// A block that is not closed, stands under no heading, is the second under one, or looks like an example but for the
/// spelling of its fence.
pub fn read(text: &str) -> anyhow::Result<Vec<Example>> {
    let mut examples: Vec<Example> = Vec::new();
    let mut heading = None;
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let line_number = index + 1;
        if line.trim_start().starts_with("```") {
            let is_example = line.trim_end() == FENCE;
            ensure!(
                is_example || !line.contains("example"),
                "line {line_number}: `{line}` is almost the fence of an example"
            );
            let block: Vec<&str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```").collect();
            let closed = text.lines().nth(index + block.len() + 1).is_some();
            ensure!(closed, "line {line_number}: the block is not closed");
            if is_example {
                let heading: &String = heading.as_ref().with_context(|| format!("line {line_number}: no heading"))?;
                ensure!(
                    examples.iter().all(|known| known.heading != *heading),
                    "line {line_number}: a second example under `{heading}`"
                );
                let name = Value::from(heading.as_str());
                let mut file = "\n".repeat(index);
                file.push_str(&format!("- name: {name}\n"));
                block.iter().for_each(|line| file.push_str(&format!("  {line}\n")));
                examples.push(Example { heading: heading.clone(), line: line_number, file });
            }
        } else if line.starts_with('#') {
            heading = Some(line.trim_start_matches('#').trim().to_owned());
        }
    }
    Ok(examples)
}

/// Refuses an example that expects nothing of what leaves, or that leaves out its policy or its message.
///
/// # Errors
/// What it lacks.
pub fn complete(example: &Value) -> anyhow::Result<()> {
    let has = |key: &str| example.get(key).is_some_and(|value| !value.is_null());
    ensure!(has("policy"), "an example needs its `policy`");
    ensure!(has("request") || has("response"), "an example needs a `request` or a `response`");
    match example.get("expect") {
        Some(expect) if LEAVING.iter().any(|key| expect.get(key).is_some()) => Ok(()),
        _ => bail!("an example needs `expect` with one of `{}`", LEAVING.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# A\n\n```yaml\n# no heading\n```\n\n### One thing\n\n```yaml example\npolicy: a\nexpect: {}\n```\n";

    #[test]
    fn an_example_is_named_by_its_heading_and_keeps_its_lines() {
        let examples = read(TEXT).unwrap();
        assert_eq!(examples.len(), 1);
        assert_eq!((examples[0].heading.as_str(), examples[0].line), ("One thing", 9));
        let lines: Vec<&str> = examples[0].file.lines().collect();
        assert_eq!(lines[8..], ["- name: \"One thing\"", "  policy: a", "  expect: {}"]);
    }

    #[test]
    fn what_is_wrong_with_the_text_is_an_error() {
        for (text, error) in [
            ("```yaml example\n```\n", "line 1: no heading"),
            ("# A\n```yaml example\na: b\n", "line 2: the block is not closed"),
            ("# A\n```yaml\na: b\n", "line 2: the block is not closed"),
            ("# A\n```yaml example\n```\n```yaml example\n```\n", "line 4: a second example under `A`"),
            ("# A\n```yml example\n```\n", "line 2: ````yml example` is almost"),
        ] {
            let got = read(text).unwrap_err().to_string();
            assert!(got.starts_with(error), "{got}");
        }
    }

    #[test]
    fn an_example_expects_something() {
        let example = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(complete(&example(r#"{"policy":{},"response":{},"expect":{"body":""}}"#)).is_ok());
        for lacking in [
            r#"{"policy":{},"response":{},"expect":{}}"#,
            r#"{"policy":{},"response":{},"expect":{"findings":[]}}"#,
            r#"{"policy":{},"response":{}}"#,
            r#"{"policy":{},"expect":{"body":""}}"#,
            r#"{"response":{},"expect":{"body":""}}"#,
            "null",
        ] {
            assert!(complete(&example(lacking)).is_err(), "{lacking}");
        }
    }
}
