//! A value that a find owns: collected, and written anew.

use super::Reading;
use crate::policy::model::Action;
use crate::pseudonym::PseudonymHasher;
use crate::redact::{Chain, Render, Syntax, mark, normalised, render};
use crate::surface::Named;

/// The view of a value, as far as the plan's hold-back; a longer one is not kept, only hashed if that is the action.
#[derive(Default)]
pub(super) struct Owned {
    view: Vec<u8>,
    long: bool,
    hasher: Option<PseudonymHasher>,
    some: bool,
    chain: Chain,
}

impl Owned {
    /// An empty value.
    pub(super) fn new(syntax: Syntax) -> Self {
        Self { chain: syntax.chain(), ..Self::default() }
    }

    /// Appends raw bytes.
    pub(super) fn push(&mut self, reading: &Reading<'_>, by: &Named, raw: &[u8]) {
        self.seen(raw);
        let mut chain = std::mem::take(&mut self.chain);
        chain.bytes(raw, &mut |view| self.take(reading, by, view));
        self.chain = chain;
    }

    /// Notes raw bytes of a value that nobody owns.
    pub(super) fn seen(&mut self, raw: &[u8]) {
        self.some |= !raw.is_empty();
    }

    /// Whether nothing has come.
    pub(super) fn empty(&self) -> bool {
        !self.some
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.view.capacity()
    }

    /// The text that takes the value's place.
    pub(super) fn finish(mut self, reading: &Reading<'_>, by: &Named) -> String {
        let mut chain = std::mem::take(&mut self.chain);
        chain.end_bytes(&mut |view| self.take(reading, by, view));
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

    fn take(&mut self, reading: &Reading<'_>, by: &Named, view: &[u8]) {
        if !self.long && self.view.len() + view.len() > reading.plan.limits.hold_back as usize {
            self.long = true;
            if let (Some(Action::Hash { .. }), Some(key)) = (reading.plan.action(by.rule, by.find), reading.key) {
                let mut hasher = key.start(&by.entity);
                hasher.update(&normalised(&by.entity, &self.view));
                self.hasher = Some(hasher);
            }
            self.view = Vec::new();
        }
        match &mut self.hasher {
            Some(hasher) => hasher.update(&normalised(&by.entity, view)),
            None if self.long => {}
            None => self.view.extend_from_slice(view),
        }
    }

    fn render(self, reading: &Reading<'_>, by: &Named, action: &Action) -> String {
        if crate::pseudonym::pseudonym_at(&self.view, 0) == Some(self.view.len()) {
            return String::from_utf8_lossy(&self.view).into_owned();
        }
        render(&Render { action, entity: &by.entity, key: reading.key }, &self.view)
    }
}
