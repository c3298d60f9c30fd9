//! A reader that keeps places, and goes on as far as the text is JSON.

/// What a value is.
pub enum Shape {
    /// In quotes; the closing one is there.
    String {
        /// It ends before the text does.
        closed: bool,
    },
    /// A number, true, false or null.
    Token,
    /// Letters and digits that are none of these, or too many.
    Broken,
    /// Elements.
    Array(Vec<Item>),
    /// Members.
    Object(Vec<Item>),
    /// A container that is replaced: it goes on to its closing bracket, whatever stands inside it.
    Replaced {
        /// What it is as far as it is JSON.
        inside: Box<Node>,
        /// Where it is JSON no longer, or its end.
        stop: usize,
    },
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

/// A member or an element, as far as it goes.
pub struct Item {
    /// Its first byte.
    pub start: usize,
    /// The content of a member's name.
    pub name: Option<(usize, usize)>,
    /// The value.
    pub node: Option<Node>,
    /// The comma before it.
    pub comma_before: Option<usize>,
    /// Behind its last byte.
    pub end: usize,
}

/// Where and why the text is JSON no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The text ends.
    End,
    /// What stands here cannot.
    Broken(usize),
    /// A bound is reached here.
    Limit(usize),
}

/// The step from a container to what is inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The raw content of a member's name.
    Name((usize, usize)),
    /// An element's index.
    Index(usize),
}

/// What bounds a text, and what of it is read.
pub struct Rules<'a> {
    /// A byte order mark may stand at the start, or what has come of it.
    pub marked: bool,
    /// Containers in containers, at most.
    pub depth: usize,
    /// Bytes of a number or literal, at most.
    pub token: usize,
    /// Whether the container at the end of these steps is replaced.
    pub is_replaced: &'a dyn Fn(&[Key]) -> bool,
}

/// The value of a text, and where it stops being JSON. Strings may hold anything but an unescaped quote.
pub fn read(text: &[u8], rules: &Rules<'_>) -> (Option<Node>, Stop) {
    let mut reader = Reader { text, at: 0, stop: Stop::End, rules, keys: Vec::new() };
    if rules.marked {
        reader.at = text.iter().zip(b"\xef\xbb\xbf").take_while(|(byte, mark)| byte == mark).count();
    }
    reader.space();
    let node = reader.value();
    if reader.stop == Stop::End {
        reader.space();
        if reader.at < text.len() {
            reader.stop = Stop::Broken(reader.at);
        }
    }
    (node, reader.stop)
}

/// The strings of a stretch of text, whatever stands between them.
pub fn strings(text: &[u8]) -> Vec<&[u8]> {
    let rules = Rules { marked: false, depth: 0, token: 0, is_replaced: &|_| true };
    let mut reader = Reader { text, at: 0, stop: Stop::End, rules: &rules, keys: Vec::new() };
    let mut all = Vec::new();
    while let Some(byte) = reader.peek() {
        if byte == b'"' {
            let ((start, end), _) = reader.string();
            all.push(&text[start..end]);
        } else {
            reader.at += 1;
        }
    }
    all
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    stop: Stop,
    rules: &'a Rules<'a>,
    keys: Vec<Key>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Whether this byte comes next, which is then read; else the text stops here, unless it ends.
    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        if there {
            self.at += 1;
        } else if self.at < self.text.len() {
            self.stop = Stop::Broken(self.at);
        }
        there
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Option<Node> {
        let start = self.at;
        let shape = match self.peek()? {
            b'"' => Shape::String { closed: self.string().1 },
            b'[' | b'{' if self.keys.len() >= self.rules.depth => {
                self.stop = Stop::Limit(start);
                return None;
            }
            b'[' | b'{' if (self.rules.is_replaced)(&self.keys) => self.replaced(),
            b'[' => Shape::Array(self.items(b']')),
            b'{' => Shape::Object(self.items(b'}')),
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => self.token(),
            _ => {
                self.stop = Stop::Broken(start);
                return None;
            }
        };
        Some(Node { start, end: self.at, shape })
    }

    fn items(&mut self, close: u8) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(close) {
            self.at += 1;
            return items;
        }
        let mut comma_before = None;
        loop {
            self.space();
            let start = self.at;
            let (name, node) = if close == b'}' { self.member() } else { (None, self.element(items.len())) };
            let going = node.is_some() && self.stop == Stop::End;
            items.push(Item { start, name, node, comma_before, end: self.at });
            if !going {
                return items;
            }
            self.space();
            match self.peek() {
                Some(b',') => comma_before = Some(self.at),
                Some(byte) if byte == close => {}
                Some(_) => {
                    self.stop = Stop::Broken(self.at);
                    return items;
                }
                None => return items,
            }
            self.at += 1;
            if self.text[self.at - 1] == close {
                return items;
            }
        }
    }

    fn element(&mut self, index: usize) -> Option<Node> {
        self.keys.push(Key::Index(index));
        let node = self.value();
        self.keys.pop();
        node
    }

    fn member(&mut self) -> (Option<(usize, usize)>, Option<Node>) {
        if self.peek() != Some(b'"') {
            self.eat(b'"');
            return (None, None);
        }
        let (name, closed) = self.string();
        if !closed {
            return (Some(name), None);
        }
        self.space();
        if !self.eat(b':') {
            return (Some(name), None);
        }
        self.space();
        self.keys.push(Key::Name(name));
        let node = self.value();
        self.keys.pop();
        (Some(name), node)
    }

    /// The range behind the quote up to the next one, and whether there is one.
    fn string(&mut self) -> ((usize, usize), bool) {
        self.at += 1;
        let start = self.at;
        while let Some(byte) = self.peek() {
            if byte == b'"' {
                self.at += 1;
                return ((start, self.at - 1), true);
            }
            self.at = (self.at + 1 + usize::from(byte == b'\\')).min(self.text.len());
        }
        ((start, self.at), false)
    }

    fn token(&mut self) -> Shape {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
            self.at += 1;
        }
        if self.at - start > self.rules.token {
            (self.at, self.stop) = (start, Stop::Limit(start));
            return Shape::Broken;
        }
        // Numbers are what serde_json takes for one; its texts are those of RFC 8259.
        if serde_json::from_slice::<serde::de::IgnoredAny>(&self.text[start..self.at]).is_ok() {
            return Shape::Token;
        }
        (self.at, self.stop) = (start, Stop::Broken(start));
        Shape::Broken
    }

    fn replaced(&mut self) -> Shape {
        let rules = Rules { is_replaced: &|_| false, ..*self.rules };
        let mut inner =
            Reader { text: self.text, at: self.at, stop: Stop::End, rules: &rules, keys: self.keys.clone() };
        let start = self.at;
        let close = if self.peek() == Some(b'{') { b'}' } else { b']' };
        let items = inner.items(close);
        let stop = match inner.stop {
            Stop::End => inner.at,
            Stop::Broken(at) | Stop::Limit(at) => at,
        };
        let shape = if close == b'}' { Shape::Object(items) } else { Shape::Array(items) };
        self.skip();
        Shape::Replaced { inside: Box::new(Node { start, end: inner.at, shape }), stop }
    }

    /// To the bracket that closes the container, whatever stands between but strings.
    fn skip(&mut self) {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string();
                    continue;
                }
                b'[' | b'{' => open += 1,
                b']' | b'}' => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return;
            }
        }
    }
}
