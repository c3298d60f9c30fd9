//! A value that a find owns: collected, and written anew.

use super::Reading;
use crate::policy::model::Action;
use crate::pseudonym::PseudonymHasher;
use crate::redact::{Chain, Render, Syntax, mark, normalised, render};
use crate::surface::Named;

/// More raw bytes than a pseudonym with its domain can take: six for each.
const LONGEST_RAW: usize = 6 * 320;

/// The view of a value, as far as the plan's hold-back; a longer one is not kept, only hashed if that is the action.
#[derive(Default)]
pub(super) struct Owned {
    view: Vec<u8>,
    /// The bytes as they came, for a value that is left alone.
    raw: Vec<u8>,
    long: bool,
    long_raw: bool,
    hasher: Option<PseudonymHasher>,
    some: bool,
    syntax: Syntax,
    /// Decodes the value, once there is something to decode.
    chain: Option<Box<Chain>>,
}

impl Owned {
    /// An empty value.
    pub(super) fn new(syntax: Syntax) -> Self {
        Self { syntax, ..Self::default() }
    }

    /// Appends raw bytes.
    pub(super) fn push(&mut self, reading: &Reading<'_>, by: &Named, raw: &[u8]) {
        self.seen(raw);
        let mut chain = self.chain.take().unwrap_or_else(|| Box::new(self.syntax.chain()));
        chain.bytes(raw, &mut |view| self.take(reading, by, view));
        self.chain = Some(chain);
        if self.raw.len() + raw.len() <= LONGEST_RAW && !self.long {
            self.raw.extend_from_slice(raw);
        } else {
            // More than any pseudonym takes, whatever its escapes.
            self.long_raw = true;
            self.raw = Vec::new();
        }
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
        self.view.capacity() + self.raw.capacity()
    }

    /// Writes what takes the value's place.
    pub(super) fn finish(mut self, reading: &Reading<'_>, by: &Named, syntax: Syntax, out: &mut Vec<u8>) {
        if let Some(mut chain) = self.chain.take() {
            chain.end_bytes(&mut |view| self.take(reading, by, view));
        }
        if self.left_alone(by) {
            return out.extend_from_slice(&self.raw);
        }
        let text = match (self.hasher, reading.plan.action(by.rule, by.find)) {
            (Some(hasher), _) => hasher.finish(),
            (None, Some(Action::Replace(text))) => text.clone(),
            // It could not be taken out with its name.
            (None, Some(Action::Remove)) => mark(&by.entity),
            (None, Some(action)) if !self.long => {
                render(&Render { action, entity: &by.entity, key: reading.key }, &self.view)
            }
            _ => mark(&by.entity),
        };
        syntax.write(&text, out);
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

    /// Whether the value is a pseudonym, or what this find has written before.
    fn left_alone(&self, by: &Named) -> bool {
        !self.long && !self.long_raw && crate::value::left_alone(&self.view, &by.entity)
    }
}
