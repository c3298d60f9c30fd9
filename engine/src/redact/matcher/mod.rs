//! The streaming matcher: one segment of text, in any cuts, through all detectors in all its views, out redacted.
//!
//! A segment is what matches cannot leave: a text body, a JSON string, a header value, a parameter. The matcher holds
//! back what may still be part of a match, and nothing else; its output and its counts do not depend on the cuts.

mod accept;
mod branch;
mod flush;
mod force;
mod quiet;
mod runs;

use std::collections::VecDeque;

use self::branch::Branch;
use self::quiet::{Quiet, Scratch};
use super::alphabet::Alphabet;
use super::decode::Chain;
use super::lens::Lens;
use super::region::{Accepted, Region};
use super::runs::Runs;
use super::scanner::Scanner;
use super::skim::Glance;
use super::store::Store;
use super::syntax::Syntax;
use super::tally::{Origin, Tally};
use super::view::Unit;
use crate::plan::Plan;
use crate::pseudonym::{PseudonymHasher, PseudonymKey};
use crate::scan::{Asked, Search};

/// What stays the same while a segment is read.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The detectors and rules.
    pub plan: &'a Plan,
    /// Where matches of the detectors that count here can start.
    pub search: &'a Search,
    /// Which of them count here.
    pub lens: &'a Lens,
    /// Milliseconds since the epoch, for exceptions; `None` disregards all exceptions.
    pub now_ms: Option<u64>,
    /// The key of pseudonyms.
    pub key: Option<&'a PseudonymKey>,
    /// How the segment is decoded, and replacements are written.
    pub syntax: Syntax,
    /// Where findings say they were made.
    pub origin: &'a dyn Fn() -> Origin,
    /// More of the text is on its way, so that what lies near its end may wait for it.
    pub soon: bool,
}

impl Context<'_> {
    /// Calls `ask` with the question whether anything that counts is found in a text.
    pub(super) fn ask(&self, ask: impl FnOnce(&Search, &Asked<'_>) -> bool) -> bool {
        let counts = |detector: usize| !self.lens.uses(detector).is_empty();
        ask(self.search, &Asked { detectors: &self.plan.detectors, counts: &counts, now_ms: self.now_ms })
    }

    /// Whether no detector can find anything in a segment that is all there is behind a name in which these keywords stand:
    /// asked before a matcher is made.
    pub fn quiet(&self, before: &[usize], text: &[u8]) -> bool {
        Quiet { context: self, before, scratch: &mut Scratch::default(), work: &mut 0 }.of(None, text, None)
    }

    /// Calls `ask` with the keywords that stand in a name.
    pub fn before<T>(&self, name: &[u8], ask: impl FnOnce(&[usize]) -> T) -> T {
        if name.is_empty() {
            ask(&[])
        } else if std::ptr::eq(self.search, &raw const self.plan.search) {
            ask(self.plan.matched(name).words())
        } else {
            ask(&self.search.words_in(name))
        }
    }
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
    /// To the ends of the segment, and into its context.
    Member,
}

/// What is known of a segment when it begins.
#[derive(Clone, Debug, Default)]
pub struct Segment {
    /// How far keywords reach.
    pub scope: Scope,
    /// What stands before the segment: the name of the member, header or parameter.
    pub context: Vec<u8>,
    /// The conditions of narrowed finds that hold here, see [`super::Use::narrow`].
    pub narrows: u64,
    /// Where the segment lies in the input, for [`super::Hit`].
    pub offset: u64,
}

/// The pseudonym of an open-ended match in the making.
struct Hashing {
    view: usize,
    detector: usize,
    hasher: PseudonymHasher,
}

