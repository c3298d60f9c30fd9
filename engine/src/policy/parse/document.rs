//! The three kinds of documents: a policy, a file of detectors, a pack.

use super::detector::{Origin, detector};
use super::fields::Fields;
use super::rule::{MODES, rule};
use super::{Findings, action, audit, find, limits, matching, scalar};
use crate::policy::catalogue::Pack;
use crate::policy::model::{Detector, Include, Limits, Mode, Policy, Ranges, Rule, Uninspected};
use crate::policy::span::Spanned;
use crate::policy::yaml::{Node, Value};

/// The only version there is.
const VERSION: &str = "inkseal/v1";

const POLICY_KEYS: &[&str] = &[
    "version",
    "name",
    "owner",
    "mode",
    "include",
    "detectors",
    "rules",
    "audit",
    "limits",
    "on_limit",
    "on_uninspectable",
    "opaque",
    "ranges",
    "tests",
];

/// The keys of an inline test; what is in them is for the harness, which runs it.
const TEST_KEYS: &[&str] = &["name", "policy", "request", "response", "chunks", "cuts", "times", "collector", "expect"];

/// A policy, with what it names unresolved.
pub(in crate::policy) fn policy_file(node: &Node, findings: &mut Findings) -> Option<Policy> {
    let fields = Fields::of(node, "a policy", POLICY_KEYS, findings)?;
    version(&fields, findings);
    let name = fields.read_required("name", findings, scalar::label);
    let owner = fields.read("owner", findings, scalar::plain_text);
    let mode =
        fields.read_or("mode", Mode::Enforce, findings, |node, findings| scalar::word(node, "a mode", MODES, findings));
    let include = list(&fields, "include", findings, include);
    let detectors = list(&fields, "detectors", findings, |node, findings| detector(node, Origin::Own, findings));
    let rules = list(&fields, "rules", findings, rule);
    unique(detectors.iter().map(|detector| &detector.id), "detector", findings);
    unique(rules.iter().map(|rule| &rule.id), "rule", findings);
    if fields.get("rules").is_none() && fields.get("include").is_none() {
        let hint = "add `include: [recommended]` or `rules`";
        findings.error_hint(fields.span, "the policy has no `rules` and includes no pack: it would find nothing", hint);
    }
    let audit = fields.read("audit", findings, audit::audit).unwrap_or_else(audit::default);
    let limits = fields.read_or("limits", Limits::default(), findings, limits::limits);
    let on_limit = fields.read_or("on_limit", Uninspected::Block, findings, limits::outcome);
    let on_uninspectable = fields
        .read("on_uninspectable", findings, limits::on_uninspectable)
        .unwrap_or_else(|| [("default".to_owned(), Uninspected::Block)].into());
    let opaque = fields.read("opaque", findings, |node, findings| match &node.value {
        // An empty list is a choice: everything is read.
        Value::Seq(items) if items.is_empty() => Some(Vec::new()),
        _ => matching::content_types(node, findings),
    });
    let ranges = fields.read_or("ranges", Ranges::Pass, findings, |node, findings| {
        scalar::word(node, "a way with ranges", limits::RANGES, findings)
    });
    let tests = list(&fields, "tests", findings, test);
    Some(Policy {
        name: name.unwrap_or(Spanned::new(String::new(), fields.span)),
        owner,
        mode,
        include,
        detectors,
        rules,
        audit,
        limits,
        on_limit,
        on_uninspectable,
        opaque: opaque.unwrap_or_else(|| limits::OPAQUE.iter().map(|&glob| glob.to_owned()).collect()),
        ranges,
        tests,
    })
}

/// A file of the catalogue's detectors.
pub(in crate::policy) fn detector_file(node: &Node, findings: &mut Findings) -> Vec<Detector> {
    let Some(fields) = Fields::of(node, "a file of detectors", &["version", "detectors"], findings) else {
        return Vec::new();
    };
    version(&fields, findings);
    fields.require("detectors", findings);
    list(&fields, "detectors", findings, |node, findings| detector(node, Origin::Shipped, findings))
}

