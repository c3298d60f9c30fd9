//! What a plan must keep to, so that all of it is followed: a compiler sees to it, and a loader does not trust it.

use super::PlanError;
use super::model::{Document, Find, What};
use crate::body::json::MAX_STEPS;
use crate::surface::MAX_NARROWS;

/// Refuses what would be passed over.
pub(super) fn check(document: &Document<'_>) -> Result<(), PlanError> {
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

/// How many finds of content are narrowed by names or a path, and how many paths others stitch.
pub(crate) fn narrowed<'a>(finds: impl Iterator<Item = &'a Find>) -> usize {
    let narrowed = |find: &Find| match &find.what {
        What::Content { streams, .. } => streams.len().max(usize::from(find.is_narrowed())),
        What::Named { .. } => 0,
    };
    finds.map(narrowed).sum()
}

fn steps(find: &Find) -> usize {
    let (What::Content { path, .. } | What::Named { path, .. }) = &find.what;
    let streams = match &find.what {
        What::Content { streams, .. } => streams.as_slice(),
        What::Named { .. } => &[],
    };
    let stitched = streams.iter().flat_map(|stream| stream.key.iter().chain([&stream.path]));
    path.iter().chain(stitched).map(|path| path.steps.len()).max().unwrap_or(0)
}