/// The state of one segment.
#[derive(Default)]
pub struct Matcher {
    segment: Segment,
    /// What the decoders below were made for.
    syntax: Option<Syntax>,
    /// Raw bytes that have not left, with some that have.
    raw: Store,
    /// Raw position up to which bytes have left or were dropped.
    left: u64,
    base: Chain,
    /// The first view.
    scanner: Scanner,
    /// The views derived from it, their indices beginning with 1.
    branches: Vec<Branch>,
    /// Runs of base64 in it; their view indices follow.
    runs: Vec<Runs>,
    /// Index in the first view up to which the others have been made.
    derived: u64,
    /// Matches that no region has taken yet.
    queue: VecDeque<Accepted>,
    region: Option<Region>,
    hashing: Vec<Hashing>,
    /// Raw position up to which everything was decided before its time.
    forced: u64,
    /// Raw ranges of seams that have not left.
    seams: VecDeque<(u64, u64)>,
    /// For decoding what is looked at once.
    scratch: Scratch,
    /// Bytes read to tell that nothing is found in a segment.
    quiet: u64,
}

impl Matcher {
    /// Begins a segment; the one before must have been finished.
    pub fn begin(&mut self, context: &Context<'_>, segment: Segment) {
        self.prepare(context.syntax);
        self.segment = segment;
        self.raw.clear();
        self.left = 0;
        self.forced = 0;
        self.scanner.begin();
        self.branches.iter_mut().for_each(Branch::begin);
        self.runs.iter_mut().for_each(Runs::begin);
        self.derived = 0;
        self.queue.clear();
        self.region = None;
        self.hashing.clear();
        self.seams.clear();
    }

    /// Makes the decoders of a syntax, unless they are there.
    fn prepare(&mut self, syntax: Syntax) {
        if self.syntax.replace(syntax) != Some(syntax) {
            self.base = syntax.chain();
            self.branches = (1..).zip(syntax.derived()).map(|(index, &kind)| Branch::new(index, kind)).collect();
            let first = 1 + self.branches.len();
            self.runs = if syntax.base64() {
                vec![Runs::new(first, Alphabet::Standard), Runs::new(first + 1, Alphabet::Url)]
            } else {
                Vec::new()
            };
        }
    }

    /// Appends raw bytes.
    pub fn push(&mut self, text: &[u8]) {
        let mut at = self.raw.end();
        self.raw.push(text);
        let mut rest = text;
        while let Some(&first) = rest.first() {
            let plain = self.base.plain(rest);
            let (now, behind) = rest.split_at_checked(plain.max(1)).unwrap_or((rest, b""));
            let view = &mut self.scanner.view;
            if plain > 0 {
                view.push_plain(now, at);
            } else {
                self.base.feed(Unit::plain(first, at), &mut |unit| view.push(unit));
            }
            at += now.len() as u64;
            rest = behind;
        }
    }

    /// Appends framing between two pieces of the text: it stands for `view`, or for nothing, and leaves as it is,
    /// whatever takes the place of the text around it.
    pub fn seam(&mut self, raw: &[u8], view: Option<u8>) {
        let start = self.raw.end();
        self.raw.push(raw);
        let end = self.raw.end();
        self.seams.push_back((start, end));
        if let Some(byte) = view {
            let text = &mut self.scanner.view;
            self.base.feed(Unit { byte, start, end }, &mut |unit| text.push(unit));
        }
    }

    /// Writes all that is decided by now; all of it when the segment ends here (`last`).
    pub fn advance(&mut self, context: &Context<'_>, last: bool, sink: &mut Sink<'_>) {
        if last {
            let view = &mut self.scanner.view;
            self.base.end(&mut |unit| view.push(unit));
        }
        self.derive(context, last);
        self.scanner.advance(context, &self.segment, last);
        let events = self.scanner.take_events();
        self.accept_events(context, 0, &events);
        if last {
            return self.flush(context, self.raw.end(), sink);
        }
        let first = self.scanner.frontier(context);
        let frontier = self.frontier(context, first);
        self.flush(context, frontier, sink);
        self.forget(context, first);
    }

