//! `stream_text`: a path and a key, or the name of a format.

use super::fields::Fields;
use super::json_path::{json_path, parse};
use super::{Findings, scalar};
use crate::policy::model::{JsonPath, TextStream};
use crate::policy::span::Spanned;
use crate::policy::yaml::{Node, Value};

/// One kind of text that a format streams.
#[derive(Clone, Copy)]
struct Texts {
    path: &'static str,
    key: &'static [&'static str],
    whole: bool,
}

const fn pieces(path: &'static str, key: &'static [&'static str]) -> Texts {
    Texts { path, key, whole: false }
}

const fn whole(path: &'static str) -> Texts {
    Texts { path, key: &[], whole: true }
}

/// The formats of language models that are known by name. A format's later lines do not take what its earlier ones took.
#[rustfmt::skip]
const FORMATS: &[(&str, &[Texts])] = &[
    // https://platform.openai.com/docs/api-reference/chat-streaming, and what others add to it.
    ("openai-chat", &[
        pieces("$.choices[*].delta.content", &["$.choices[*].index"]),
        pieces("$.choices[*].delta.refusal", &["$.choices[*].index"]),
        pieces("$.choices[*].delta.reasoning_content", &["$.choices[*].index"]),
        pieces("$.choices[*].delta.reasoning", &["$.choices[*].index"]),
        pieces("$.choices[*].delta.tool_calls[*].function.arguments", &["$.choices[*].index", "$.choices[*].delta.tool_calls[*].index"]),
        pieces("$.choices[*].delta.function_call.arguments", &["$.choices[*].index"]),
        pieces("$.choices[*].text", &["$.choices[*].index"]),
    ]),
    // https://platform.openai.com/docs/api-reference/responses-streaming: every text comes in pieces, then again whole.
    ("openai-responses", &[
        pieces("$.delta", &["$.type", "$.item_id", "$.output_index", "$.content_index", "$.summary_index"]),
        whole("$..text"),
        whole("$..arguments"),
        whole("$..refusal"),
        whole("$..input"),
        whole("$..code"),
    ]),
    // https://docs.anthropic.com/en/docs/build-with-claude/streaming
    ("anthropic", &[
        pieces("$.delta.text", &["$.index"]),
        pieces("$.delta.partial_json", &["$.index"]),
        pieces("$.delta.thinking", &["$.index"]),
        whole("$.content_block.text"),
        whole("$.content_block.thinking"),
        whole("$.delta.citation.cited_text"),
    ]),
    // https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse; arguments of calls come whole.
    ("gemini", &[
        pieces("$.candidates[*].content.parts[*].text", &["$.candidates[*].index", "$.candidates[*].content.parts[*].thought"]),
        whole("$.candidates[*].content.parts[*].functionCall.args..*"),
        whole("$.candidates[*].content.parts[*].executableCode.code"),
        whole("$.candidates[*].content.parts[*].codeExecutionResult.output"),
    ]),
];

/// The streams of a find.
pub(super) fn stream_text(node: &Node, findings: &mut Findings) -> Option<Vec<TextStream>> {
    if matches!(node.value, Value::Map(_)) {
        return own(node, findings).map(|stream| vec![stream]);
    }
    scalar::word(node, "a format of streamed text", FORMATS, findings).map(known)
}

/// `{path: …, key: …}`.
fn own(node: &Node, findings: &mut Findings) -> Option<TextStream> {
    let fields = Fields::of(node, "a stream of text", &["path", "key"], findings)?;
    let path = fields.read_required("path", findings, json_path);
    let key = fields.read_or("key", Vec::new(), findings, |node, findings| {
        let items = scalar::items(node, findings);
        let paths: Vec<_> = items.iter().filter_map(|item| key(item, findings)).collect();
        (paths.len() == items.len()).then_some(paths)
    });
    Some(TextStream { path: path?.value, key, whole: false })
}

/// A path that leads to one value beside each piece.
fn key(node: &Node, findings: &mut Findings) -> Option<JsonPath> {
    let path: Spanned<JsonPath> = json_path(node, findings)?;
    if path.steps.iter().any(|step| step.descendant) {
        let hint = "write the members that lead to it, as in `$.choices[*].index`";
        findings.error_hint(node.span, "a key is at one depth: `..` is not supported in it", hint);
        return None;
    }
    Some(path.value)
}

fn known(texts: &[Texts]) -> Vec<TextStream> {
    let stream = |texts: &Texts| {
        let key = texts.key.iter().filter_map(|key| parse(key).ok()).collect();
        Some(TextStream { path: parse(texts.path).ok()?, key, whole: texts.whole })
    };
    texts.iter().filter_map(stream).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_formats_is_one() {
        for (name, texts) in FORMATS {
            let streams = known(texts);
            assert_eq!(streams.len(), texts.len(), "{name}");
            for (stream, texts) in streams.iter().zip(*texts) {
                assert_eq!(stream.key.len(), texts.key.len(), "{name}: {}", texts.path);
                assert!(stream.key.iter().flat_map(|key| &key.steps).all(|step| !step.descendant), "{name}");
            }
        }
    }
}
