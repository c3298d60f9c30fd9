//! A strict reader that keeps places.

/// What a value is.
pub enum Shape {
    /// In quotes.
    String,
    /// A number, true, false or null.
    Token,
    /// Elements.
    Array(Vec<Item>),
    /// Members.
    Object(Vec<Item>),
}

/// A value and its place in the text.
pub struct Node {
    /// Its first byte.
    pub start: usize,
    /// Behind its last byte.
    pub end: usize,
    /// What it is.
    pub shape: Shape,
}

/// A member or an element.
pub struct Item {
    /// Its first byte.
    pub start: usize,
    /// The content of a member's name.
    pub name: Option<(usize, usize)>,
    /// The value.
    pub node: Node,
    /// The comma before it.
    pub comma_before: Option<usize>,
}

/// The one value of a text; `None` if the text is not valid JSON. Strings may hold invalid UTF-8.
pub fn read(text: &[u8]) -> Option<Node> {
    let mut reader = Reader { text, at: 0 };
    reader.space();
    let node = reader.value()?;
    reader.space();
    (reader.at == text.len()).then_some(node)
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Option<Node> {
        let start = self.at;
        let shape = match self.peek()? {
            b'"' => {
                self.string()?;
                Shape::String
            }
            b'[' => Shape::Array(self.items(b']', false)?),
            b'{' => Shape::Object(self.items(b'}', true)?),
            _ => {
                self.token()?;
                Shape::Token
            }
        };
        Some(Node { start, end: self.at, shape })
    }

    fn items(&mut self, close: u8, named: bool) -> Option<Vec<Item>> {
        let mut items: Vec<Item> = Vec::new();
        self.at += 1;
        self.space();
        if self.eat(close).is_some() {
            return Some(items);
        }
        let mut comma_before = None;
        loop {
            self.space();
            let start = self.at;
            let mut name = None;
            if named {
                let (from, to) = self.string()?;
                name = Some((from, to));
                self.space();
                self.eat(b':')?;
                self.space();
            }
            let node = self.value()?;
            self.space();
            let comma = self.at;
            let more = self.eat(b',').is_some();
            items.push(Item { start, name, node, comma_before });
            if !more {
                return self.eat(close).map(|()| items);
            }
            comma_before = Some(comma);
        }
    }

    /// The range between the quotes.
    fn string(&mut self) -> Option<(usize, usize)> {
        self.eat(b'"')?;
        let start = self.at;
        loop {
            match self.peek()? {
                b'"' => break,
                0..0x20 => return None,
                b'\\' => {
                    self.at += 1;
                    match self.peek()? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
                        b'u' => {
                            let digits = self.text.get(self.at + 1..self.at + 5)?;
                            digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                            self.at += 5;
                        }
                        _ => return None,
                    }
                }
                _ => self.at += 1,
            }
        }
        let end = self.at;
        self.at += 1;
        Some((start, end))
    }

    fn token(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
            self.at += 1;
        }
        let token = &self.text[start..self.at];
        // Numbers are what serde_json takes for one; its texts are those of RFC 8259.
        serde_json::from_slice::<serde::de::IgnoredAny>(token).ok().map(|_| ())
    }
}
