//! `stream_text`: texts that come in pieces, each in an event of its own, as language models stream them.

use super::JsonPath;

/// Where the pieces of texts stand, and what tells one text from another.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextStream {
    /// The strings that are pieces.
    pub path: JsonPath,
    /// Values in the same event: pieces with equal ones are of one text. Where path and key begin with the same steps,
    /// they mean the same members and elements.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub key: Vec<JsonPath>,
    /// Each string is a text of its own: what has come in pieces comes once more as a whole.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub whole: bool,
}
