//! A scalar that a find owns: collected, and written anew.

use super::super::Reading;
use crate::policy::model::Action;
use crate::pseudonym::PseudonymHasher;
use crate::redact::{Encoding, Render, mark, render};
use crate::surface::Named;

/// The view of a value, as far as the plan's hold-back; a longer one is not kept, only hashed if that is the action.
#[derive(Default)]
pub(super) struct Owned {
    view: Vec<u8>,
    long: bool,
    hasher: Option<PseudonymHasher>,
    empty: bool,
}

impl Owned {
    /// An empty value.
    pub(super) fn new() -> Self {
        Self { empty: true, ..Self::default() }
    }

    /// Appends view bytes.
    pub(super) fn push(&mut self, reading: &Reading<'_>, by: &Named, view: &[u8]) {
        self.empty &= view.is_empty();
        if !self.long && self.view.len() + view.len() > reading.plan.limits.hold_back as usize {
            self.long = true;
            if let (Some(Action::Hash { .. }), Some(key)) = (reading.plan.action(by.rule, by.find), reading.key) {
                let mut hasher = key.start(&by.entity);
                hasher.update(&self.view);
                self.hasher = Some(hasher);
            }
            self.view = Vec::new();
        }
        match &mut self.hasher {
            Some(hasher) => hasher.update(view),
            None if self.long => {}
            None => self.view.extend_from_slice(view),
        }
    }

    /// Notes view bytes of a value that nobody owns.
    pub(super) fn seen(&mut self, view: &[u8]) {
        self.empty &= view.is_empty();
    }

    /// Whether nothing has come.
    pub(super) fn empty(&self) -> bool {
        self.empty
    }

    /// Bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        self.view.len()
    }

    /// The text that takes the value's place.
    pub(super) fn finish(self, reading: &Reading<'_>, by: &Named) -> String {
        let action = reading.plan.action(by.rule, by.find);
        if let Some(hasher) = self.hasher {
            return hasher.finish();
        }
        match action {
            Some(action @ Action::Replace(_)) => self.render(reading, by, action),
            // It could not be taken out with its name.
            Some(Action::Remove) => mark(&by.entity),
            Some(action) if !self.long => self.render(reading, by, action),
            _ => mark(&by.entity),
        }
    }

    fn render(self, reading: &Reading<'_>, by: &Named, action: &Action) -> String {
        if crate::pseudonym::pseudonym_at(&self.view, 0) == Some(self.view.len()) {
            return String::from_utf8_lossy(&self.view).into_owned();
        }
        render(&Render { action, entity: &by.entity, key: reading.key }, &self.view)
    }
}

/// Writes a JSON string.
pub(super) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    Encoding::Json.write(text, out);
    out.push(b'"');
}
