//! The open elements: which name a text goes by.

use super::super::form::MAX_NAME;

/// Open elements that are remembered; of deeper ones the outermost are forgotten.
const DEPTH: usize = 64;

/// Elements without content (HTML Living Standard, "Void elements").
const VOID: &[&[u8]] = &[
    b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"source", b"track", b"wbr",
];

/// The elements around the current position.
#[derive(Default)]
pub(super) struct Elements(Vec<Vec<u8>>);

impl Elements {
    /// A start tag.
    pub(super) fn open(&mut self, name: &[u8], closed: bool) {
        if closed || VOID.iter().any(|void| void.eq_ignore_ascii_case(name)) {
            return;
        }
        if self.0.len() == DEPTH {
            self.0.remove(0);
        }
        self.0.push(name.to_vec());
    }

    /// An end tag: what stands open inside its element ends too.
    pub(super) fn close(&mut self, name: &[u8]) {
        if let Some(at) = self.0.iter().rposition(|open| open.eq_ignore_ascii_case(name)) {
            self.0.truncate(at);
        }
    }

    /// The names of the innermost element, with and without prefix; whether it is too long to be compared.
    pub(super) fn innermost(&self) -> (Vec<&[u8]>, bool) {
        match self.0.last() {
            Some(name) => (names(name), name.len() > MAX_NAME),
            None => (Vec::new(), false),
        }
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.0.iter().map(Vec::capacity).sum()
    }
}

/// A qualified name, and its local part where there is a prefix (Namespaces in XML 1.0 section 4).
pub(super) fn names(name: &[u8]) -> Vec<&[u8]> {
    let local = name.iter().position(|&byte| byte == b':').and_then(|at| name.get(at + 1..));
    [Some(name), local].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_goes_by_the_innermost_open_element() {
        let mut elements = Elements::default();
        elements.open(b"a", false);
        elements.open(b"x:password", false);
        elements.open(b"br", false);
        elements.open(b"i", true);
        assert_eq!(elements.innermost().0, [&b"x:password"[..], b"password"]);
        elements.close(b"nothing");
        elements.close(b"X:password");
        assert_eq!(elements.innermost().0, [b"a"]);
        (0..200).for_each(|_| elements.open(b"deep", false));
        assert_eq!(elements.0.len(), DEPTH);
    }
}
