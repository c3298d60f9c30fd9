//! What is looked for in one body: a surface for each kind of text that it may hold.

use std::rc::Rc;

use super::Format;
use crate::plan::Plan;
use crate::policy::model::Uninspected;
use crate::surface::{Around, Half, Kind, Surface};

/// The surfaces of a body.
pub struct Surfaces {
    /// The rules that are active, by index, and the half they read; none where there is one surface for everything.
    rules: Option<(Vec<usize>, Half)>,
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
        let rules = Some((active.to_vec(), half));
        Self { rules, own, others: kinds.iter().skip(1).map(|&kind| (kind, surface(kind))).collect() }
    }

    /// One surface for everything.
    pub fn only(surface: Rc<Surface>) -> Self {
        Self { rules: None, own: surface, others: Vec::new() }
    }

    /// The surface of the body's own format.
    pub fn own(&self) -> &Surface {
        &self.own
    }

    /// The surface of a kind of text in the body; the body's own where the format holds no such text.
    pub fn of(&self, kind: Kind) -> &Surface {
        self.others.iter().find(|(known, _)| *known == kind).map_or(&self.own, |(_, surface)| surface)
    }

    /// The surface of a kind of text in the body, inside a part or outside all of them.
    pub(super) fn around(&self, plan: &Plan, kind: Kind, around: Option<Around>) -> Rc<Surface> {
        match (&self.rules, around) {
            (None, _) => Rc::clone(&self.own),
            (Some((active, half)), None) => plan.surface(active, *half, kind, false),
            (Some((active, half)), Some(around)) => plan.surface_inside(active, *half, kind, around),
        }
    }

    /// Whether an outcome lets what was not read pass, since it says so or no rule could change or refuse it.
    pub(super) fn lets_pass(&self, outcome: Uninspected) -> bool {
        match outcome {
            Uninspected::Block => !self.changes() && !self.blocks(),
            Uninspected::RedactAll => !self.changes(),
            Uninspected::PassAndFlag => true,
        }
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
