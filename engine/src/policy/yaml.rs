//! YAML 1.2 text to a tree in which every node knows its place.
//!
//! The subset is what JSON can say: the core schema's null, booleans, integers and floats, and strings; quoted scalars
//! are always strings. Anchors, aliases, tags, merge keys and several documents are refused: each would let a policy
//! mean something other than what a reviewer reads. Size and depth are bounded.

use std::borrow::Cow;
use std::collections::BTreeSet;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::diagnostic::Diagnostic;
use super::sources::Sources;
use super::span::{Span, Spanned};

/// The longest file, in bytes.
pub const MAX_SIZE: usize = 1 << 20;
/// The deepest nesting of sequences and mappings.
pub const MAX_DEPTH: usize = 32;

/// A value and the text it was written as.
#[derive(Clone, Debug)]
pub struct Node {
    /// From its first byte to its last.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// An integer, decimal, octal (`0o7`) or hexadecimal (`0xF`), that 64 bits hold.
    Int(i64),
    /// Any other number; never infinite, never NaN.
    Float(f64),
    /// Everything else that is a scalar.
    String(String),
    /// A sequence.
    Seq(Vec<Node>),
    /// A mapping, in the order of the text, without duplicates.
    Map(Vec<(Spanned<String>, Node)>),
}

impl Node {
    /// The value of a mapping's key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|(name, _)| name.value == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// What the node holds, in a policy author's words.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::String(_) => "text",
            Value::Seq(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// The same value without its places.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(bool) => Json::Bool(*bool),
            Value::Int(int) => Json::from(*int),
            Value::Float(float) => Json::from(*float),
            Value::String(text) => Json::from(text.as_str()),
            Value::Seq(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Map(entries) => {
                Json::Object(entries.iter().map(|(key, node)| (key.value.clone(), node.to_json())).collect())
            }
        }
    }
}

/// Reads the one document of a file.
///
/// # Errors
/// Everything that is wrong with it up to the first place where the text stops being YAML.
pub fn parse(sources: &Sources, file: usize) -> Result<Node, Vec<Diagnostic>> {
    let text = sources.text(file);
    let whole = Span { file, start: 0, end: text.len() };
    if text.len() > MAX_SIZE {
        let message = format!("the file is longer than {MAX_SIZE} bytes");
        return Err(vec![Diagnostic::error(sources.first_line(whole), message)]);
    }
    let mut builder = Builder { offsets: Offsets::of(text, file), open: Vec::new(), root: None, errors: Vec::new() };
    builder.read(text);
    match builder.root {
        Some(root) if builder.errors.is_empty() => Ok(root),
        None if builder.errors.is_empty() => {
            Err(vec![Diagnostic::error(Span { file, start: 0, end: 0 }, "the file is empty")])
        }
        _ => Err(builder.errors),
    }
}

/// The parser counts characters; spans count bytes.
struct Offsets {
    file: usize,
    /// Byte offset of each character and of the end; empty for ASCII text, where both are the same.
    bytes: Vec<usize>,
    length: usize,
}

impl Offsets {
    fn of(text: &str, file: usize) -> Self {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(offset, _)| offset).chain([text.len()]).collect()
        };
        Self { file, bytes, length: text.len() }
    }

    fn byte(&self, index: usize) -> usize {
        if self.bytes.is_empty() { index.min(self.length) } else { *self.bytes.get(index).unwrap_or(&self.length) }
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        Span { file: self.file, start: self.byte(span.start.index()), end: self.byte(span.end.index()) }
    }
}

/// A sequence or mapping whose end has not come yet.
struct Open {
    span: Span,
    content: Content,
}

enum Content {
    Seq(Vec<Node>),
    Map { entries: Vec<(Spanned<String>, Node)>, seen: BTreeSet<String>, key: Option<Key> },
}

/// The key whose value comes next.
enum Key {
    Name(Spanned<String>),
    /// Already reported; its value is dropped.
    Refused,
}

struct Builder {
    offsets: Offsets,
    open: Vec<Open>,
    root: Option<Node>,
    errors: Vec<Diagnostic>,
}

