//! The streaming matcher: one segment of text, in any cuts, through all detectors, out redacted.
//!
//! A segment is what matches cannot leave: a text body, a JSON string, a header value, a parameter. The matcher holds
//! back what may still be part of a match, and nothing else; its output and its counts do not depend on the cuts.

mod flush;
mod guard;
mod seek;

pub(crate) use guard::LONGEST as LONGEST_PSEUDONYM;

use std::collections::VecDeque;

use super::encoding::Encoding;
use super::held::Held;
use super::lens::Lens;
use super::region::{Accepted, Region, State};
use super::tally::{Origin, Tally};
use crate::plan::Plan;
use crate::pseudonym::PseudonymKey;
use crate::scan::{Finder, Run};

/// What stays the same while a segment is read.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The detectors and rules.
    pub plan: &'a Plan,
    /// The windows of the detectors that count here.
    pub finder: &'a Finder,
    /// Which of them count here.
    pub lens: &'a Lens,
    /// Milliseconds since the epoch, for exceptions; `None` disregards all exceptions.
    pub now_ms: Option<u64>,
    /// The key of pseudonyms.
    pub key: Option<&'a PseudonymKey>,
    /// How replacements are written.
    pub encoding: Encoding,
    /// Where findings say they were made.
    pub origin: &'a dyn Fn() -> Origin,
}

/// Where output and counts go.
pub struct Sink<'a> {
    /// The redacted bytes.
    pub out: &'a mut Vec<u8>,
    /// The counts.
    pub tally: &'a mut Tally,
    /// Set when a region is replaced.
    pub changed: bool,
}

/// How far keywords reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// To the ends of the line.
    #[default]
    Line,
    /// To the ends of the segment, and into its name.
    Member,
}

/// What is known of a segment when it begins.
#[derive(Clone, Debug, Default)]
pub struct Segment {
    /// How far keywords reach.
    pub scope: Scope,
    /// The name of the member, header or parameter.
    pub name: Vec<u8>,
    /// The conditions of narrowed finds that hold here, see [`super::Use::narrow`].
    pub narrows: u64,
    /// Where the segment lies in the input, for [`super::Hit`].
    pub offset: u64,
}

/// One detector's progress.
#[derive(Clone, Copy, Default)]
enum Phase {
    /// Nothing pending.
    #[default]
    Idle,
    /// A candidate needs more text.
    Running { start: usize, run: Run },
    /// A match needs the text behind it: for keywords, or to tell whether it is a pseudonym.
    Waiting { start: usize, end: usize },
    /// An open end is swallowed; `until` says that its terminator has been seen.
    Tail { at: usize, until: bool },
}

#[derive(Clone, Copy, Default)]
struct Progress {
    phase: Phase,
    /// The first view index at which the detector may start a match.
    next: usize,
}

/// Below this many bytes that have left, nothing is moved.
const COMPACT: usize = 4096;

/// The state of one segment.
#[derive(Default)]
pub struct Matcher {
    segment: Segment,
    held: Held,
    /// View bytes forgotten since the segment began.
    forgotten: u64,
    /// View index from which the finder goes on.
    scanned: usize,
    progress: Vec<Progress>,
    /// Detectors whose phase is not idle.
    busy: Vec<usize>,
    /// Matches that no region has taken yet, by start and end.
    accepted: VecDeque<Accepted>,
    region: Option<Region>,
}

impl Matcher {
    /// Begins a segment; the one before must have been finished.
    pub fn begin(&mut self, context: &Context<'_>, segment: Segment) {
        self.segment = segment;
        self.held.clear();
        self.forgotten = 0;
        self.scanned = 0;
        self.progress.clear();
        self.progress.resize(context.plan.detectors.len(), Progress::default());
        self.busy.clear();
        self.accepted.clear();
        self.region = None;
    }

    /// Appends text whose view is itself.
    pub fn push(&mut self, text: &[u8]) {
        self.held.push(text);
    }

    /// Appends raw bytes that stand for other view bytes.
    pub fn push_unit(&mut self, view: &[u8], raw: &[u8]) {
        self.held.push_unit(view, raw);
    }

    /// Writes all that is decided by now; all of it when the segment ends here (`last`).
    pub fn advance(&mut self, context: &Context<'_>, last: bool, sink: &mut Sink<'_>) {
        self.resume(context, last, sink.tally);
        self.find(context, last, sink.tally);
        let frontier = if last { self.held.view().len() } else { self.frontier(context) };
        self.flush(context, frontier, sink);
        self.compact(context, frontier);
    }

    /// A whole segment of plain text at once.
    pub fn whole(&mut self, context: &Context<'_>, segment: Segment, text: &[u8], sink: &mut Sink<'_>) {
        if context.finder.next_candidate(text, 0, text.len()).is_none() {
            sink.out.extend_from_slice(text);
            return;
        }
        self.begin(context, segment);
        self.push(text);
        self.advance(context, true, sink);
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        self.held.bytes() + self.accepted.len() * size_of::<Accepted>()
    }

    /// Whether bytes are held that have not left.
    pub fn holding(&self) -> bool {
        self.held.unsent() || self.region.is_some()
    }

    /// Forgets view bytes that nothing looks back to.
    fn compact(&mut self, context: &Context<'_>, frontier: usize) {
        let open = self.region.as_ref().filter(|region| matches!(region.state, State::Open));
        let keep_from = open.map_or(frontier, |region| region.start.min(frontier));
        let count = keep_from.saturating_sub(context.plan.look_behind);
        if count < COMPACT {
            return;
        }
        self.held.forget(count);
        self.forgotten += count as u64;
        self.scanned = self.scanned.saturating_sub(count);
        for progress in &mut self.progress {
            progress.shift(count);
        }
        for accepted in &mut self.accepted {
            accepted.shift(count);
        }
        if let Some(region) = &mut self.region {
            region.shift(count);
        }
    }
}

impl Progress {
    fn shift(&mut self, by: usize) {
        self.next = self.next.saturating_sub(by);
        match &mut self.phase {
            Phase::Idle => {}
            Phase::Running { start, .. } => *start = start.saturating_sub(by),
            Phase::Waiting { start, end } => {
                *start = start.saturating_sub(by);
                *end = end.saturating_sub(by);
            }
            Phase::Tail { at, .. } => *at = at.saturating_sub(by),
        }
    }
}
