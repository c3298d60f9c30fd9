//! What is looked for in one body: a surface for each kind of text that it may hold.

use std::rc::Rc;

use super::Format;
use crate::plan::Plan;
use crate::surface::{Half, Kind, Surface};

/// The surfaces of a body.
pub struct Surfaces {
    /// That of the body's own format.
    own: Rc<Surface>,
    others: Vec<(Kind, Rc<Surface>)>,
}

impl Surfaces {
    /// What the rules of `active`, by index, look for in a body of this format.
    pub fn new(plan: &Plan, active: &[usize], half: Half, format: Format) -> Self {
        let surface = |kind: Kind| plan.surface(active, half, kind, false);
        let kinds = format.kinds();
        let own = surface(kinds.first().copied().unwrap_or(Kind::Text));
        Self { own, others: kinds.iter().skip(1).map(|&kind| (kind, surface(kind))).collect() }
    }

    /// One surface for everything.
    pub fn only(surface: Rc<Surface>) -> Self {
        Self { own: surface, others: Vec::new() }
    }

    /// The surface of the body's own format.
    pub fn own(&self) -> &Surface {
        &self.own
    }

    /// The surface of a kind of text in the body; the body's own where the format holds no such text.
    pub fn of(&self, kind: Kind) -> &Surface {
        self.others.iter().find(|(known, _)| *known == kind).map_or(&self.own, |(_, surface)| surface)
    }

    fn all(&self) -> impl Iterator<Item = &Rc<Surface>> {
        std::iter::once(&self.own).chain(self.others.iter().map(|(_, surface)| surface))
    }

    /// Whether anything is looked for.
    pub fn any(&self) -> bool {
        self.all().any(|surface| surface.any())
    }

    /// Whether anything may be changed.
    pub fn changes(&self) -> bool {
        self.all().any(|surface| surface.changes())
    }

    /// Whether the exchange may be refused.
    pub fn blocks(&self) -> bool {
        self.all().any(|surface| surface.blocks())
    }
}
