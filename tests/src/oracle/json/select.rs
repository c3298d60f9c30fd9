//! How far a JSON path has been walked (RFC 9535, those parts that policies have).

use std::collections::BTreeSet;

use inkseal_engine::policy::model::{JsonPath, Selector};

/// The steps of a path that lead here; several at once below a descendant step.
#[derive(Clone, Default)]
pub struct Steps {
    path: Option<JsonPath>,
    walked: BTreeSet<usize>,
}

impl Steps {
    /// At the root.
    pub fn of(path: Option<&JsonPath>) -> Self {
        Self { path: path.cloned(), walked: BTreeSet::from([0]) }
    }

    /// Whether the path selects this place.
    pub fn selects(&self) -> bool {
        self.path.as_ref().is_some_and(|path| self.walked.contains(&path.steps.len()))
    }

    /// Goes to a member.
    pub fn member(&mut self, name: &[u8]) {
        self.down(|selector| match selector {
            Selector::Name(wanted) => wanted.as_bytes() == name,
            Selector::Wildcard => true,
            Selector::Index(_) | Selector::Slice { .. } => false,
        });
    }

    /// Goes to an element.
    pub fn element(&mut self, index: u64) {
        self.down(|selector| match selector {
            Selector::Name(_) => false,
            Selector::Wildcard => true,
            Selector::Index(wanted) => *wanted == index,
            Selector::Slice { start, end, step } => {
                index >= *start && end.is_none_or(|end| index < end) && (index - start).is_multiple_of(*step)
            }
        });
    }

    fn down(&mut self, takes: impl Fn(&Selector) -> bool) {
        let Some(path) = &self.path else { return };
        let mut walked = BTreeSet::new();
        for at in &self.walked {
            let Some(step) = path.steps.get(*at) else { continue };
            if takes(&step.selector) {
                walked.insert(at + 1);
            }
            if step.descendant {
                walked.insert(*at);
            }
        }
        self.walked = walked;
    }
}
