//! `rules`: match, finds and exceptions.

use super::fields::Fields;
use super::find::find;
use super::matching::matching;
use super::{Findings, scalar, units};
use crate::policy::model::{Direction, Exception, Mode, Rule};
use crate::policy::span::Spanned;
use crate::policy::yaml::Node;

/// The words of `mode`.
pub(super) const MODES: &[(&str, Mode)] = &[("enforce", Mode::Enforce), ("shadow", Mode::Shadow), ("off", Mode::Off)];

/// A rule as a policy of its own has it; what is different in packs is for the resolver.
pub(super) fn rule(node: &Node, findings: &mut Findings) -> Option<Rule> {
    let known = ["id", "mode", "match", "find", "except", "reroute"];
    let fields = Fields::of(node, "a rule", &known, findings)?;
    let id = fields.read_required("id", findings, scalar::id);
    let mode = fields.read("mode", findings, |node, findings| scalar::word(node, "a mode", MODES, findings));
    let matches = fields.read("match", findings, matching);
    let find = fields.read_required("find", findings, |node, findings| {
        let items = scalar::items(node, findings);
        Some(items.iter().filter_map(|item| find(item, findings)).collect())
    });
    let except = fields.read("except", findings, |node, findings| {
        let items = scalar::items(node, findings);
        Some(items.iter().filter_map(|item| exception(item, findings)).collect())
    });
    let reroute = fields.read("reroute", findings, |node, findings| {
        scalar::word(node, "a way to reroute", &[("allow", true), ("deny", false)], findings)
    });
    Some(Rule {
        id: id.unwrap_or(Spanned::new(String::new(), fields.span)),
        pack: None,
        mode,
        matches: matches.unwrap_or_default(),
        find: find.unwrap_or_default(),
        except: except.unwrap_or_default(),
        reroute: reroute.unwrap_or(false),
        traffic: Direction::Any,
    })
}

/// An exception; one without a reason and an end would outlive everyone who knew why.
fn exception(node: &Node, findings: &mut Findings) -> Option<Exception> {
    let fields = Fields::of(node, "an exception", &["detect", "values", "reason", "until"], findings)?;
    let detect = fields.read_required("detect", findings, scalar::text);
    let values = fields.read_required("values", findings, scalar::plain_texts);
    let reason = fields.read_required("reason", findings, scalar::plain_text);
    let until_ms = fields.read_required("until", findings, units::instant);
    Some(Exception { detect: detect?, values: values?, reason: reason?, until_ms: until_ms? })
}
