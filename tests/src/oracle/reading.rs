//! One body, field or target on its way: what is found in its segments, what that leaves, and what it counts.

use inkseal_engine::policy::model::Action;

use super::matches::{Match, Search};
use super::policy::{Effect, Half, What};
use super::segment::{Kind, Segment};
use super::{CUT, Oracle, Outcome, regions, render, views};

/// What is found in a segment.
#[derive(Default)]
pub(super) struct Found {
    /// In ascending order.
    pub(super) replaced: Vec<Replaced>,
    /// Uses that change nothing, each with the detector of its match.
    pub(super) others: Vec<(usize, usize)>,
    /// Where the first match starts that refuses the exchange, and whose it is.
    pub(super) refusing: Option<(usize, usize)>,
}

/// A region with what takes its place.
pub(super) struct Replaced {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: Vec<u8>,
    /// The use that names it.
    pub(super) at: usize,
    pub(super) detector: usize,
    pub(super) merged: bool,
}

/// One body, field or target on its way.
pub(super) struct Run<'a> {
    pub(super) oracle: &'a Oracle,
    pub(super) now_ms: u64,
    /// What of the half is read, as findings call it.
    pub(super) part: &'static str,
    /// It is a stream of events: of what is replaced the line ends stay.
    pub(super) events: bool,
    /// Finds of streamed texts look at each string by itself.
    pub(super) alone: bool,
    /// The use that refuses the exchange.
    pub(super) refused: Option<usize>,
    /// What refuses it stands in a value that was just removed with its name.
    pub(super) cut: bool,
    /// A bound is what refuses it.
    pub(super) limit: bool,
    pub(super) outcome: Outcome,
}

