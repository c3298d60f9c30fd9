//! A resolved policy as the oracle needs it: finds in order, and the detectors that they use.

use inkseal_engine::plan::Glob;
use inkseal_engine::policy::Resolved;
use inkseal_engine::policy::model::{Action, Apply, Direction, Find, JsonPath, Mode, Pattern, Place, Rule, TextStream};

use super::detector::{Detector, Exception, Patterns};

/// What a find does with a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Counts what would be changed.
    Shadow,
    /// Changes the traffic.
    Change,
    /// Applies to logs only.
    Logs,
    /// Counts.
    Observe,
    /// Refuses.
    Block,
}

/// What a find looks for.
#[derive(Clone, Debug)]
pub enum What {
    /// Detectors, by index.
    Content(Vec<usize>),
    /// A whole value.
    Named {
        /// What findings call it.
        entity: String,
        /// The detector by names it comes from, else empty.
        detector: String,
        /// Name globs that are left alone.
        except: Vec<Glob>,
        /// Only non-empty strings and numbers.
        scalars: bool,
    },
}

/// A find of an active rule, with its place in the order being that of the list.
#[derive(Clone, Debug)]
pub struct Use {
    /// The rule's id.
    pub rule: String,
    /// What it does.
    pub effect: Effect,
    /// The action.
    pub action: Action,
    /// Where it looks.
    pub place: Place,
    /// Name globs as written; empty for every value.
    pub names: Vec<Glob>,
    /// The JSON path.
    pub path: Option<JsonPath>,
    /// What it looks for.
    pub what: What,
    /// Its names select a part around the body: it looks at all that is in there.
    pub whole: bool,
    /// It looks for content in texts that come in pieces; `path` leads to the pieces.
    pub stream: Option<TextStream>,
}

/// One half of an exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Half {
    /// Client to upstream.
    Request,
    /// Upstream to client.
    #[default]
    Response,
}

/// What a policy is read for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Side {
    /// Whose fields or body.
    pub half: Half,
    /// The content type of that half; empty without one.
    pub media_type: String,
    /// The request's target: a change of it sends the request elsewhere.
    pub target: bool,
    /// Logs: every rule that is not off enforces, and there are no exceptions.
    pub logs: bool,
}

/// The uses of a policy's finds on one side, and their detectors.
pub fn uses(resolved: &Resolved, patterns: &mut Patterns, side: &Side) -> (Vec<Use>, Vec<Detector>) {
    let mut table = Table { patterns, detectors: Vec::new() };
    let mut uses = Vec::new();
    for rule in &resolved.rules {
        let mode = rule.mode.unwrap_or(Mode::Enforce).min(resolved.policy.mode);
        // Every rule has its part in the order of detectors, active or not.
        let active = mode != Mode::Off && matches(rule, side);
        for find in &rule.find {
            let effect = if side.logs { Effect::Change } else { effect(mode, rule, find, side) };
            let found = of_find(resolved, rule, find, effect, &mut table);
            uses.extend(found.into_iter().filter(|_| active));
        }
    }
    (uses, table.detectors)
}

struct Table<'a> {
    patterns: &'a mut Patterns,
    detectors: Vec<Detector>,
}

fn of_find(resolved: &Resolved, rule: &Rule, find: &Find, effect: Effect, table: &mut Table<'_>) -> Vec<Use> {
    let globs =
        |names: &[inkseal_engine::policy::Spanned<String>]| names.iter().map(|name| glob(&name.value)).collect();
    let made = |what, names| Use {
        rule: rule.id.value.clone(),
        effect,
        action: find.action.value.clone(),
        place: find.place.value,
        names,
        path: find.path.as_ref().map(|path| path.value.clone()),
        what,
        whole: false,
        stream: None,
    };
    if find.detect.is_empty() {
        let entity = find.entity.clone().unwrap_or_else(|| "FIELD".to_owned());
        let what = What::Named { entity, detector: String::new(), except: Vec::new(), scalars: false };
        return vec![made(what, globs(&find.names))];
    }
    let mut uses = Vec::new();
    let mut content = Vec::new();
    for detector in find.detect.iter().flat_map(|word| resolved.detectors_named(&word.value)) {
        if let Pattern::Names { any, except } = &detector.pattern {
            if !find.streams.is_empty() || !find.names.is_empty() || find.path.is_some() {
                continue;
            }
            let what = What::Named {
                entity: detector.entity.clone(),
                detector: detector.id.value.clone(),
                except: globs(except),
                scalars: true,
            };
            uses.push(Use { path: None, ..made(what, globs(any)) });
            continue;
        }
        let excepted = |it: &str| detector.is_called(it);
        let exceptions = rule.except.iter().filter(|it| excepted(&it.detect.value)).map(|it| Exception {
            values: it.values.iter().map(|value| value.clone().into_bytes()).collect(),
            until_ms: it.until_ms,
        });
        let built = table.patterns.detector(detector, exceptions.collect()).expect("it has a pattern");
        let known = table.detectors.iter().position(|it| it.id == built.id && it.exceptions == built.exceptions);
        let index = known.unwrap_or(table.detectors.len());
        if known.is_none() {
            table.detectors.push(built);
        }
        if !content.contains(&index) {
            content.push(index);
        }
    }
    if content.is_empty() {
        return uses;
    }
    let made = made(What::Content(content), globs(&find.names));
    let stream = |it: &TextStream| Use { path: Some(it.path.clone()), stream: Some(it.clone()), ..made.clone() };
    uses.extend(find.streams.iter().map(stream));
    if find.streams.is_empty() {
        uses.push(made);
    }
    uses
}

fn effect(mode: Mode, rule: &Rule, find: &Find, side: &Side) -> Effect {
    let changes = match find.apply {
        Some(Apply::Logs) => false,
        Some(Apply::Traffic) => true,
        None => takes(rule.traffic, side.half),
    };
    match find.action.value {
        _ if mode == Mode::Shadow => Effect::Shadow,
        Action::Observe => Effect::Observe,
        _ if !changes => Effect::Logs,
        Action::Block { .. } => Effect::Block,
        _ if side.target && !rule.reroute => Effect::Logs,
        _ => Effect::Change,
    }
}

/// Whether a direction is that of a half, or both.
fn takes(direction: Direction, half: Half) -> bool {
    match direction {
        Direction::Any => true,
        Direction::Request => half == Half::Request,
        Direction::Response => half == Half::Response,
    }
}

/// Whether a rule reads a side; what else rules match by is not the oracle's.
fn matches(rule: &Rule, side: &Side) -> bool {
    let it = &rule.matches;
    let other = [&it.host, &it.path, &it.method, &it.route];
    assert!(
        other.iter().all(|list| list.is_empty()),
        "rule `{}` matches by what the oracle does not know",
        rule.id.value
    );
    let essence = side.media_type.split(';').next().unwrap_or_default().as_bytes();
    it.direction.is_none_or(|direction| takes(direction, side.half))
        && (it.content_type.is_empty() || it.content_type.iter().any(|wanted| glob(wanted).matches(essence)))
}

/// A case-insensitive glob.
pub fn glob(text: &str) -> Glob {
    Glob::new(text, inkseal_engine::plan::Style::Name)
}
