//! The containers around the current value.

use crate::plan::{Matched, Names};
use crate::surface::Surface;

/// One open object or array.
#[derive(Default)]
pub(super) struct Frame {
    /// An object, else an array.
    pub(super) object: bool,
    /// The current element's index.
    pub(super) index: u64,
    /// The current member's name, decoded, up to [`MAX_NAME`] bytes.
    pub(super) name: Vec<u8>,
    /// The sets of names that the current member's name is in.
    pub(super) matched: Matched,
    /// The name went on beyond that.
    pub(super) long_name: bool,
    /// A member or element has been written.
    pub(super) kept: bool,
    /// Index into the surface's named finds: one whose action applies to the leaves below.
    pub(super) leaves: Option<usize>,
    /// Content below is read only for what blocks: a find with `apply: logs` owns it.
    pub(super) owned: bool,
}

/// Bytes of a name that are compared with globs; a longer name is taken to match every glob, so that its value cannot
/// hide behind it.
pub(in crate::body) const MAX_NAME: usize = 1024;

impl Frame {
    /// As at its beginning.
    pub(super) fn reset(&mut self, object: bool, leaves: Option<usize>, owned: bool) {
        self.name.clear();
        let name = std::mem::take(&mut self.name);
        *self = Self { object, leaves, owned, name, ..Self::default() };
    }

    /// Appends to the name.
    pub(super) fn push_name(&mut self, view: &[u8]) {
        let room = MAX_NAME.saturating_sub(self.name.len());
        self.long_name |= view.len() > room;
        self.name.extend_from_slice(view.get(..room).unwrap_or(view));
    }
}

/// The object whose member is being read, through any arrays.
pub(super) fn member(frames: &[Frame]) -> Option<&Frame> {
    frames.iter().rev().find(|frame| frame.object)
}

/// The path of the current value, with only the names that the policy spells.
pub(super) fn path(frames: &[Frame], surface: &Surface, names: &Names) -> String {
    let mut path = String::from("$");
    for frame in frames {
        match std::str::from_utf8(&frame.name) {
            _ if !frame.object => path.push_str("[*]"),
            Ok(name) if surface.spells(name, names.spelled(name.as_bytes())) => {
                path.push('.');
                path.push_str(name);
            }
            _ => path.push_str(".*"),
        }
    }
    path
}