impl Run<'_> {
    /// What became of it, if these bytes are left of it.
    pub(super) fn end(self, bytes: Option<Vec<u8>>) -> Outcome {
        let rule = match self.refused {
            Some(at) => self.oracle.uses[at].rule.clone(),
            None if self.limit => "on_limit".to_owned(),
            None => return Outcome { bytes, ..self.outcome },
        };
        let bytes = bytes.map(|bytes| {
            let cut = bytes.windows(CUT.len()).position(|window| window == CUT);
            bytes[..cut.unwrap_or(bytes.len())].to_vec()
        });
        Outcome { bytes, refused: Some(rule), ..self.outcome }
    }

    /// What stays of bytes that are replaced or removed.
    pub(super) fn kept(&self, raw: &[u8]) -> Vec<u8> {
        raw.iter().copied().filter(|byte| self.events && *byte == b'\n').collect()
    }

    /// Notes that a use refuses the exchange; whether it is the first.
    pub(super) fn refuse(&mut self, at: usize) -> bool {
        let first = self.refused.is_none();
        self.refused = self.refused.or(Some(at));
        first
    }

    /// Where content of a segment that is somebody else's is the first to refuse the exchange.
    pub(super) fn refuses(&mut self, segment: &Segment<'_>, active: &[usize]) -> Option<usize> {
        let blocks = |at: &usize| self.oracle.uses[*at].effect == Effect::Block;
        let active: Vec<usize> = active.iter().copied().filter(blocks).collect();
        let found = self.matches(segment, &active);
        let first = self.refusing(&found, &active);
        first.filter(|(_, at)| self.refuse(*at)).map(|(start, _)| start)
    }

    /// Of matches that refuse the exchange, where the first one starts, and whose it is.
    pub(super) fn refusing(&self, found: &[Match], active: &[usize]) -> Option<(usize, usize)> {
        let uses = active.iter().copied().filter(|at| self.oracle.uses[*at].effect == Effect::Block);
        let takes = |at: usize, it: &Match| matches!(&self.oracle.uses[at].what, What::Content(detectors) if detectors.contains(&it.detector));
        uses.flat_map(|at| found.iter().filter(move |it| takes(at, it)).map(move |it| (it.start, at))).min()
    }

    /// A segment after content detectors of `active` finds have been through it; its findings are counted under `path`.
    pub(super) fn segment(&mut self, segment: &Segment<'_>, active: &[usize], path: &str) -> Vec<u8> {
        let found = self.find(segment, active);
        let refusing = found.refusing.filter(|(_, at)| self.refuse(*at)).map(|(start, _)| start);
        for (at, detector) in found.others {
            self.count(at, &self.oracle.detectors[detector].id, path, false);
        }
        let mut out = Vec::new();
        let mut copied = 0;
        let copy = |from: usize, to: usize, out: &mut Vec<u8>| match refusing.filter(|at| (from..to).contains(at)) {
            Some(at) => out.extend([&segment.raw[from..at], CUT, &segment.raw[at..to]].concat()),
            None => out.extend_from_slice(&segment.raw[from..to]),
        };
        for it in found.replaced {
            copy(copied, it.start, &mut out);
            out.extend(it.text);
            if refusing.is_some_and(|at| (it.start..it.end).contains(&at)) {
                out.extend(CUT);
            }
            copied = it.end;
            self.count(it.at, &self.oracle.detectors[it.detector].id, path, it.merged);
        }
        copy(copied, segment.raw.len(), &mut out);
        out
    }

    /// What content detectors of `active` finds find in a segment.
    pub(super) fn find(&self, segment: &Segment<'_>, active: &[usize]) -> Found {
        let oracle = self.oracle;
        let found = self.matches(segment, active);
        let mut all = Found { refusing: self.refusing(&found, active), ..Found::default() };
        let mut changing = Vec::new();
        for found in found {
            let using =
                |at: &&usize| matches!(&oracle.uses[**at].what, What::Content(it) if it.contains(&found.detector));
            let uses: Vec<usize> = active.iter().filter(using).copied().collect();
            let others = |at: &&usize| !matches!(oracle.uses[**at].effect, Effect::Change | Effect::Block);
            all.others.extend(uses.iter().filter(others).map(|at| (*at, found.detector)));
            let effects = |wanted| uses.iter().copied().find(|at| oracle.uses[*at].effect == wanted);
            if let (Some(at), None) = (effects(Effect::Change), effects(Effect::Block)) {
                changing.push((at, found));
            }
        }
        changing.sort_by_key(|(at, it)| (it.start, *at, it.detector, std::cmp::Reverse(it.head), it.view));
        let matches: Vec<Match> = changing.iter().map(|(_, it)| it.clone()).collect();
        for region in regions::regions(&matches, oracle.hold_back) {
            let naming = &region.naming;
            let first = changing
                .iter()
                .find(|(_, it)| (it.detector, it.start, it.head) == (naming.detector, naming.start, naming.head));
            let at = first.expect("a region is named by one of the matches").0;
            let action = oracle.action(at, naming, region.merged);
            // No part of a pseudonym stands for it.
            let cut = segment.kind == Kind::Fixed && matches!(action, Action::Hash { .. });
            let action = if cut { Action::Redact } else { action };
            let entity = &oracle.detectors[naming.detector].entity;
            let text = render::replacement(&action, entity, &naming.value, &oracle.key);
            let resizes = segment.kind == Kind::Field && matches!(action, Action::Remove | Action::Hash { .. });
            let text = match segment.kind {
                Kind::Field | Kind::Fixed if !resizes => render::exactly(&text, region.end - region.start),
                kind => render::encoded(kind, &text),
            };
            // A pseudonym of an open-ended value stands at its end.
            let last = naming.tailed && matches!(action, Action::Hash { .. });
            let text_at = if last { naming.end } else { region.start };
            let (before, behind) = segment.raw[region.start..region.end].split_at(text_at - region.start);
            let text = [self.kept(before), text, self.kept(behind)].concat();
            let (start, end, detector, merged) = (region.start, region.end, naming.detector, region.merged);
            all.replaced.push(Replaced { start, end, text, at, detector, merged });
        }
        all
    }

    /// Accepted matches in all views; those of one detector that cover the same bytes in several are one.
    pub(super) fn matches(&self, segment: &Segment<'_>, active: &[usize]) -> Vec<Match> {
        let oracle = self.oracle;
        let opaque = |name: &[u8]| oracle.opaque.iter().any(|glob| glob.matches(name));
        let mut all: Vec<Match> = Vec::new();
        for view in views::all(segment, oracle.hold_back, &opaque) {
            let search = Search { segment, view: &view, now_ms: self.now_ms };
            for (index, detector) in oracle.detectors.iter().enumerate() {
                let used = |at: &usize| matches!(&oracle.uses[*at].what, What::Content(it) if it.contains(&index));
                if !active.iter().any(used) {
                    continue;
                }
                for found in search.matches(index, detector) {
                    let same = |it: &&mut Match| (it.detector, it.start, it.head) == (index, found.start, found.head);
                    match all.iter_mut().find(same) {
                        // A later view may see more of an open end, and of a tail's value.
                        Some(first) if found.end > first.end => {
                            first.end = found.end;
                            if found.tailed {
                                first.value = found.value;
                            }
                        }
                        Some(_) => {}
                        None => all.push(found),
                    }
                }
            }
        }
        all
    }

    pub(super) fn count(&mut self, at: usize, detector: &str, path: &str, merged: bool) {
        let it = &self.oracle.uses[at];
        let action = match it.effect {
            Effect::Logs => "logs",
            _ if merged => "redact",
            _ => it.action.name(),
        };
        let half = if self.oracle.side.half == Half::Request { "request" } else { "response" };
        let surface = format!("{half}.{}", self.part);
        let key = (it.rule.clone(), detector.to_owned(), surface, path.to_owned(), action.to_owned());
        let counts = if it.effect == Effect::Shadow { &mut self.outcome.shadow } else { &mut self.outcome.findings };
        *counts.entry(key).or_default() += 1;
    }
}

impl Oracle {
    /// What takes the place of a region that `naming` names.
    fn action(&self, at: usize, naming: &Match, merged: bool) -> Action {
        match &self.uses[at].action {
            _ if merged => Action::Redact,
            Action::Mask { .. } | Action::TruncateIp { .. } if naming.tailed => Action::Redact,
            Action::Hash { .. } if naming.tailed && naming.open && naming.view >= views::FIRST_BASE64 => Action::Redact,
            action => action.clone(),
        }
    }
}