/// A pack.
pub(in crate::policy) fn pack_file(node: &Node, findings: &mut Findings) -> Option<Pack> {
    let fields = Fields::of(node, "a pack", &["version", "name", "description", "include", "rules"], findings)?;
    version(&fields, findings);
    let name = fields.read_required("name", findings, scalar::id);
    let description = fields.read_required("description", findings, scalar::plain_text);
    let include = list(&fields, "include", findings, include);
    let mut rules: Vec<Rule> = list(&fields, "rules", findings, rule);
    unique(rules.iter().map(|rule| &rule.id), "rule", findings);
    let name = name?;
    for rule in &mut rules {
        rule.pack = Some(name.value.clone());
        let own = rule.id.strip_prefix(name.value.as_str()).is_some_and(|rest| rest.starts_with('.'));
        if !own {
            let hint = format!("findings name it, as in `{}.{}`", name.value, rule.id.value);
            findings.error_hint(rule.id.span, "a pack's rules start with the pack's name and a dot", hint);
        }
    }
    Some(Pack { name, description: description?, include, rules })
}

fn version(fields: &Fields<'_>, findings: &mut Findings) {
    let version = fields.read_required("version", findings, scalar::text);
    if let Some(version) = version.filter(|version| version.value != VERSION) {
        let hint = format!("this version reads `{VERSION}`");
        findings.error_hint(version.span, format!("`{}` is not a known version", version.value), hint);
    }
}

fn list<T>(
    fields: &Fields<'_>,
    key: &str,
    findings: &mut Findings,
    read: impl Fn(&Node, &mut Findings) -> Option<T>,
) -> Vec<T> {
    let items = match fields.get(key) {
        Some(Node { value: Value::Seq(items), .. }) => items.as_slice(),
        Some(node) => {
            findings.error(node.span, format!("expected a list in `{key}`, not {}", node.kind()));
            &[]
        }
        None => &[],
    };
    items.iter().filter_map(|item| read(item, findings)).collect()
}

fn unique<'a>(ids: impl Iterator<Item = &'a Spanned<String>>, what: &str, findings: &mut Findings) {
    let mut seen = std::collections::BTreeSet::new();
    for id in ids.filter(|id| !id.value.is_empty()) {
        if !seen.insert(&id.value) {
            findings.error_hint(id.span, format!("there is a {what} `{}` already", id.value), "rename one of the two");
        }
    }
}

fn include(node: &Node, findings: &mut Findings) -> Option<Include> {
    if !matches!(node.value, Value::Map(_)) {
        let pack = scalar::text(node, findings)?;
        return Some(Include { pack, mode: None, direction: None, apply: None, action: None });
    }
    let known = ["pack", "mode", "direction", "apply", "action"];
    let fields = Fields::of(node, "an include entry", &known, findings)?;
    let pack = fields.read_required("pack", findings, scalar::text);
    let mode = fields.read("mode", findings, |node, findings| scalar::word(node, "a mode", MODES, findings));
    let direction = fields.read("direction", findings, |node, findings| {
        scalar::word(node, "a direction", matching::DIRECTIONS, findings)
    });
    let apply =
        fields.read("apply", findings, |node, findings| scalar::word(node, "a way to apply", find::APPLY, findings));
    let action = fields.read("action", findings, action::action).map(|action| action.value);
    Some(Include { pack: pack?, mode, direction, apply, action })
}

fn test(node: &Node, findings: &mut Findings) -> Option<Spanned<serde_json::Value>> {
    let fields = Fields::of(node, "a test", TEST_KEYS, findings)?;
    fields.read_required("name", findings, scalar::text);
    fields.require("expect", findings);
    Some(Spanned::new(node.to_json(), node.span))
}
