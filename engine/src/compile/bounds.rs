//! What a detector needs of the hold-back.

use crate::policy::Diagnostic;
use crate::policy::model::{Detector, Limits};

/// Refuses a detector whose longest match and keywords do not fit.
pub(super) fn check(detector: &Detector, longest: usize, limits: &Limits, problems: &mut Vec<Diagnostic>) {
    let (within, word) = detector.keywords.as_ref().map_or((0, 0), |keywords| {
        (keywords.within, keywords.any.iter().map(|word| word.value.len()).max().unwrap_or(0))
    });
    let needed = longest.saturating_add(within).saturating_add(word);
    let room = limits.hold_back as usize;
    if needed > room {
        let message = format!(
            "detector `{}` needs {needed} bytes of look-ahead (match {longest}, keywords {within} + {word}), hold_back is {room}",
            detector.id.value
        );
        let hint = "bound the pattern more tightly, give it a `tail`, lower `within`, or raise `limits.hold_back`";
        problems.push(Diagnostic::error(detector.id.span, message).hint(hint));
    }
}
