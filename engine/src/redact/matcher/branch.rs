//! Views derived from the first. Until something is there to decode, such a view is the first one, and nothing is done
//! twice; from there on it is a copy that goes its own way.

use super::{Context, Matcher, raw_of};
use crate::redact::decode::Chain;
use crate::redact::region::bit;
use crate::redact::scanner::Scanner;
use crate::redact::syntax::Derived;

/// A derived view.
pub(super) struct Branch {
    /// The view's index.
    index: usize,
    kind: Derived,
    chain: Chain,
    scanner: Scanner,
    /// It differs from the first view.
    live: bool,
}

impl Branch {
    pub(super) fn new(index: usize, kind: Derived) -> Self {
        Self { index, kind, chain: kind.chain(), scanner: Scanner::default(), live: false }
    }

    pub(super) fn begin(&mut self) {
        self.live = false;
    }

    pub(super) fn memory(&self) -> usize {
        self.scanner.memory()
    }

    pub(super) fn work(&self) -> u64 {
        self.scanner.work()
    }

    /// The least raw position at which a match may still start here.
    pub(super) fn frontier(&self, context: &Context<'_>) -> Option<u64> {
        let found = self.live.then(|| raw_of(&self.scanner, self.scanner.frontier(context))).flatten();
        let open = self.live.then(|| self.chain.open()).flatten();
        found.into_iter().chain(open).min()
    }

    pub(super) fn forget(&mut self, context: &Context<'_>) {
        if self.live {
            let frontier = self.scanner.frontier(context);
            self.scanner.forget(context, frontier);
        }
    }
}

impl Matcher {
    /// Makes the derived views of what has come in the first, and looks at them.
    pub(super) fn derive(&mut self, context: &Context<'_>, last: bool) {
        let mut branches = std::mem::take(&mut self.branches);
        for branch in &mut branches {
            self.derive_branch(context, branch, last);
        }
        self.branches = branches;
        let mut runs = std::mem::take(&mut self.runs);
        for runs in &mut runs {
            self.derive_runs(context, runs, self.derived, last);
        }
        self.runs = runs;
        self.derived = self.scanner.view.text().end();
    }

    fn derive_branch(&mut self, context: &Context<'_>, branch: &mut Branch, last: bool) {
        let mut from = self.derived;
        if !branch.live {
            let mark = branch.kind.mark();
            let Some(found) = self.scanner.view.text().tail(from).iter().position(|&byte| byte == mark) else { return };
            from += found as u64;
            branch.live = true;
            branch.scanner = self.scanner.clone();
            branch.scanner.view.truncate(from);
            self.fork(branch);
        }
        let view = &mut branch.scanner.view;
        for at in from..self.scanner.view.text().end() {
            branch.chain.feed(self.scanner.view.unit(at), &mut |unit| view.push(unit));
        }
        if last {
            branch.chain.end(&mut |unit| view.push(unit));
        }
        branch.scanner.advance(context, &self.segment, last);
        let events = branch.scanner.take_events();
        std::mem::swap(&mut self.scanner, &mut branch.scanner);
        self.accept_events(context, branch.index, &events);
        std::mem::swap(&mut self.scanner, &mut branch.scanner);
    }

    /// Open ends of the first view are followed in the copy too.
    fn fork(&mut self, branch: &Branch) {
        let tails: Vec<usize> = branch.scanner.tails().collect();
        for detector in tails {
            for accepted in self.queue.iter_mut().filter(|it| it.detector == detector && it.open & bit(0) != 0) {
                accepted.open |= bit(branch.index);
            }
            if let Some(region) = &mut self.region {
                region.fork(detector, branch.index);
            }
            let known = self.hashing.iter().find(|it| it.view == 0 && it.detector == detector);
            if let Some(hasher) = known.map(|it| it.hasher.clone()) {
                self.hashing.push(super::Hashing { view: branch.index, detector, hasher });
            }
        }
    }
}
