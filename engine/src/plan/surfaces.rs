//! Surfaces that exchanges have needed before: the same rules match again and again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::Plan;
use crate::surface::{Around, Half, Kind, Surface};

/// Surfaces that are remembered; beyond, all are forgotten.
const MAX_KNOWN: usize = 256;

/// Half, kind, whether it renders logs, and the part around it.
type Key = (Half, Kind, bool, Option<Around>);

/// Surfaces by the rules that are active, which are looked up without a copy, then by their key.
#[derive(Default)]
pub(super) struct Surfaces {
    known: RefCell<BTreeMap<Vec<usize>, Remembered>>,
}

/// What some rules look for.
#[derive(Default)]
struct Remembered {
    surfaces: BTreeMap<Key, Rc<Surface>>,
    /// Whether they may change the body of a response, whatever it is.
    response_may_change: Option<bool>,
}

impl Surfaces {
    pub(super) fn get(&self, plan: &Plan, active: &[usize], half: Half, kind: Kind, as_enforced: bool) -> Rc<Surface> {
        let surface = || Surface::new(plan, active, half, kind, as_enforced);
        self.remembered(active, (half, kind, as_enforced, None), surface)
    }

    pub(super) fn inside(&self, plan: &Plan, active: &[usize], half: Half, kind: Kind, around: Around) -> Rc<Surface> {
        let surface = || Surface::inside(plan, active, half, kind, around);
        self.remembered(active, (half, kind, false, Some(around)), surface)
    }

    pub(super) fn response_may_change(&self, plan: &Plan, active: &[usize]) -> bool {
        let known = self.known.borrow().get(active).and_then(|known| known.response_may_change);
        known.unwrap_or_else(|| {
            let may_change = Kind::BODIES.into_iter().any(|kind| {
                let surface = self.get(plan, active, Half::Response, kind, false);
                surface.changes() || surface.blocks()
            });
            if let Some(known) = self.known.borrow_mut().get_mut(active) {
                known.response_may_change = Some(may_change);
            }
            may_change
        })
    }

    fn remembered(&self, active: &[usize], key: Key, surface: impl FnOnce() -> Surface) -> Rc<Surface> {
        if let Some(surface) = self.known.borrow().get(active).and_then(|known| known.surfaces.get(&key)) {
            return Rc::clone(surface);
        }
        let surface = Rc::new(surface());
        let mut known = self.known.borrow_mut();
        if known.values().map(|known| known.surfaces.len()).sum::<usize>() >= MAX_KNOWN {
            known.clear();
        }
        known.entry(active.to_vec()).or_default().surfaces.insert(key, Rc::clone(&surface));
        surface
    }
}
