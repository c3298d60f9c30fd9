//! Runs of base64 in a segment's first view (RFC 4648 sections 4 and 5): where they begin and end, and what they hold.

use super::alphabet::{Alphabet, SHORTEST, bytes_of, same_in_both};
use super::decode::{Chain, Decoder, Fold};
use super::matcher::{Context, Segment};
use super::scanner::Scanner;
use super::store::Store;
use super::view::{Unit, View};

/// How far before a run the beginning of a `data:` URI is looked for.
pub const DATA_URI: u64 = 128;

/// A stretch of the first view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// View index of its first letter.
    pub start: u64,
    /// One past its last letter.
    pub letters: u64,
    /// One past its padding.
    pub end: u64,
}

enum State {
    /// Between runs.
    Between,
    /// In a run.
    Inside { start: u64 },
    /// Behind its letters: up to two `=` belong to it.
    Padding { run: Run },
}

/// The runs of one alphabet.
pub struct Runs {
    /// The view's index.
    pub index: usize,
    alphabet: Alphabet,
    state: State,
    /// The run that is being read is longer than what can be held.
    long: Option<Long>,
    /// The run that is being read is exempt.
    exempt: bool,
    /// Reads short runs, and then long ones.
    pub scanner: Scanner,
    work: u64,
}

/// A run that is read as it comes.
struct Long {
    group: Vec<Unit>,
    fold: Chain,
}

/// What has come of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It ended; it was held whole.
    Short(Run),
    /// More of a long run was read: up to this raw position.
    Long { end: u64, closed: bool },
}

impl Runs {
    /// The runs of an alphabet, as the view of this index.
    pub fn new(index: usize, alphabet: Alphabet) -> Self {
        let state = State::Between;
        Self { index, alphabet, state, long: None, exempt: false, scanner: Scanner::default(), work: 0 }
    }

    /// Begins a segment.
    pub fn begin(&mut self) {
        self.state = State::Between;
        self.long = None;
        self.exempt = false;
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        self.scanner.memory()
    }

    /// Bytes read.
    pub fn work(&self) -> u64 {
        self.work + self.scanner.work()
    }

    /// The index in the first view from which bytes are needed.
    pub fn keeps(&self) -> Option<u64> {
        match self.state {
            State::Inside { start } if self.long.is_none() && !self.exempt => Some(start),
            State::Padding { run } if self.long.is_none() && !self.exempt => Some(run.start),
            _ => None,
        }
    }

    /// The least raw position at which a match may still start here.
    pub fn frontier(&self, context: &Context<'_>, view: &View) -> Option<u64> {
        let start = match self.state {
            State::Between => return None,
            State::Inside { start } | State::Padding { run: Run { start, .. } } => start,
        };
        let Some(long) = &self.long else {
            return (!self.exempt && start < view.text().end()).then(|| view.unit(start).start);
        };
        let found = self.scanner.frontier(context);
        let decoded = (found < self.scanner.view.text().end()).then(|| self.scanner.view.unit(found).start);
        decoded.into_iter().chain(long.fold.open()).chain(long.group.first().map(|unit| unit.start)).min()
    }

    /// Forgets what nothing looks back to.
    pub fn forget(&mut self, context: &Context<'_>) {
        if self.long.is_some() {
            let frontier = self.scanner.frontier(context);
            self.scanner.forget(context, frontier);
        }
    }

    /// Reads on in the first view from `at`; where it stopped to say what has come of a run, if it did.
    pub fn next(
        &mut self,
        context: &Context<'_>,
        segment: &Segment,
        view: &View,
        at: &mut u64,
        last: bool,
    ) -> Option<Progress> {
        let text = view.text();
        let alphabet = self.alphabet;
        while let Some(byte) = text.byte(*at) {
            match self.state {
                State::Between => {
                    let Some(found) = alphabet.next_run(text.tail(*at)) else {
                        *at = text.end();
                        break;
                    };
                    *at += found as u64;
                    self.state = State::Inside { start: *at };
                    self.exempt = exempt(context, text, *at);
                }
                State::Inside { start } => {
                    // As far as the run can be held, and then as far as it goes.
                    let room = u64::from(context.plan.limits.hold_back) + 1;
                    let bound = if self.long.is_some() || self.exempt { u64::MAX } else { start + room };
                    let ahead = text.range(*at, bound);
                    let run = ahead.iter().position(|&byte| !alphabet.is_letter(byte));
                    let from = *at;
                    *at += run.unwrap_or(ahead.len()) as u64;
                    if self.long.is_some() {
                        (from..*at).for_each(|at| self.feed(view.unit(at)));
                    } else if *at - start >= room && !self.exempt {
                        self.begin_long(view, start, *at);
                    }
                    if run.is_some() {
                        self.end_letters(start, *at);
                    }
                }
                State::Padding { run } if byte == b'=' && run.end < run.letters + 2 => {
                    *at += 1;
                    self.state = State::Padding { run: Run { end: *at, ..run } };
                }
                State::Padding { run } => {
                    if let Some(progress) = self.end_run(context, segment, view, run) {
                        return Some(progress);
                    }
                }
            }
        }
        if last {
            if let State::Inside { start } = self.state {
                self.end_letters(start, *at);
            }
            if let State::Padding { run } = self.state {
                return self.end_run(context, segment, view, run);
            }
        }
        None
    }

