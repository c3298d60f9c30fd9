//! What is looked for on one surface of one exchange.

/// What a find does with a match there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It takes part in a region.
    Change,
    /// It is counted; logs are rendered without it.
    Logs,
    /// It is counted as what a shadow rule would have done.
    Shadow,
    /// It is counted.
    Observe,
    /// It refuses the exchange.
    Block,
}

/// A find that applies, by its place in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// Index of the rule.
    pub rule: usize,
    /// Index of the find in the rule.
    pub find: usize,
    /// What it does.
    pub effect: Effect,
    /// A condition that the segment must satisfy: a bit of [`super::Segment::narrows`].
    pub narrow: Option<u32>,
}

impl Use {
    /// Whether the use applies in a segment that satisfies these conditions.
    pub fn applies(&self, narrows: u64) -> bool {
        self.narrow.is_none_or(|bit| narrows.checked_shr(bit).is_some_and(|rest| rest & 1 == 1))
    }
}

/// The uses of each detector, in the order of rules and finds.
#[derive(Clone, Debug, Default)]
pub struct Lens {
    uses: Vec<Vec<Use>>,
    /// Detectors with a use.
    used: Vec<usize>,
    blocks: bool,
}

impl Lens {
    /// A lens over this many detectors that looks for nothing.
    pub fn new(detectors: usize) -> Self {
        Self { uses: vec![Vec::new(); detectors], used: Vec::new(), blocks: false }
    }

    /// Adds a use of a detector; uses are added in the order of rules and finds.
    pub fn add(&mut self, detector: usize, new: Use) {
        if let Some(uses) = self.uses.get_mut(detector) {
            if uses.is_empty() {
                self.used.push(detector);
            }
            uses.push(new);
            self.blocks |= new.effect == Effect::Block;
        }
    }

    /// Whether anything is looked for.
    pub fn any(&self) -> bool {
        !self.used.is_empty()
    }

    /// The detectors that something is done with.
    pub fn used(&self) -> impl Iterator<Item = usize> + '_ {
        self.used.iter().copied()
    }

    /// Whether a match may refuse the exchange.
    pub fn blocks(&self) -> bool {
        self.blocks
    }

    /// Whether a match may change the text.
    pub fn changes(&self) -> bool {
        self.uses.iter().flatten().any(|it| it.effect == Effect::Change)
    }

    /// The uses of a detector.
    pub fn uses(&self, detector: usize) -> &[Use] {
        self.uses.get(detector).map_or(&[], Vec::as_slice)
    }

    /// The same lens with nothing but what blocks: what looks inside a value that another find owns.
    pub fn only_blocks(&self) -> Self {
        let mut lens = Self::new(self.uses.len());
        for (detector, uses) in self.uses.iter().enumerate() {
            uses.iter().filter(|it| it.effect == Effect::Block).for_each(|&it| lens.add(detector, it));
        }
        lens
    }
}
