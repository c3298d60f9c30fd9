//! Which named find a value belongs to.

use inkseal_engine::plan::Glob;
use inkseal_engine::policy::model::Action;

use super::read::{Key, Node, Shape};
use super::{Spot, below, places};
use crate::oracle::Run;
use crate::oracle::policy::{Effect, What};

/// Whether the container at the end of these steps is replaced or removed as a whole.
pub fn is_replaced(run: &Run<'_>, body: &[u8], root: &Spot, keys: &[Key]) -> bool {
    let spot = keys.iter().fold(root.clone(), |mut spot, key| {
        spot.leaves = spot.leaves.or_else(|| owner(run, &spot, Sort::Container).filter(|at| masks(run, *at)));
        below(run, body, key, &spot)
    });
    owner(run, &spot, Sort::Container).is_some_and(|at| replaces(run, at) && !masks(run, at))
}

/// Whether a use changes what it takes.
pub fn replaces(run: &Run<'_>, at: usize) -> bool {
    run.oracle.uses[at].effect == Effect::Change
}

/// Whether a use changes the leaves of a container, not the container.
pub fn masks(run: &Run<'_>, at: usize) -> bool {
    replaces(run, at) && matches!(run.oracle.uses[at].action, Action::Mask { .. } | Action::TruncateIp { .. })
}

/// Whether a use takes out a value with its name. A name that is too long to be held stays.
pub fn removes(run: &Run<'_>, at: usize, spot: &Spot) -> bool {
    replaces(run, at) && run.oracle.uses[at].action == Action::Remove && spot.lead <= run.oracle.hold_back
}

/// What a value is to finds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// An object or an array.
    Container,
    /// `null`.
    Null,
    /// An empty string, true or false.
    Nothing,
    /// Another string, or a number.
    Something,
}

/// What a value of this text is.
pub fn sort(body: &[u8], node: &Node) -> Sort {
    let raw = &body[node.start..node.end];
    match (&node.shape, body[node.start]) {
        (Shape::Array(_) | Shape::Object(_) | Shape::Replaced { .. }, _) => Sort::Container,
        (Shape::Token, b'n') => Sort::Null,
        (Shape::String { .. }, _) if matches!(raw, b"\"" | b"\"\"") => Sort::Nothing,
        (_, b't' | b'f' | b'n') => Sort::Nothing,
        _ => Sort::Something,
    }
}

/// The named uses that select a value, with their detectors.
pub fn selecting<'a>(run: &Run<'a>, spot: &Spot, sort: Sort) -> Vec<(usize, &'a str)> {
    let mut all = Vec::new();
    for (at, found) in run.oracle.uses.iter().enumerate().filter(|(_, it)| places(run).contains(&it.place)) {
        let What::Named { except, scalars, detector, .. } = &found.what else { continue };
        let any = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(&spot.name));
        let named = spot.long || any(&found.names) && !any(except);
        let selected = match (&found.path, scalars) {
            (Some(_), _) => spot.steps[at].selects(),
            (None, true) => sort == Sort::Something && named && !spot.name.is_empty(),
            (None, false) => spot.is_member && named,
        };
        if selected && (sort != Sort::Null || found.action == Action::Remove) {
            all.push((at, detector.as_str()));
        }
    }
    all
}

/// The use that owns a value.
pub fn owner(run: &Run<'_>, spot: &Spot, sort: Sort) -> Option<usize> {
    let owns = |at: &usize| matches!(run.oracle.uses[*at].effect, Effect::Change | Effect::Logs);
    match spot.leaves {
        // A leaf of a container that is masked is masked, whoever names it.
        Some(_) if matches!(sort, Sort::Null | Sort::Container) => None,
        Some(outer) => Some(outer),
        None => selecting(run, spot, sort).into_iter().map(|(at, _)| at).find(owns),
    }
}
