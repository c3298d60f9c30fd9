//! What a plan looks for on one surface of one exchange: content through a lens, named values by their names.

mod streams;

use crate::plan::model::{Find, What};
use crate::plan::{Matched, Plan};
use crate::policy::model::{Action, Direction, JsonPath, Mode, Place, Selector};
use crate::redact::{Effect, Key, Lens, Origin, Use};

pub use streams::Stream;

/// Which half of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Half {
    /// Client to upstream.
    Request,
    /// Upstream to client.
    Response,
}

/// A kind of surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Header values.
    Header,
    /// Trailer values.
    Trailer,
    /// Cookies by name.
    Cookie,
    /// Path segments.
    Path,
    /// Query parameters.
    Query,
    /// Parameters of a URL in a header.
    UrlQuery,
    /// Path segments of a URL in a header.
    UrlPath,
    /// A JSON body.
    Json,
    /// A form.
    Form,
    /// HTML or XML.
    Markup,
    /// Any other body that is read.
    Text,
    /// A named part of a multipart body, as a whole.
    Part,
    /// JSON in the data of a server-sent event.
    EventJson,
    /// Any other text of a server-sent event.
    EventText,
    /// JSON in the data of a server-sent event whose strings are not stitched, although others are.
    EventAlone,
    /// Texts that come in pieces, stitched.
    EventStream,
    /// The strings of a protobuf message.
    Protobuf,
}

impl Kind {
    /// How many there are.
    pub const COUNT: usize = Self::Protobuf as usize + 1;

    /// What bodies are made of.
    pub const BODIES: [Self; 10] = [
        Self::Json,
        Self::Form,
        Self::Markup,
        Self::Text,
        Self::Part,
        Self::EventJson,
        Self::EventText,
        Self::EventAlone,
        Self::EventStream,
        Self::Protobuf,
    ];

    fn is_read_by(self, place: Place, what: &What) -> bool {
        let stitched = matches!(what, What::Content { streams, .. } if !streams.is_empty());
        match place {
            // Each of the two ways to read a string has its finds; named values are owned in both.
            _ if stitched && !matches!(self, Self::EventAlone | Self::EventStream) => false,
            _ if !stitched && self == Self::EventStream && matches!(what, What::Content { .. }) => false,
            // Content that goes by no name is looked for in the header as a whole.
            Place::Any | Place::Field
                if matches!(self, Self::Cookie | Self::UrlQuery | Self::UrlPath)
                    && matches!(what, What::Content { names, .. } if names.is_empty()) =>
            {
                false
            }
            Place::Any => true,
            // Segments of a path have no name.
            Place::Field => !matches!(self, Self::Path | Self::UrlPath),
            Place::Header => self == Self::Header,
            Place::Trailer => self == Self::Trailer,
            Place::Cookie => self == Self::Cookie,
            Place::Path => matches!(self, Self::Path | Self::UrlPath),
            Place::Query => matches!(self, Self::Query | Self::UrlQuery),
            Place::Json => matches!(self, Self::Json | Self::EventJson | Self::EventAlone | Self::EventStream),
            // A browser sends the same form in either of two types.
            Place::Form => matches!(self, Self::Form | Self::Part),
            Place::Part => self == Self::Part,
            Place::Sse => matches!(self, Self::EventJson | Self::EventText | Self::EventAlone | Self::EventStream),
            Place::Body => Self::BODIES.contains(&self),
        }
    }
}

/// A find of a whole named value.
#[derive(Clone, Debug)]
pub struct Named {
    /// Index of the rule.
    pub rule: usize,
    /// Index of the find in the rule.
    pub find: usize,
    /// What it does.
    pub effect: Effect,
    /// What findings call the value.
    pub entity: String,
    /// Only non-empty strings and numbers, also as elements of an array of that name.
    pub scalars: bool,
    /// Index of a set of [`Plan::names`].
    set: usize,
    /// Index into [`Surface::paths`].
    path: Option<usize>,
}

/// What narrows a find of content.
#[derive(Clone, Debug)]
struct Narrow {
    set: Option<usize>,
    path: Option<usize>,
}

/// The part of a multipart body that a text lies in, as far as finds of content depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Around {
    /// The conditions of the surface [`Kind::Part`] that its name satisfies, see [`Surface::narrows`]: their finds look
    /// at all of it, whatever it is made of.
    pub holds: u64,
    /// A find for logs owns it: content is looked at only for what blocks.
    pub only_blocks: bool,
}

/// What is looked for on one surface.
#[derive(Clone, Debug)]
pub struct Surface {
    /// Content.
    pub lens: Lens,
    /// Content that is looked for inside owned values: what blocks.
    pub blocks: Lens,
    /// Named values, in the order of rules and finds.
    pub named: Vec<Named>,
    /// JSON paths that `named` and narrowed finds refer to.
    pub paths: Vec<JsonPath>,
    /// Texts that are stitched.
    pub streams: Vec<Stream>,
    narrows: Vec<Narrow>,
}

