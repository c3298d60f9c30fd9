//! From a policy to a plan: patterns to automata, names to globs, all errors at once.

mod automaton;
mod bounds;
mod clusters;
mod examples;
mod gram;
mod pack;
mod pattern;
mod probe;
mod rules;
mod table;

use std::collections::BTreeMap;

pub(crate) use self::pack::Pack;
use self::pack::Parts;
use crate::canonical;
use crate::plan::{Plan, digest, load, model};
use crate::policy::model::{Detector, Level, Limits};
use crate::policy::{Built, Catalogue, Diagnostic, Resolved, Severity, Sources, resolve};

/// Where a plan will run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The service.
    pub service: Option<String>,
    /// The environment.
    pub environment: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
}

/// A compiled policy.
#[derive(Clone, Debug)]
pub struct CompiledPlan {
    /// The plan: canonical JSON.
    pub json: String,
    /// `sha256:` and the hex of its digest.
    pub digest: String,
    /// What is suspicious but allowed.
    pub warnings: Vec<Diagnostic>,
}

/// Compiles policy `file` of `sources`.
///
/// # Errors
/// Everything that is wrong with the policy, in the order of the text. A plan that is returned loads.
pub fn compile(
    sources: &Sources,
    file: usize,
    catalogue: &Catalogue,
    options: &Options,
) -> Result<CompiledPlan, Vec<Diagnostic>> {
    let resolved = resolve(sources, file, catalogue)?;
    let mut problems = resolved.warnings.clone();
    not_yet(&resolved, &mut problems);
    let compiled = document(&resolved, options, &mut problems);
    problems.sort_by_key(|problem| (problem.span.file, problem.span.start));
    problems.dedup();
    let (errors, warnings): (Vec<_>, Vec<_>) = problems.into_iter().partition(|it| it.severity == Severity::Error);
    match compiled {
        Some((json, digest)) if errors.is_empty() => Ok(CompiledPlan { json, digest, warnings }),
        _ => Err(errors),
    }
}

/// Builds the detectors of a catalogue and tries each against its examples, which compiling a policy does only with the
/// policy's own. Returns bytes of each in a plan.
///
/// # Errors
/// Everything that is wrong with one of them.
pub fn check_catalogue(catalogue: &Catalogue) -> Result<BTreeMap<String, usize>, Vec<Diagnostic>> {
    let limits = Limits::default();
    let (mut sizes, mut errors) = (BTreeMap::new(), Vec::new());
    for detector in &catalogue.detectors {
        let Built { plan, pack: parts, problems } = tried(detector);
        errors.extend(problems);
        if let Some(plan) = plan {
            bounds::check(detector, plan.longest as usize, &limits, &mut errors);
            let parts = parts.finish(&[plan], &|_| true);
            let size = parts.map_or(0, |it| it.automata.len() + it.patterns.len() + it.detectors.len());
            sizes.insert(detector.id.value.clone(), size);
        }
    }
    if errors.is_empty() { Ok(sizes) } else { Err(errors) }
}

/// A detector with its examples tried.
fn tried(detector: &Detector) -> Built {
    let mut built = built_alone(detector);
    if let Some(plan) = &built.plan {
        examples::check(detector, plan, &built.pack, &mut built.problems);
    }
    examples::check_names(detector, &mut built.problems);
    built
}

fn built_alone(detector: &Detector) -> Built {
    let mut problems = Vec::new();
    let mut pack = Pack::default();
    let plan = pattern::compile(detector, &mut pack, &mut problems);
    Built { plan, pack, problems }
}

/// What the language has and this version does not do: said, not passed over.
fn not_yet(resolved: &Resolved, problems: &mut Vec<Diagnostic>) {
    let audit = &resolved.policy.audit;
    let mut say = |message: &str| problems.push(Diagnostic::warning(resolved.policy.name.span, message));
    if !audit.debug.is_empty() {
        say("`audit.debug` is read but opens no debug window in this version");
    }
    if audit.level == Level::Exchange {
        say("`audit.level: exchange` records what `finding` does in this version");
    }
    if !resolved.policy.tests.is_empty() {
        say("the policy's `tests` are read but not run in this version");
    }
}

/// The plan's text and digest; `None` when there are errors, which are added to `problems`.
fn document(resolved: &Resolved, options: &Options, problems: &mut Vec<Diagnostic>) -> Option<(String, String)> {
    let policy = &resolved.policy;
    let mut compiled = BTreeMap::new();
    let (own, shipped) = resolved.own_and_shipped();
    let built = own.iter().map(tried).collect::<Vec<_>>();
    let known = resolved.built.get_or_init(|| shipped.iter().map(built_alone).collect());
    let mut pack = Pack::default();
    for (detector, Built { plan, pack: from, problems: found }) in
        own.iter().zip(&built).chain(shipped.iter().zip(known))
    {
        problems.extend(found.iter().cloned());
        if let Some(plan) = plan {
            bounds::check(detector, plan.longest as usize, &policy.limits, problems);
            compiled.insert(detector.id.value.as_str(), pack.adopt(plan, from));
        }
    }
    let mut table = rules::Table::new(&compiled);
    let rules: Vec<_> =
        resolved.rules.iter().map(|rule| rules::compile(rule, resolved, &mut table, problems)).collect();
    rules::check_narrowed(&rules, resolved, problems);
    table.add_rest();
    let detectors = table.finish();
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return None;
    }
    let wrong = |why: String| Diagnostic::error(policy.name.span, why);
    let used = load::used(&rules);
    let parts = pack.finish(&detectors, &|detector| used.contains(&detector));
    let Parts { automata, patterns, detectors } = parts.map_err(|why| problems.push(wrong(why))).ok()?;
    let document = model::Document {
        format: model::FORMAT,
        digest: String::new(),
        meta: model::Meta {
            policy: policy.name.value.clone(),
            mode: policy.mode,
            service: options.service.clone(),
            environment: options.environment.clone(),
            tenant: options.tenant.clone(),
        },
        automata: automata.into(),
        patterns: patterns.into(),
        detectors: detectors.into(),
        rules,
        audit: audit(policy),
        limits: policy.limits,
        on_limit: policy.on_limit,
        on_uninspectable: policy.on_uninspectable.clone(),
        opaque: policy.opaque.clone(),
        ranges: policy.ranges,
    };
    seal(&document).map_err(|why| problems.push(wrong(why))).ok()
}

/// Writes a document with its digest, and makes sure that it loads.
fn seal(document: &model::Document<'_>) -> Result<(String, String), String> {
    let mut value = serde_json::to_value(document).map_err(|error| error.to_string())?;
    let digest = digest(&value);
    if let Some(members) = value.as_object_mut() {
        members.insert("digest".into(), digest.clone().into());
    }
    let json = canonical::to_string(&value);
    Plan::load(json.as_bytes()).map_err(|error| format!("the compiled plan does not load: {error}"))?;
    Ok((json, digest))
}

fn audit(policy: &crate::policy::model::Policy) -> model::Audit {
    let audit = &policy.audit;
    model::Audit {
        cluster: audit.sink.cluster.clone(),
        format: audit.sink.format,
        path: audit.sink.path.clone(),
        batch: audit.sink.batch,
        flush_ms: audit.sink.flush_ms,
        level: audit.level,
        strict: audit.strict,
        key_events: audit.key_events.clone(),
        sample: [audit.sample.clean, audit.sample.changed, audit.sample.error],
        actor: audit.actor.clone(),
        reason_header: audit.reason_header.clone(),
        reason_required_for: audit.reason_required_for.clone(),
    }
}