    /// A whole segment at once.
    pub fn whole(&mut self, context: &Context<'_>, segment: Segment, text: &[u8], sink: &mut Sink<'_>) {
        if self.quiet_in(context, &segment.context, text) {
            sink.out.extend_from_slice(text);
            return;
        }
        self.begin(context, segment);
        self.push(text);
        self.advance(context, true, sink);
    }

    /// Whether no detector can find anything in the segment that has begun, when `text` is all of it.
    pub fn quiet(&mut self, context: &Context<'_>, text: &[u8]) -> bool {
        let Self { segment, base, scratch, quiet, .. } = self;
        context.before(&segment.context, |before| {
            Quiet { context, before, scratch, work: quiet }.of(Some(base), text, None)
        })
    }

    /// The same of a segment that has not begun, behind this name.
    pub fn quiet_in(&mut self, context: &Context<'_>, name: &[u8], text: &[u8]) -> bool {
        context.before(name, |before| self.quiet_behind(context, before, text, None))
    }

    /// The same behind a name in which these keywords stand, of a text of which something is known.
    pub fn quiet_behind(
        &mut self,
        context: &Context<'_>,
        before: &[usize],
        text: &[u8],
        glance: Option<Glance<'_>>,
    ) -> bool {
        self.prepare(context.syntax);
        let Self { base, scratch, quiet, .. } = self;
        Quiet { context, before, scratch, work: quiet }.of(Some(base), text, glance)
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        let queue: usize = self.queue.iter().map(|it| it.text.as_ref().map_or(0, String::capacity)).sum();
        let branches: usize = self.branches.iter().map(Branch::memory).sum();
        let runs: usize = self.runs.iter().map(Runs::memory).sum();
        let lists = self.queue.capacity() * size_of::<Accepted>()
            + self.hashing.capacity() * size_of::<Hashing>()
            + self.seams.capacity() * size_of::<(u64, u64)>();
        self.raw.memory()
            + self.scratch.memory()
            + self.scanner.memory()
            + branches
            + runs
            + queue
            + lists
            + self.segment.context.capacity()
    }

    /// Bytes that automata, keywords and decoders have read so far.
    pub fn work(&self) -> u64 {
        let branches: u64 = self.branches.iter().map(Branch::work).sum();
        let runs: u64 = self.runs.iter().map(Runs::work).sum();
        self.scanner.work() + branches + runs + self.quiet
    }

    /// Whether bytes are held that have not left.
    pub fn holding(&self) -> bool {
        self.left < self.raw.end() || self.region.is_some()
    }

    /// The least raw position at which a match may still start that is not known yet; `first` is that of the first
    /// view, as an index.
    fn frontier(&self, context: &Context<'_>, first: u64) -> u64 {
        let first = raw_of(&self.scanner, first);
        let branches = self.branches.iter().filter_map(|branch| branch.frontier(context));
        let runs = self.runs.iter().filter_map(|runs| runs.frontier(context, &self.scanner.view));
        branches.chain(runs).chain(first).chain(self.base.open()).fold(self.raw.end(), u64::min)
    }

    /// Forgets text that nothing looks back to.
    fn forget(&mut self, context: &Context<'_>, first: u64) {
        let runs = self.runs.iter().filter_map(Runs::keeps);
        let frontier = runs.fold(first.min(self.derived), u64::min);
        self.scanner.forget(context, frontier);
        self.branches.iter_mut().for_each(|branch| branch.forget(context));
        self.runs.iter_mut().for_each(|runs| runs.forget(context));
        self.raw.forget(self.left);
        while self.seams.front().is_some_and(|(start, _)| *start < self.left) {
            self.seams.pop_front();
        }
    }
}

/// The raw position of a view index; `None` behind the view's end.
pub(super) fn raw_of(scanner: &Scanner, at: u64) -> Option<u64> {
    (at < scanner.view.text().end()).then(|| scanner.view.unit(at).start)
}
