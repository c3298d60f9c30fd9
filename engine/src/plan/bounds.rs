//! What a plan must keep to, so that all of it is followed: a compiler sees to it, and a loader does not trust it.

use super::PlanError;
use super::model::{Document, Find, What};
use crate::body::json::MAX_STEPS;
use crate::surface::MAX_NARROWS;

/// Refuses what would be passed over.
pub(super) fn check(document: &Document) -> Result<(), PlanError> {
    for rule in &document.rules {
        if rule.finds.iter().any(|find| steps(find) > MAX_STEPS) {
            return Err(PlanError::Bound(format!("a JSON path in rule `{}` has more than {MAX_STEPS} steps", rule.id)));
        }
    }
    let narrowed = narrowed(document.rules.iter().flat_map(|rule| &rule.finds));
    if narrowed > MAX_NARROWS {
        return Err(PlanError::Bound(format!("{narrowed} finds are narrowed, {MAX_NARROWS} are followed")));
    }
    Ok(())
}

/// How many finds of content are narrowed by names or a path.
pub(crate) fn narrowed<'a>(finds: impl Iterator<Item = &'a Find>) -> usize {
    finds.filter(|find| find.is_narrowed()).count()
}

fn steps(find: &Find) -> usize {
    let (What::Content { path, .. } | What::Named { path, .. }) = &find.what;
    path.as_ref().map_or(0, |path| path.steps.len())
}