impl Builder {
    fn read(&mut self, text: &str) {
        let mut documents = 0;
        let mut parser = Parser::new_from_str(text);
        while let Some(next) = parser.next_event() {
            let (event, span) = match next {
                Ok((event, span)) => (event, self.offsets.span(span)),
                Err(error) => {
                    let at = self.offsets.byte(error.marker().index());
                    let span = Span { file: self.offsets.file, start: at, end: at };
                    self.errors.push(Diagnostic::error(span, format!("this is not YAML: {}", error.info())));
                    return;
                }
            };
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let error = Diagnostic::error(span, "a file holds one document");
                        self.errors.push(error.hint("put the second document into a file of its own"));
                        return;
                    }
                }
                Event::Alias(_) => {
                    self.refuse_reference(span);
                    self.add(Node { span, value: Value::Null });
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.refuse_properties(span, anchor, tag.is_some());
                    self.scalar(text, style, span);
                }
                Event::SequenceStart(anchor, tag) => {
                    self.refuse_properties(span, anchor, tag.is_some());
                    if !self.push(span, Content::Seq(Vec::new())) {
                        return;
                    }
                }
                Event::MappingStart(anchor, tag) => {
                    self.refuse_properties(span, anchor, tag.is_some());
                    if !self.push(span, Content::Map { entries: Vec::new(), seen: BTreeSet::new(), key: None }) {
                        return;
                    }
                }
                Event::SequenceEnd | Event::MappingEnd => self.pop(span),
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            }
        }
    }

    /// Opens a container; false if it is too deep to go on.
    fn push(&mut self, span: Span, content: Content) -> bool {
        if self.open.len() >= MAX_DEPTH {
            self.errors.push(Diagnostic::error(span, format!("nested deeper than {MAX_DEPTH} levels")));
            return false;
        }
        self.open.push(Open { span, content });
        true
    }

    fn pop(&mut self, end: Span) {
        let Some(open) = self.open.pop() else { return };
        let (value, last) = match open.content {
            Content::Seq(items) => {
                let last = items.last().map(|node| node.span.end);
                (Value::Seq(items), last)
            }
            Content::Map { entries, .. } => {
                let last = entries.last().map(|(_, node)| node.span.end);
                (Value::Map(entries), last)
            }
        };
        // A block ends where the next token begins, lines later: its last child says better where it ends.
        let end = if end.end > end.start { end.end } else { last.unwrap_or(open.span.end) };
        self.add(Node { span: Span { end, ..open.span }, value });
    }

    fn scalar(&mut self, text: Cow<'_, str>, style: ScalarStyle, span: Span) {
        if let Some(Open { content: Content::Map { key: key @ None, seen, .. }, .. }) = self.open.last_mut() {
            let name = text.into_owned();
            *key = Some(if name == "<<" {
                let error = Diagnostic::error(span, "merge keys are not supported");
                self.errors.push(error.hint("write the members out"));
                Key::Refused
            } else if seen.insert(name.clone()) {
                Key::Name(Spanned::new(name, span))
            } else {
                let error = Diagnostic::error(span, format!("`{name}` stands here twice"));
                self.errors.push(error.hint("remove one of the two"));
                Key::Refused
            });
            return;
        }
        let value = if style == ScalarStyle::Plain { plain(&text) } else { Some(Value::String(text.into_owned())) };
        let value = value.unwrap_or_else(|| {
            self.errors.push(Diagnostic::error(span, "infinity and not-a-number are not supported"));
            Value::Null
        });
        self.add(Node { span, value });
    }

    /// Adds a finished node to what is open.
    fn add(&mut self, node: Node) {
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::Seq(items)) => items.push(node),
            Some(Content::Map { entries, key, .. }) => match key.take() {
                Some(Key::Name(name)) => entries.push((name, node)),
                Some(Key::Refused) => {}
                None => {
                    self.errors.push(Diagnostic::error(node.span, "a key must be a plain word"));
                    *key = Some(Key::Refused);
                }
            },
        }
    }

    fn refuse_reference(&mut self, span: Span) {
        let error = Diagnostic::error(span, "anchors and aliases are not supported");
        self.errors.push(error.hint("write the value out where it is meant"));
    }

    fn refuse_properties(&mut self, span: Span, anchor: usize, tagged: bool) {
        if anchor != 0 {
            self.refuse_reference(span);
        }
        if tagged {
            let error = Diagnostic::error(span, "tags are not supported");
            self.errors.push(error.hint("quote the value to make it text"));
        }
    }
}

