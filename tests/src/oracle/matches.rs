//! All matches of a detector in a view, by trying every start.

use inkseal_engine::policy::model::Validator;
use inkseal_engine::pseudonym::pseudonym_at;
use inkseal_engine::scan::validate::holds;

use super::detector::{Detector, Tail};
use super::segment::Segment;
use super::views::{Frame, View};

/// An accepted match.
#[derive(Clone, Debug)]
pub struct Match {
    /// The detector's index.
    pub detector: usize,
    /// Where it begins in the raw bytes.
    pub start: usize,
    /// Where its bounded part ends.
    pub head: usize,
    /// Where it ends.
    pub end: usize,
    /// For regions: nobody can say when it ends.
    pub open: bool,
    /// The detector has a tail.
    pub tailed: bool,
    /// The number of its view.
    pub view: usize,
    /// What is replaced, decoded.
    pub value: Vec<u8>,
}

/// What is tried and where.
pub struct Search<'a> {
    /// The segment, for its context.
    pub segment: &'a Segment<'a>,
    /// The view that is read.
    pub view: &'a View,
    /// The time, milliseconds since the epoch.
    pub now_ms: u64,
}

impl Search<'_> {
    /// The accepted matches of one detector in ascending order.
    pub fn matches(&self, index: usize, detector: &Detector) -> Vec<Match> {
        let bytes = &self.view.text.bytes;
        let mut found = Vec::new();
        let mut start = 0;
        while start < bytes.len() {
            let accepted = detector.pattern.whole.longest(bytes, start, bytes.len()).and_then(|end| {
                let (from, to) = detector.pattern.value(bytes, start, end);
                self.real(detector, (start, end), (from, to)).then_some((from, to, end))
            });
            let Some((from, to, end)) = accepted else {
                start += 1;
                continue;
            };
            let tail = detector.tail.as_ref().map_or(to, |tail| swallowed(tail, bytes, end));
            found.push(self.placed(index, detector, from, to, tail));
            start = end.max(tail);
        }
        found
    }

    fn real(&self, detector: &Detector, (start, end): (usize, usize), (from, to): (usize, usize)) -> bool {
        let bytes = &self.view.text.bytes;
        let value = &bytes[from..to];
        let valid = |validator: &Validator| match validator {
            Validator::MinEntropy(_) | Validator::Without(_) => holds(validator, &bytes[start..end]),
            _ => holds(validator, value),
        };
        from < to
            && detector.validate.iter().all(valid)
            && !detector.exceptions.iter().any(|it| self.now_ms < it.until_ms && it.values.iter().any(|v| v == value))
            && !inside_pseudonym(bytes, from)
            && (detector.keywords.is_empty() || self.keyword_near(detector, start, end))
    }

    fn keyword_near(&self, detector: &Detector, start: usize, end: usize) -> bool {
        let bytes = &self.view.text.bytes;
        let (mut before, mut after) = (&bytes[..start], &bytes[end..]);
        let mut context: &[u8] = &self.segment.context;
        if self.segment.by_line {
            before = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
            after = after.split(|byte| *byte == b'\n').next().unwrap_or_default();
            context = b"";
        }
        detector.keywords.iter().any(|word| {
            let all =
                |text: &[u8]| -> Vec<usize> { (0..text.len()).filter(|at| starts_with(&text[*at..], word)).collect() };
            let behind = |text: &[u8], at: usize| text.len() - at - word.len();
            all(before).into_iter().any(|at| behind(before, at) <= detector.within)
                || all(context).into_iter().any(|at| behind(context, at) + start <= detector.within)
                || all(after).into_iter().any(|at| at <= detector.within)
        })
    }

    /// The match in raw bytes. Its value is `from..tail`, its bounded part ends at `to`.
    fn placed(&self, detector: usize, it: &Detector, from: usize, to: usize, tail: usize) -> Match {
        let units = &self.view.text.units;
        let tailed = it.tail.is_some();
        let (start, head, end, open) = match &self.view.frame {
            Frame::Units => (units[from].0, units[to - 1].1, units[tail - 1].1, tailed),
            Frame::Run { raw } => (raw.0, raw.1, raw.1, false),
            Frame::LongRun { end } => (units[from].0, units[from].1, *end, true),
        };
        let value = self.view.text.bytes[from..tail].to_vec();
        Match { detector, start, head, end, open, tailed, view: self.view.number, value }
    }
}

fn starts_with(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word))
}

/// Where a tail that begins at `at` ends.
fn swallowed(tail: &Tail, bytes: &[u8], at: usize) -> usize {
    let while_in =
        |at: usize, class: &dyn Fn(u8) -> bool| at + bytes[at..].iter().take_while(|byte| class(**byte)).count();
    match tail {
        Tail::Class(class) => while_in(at, &|byte| class[usize::from(byte)]),
        Tail::Until(literal) => {
            let Some(found) = bytes[at..].windows(literal.len()).position(|window| window == literal) else {
                return bytes.len();
            };
            while_in(at + found + literal.len(), &|byte| byte.is_ascii_alphanumeric() || byte == b' ' || byte == b'-')
        }
    }
}

/// Whether a pseudonym, its domain not counted, covers position `at`.
fn inside_pseudonym(bytes: &[u8], at: usize) -> bool {
    (0..=at).any(|start| {
        pseudonym_at(bytes, start).is_some_and(|length| {
            let pseudonym = &bytes[start..start + length];
            let length = pseudonym.iter().position(|byte| *byte == b'@').unwrap_or(length);
            at < start + length
        })
    })
}