/// How many finds can be narrowed on one surface.
pub const MAX_NARROWS: usize = 64;

/// Bits of [`Surface::paths`] that the current value satisfies.
pub type Selected<'a> = &'a dyn Fn(usize) -> bool;

impl Surface {
    /// What the rules of `active`, by index, look for there. `as_enforced` renders as if every rule enforced: for logs.
    pub fn new(plan: &Plan, active: &[usize], half: Half, kind: Kind, as_enforced: bool) -> Self {
        Self::build(plan, active, half, kind, as_enforced, None)
    }

    /// What they look for in a text inside a part.
    pub fn inside(plan: &Plan, active: &[usize], half: Half, kind: Kind, around: Around) -> Self {
        let mut surface = Self::build(plan, active, half, kind, false, Some(around));
        if around.only_blocks {
            surface.lens = surface.blocks.clone();
        }
        surface
    }

    fn build(plan: &Plan, active: &[usize], half: Half, kind: Kind, as_enforced: bool, around: Option<Around>) -> Self {
        let mut surface = Self::empty(plan.detectors.len());
        // Conditions are counted as on the surface of parts.
        let mut conditions = 0;
        for &rule in active {
            let Some(known) = plan.rules.get(rule).filter(|known| known.plan.mode != Mode::Off) else { continue };
            for (index, find) in known.plan.finds.iter().enumerate() {
                let effect = if as_enforced { Effect::Change } else { effect(&known.plan, find, half, kind) };
                let of_parts = Kind::Part.is_read_by(find.place, &find.what);
                let whole = of_parts && around.is_some_and(|around| find.holds_for_part(around.holds, conditions));
                conditions += u32::from(of_parts && find.is_narrowed());
                if whole && !(kind == Kind::Part && find.is_narrowed()) {
                    if find.is_narrowed() {
                        // The policy spells its names still.
                        surface.narrows.push(Narrow { set: Some(known.set(index)), path: None });
                    }
                    surface.add_content(rule, index, find, effect, None);
                } else if kind.is_read_by(find.place, &find.what) {
                    surface.add(rule, index, find, effect, known.set(index), kind);
                }
            }
        }
        surface.blocks = surface.lens.only_blocks();
        surface
    }

    fn empty(detectors: usize) -> Self {
        Self {
            lens: Lens::new(detectors),
            blocks: Lens::new(detectors),
            named: Vec::new(),
            paths: Vec::new(),
            streams: Vec::new(),
            narrows: Vec::new(),
        }
    }

    fn add(&mut self, rule: usize, index: usize, find: &Find, effect: Effect, set: usize, kind: Kind) {
        match &find.what {
            What::Content { detect, streams, .. } if !streams.is_empty() => {
                for stream in streams {
                    let bit = if kind == Kind::EventStream {
                        self.stream(stream)
                    } else {
                        let path = Some(self.path(&stream.path));
                        self.narrows.push(Narrow { set: None, path });
                        self.narrows.len() - 1
                    };
                    let narrow = Some(u32::try_from(bit).unwrap_or(u32::MAX));
                    for &detector in detect {
                        self.lens.add(detector as usize, Use { rule, find: index, effect, narrow });
                    }
                }
            }
            What::Content { names, path, .. } => {
                let narrow = find.is_narrowed().then(|| {
                    let path = path.as_ref().map(|path| self.path(path));
                    self.narrows.push(Narrow { set: (!names.is_empty()).then_some(set), path });
                    u32::try_from(self.narrows.len() - 1).unwrap_or(u32::MAX)
                });
                self.add_content(rule, index, find, effect, narrow);
            }
            What::Named { path, entity, scalars, .. } => {
                let path = path.as_ref().map(|path| self.path(path));
                let entity = entity.clone();
                self.named.push(Named { rule, find: index, effect, entity, scalars: *scalars, set, path });
            }
        }
    }

    fn add_content(&mut self, rule: usize, index: usize, find: &Find, effect: Effect, narrow: Option<u32>) {
        if let What::Content { detect, .. } = &find.what {
            for &detector in detect {
                self.lens.add(detector as usize, Use { rule, find: index, effect, narrow });
            }
        }
    }

    fn path(&mut self, path: &JsonPath) -> usize {
        self.paths.iter().position(|known| known == path).unwrap_or_else(|| {
            self.paths.push(path.clone());
            self.paths.len() - 1
        })
    }

    /// A surface on which one detector by names, those of `set`, redacts.
    #[cfg(feature = "compile")]
    pub(crate) fn of_names(set: usize) -> Self {
        let mut surface = Self::empty(0);
        let (effect, entity) = (Effect::Change, String::new());
        surface.named.push(Named { rule: usize::MAX, find: 0, effect, entity, scalars: true, set, path: None });
        surface
    }

