//! The value of a field that is made of values: cookies, or the parts of a URL.

/// Bytes, and whether a named find owns them.
struct Stretch {
    bytes: Vec<u8>,
    owned: bool,
}

/// A value in stretches, each as long as it can be: what named finds own, and what lies between.
#[derive(Default)]
pub(super) struct Stretches(Vec<Stretch>);

impl Stretches {
    /// Appends bytes.
    pub(super) fn push(&mut self, bytes: &[u8], owned: bool) {
        match self.0.last_mut().filter(|last| last.owned == owned) {
            Some(last) => last.bytes.extend_from_slice(bytes),
            None => self.0.push(Stretch { bytes: bytes.to_vec(), owned }),
        }
    }

    /// Takes off the white space at the front.
    pub(super) fn trim_start(&mut self) {
        if let Some(first) = self.0.first_mut() {
            first.bytes = first.bytes.trim_ascii_start().to_vec();
        }
    }

    /// All bytes.
    pub(super) fn joined(&self) -> Vec<u8> {
        self.0.iter().flat_map(|it| it.bytes.iter().copied()).collect()
    }

    /// Whether any of it is owned.
    pub(super) fn owned(&self) -> bool {
        self.0.iter().any(|it| it.owned)
    }

    /// All bytes after `change`, given what stands before and what nobody owns, has been at the latter.
    pub(super) fn with(&self, mut change: impl FnMut(&[u8], &[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
        let mut out = Vec::new();
        for Stretch { bytes, owned } in &self.0 {
            let changed = if *owned { None } else { change(&out, bytes) };
            out.extend_from_slice(changed.as_deref().unwrap_or(bytes));
        }
        out
    }
}
