//! Surfaces that exchanges have needed before: the same rules match again and again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::Plan;
use crate::surface::{Around, Half, Kind, Surface};

/// Surfaces that are remembered; beyond, all are forgotten.
const MAX_KNOWN: usize = 256;

type Key = (Vec<usize>, Half, Kind, bool, Option<Around>);

/// Surfaces by the rules that are active, half, kind, whether they render logs, and the part around them.
#[derive(Default)]
pub(super) struct Surfaces(RefCell<BTreeMap<Key, Rc<Surface>>>);

impl Surfaces {
    pub(super) fn get(&self, plan: &Plan, active: &[usize], half: Half, kind: Kind, as_enforced: bool) -> Rc<Surface> {
        let surface = || Surface::new(plan, active, half, kind, as_enforced);
        self.remembered((active.to_vec(), half, kind, as_enforced, None), surface)
    }

    pub(super) fn inside(&self, plan: &Plan, active: &[usize], half: Half, kind: Kind, around: Around) -> Rc<Surface> {
        let surface = || Surface::inside(plan, active, half, kind, around);
        self.remembered((active.to_vec(), half, kind, false, Some(around)), surface)
    }

    fn remembered(&self, key: Key, surface: impl FnOnce() -> Surface) -> Rc<Surface> {
        if let Some(surface) = self.0.borrow().get(&key) {
            return Rc::clone(surface);
        }
        let surface = Rc::new(surface());
        let mut known = self.0.borrow_mut();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(key, Rc::clone(&surface));
        surface
    }
}