    /// Whether anything is looked for.
    pub fn any(&self) -> bool {
        self.lens.any() || !self.named.is_empty()
    }

    /// Whether anything may be changed.
    pub fn changes(&self) -> bool {
        self.lens.changes() || self.named.iter().any(|it| it.effect == Effect::Change)
    }

    /// Whether the exchange may be refused.
    pub fn blocks(&self) -> bool {
        self.lens.blocks() || self.named.iter().any(|it| it.effect == Effect::Block)
    }

    /// Whether a named value may be taken out with its name.
    pub fn removes(&self, plan: &Plan) -> bool {
        let removes = |it: &Named| plan.action(it.rule, it.find) == Some(&Action::Remove);
        self.named.iter().any(|it| it.effect == Effect::Change && removes(it))
    }

    /// Whether what is found may leave with another length even where lengths stay, see [`crate::redact::Syntax::Field`].
    pub fn resizes(&self, plan: &Plan) -> bool {
        let uses = self.lens.used().flat_map(|detector| self.lens.uses(detector));
        let resizes = |action: &Action| matches!(action, Action::Hash { .. } | Action::Remove);
        uses.filter(|it| it.effect == Effect::Change).any(|it| plan.action(it.rule, it.find).is_some_and(resizes))
    }

    /// Whether the policy spells this name: in a JSON path, or as a glob without a star, which these sets have, see
    /// [`crate::plan::Matched::spelled`].
    pub fn spells(&self, name: &str, spelled: &[usize]) -> bool {
        let in_path = |path: &JsonPath| {
            path.steps.iter().any(|step| matches!(&step.selector, Selector::Name(known) if known == name))
        };
        let mut sets = self.named.iter().map(|it| it.set).chain(self.narrows.iter().filter_map(|it| it.set));
        self.paths.iter().any(in_path) || !spelled.is_empty() && sets.any(|set| spelled.binary_search(&set).is_ok())
    }

    /// The conditions that hold for a value of this name, as bits for [`crate::redact::Segment::narrows`]. A `long` name
    /// was not read to its end: it is taken to match every glob.
    pub fn narrows(&self, name: &Matched, long: bool, selected: Selected<'_>) -> u64 {
        let mut bits = 0;
        for (index, narrow) in self.narrows.iter().enumerate().take(MAX_NARROWS) {
            let holds = narrow.set.is_none_or(|set| long || name.holds(set)) && narrow.path.is_none_or(selected);
            bits |= u64::from(holds) << index;
        }
        bits
    }
}

impl Named {
    /// The key of a count.
    pub fn key(&self, origin: Origin) -> Key {
        Key { rule: self.rule, find: self.find, detector: None, effect: self.effect, merged: false, origin }
    }

    /// Whether the find goes by names.
    pub fn by_name(&self) -> bool {
        self.path.is_none()
    }

    /// Whether the find selects a value: `name` is its own name or that of the array around it (`element`).
    pub fn selects(&self, name: &Matched, element: bool, selected: Selected<'_>) -> bool {
        match self.path {
            Some(path) => selected(path),
            None => (!element || self.scalars) && name.holds(self.set),
        }
    }
}

impl Find {
    /// Whether it is a find of content in some values only.
    pub(crate) fn is_narrowed(&self) -> bool {
        matches!(&self.what, What::Content { names, path, .. } if !names.is_empty() || path.is_some())
    }

    /// Whether it looks at all of a part that satisfies these conditions; its own, if it has one, is the next.
    fn holds_for_part(&self, holds: u64, next: u32) -> bool {
        let condition = || holds.checked_shr(next).is_some_and(|rest| rest & 1 == 1);
        matches!(self.what, What::Content { .. }) && (!self.is_narrowed() || condition())
    }
}

/// What a find does on this surface: its action as far as mode, direction and `apply` let it.
fn effect(rule: &crate::plan::model::Rule, find: &Find, half: Half, kind: Kind) -> Effect {
    let mode = rule.mode;
    let may_change = match find.changes {
        None => false,
        Some(Direction::Any) => true,
        Some(Direction::Request) => half == Half::Request,
        Some(Direction::Response) => half == Half::Response,
    };
    // A changed path or query sends the request elsewhere.
    let routes = half == Half::Request && matches!(kind, Kind::Path | Kind::Query) && !rule.reroute;
    match (&find.action, mode) {
        (Action::Observe, _) => Effect::Observe,
        (_, Mode::Shadow | Mode::Off) => Effect::Shadow,
        (Action::Block { .. }, Mode::Enforce) if may_change => Effect::Block,
        (_, Mode::Enforce) if !may_change || routes => Effect::Logs,
        (_, Mode::Enforce) => Effect::Change,
    }
}