/// A plain scalar by the core schema (YAML 1.2.2, section 10.3.2); `None` for infinity and NaN.
fn plain(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return None,
        _ if matches!(unsigned, ".inf" | ".Inf" | ".INF") => return None,
        _ => match integer(text) {
            Some(int) => Value::Int(int),
            None => match number(text, unsigned) {
                Some(float) if float.is_finite() => Value::Float(float),
                Some(_) => return None,
                None => Value::String(text.to_owned()),
            },
        },
    })
}

fn integer(text: &str) -> Option<i64> {
    if let Some(octal) = text.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8).ok().filter(|int| *int >= 0);
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().filter(|int| *int >= 0);
    }
    text.parse().ok()
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`; Rust's own grammar but for its words.
fn number(text: &str, unsigned: &str) -> Option<f64> {
    let digits = unsigned.strip_prefix('.').unwrap_or(unsigned);
    if digits.starts_with(|first: char| first.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, Vec<String>> {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text);
        parse(&sources, file).map_err(|errors| {
            errors
                .into_iter()
                .map(|error| {
                    let at = sources.position(error.span);
                    format!("{}:{} {}", at.line, at.column, error.message)
                })
                .collect()
        })
    }

    #[test]
    fn scalars_follow_the_core_schema() {
        let node =
            read("[1, -2, 0o17, 0x1F, 1.5, 1e3, .5, true, null, ~, 'true', \"1\", yes, 2027-01-31, 1%, +7, 007]");
        let expected = serde_json::json!([
            1,
            -2,
            15,
            31,
            1.5,
            1000.0,
            0.5,
            true,
            null,
            null,
            "true",
            "1",
            "yes",
            "2027-01-31",
            "1%",
            7,
            7
        ]);
        assert_eq!(node.unwrap().to_json(), expected);
    }

    #[test]
    fn spans_are_bytes_of_the_text() {
        let text = "ä: [é, {b: 'ü x'}]\nc:\n  d: 1\n  e: two words # not this\n\nf: 1\n";
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text);
        let node = parse(&sources, file).unwrap();
        let slice = |node: &Node| sources.slice(node.span).to_owned();
        assert_eq!(slice(node.get("ä").unwrap()), "[é, {b: 'ü x'}]");
        let Value::Seq(items) = &node.get("ä").unwrap().value else { panic!("not a list") };
        assert_eq!(slice(&items[0]), "é");
        assert_eq!(slice(items[1].get("b").unwrap()), "'ü x'");
        assert_eq!(slice(node.get("c").unwrap()), "d: 1\n  e: two words");
        assert_eq!(slice(node.get("c").unwrap().get("e").unwrap()), "two words");
    }

    #[test]
    fn what_json_cannot_say_is_refused_with_its_place() {
        let text = "a: &x 1\nb: *x\nc: !!str 2\n<<: {d: 1}\na: 3\n[1]: 2\ng: .inf\n";
        assert_eq!(
            read(text).unwrap_err(),
            [
                "1:4 anchors and aliases are not supported",
                "2:4 anchors and aliases are not supported",
                "3:4 tags are not supported",
                "4:1 merge keys are not supported",
                "5:1 `a` stands here twice",
                "6:1 a key must be a plain word",
                "7:4 infinity and not-a-number are not supported",
            ]
        );
        assert_eq!(read("a: 1\n---\nb: 1\n").unwrap_err(), ["2:1 a file holds one document"]);
        assert_eq!(read("").unwrap_err(), ["1:1 the file is empty"]);
        assert_eq!(read("# nothing\n").unwrap_err(), ["1:1 the file is empty"]);
    }

    #[test]
    fn depth_and_size_are_bounded() {
        assert!(read(&format!("{}1{}", "[".repeat(32), "]".repeat(32))).is_ok());
        assert_eq!(read(&"[".repeat(33)).unwrap_err(), ["1:33 nested deeper than 32 levels"]);
        assert_eq!(read(&"a".repeat(MAX_SIZE + 1)).unwrap_err(), ["1:1 the file is longer than 1048576 bytes"]);
    }

    #[test]
    fn broken_yaml_names_the_place() {
        let errors = read("a: [1, 2\nb: 3\n").unwrap_err();
        assert!(errors[0].contains("this is not YAML"), "{errors:?}");
    }
}
