//! Documents as trees, so that one that fails can be made smaller without breaking its form.

/// Trees that are tried at most on the way to a smaller one.
const MOST_TRIES: usize = 1000;

/// A piece of a document.
#[derive(Clone, Debug)]
pub enum Tree {
    /// Bytes.
    Leaf(Vec<u8>),
    /// Pieces between brackets.
    List {
        /// Before the first.
        open: Vec<u8>,
        /// The pieces.
        items: Vec<Tree>,
        /// Between two.
        between: Vec<u8>,
        /// Behind the last.
        close: Vec<u8>,
        /// Pieces may be left out.
        loose: bool,
    },
    /// A piece behind its length.
    Sized {
        /// How the length is written.
        head: fn(usize) -> Vec<u8>,
        /// The piece.
        inner: Box<Tree>,
    },
}

impl Tree {
    /// Bytes.
    pub fn leaf(bytes: impl AsRef<[u8]>) -> Self {
        Self::Leaf(bytes.as_ref().to_vec())
    }

    /// Any number of pieces.
    pub fn list(open: impl AsRef<[u8]>, items: Vec<Tree>, between: &str, close: impl AsRef<[u8]>) -> Self {
        let (open, close) = (open.as_ref().to_vec(), close.as_ref().to_vec());
        Self::List { open, items, between: between.as_bytes().to_vec(), close, loose: true }
    }

    /// Pieces that stay together.
    pub fn fixed(items: Vec<Tree>) -> Self {
        Self::List { open: Vec::new(), items, between: Vec::new(), close: Vec::new(), loose: false }
    }

    /// A piece behind its length, which `head` writes.
    pub fn sized(head: fn(usize) -> Vec<u8>, inner: Tree) -> Self {
        Self::Sized { head, inner: Box::new(inner) }
    }

    /// The same pieces with other bytes.
    pub fn map(self, with: &dyn Fn(&[u8]) -> Vec<u8>) -> Self {
        match self {
            Self::Leaf(bytes) => Self::Leaf(with(&bytes)),
            Self::List { open, items, between, close, loose } => Self::List {
                open: with(&open),
                items: items.into_iter().map(|item| item.map(with)).collect(),
                between: with(&between),
                close: with(&close),
                loose,
            },
            Self::Sized { head, inner } => Self::sized(head, inner.map(with)),
        }
    }

    /// The same with spaces for line feeds.
    pub fn on_one_line(self) -> Self {
        self.map(&|bytes| bytes.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }).collect())
    }

    /// The document.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Leaf(bytes) => bytes.clone(),
            Self::List { open, items, between, close, .. } => {
                let items: Vec<Vec<u8>> = items.iter().map(Tree::bytes).collect();
                [open.as_slice(), &items.join(between.as_slice()), close].concat()
            }
            Self::Sized { head, inner } => {
                let inner = inner.bytes();
                [head(inner.len()), inner].concat()
            }
        }
    }

    /// The smallest tree on the way of leaving out one piece at a time for which `fails` still holds, within
    /// [`MOST_TRIES`].
    pub fn shrunk(mut self, fails: &dyn Fn(&Tree) -> bool) -> Self {
        let mut left = MOST_TRIES;
        loop {
            let mut tried = |tree: &Tree| {
                left = left.saturating_sub(1);
                left > 0 && fails(tree)
            };
            let smaller = self.smaller().into_iter().find(|tree| tried(tree));
            match smaller {
                Some(tree) => self = tree,
                None => return self,
            }
        }
    }

    /// This tree with one piece less, the largest pieces first.
    fn smaller(&self) -> Vec<Tree> {
        if let Self::Sized { head, inner } = self {
            return inner.smaller().into_iter().map(|inner| Self::sized(*head, inner)).collect();
        }
        let Self::List { open, items, between, close, loose } = self else { return Vec::new() };
        let with = |items: Vec<Tree>| Self::List {
            open: open.clone(),
            items,
            between: between.clone(),
            close: close.clone(),
            loose: *loose,
        };
        let mut all = Vec::new();
        if *loose && items.len() > 3 {
            let (first, second) = items.split_at(items.len() / 2);
            all.extend([with(first.to_vec()), with(second.to_vec())]);
        }
        for at in 0..items.len() {
            let mut rest = items.clone();
            let taken = rest.remove(at);
            if *loose {
                all.push(with(rest.clone()));
            }
            for smaller in taken.smaller() {
                let mut items = rest.clone();
                items.insert(at, smaller);
                all.push(with(items));
            }
        }
        all
    }
}
