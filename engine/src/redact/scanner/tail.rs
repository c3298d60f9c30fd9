//! How open ends are swallowed.

use super::{Event, Phase, Scanner};
use crate::redact::matcher::Context;
use crate::scan::Tail;

impl Scanner {
    /// Follows an open end; whether it ended.
    pub(super) fn swallow(
        &mut self,
        context: &Context<'_>,
        detector: usize,
        at: u64,
        mut until: bool,
        last: bool,
    ) -> bool {
        let Some(tail) = context.plan.detectors.get(detector).and_then(|known| known.tail.as_ref()) else {
            return true;
        };
        let store = self.view.text();
        let text = store.tail(at);
        self.work += text.len() as u64;
        let behind = store.end();
        let mut end = at;
        let mut closed = false;
        match tail {
            Tail::Class(class) => {
                end += text.iter().take_while(|&&byte| class.contains(byte)).count() as u64;
                closed = end < behind;
            }
            Tail::Until(literal) => {
                if !until {
                    // A terminator may be cut by the end of the text: its possible beginning is read again.
                    match text.windows(literal.len().max(1)).position(|window| window == literal.as_slice()) {
                        Some(found) => {
                            until = true;
                            end += (found + literal.len()) as u64;
                        }
                        None => end += text.len().saturating_sub(literal.len().saturating_sub(1)) as u64,
                    }
                }
                if until {
                    let rest = store.tail(end);
                    let goes_on = |byte: &&u8| byte.is_ascii_alphanumeric() || b" -".contains(byte);
                    end += rest.iter().take_while(goes_on).count() as u64;
                    closed = end < behind;
                }
            }
        }
        if last && !closed && matches!(tail, Tail::Until(_)) && !until {
            // The terminator did not come: all of the segment is the value's.
            end = behind;
        }
        closed |= last;
        self.events.push(Event::Tail { detector, from: at, end, closed });
        if closed {
            self.set_next(detector, end);
        } else {
            self.set(detector, Phase::Tail { at: end, until });
        }
        closed
    }
}
