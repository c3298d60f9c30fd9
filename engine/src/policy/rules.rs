//! What one rule cannot tell alone: that its words name something, that its actions fit what it finds, and that an
//! earlier rule leaves it something to do.

use super::catalogue::Catalogue;
use super::model::{Action, Apply, Detector, Direction, Find, Match, Mode, Place, Rule};
use super::parse::Findings;
use super::span::Spanned;
use super::suggest;

/// The words that `detect` may use.
pub(super) struct Vocabulary<'a> {
    detectors: Vec<&'a Detector>,
    packs: Vec<&'a str>,
}

impl<'a> Vocabulary<'a> {
    /// Every id, entity and category of `detectors`.
    pub(super) fn of(detectors: impl IntoIterator<Item = &'a Detector>, catalogue: &'a Catalogue) -> Self {
        let packs = catalogue.packs.iter().map(|pack| pack.name.value.as_str()).collect();
        Self { detectors: detectors.into_iter().collect(), packs }
    }

    fn entities<'s>(&'s self, word: &'s str) -> impl Iterator<Item = &'s str> {
        self.detectors.iter().filter(move |detector| detector.is_called(word)).map(|detector| detector.entity.as_str())
    }

    /// Reports a word that stands for no detector.
    fn check(&self, word: &Spanned<String>, findings: &mut Findings) {
        if self.entities(word).next().is_some() {
            return;
        }
        let words = self.detectors.iter().flat_map(|detector| {
            [detector.id.value.as_str(), detector.entity.as_str()].into_iter().chain(detector.category.as_deref())
        });
        let hint = if self.packs.contains(&word.value.as_str()) {
            format!("`{}` is a pack: name it in `include`", word.value)
        } else if let Some(near) = suggest::nearest(word, words) {
            format!("did you mean `{near}`?")
        } else {
            "`inkseal detectors` lists what ships; others stand in `detectors`".to_owned()
        };
        findings.error_hint(word.span, format!("there is no detector, entity or category `{}`", word.value), hint);
    }
}

/// Checks the rules of one document against each other and the vocabulary.
pub(super) fn check_rules(rules: &[Rule], vocabulary: &Vocabulary<'_>, findings: &mut Findings) {
    for rule in rules {
        for find in &rule.find {
            find.detect.iter().for_each(|word| vocabulary.check(word, findings));
            check_domain(find, vocabulary, findings);
            check_rerouting(rule, find, findings);
        }
        rule.except.iter().for_each(|exception| vocabulary.check(&exception.detect, findings));
    }
    if !findings.failed() {
        check_reachable(rules, findings);
    }
}

/// `keep_domain` fits what is an e-mail address.
fn check_domain(find: &Find, vocabulary: &Vocabulary<'_>, findings: &mut Findings) {
    if find.action.value != (Action::Hash { keep_domain: true }) {
        return;
    }
    let email = |entity: &str| entity.contains("EMAIL");
    let fits = match (&find.entity, find.detect.as_slice()) {
        (entity, []) => entity.as_deref().is_some_and(email),
        (_, words) => words.iter().all(|word| vocabulary.entities(word).all(email)),
    };
    if !fits {
        let hint = "say `entity: EMAIL_ADDRESS` or `detect: [EMAIL_ADDRESS]`, or hash without it";
        findings.error_hint(find.action.span, "`keep_domain` fits e-mail addresses only", hint);
    }
}

/// Whether a find would change what Envoy routes a request by.
fn routes(find: &Find) -> bool {
    let routed =
        |name: &Spanned<String>| matches!(name.value.as_str(), ":path" | ":authority" | ":method" | ":scheme" | "host");
    match find.place.value {
        Place::Path | Place::Query => true,
        Place::Header => find.names.iter().any(routed),
        _ => false,
    }
}

fn check_rerouting(rule: &Rule, find: &Find, findings: &mut Findings) {
    let requests = rule.matches.direction != Some(Direction::Response) && rule.traffic != Direction::Response;
    let changes = !matches!(find.action.value, Action::Observe | Action::Block { .. });
    if rule.reroute || !requests || !changes || !routes(find) {
        return;
    }
    let hint = "write `reroute: allow` in the rule to change the request all the same, or `apply: logs` in the find";
    match find.apply {
        Some(Apply::Traffic) => {
            findings.error_hint(find.place.span, "this could send requests to another route", hint);
        }
        None if rule.pack.is_none() => {
            findings.warning_hint(
                find.place.span,
                "this applies to logs: it could send requests to another route",
                hint,
            );
        }
        _ => {}
    }
}

/// A rule whose every find an earlier rule with the same match takes first.
fn check_reachable(rules: &[Rule], findings: &mut Findings) {
    for (at, rule) in rules.iter().enumerate() {
        // What only counts does so whatever others take.
        let counts = |find: &&Find| rule.mode == Some(Mode::Shadow) || find.action.value == Action::Observe;
        for find in rule.find.iter().filter(|find| !counts(find)) {
            let owner = rules.iter().take(at).find(|earlier| {
                covers_match(&earlier.matches, &rule.matches)
                    && earlier.mode != Some(Mode::Shadow)
                    && earlier.mode != Some(Mode::Off)
                    && earlier.except.is_empty()
                    && earlier.find.iter().any(|taken| covers(taken, find))
            });
            let same =
                rule.find.iter().take_while(|other| !std::ptr::eq(*other, find)).any(|taken| covers(taken, find));
            let Some(owner) = owner.map(|owner| &owner.id.value).or(same.then_some(&rule.id.value)) else { continue };
            let message = format!("this find can never act: rule `{owner}` has taken the same before");
            findings.error_hint(find.place.span, message, "remove it, or put it before the other");
        }
    }
}

/// Whether whatever `narrow` matches is matched by `wide`, in the cases that need no reasoning about globs.
fn covers_match(wide: &Match, narrow: &Match) -> bool {
    let list = |wide: &[String], narrow: &[String]| wide.is_empty() || wide == narrow;
    (matches!(wide.direction, None | Some(Direction::Any)) || wide.direction == narrow.direction)
        && list(&wide.host, &narrow.host)
        && list(&wide.path, &narrow.path)
        && list(&wide.method, &narrow.method)
        && list(&wide.content_type, &narrow.content_type)
        && list(&wide.route, &narrow.route)
}

/// Whether `earlier` leaves `later` nothing: the same place, no fewer names and detectors, and it takes what it finds.
fn covers(earlier: &Find, later: &Find) -> bool {
    let within = |later: &[Spanned<String>], earlier: &[Spanned<String>]| {
        earlier.is_empty() && later.is_empty()
            || !later.is_empty() && later.iter().all(|word| earlier.iter().any(|other| other.value == word.value))
    };
    let path = |find: &Find| find.path.as_ref().map(|path| path.value.clone());
    earlier.place.value == later.place.value
        && path(earlier) == path(later)
        && earlier.streams == later.streams
        && within(&later.names, &earlier.names)
        && within(&later.detect, &earlier.detect)
        && earlier.apply == later.apply
        && earlier.action.value != Action::Observe
        && (!matches!(later.action.value, Action::Block { .. }) || matches!(earlier.action.value, Action::Block { .. }))
}
