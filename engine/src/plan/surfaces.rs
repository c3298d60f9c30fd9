//! Surfaces that exchanges have needed before: the same rules match again and again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::Plan;
use crate::surface::{Around, Half, Kind, Surface};

/// Surfaces that are remembered; beyond, all are forgotten.
const MAX_KNOWN: usize = 256;

/// Surfaces by the rules that are active, which are looked up without a copy.
#[derive(Default)]
pub(super) struct Surfaces {
    known: RefCell<BTreeMap<Vec<usize>, Remembered>>,
}

/// What some rules look for.
#[derive(Default)]
struct Remembered {
    /// Outside all parts: a dozen of them are asked for in each exchange.
    outside: [[[Option<Rc<Surface>>; Kind::COUNT]; 2]; 2],
    inside: BTreeMap<(Half, Kind, Around), Rc<Surface>>,
    /// Whether they may change the body of a response, whatever it is.
    response_may_change: Option<bool>,
}

impl Remembered {
    /// That of a half and kind; whether it renders logs.
    fn outside(&mut self, half: Half, kind: Kind, as_enforced: bool) -> Option<&mut Option<Rc<Surface>>> {
        self.outside.get_mut(usize::from(as_enforced))?.get_mut(half as usize)?.get_mut(kind as usize)
    }

    fn count(&self) -> usize {
        self.outside.as_flattened().as_flattened().iter().flatten().count() + self.inside.len()
    }
}

impl Surfaces {
    pub(super) fn get(&self, plan: &Plan, active: &[usize], half: Half, kind: Kind, as_enforced: bool) -> Rc<Surface> {
        let mut known = self.known.borrow_mut();
        let place = known.get_mut(active).and_then(|known| known.outside(half, kind, as_enforced));
        if let Some(Some(surface)) = place {
            return Rc::clone(surface);
        }
        let surface = Rc::new(Surface::new(plan, active, half, kind, as_enforced));
        if let Some(place) = room(&mut known, active).outside(half, kind, as_enforced) {
            *place = Some(Rc::clone(&surface));
        }
        surface
    }

    pub(super) fn inside(&self, plan: &Plan, active: &[usize], half: Half, kind: Kind, around: Around) -> Rc<Surface> {
        let mut known = self.known.borrow_mut();
        if let Some(surface) = known.get(active).and_then(|known| known.inside.get(&(half, kind, around))) {
            return Rc::clone(surface);
        }
        let surface = Rc::new(Surface::inside(plan, active, half, kind, around));
        room(&mut known, active).inside.insert((half, kind, around), Rc::clone(&surface));
        surface
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
}

/// Where what these rules look for is remembered.
fn room<'a>(known: &'a mut BTreeMap<Vec<usize>, Remembered>, active: &[usize]) -> &'a mut Remembered {
    if known.values().map(Remembered::count).sum::<usize>() >= MAX_KNOWN {
        known.clear();
    }
    known.entry(active.to_vec()).or_default()
}
