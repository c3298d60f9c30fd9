//! Who owns a named value, and which finds only count it: the same for headers, parameters, elements and JSON.

use crate::body::Reading;
use crate::policy::model::Action;
use crate::redact::{Effect, Origin, Tally};
use crate::surface::{Named, Surface};

/// The named finds that select a value. Among structural finds the earlier wins: the first that changes the value owns
/// it, unless one for logs comes before, which keeps it as it is.
#[derive(Default)]
pub(crate) struct Claim {
    /// Indices into the surface's named finds.
    selected: Vec<usize>,
    owner: Option<usize>,
    for_logs: bool,
}

impl Claim {
    /// Begins with another value; `inherited` owns it already, through a container that it is a leaf of.
    pub(crate) fn begin(&mut self, surface: &Surface, inherited: Option<usize>, selects: impl Fn(&Named) -> bool) {
        self.selected.clear();
        self.owner = inherited;
        self.for_logs = false;
        for (index, by) in surface.named.iter().enumerate().filter(|(_, by)| selects(by)) {
            self.selected.push(index);
            match by.effect {
                Effect::Change if !self.for_logs => self.owner = self.owner.or(Some(index)),
                Effect::Logs => self.for_logs = true,
                _ => {}
            }
        }
    }

    /// Whether any find selects the value.
    pub(crate) fn any(&self) -> bool {
        !self.selected.is_empty()
    }

    /// Whether a find owns the value and changes it.
    pub(crate) fn owned(&self) -> bool {
        self.owner.is_some()
    }

    /// The index of the find that does.
    pub(crate) fn index(&self) -> Option<usize> {
        self.owner
    }

    /// The find that does.
    pub(crate) fn owner<'a>(&self, surface: &'a Surface) -> Option<&'a Named> {
        self.owner.and_then(|owner| surface.named.get(owner))
    }

    /// Whether the owner takes the value out with its name.
    pub(crate) fn removes(&self, reading: &Reading<'_>) -> bool {
        self.owner(reading.surface).is_some_and(|by| reading.plan.action(by.rule, by.find) == Some(&Action::Remove))
    }

    /// Whether content of the value is looked at only for what blocks.
    pub(crate) fn only_blocks(&self) -> bool {
        self.owner.is_some() || self.for_logs
    }

    /// The value has ended.
    pub(crate) fn release(&mut self) {
        self.owner = None;
    }

    /// Counts the finds of `counts` that change nothing, and notes what blocks. An owner's action is counted where it
    /// is taken; of finds for logs the earliest owns the value.
    pub(crate) fn count(
        &self,
        surface: &Surface,
        origin: &dyn Fn() -> Origin,
        counts: impl Fn(&Named) -> bool,
        tally: &mut Tally,
    ) {
        let mut owned = self.owner.is_some();
        let selected = self.selected.iter().filter_map(|&at| surface.named.get(at));
        for by in selected.filter(|by| counts(by)) {
            match by.effect {
                Effect::Change => continue,
                Effect::Logs if std::mem::replace(&mut owned, true) => continue,
                Effect::Block => tally.block(by.rule, by.find),
                Effect::Logs | Effect::Shadow | Effect::Observe => {}
            }
            tally.count(by.key(origin()));
        }
    }
}
