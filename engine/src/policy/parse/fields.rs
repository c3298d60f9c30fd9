//! The keys of a mapping.

use super::Findings;
use crate::policy::span::{Span, Spanned};
use crate::policy::suggest;
use crate::policy::yaml::{Node, Value};

/// A mapping whose keys are known by name; anything else has been reported.
pub(super) struct Fields<'a> {
    what: &'static str,
    /// The mapping.
    pub(super) span: Span,
    entries: &'a [(Spanned<String>, Node)],
}

impl<'a> Fields<'a> {
    /// Takes `node` as the mapping of `what` (as in "a rule") with some of the keys `known`.
    pub(super) fn of(node: &'a Node, what: &'static str, known: &[&str], findings: &mut Findings) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            let message = format!(
                "expected {what}, a mapping with {}, not {}",
                suggest::list(known.iter().copied()),
                node.kind()
            );
            findings.error(node.span, message);
            return None;
        };
        for (key, _) in entries {
            if !known.contains(&key.value.as_str()) {
                let hint = suggest::hint(key, known.iter().copied());
                findings.error_hint(key.span, format!("`{}` is not a key of {what}", key.value), hint);
            }
        }
        Some(Self { what, span: node.span, entries })
    }

    /// The value of a key that may be absent.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|(name, _)| name.value == key).map(|(_, node)| node)
    }

    /// The place of a key, if it is there.
    pub(super) fn key_span(&self, key: &str) -> Option<Span> {
        self.entries.iter().find(|(name, _)| name.value == key).map(|(name, _)| name.span)
    }

    /// The value of a key that must be there.
    pub(super) fn require(&self, key: &str, findings: &mut Findings) -> Option<&'a Node> {
        let node = self.get(key);
        if node.is_none() {
            findings.error(self.span, format!("{} needs `{key}`", self.what));
        }
        node
    }

    /// The value read by `read`, or `default` if the key is absent or what it holds was reported.
    pub(super) fn read_or<T>(
        &self,
        key: &str,
        default: T,
        findings: &mut Findings,
        read: impl FnOnce(&'a Node, &mut Findings) -> Option<T>,
    ) -> T {
        self.get(key).and_then(|node| read(node, findings)).unwrap_or(default)
    }

    /// The value read by `read`, if the key is there.
    pub(super) fn read<T>(
        &self,
        key: &str,
        findings: &mut Findings,
        read: impl FnOnce(&'a Node, &mut Findings) -> Option<T>,
    ) -> Option<T> {
        self.get(key).and_then(|node| read(node, findings))
    }

    /// The value read by `read`; absence is reported.
    pub(super) fn read_required<T>(
        &self,
        key: &str,
        findings: &mut Findings,
        read: impl FnOnce(&'a Node, &mut Findings) -> Option<T>,
    ) -> Option<T> {
        self.require(key, findings).and_then(|node| read(node, findings))
    }
}