    /// What has been read of a long run since the last time, when the text that has come is at its end.
    pub fn pause(&mut self, context: &Context<'_>, segment: &Segment, view: &View) -> Option<Progress> {
        self.long.as_ref()?;
        self.scanner.advance(context, segment, false);
        let end = view.unit(view.text().end().checked_sub(1)?).end;
        Some(Progress::Long { end, closed: false })
    }

    fn begin_long(&mut self, view: &View, start: u64, end: u64) {
        self.scanner.begin();
        self.long = Some(Long { group: Vec::with_capacity(4), fold: Chain::new(vec![Decoder::Fold(Fold::default())]) });
        (start..end).for_each(|at| self.feed(view.unit(at)));
    }

    /// Takes one letter of a long run.
    fn feed(&mut self, unit: Unit) {
        self.work += 1;
        if let Some(long) = &mut self.long {
            long.group.push(unit);
            if long.group.len() == 4 {
                long.flush(self.alphabet, &mut self.scanner.view);
            }
        }
    }

    fn end_letters(&mut self, start: u64, at: u64) {
        self.state = State::Padding { run: Run { start, letters: at, end: at } };
        if let Some(long) = &mut self.long {
            long.flush(self.alphabet, &mut self.scanner.view);
            let view = &mut self.scanner.view;
            long.fold.end(&mut |unit| view.push(unit));
        }
    }

    fn end_run(&mut self, context: &Context<'_>, segment: &Segment, view: &View, run: Run) -> Option<Progress> {
        self.state = State::Between;
        let exempt = std::mem::take(&mut self.exempt);
        if self.long.take().is_some() {
            self.scanner.advance(context, segment, true);
            return Some(Progress::Long { end: view.unit(run.end - 1).end, closed: true });
        }
        if exempt || run.letters - run.start < SHORTEST || self.same_as_standard(view.text(), run) {
            return None;
        }
        self.work += run.letters - run.start;
        let mut decoded = Vec::with_capacity(4 << 10);
        self.alphabet.decode(view.text().range(run.start, run.letters), &mut decoded);
        if super::decode::folds(&decoded) {
            Chain::new(vec![Decoder::Fold(Fold::default())]).whole(&mut decoded);
        }
        let decoded = &decoded;
        let work = &mut self.work;
        if context
            .before(&segment.context, |before| context.ask(|search, asked| search.silent(asked, before, decoded, work)))
        {
            return None;
        }
        self.scanner.begin();
        self.scanner.view.push_plain(decoded, 0);
        self.scanner.advance(context, segment, true);
        Some(Progress::Short(run))
    }

    /// Whether the run is one of the standard alphabet too, and was read as such.
    fn same_as_standard(&self, text: &Store, run: Run) -> bool {
        let before = run.start.checked_sub(1).and_then(|at| text.byte(at));
        let length = usize::try_from(run.letters - run.start).unwrap_or(usize::MAX);
        self.alphabet == Alphabet::Url && same_in_both(before, text.tail(run.start), length)
    }
}

impl Long {
    fn flush(&mut self, alphabet: Alphabet, view: &mut View) {
        let bits = self.group.iter().fold(0, |bits, unit| bits << 6 | u32::from(alphabet.sextet(unit.byte)));
        if let (Some(first), Some(last)) = (self.group.first(), self.group.last()) {
            let (start, end) = (first.start, last.end);
            for byte in bytes_of(bits, self.group.len()) {
                self.fold.feed(Unit { byte, start, end }, &mut |unit| view.push(unit));
            }
        }
        self.group.clear();
    }
}

/// Whether the run at `at` is the data of a `data:` URI of an opaque type (RFC 2397).
fn exempt(context: &Context<'_>, text: &Store, at: u64) -> bool {
    let before = text.range(at.saturating_sub(DATA_URI), at);
    let Some(head) = strip_suffix(before, b";base64,") else { return false };
    let Some(data) = head.windows(5).rposition(|window| window.eq_ignore_ascii_case(b"data:")) else { return false };
    let media_type = head.get(data + 5..).unwrap_or_default();
    let end = media_type.iter().position(|&byte| byte == b';').unwrap_or(media_type.len());
    let media_type = media_type.get(..end).unwrap_or_default().to_ascii_lowercase();
    context.plan.settings.opaque.iter().any(|glob| glob.matches(&media_type))
}

fn strip_suffix<'a>(text: &'a [u8], suffix: &[u8]) -> Option<&'a [u8]> {
    let (head, end) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(head)
}
