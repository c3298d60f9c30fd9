//! What is looked for in texts that come in pieces.

use super::Surface;
use crate::policy::model::{JsonPath, Selector, TextStream};

/// Texts that are stitched: by their index, a bit of [`crate::redact::Segment::narrows`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Index into [`Surface::paths`] of the path of the pieces.
    pub path: usize,
    /// Of each key the index into [`Surface::paths`], and how many steps it shares with the pieces' path: that many
    /// containers are the same.
    pub keys: Vec<(usize, usize)>,
    /// Each string is a text of its own.
    pub whole: bool,
    /// The path of the pieces, as findings show it.
    pub shown: String,
    /// The name of the member that a piece is, for keywords.
    pub name: Vec<u8>,
}

impl Surface {
    /// The index of a stream, which may be another find's too.
    pub(super) fn stream(&mut self, stream: &TextStream) -> usize {
        let keys = stream.key.iter().map(|key| (self.path(key), shared(&stream.path, key))).collect();
        let name = stream.path.steps.iter().rev().find_map(|step| match &step.selector {
            Selector::Name(name) => Some(name.clone().into_bytes()),
            _ => None,
        });
        let new = Stream {
            path: self.path(&stream.path),
            keys,
            whole: stream.whole,
            shown: shown(&stream.path),
            name: name.unwrap_or_default(),
        };
        self.streams.iter().position(|known| *known == new).unwrap_or_else(|| {
            self.streams.push(new);
            self.streams.len() - 1
        })
    }
}

/// How many steps lead from the root through the same containers.
fn shared(path: &JsonPath, key: &JsonPath) -> usize {
    let same = path.steps.iter().zip(&key.steps).take_while(|(one, other)| one == other && !one.descendant).count();
    same.min(path.steps.len().min(key.steps.len()).saturating_sub(1))
}

fn shown(path: &JsonPath) -> String {
    let mut text = String::from("$");
    for step in &path.steps {
        text.push_str(if step.descendant { ".." } else { "" });
        match &step.selector {
            Selector::Name(name) if step.descendant => text.push_str(name),
            Selector::Name(name) => {
                text.push('.');
                text.push_str(name);
            }
            Selector::Wildcard if step.descendant => text.push('*'),
            Selector::Wildcard | Selector::Index(_) | Selector::Slice { .. } => text.push_str("[*]"),
        }
    }
    text
}
