//! The policy language from its text: what is read, and what each mistake is told.

#![cfg(feature = "compile")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use inkseal_engine::policy::model::{Action, Apply, Direction, Level, Mode, Place, Uninspected, Validator};
use inkseal_engine::policy::{Catalogue, Diagnostic, Resolved, Severity, Sources, resolve};

const DETECTORS: &str = r"
version: inkseal/v1
detectors:
  - {id: jwt, entity: JWT, source: 'https://a.example', description: d, severity: low, category: secret/generic, pattern: 'eyJ[a-z]{4}', tail: {class: '[a-z.]'}, examples: [a, b], counter_examples: [c, d]}
  - {id: card, entity: CREDIT_CARD, source: 'https://a.example', description: d, severity: low, category: secret/generic, pattern: '[0-9]{16}', validate: [luhn, card_issuer], examples: [a, b], counter_examples: [c, d]}
  - {id: email, entity: EMAIL_ADDRESS, source: 'https://a.example', description: d, severity: low, category: secret/generic, pattern: 'a@b', examples: [a, b], counter_examples: [c, d]}
  - {id: key, entity: PRIVATE_KEY, source: 'https://a.example', description: d, severity: low, category: secret/generic, pattern: 'BEGIN', tail: {until: 'END'}, examples: [a, b], counter_examples: [c, d]}
  - {id: secret, entity: SECRET, source: 'https://a.example', description: d, severity: low, category: secret/generic, names: ['*_token'], except_names: [page_token], examples: [a, b], counter_examples: [c, d]}
";
const SECRETS: &str = r"
version: inkseal/v1
name: secrets
description: secrets
rules:
  - {id: secrets.tokens, find: [{in: any, detect: [JWT, PRIVATE_KEY]}]}
  - {id: secrets.fields, find: [{in: any, detect: [SECRET], apply: logs}]}
";
const PII: &str = r"
version: inkseal/v1
name: pii-core
description: personal data
rules: [{id: pii-core.mail, find: [{in: any, detect: [EMAIL_ADDRESS]}]}]
";
const PCI: &str = r"
version: inkseal/v1
name: pci
description: cards
rules: [{id: pci.card, find: [{in: any, detect: [CREDIT_CARD], action: {mask: {keep_last: 4}}}]}]
";
const RECOMMENDED: &str = r"
version: inkseal/v1
name: recommended
description: all of them
include: [secrets, pii-core, {pack: pci, mode: shadow}]
";

fn shown(sources: &Sources, diagnostics: &[Diagnostic]) -> Vec<String> {
    let line = |diagnostic: &Diagnostic| {
        let at = sources.position(diagnostic.span);
        format!("{}:{} {diagnostic}", at.line, at.column)
    };
    diagnostics.iter().map(line).collect()
}

fn read(text: &str) -> Result<Resolved, Vec<String>> {
    let mut sources = Sources::new();
    let packs = [("secrets", SECRETS), ("pii", PII), ("pci", PCI), ("recommended", RECOMMENDED)];
    let catalogue = Catalogue::parse(&mut sources, &[("detectors", DETECTORS)], &packs)
        .unwrap_or_else(|errors| panic!("{:#?}", shown(&sources, &errors)));
    let file = sources.add("policy.yaml", text);
    resolve(&sources, file, &catalogue).map_err(|errors| shown(&sources, &errors))
}

fn good(text: &str) -> Resolved {
    read(text).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// The errors of a policy whose head is right and whose lines from 3 on are `rest`.
fn errors(rest: &str) -> Vec<String> {
    read(&format!("version: inkseal/v1\nname: a\n{rest}\n")).expect_err("the policy was accepted")
}

#[test]
fn the_whole_language_is_read() {
    let resolved = good(include_str!("policy/checkout.yaml"));
    let policy = &resolved.policy;
    assert_eq!((policy.name.value.as_str(), policy.mode), ("checkout", Mode::Enforce));
    let session = &resolved.detectors[0];
    assert_eq!(session.validate[0].value, Validator::MinEntropy(3200));
    assert_eq!(session.keywords.as_ref().unwrap().within, 40);
    let ids: Vec<&str> = resolved.rules.iter().map(|rule| rule.id.value.as_str()).collect();
    assert_eq!(
        ids,
        [
            "bearer-out",
            "card-and-mail",
            "passwords-anywhere",
            "no-private-keys",
            "secrets.tokens",
            "secrets.fields",
            "pii-core.mail",
            "pci.card",
        ]
    );
    let bearer = &policy.rules[0];
    assert_eq!(bearer.matches.host, ["*.shop.example"]);
    assert_eq!(bearer.find[0].action.value, Action::Hash { keep_domain: false });
    assert_eq!(bearer.find[0].apply, Some(Apply::Logs));
    assert_eq!(bearer.find[1].place.value, Place::Cookie);
    assert_eq!(policy.rules[1].except[0].until_ms, 1_801_353_600_000);
    assert_eq!(policy.rules[3].find[0].action.value, Action::Block { status: 502 });
    let audit = &policy.audit;
    assert_eq!((audit.sink.flush_ms, audit.excerpt, audit.level), (1000, 2048, Level::Finding));
    assert_eq!((audit.sample.clean, audit.sample.changed), (10_000, 1_000_000));
    assert_eq!((audit.debug[0].level, audit.debug[0].until_ms), (Level::Exchange, 1_796_126_400_000));
    assert_eq!(audit.actor.len(), 4);
    assert_eq!(audit.reason_header.as_deref(), Some("x-access-reason"));
    assert_eq!(policy.on_uninspectable.get("default"), Some(&Uninspected::Block));
    assert_eq!(policy.opaque.len(), 8);
    assert_eq!(policy.tests[0].value["expect"]["findings"][0]["count"], 1);
    // A token in a query is part of the path by which Envoy routes.
    assert_eq!(resolved.warnings.len(), 1);
    assert_eq!(resolved.warnings[0].severity, Severity::Warning);
}

#[test]
fn a_policy_of_two_lines_has_safe_defaults() {
    let policy = good("version: inkseal/v1\nname: a\ninclude: [recommended]").policy;
    assert_eq!(policy.mode, Mode::Enforce);
    assert_eq!(policy.audit.sink.cluster, "audit_collector");
    assert_eq!((policy.audit.sample.clean, policy.audit.strict), (1_000_000, false));
    assert_eq!(policy.on_limit, Uninspected::Block);
    assert!(policy.opaque.iter().any(|glob| glob == "image/*"));
}

#[test]
fn packs_change_responses_only_unless_told_otherwise() {
    let rules = |include: &str| good(&format!("version: inkseal/v1\nname: a\ninclude: [{include}]")).rules;
    let plain = rules("secrets");
    assert_eq!((plain[0].traffic, plain[0].matches.direction), (Direction::Response, None));
    assert_eq!((plain[0].find[0].apply, plain[1].find[0].apply), (None, Some(Apply::Logs)));
    let both = rules("{pack: secrets, direction: any, apply: traffic}");
    assert_eq!((both[0].traffic, both[0].matches.direction), (Direction::Any, Some(Direction::Any)));
    let logs = rules("{pack: secrets, apply: logs}");
    assert_eq!(logs[0].find[0].apply, Some(Apply::Logs));
    let hashed = rules("{pack: secrets, mode: shadow, action: hash}");
    assert_eq!(hashed[0].mode, Some(Mode::Shadow));
    assert_eq!(hashed[0].find[0].action.value, Action::Hash { keep_domain: false });
    assert_eq!(
        good("version: inkseal/v1\nname: a\nrules: [{id: a, find: {in: any, detect: JWT}}]").rules[0].traffic,
        Direction::Any
    );
}

#[test]
fn overrides_reach_packs_in_packs_and_the_outer_ones_count() {
    let modes = |include: &str| -> Vec<Option<Mode>> {
        let rules = good(&format!("version: inkseal/v1\nname: a\ninclude: [{include}]")).rules;
        rules.iter().map(|rule| rule.mode).collect()
    };
    assert_eq!(modes("recommended"), [None, None, None, Some(Mode::Shadow)]);
    assert_eq!(modes("{pack: recommended, mode: enforce}"), [Some(Mode::Enforce); 4]);
    let resolved = good("version: inkseal/v1\nname: a\ninclude: [pci, recommended, pci]");
    assert_eq!(resolved.rules.len(), 4);
    assert_eq!(resolved.rules[0].mode, None);
    assert_eq!(resolved.warnings.len(), 1);
}

#[test]
fn all_errors_come_at_once_in_the_order_of_the_text() {
    let text = "\
version: inkseal/v2
nmae: a
mode: enforced
include: [secret, {pack: pci, mod: shadow}]
rules:
  - id: One
    find: [{in: haeder, name: [a]}, {in: body, detect: [CREDIT_CRAD], action: redcat}]
  - find: []
    except: [{detect: JWT, values: [a]}]
  - {id: b, find: {in: json, path: '$.a[?(@.b)]'}, reroute: yes}
limits: {hold_back: 4kb, depth: 0}
audit: {sample: {clean: 1}, actor: [{mtls: cn}], level: all}
ranges: 1
tests: [{nam: a}]
";
    let errors = read(text).unwrap_err();
    let expected = [
        "1:10 `inkseal/v2` is not a known version (this version reads `inkseal/v1`)",
        "2:1 `nmae` is not a key of a policy (did you mean `name`?)",
        "3:7 `enforced` is not a mode (did you mean `enforce`?)",
        "4:11 there is no pack `secret` (did you mean `secrets`?)",
        "4:31 `mod` is not a key of an include entry (did you mean `mode`?)",
        "6:9 `One` is not an id",
        "7:17 `haeder` is not a place (did you mean `header`?)",
        "7:57 there is no detector, entity or category `CREDIT_CRAD` (did you mean `CREDIT_CARD`?)",
        "7:79 `redcat` is not an action (did you mean `redact`?)",
        "8:5 a rule needs `id`",
        "8:11 the list is empty",
        "9:14 an exception needs `reason`",
        "9:14 an exception needs `until`",
        "10:36 filters in JSON paths are not supported",
        "10:61 `yes` is not a way to reroute",
        "11:21 expected a size",
        "11:33 expected 1 to 1024, not 0",
        "12:25 expected a share",
        "12:44 `cn` is not a field of a certificate",
        "12:57 `all` is not a level",
        "13:9 expected text, not a number (put it into quotes)",
        "14:9 a test needs `name`",
        "14:9 a test needs `expect`",
        "14:10 `nam` is not a key of a test (did you mean `name`?)",
    ];
    assert!(errors[0].contains("1:"), "{errors:#?}");
    for expected in expected {
        assert!(errors.iter().any(|error| error.starts_with(expected)), "{expected}\nis not among {errors:#?}");
    }
    let lines: Vec<usize> = errors.iter().map(|error| error.split(':').next().unwrap().parse().unwrap()).collect();
    assert!(lines.is_sorted(), "{errors:#?}");
}

#[test]
fn each_mistake_has_its_own_words() {
    for (rest, expected) in [
        ("mode: off", "1:1 the policy has no `rules` and includes no pack: it would find nothing"),
        ("include: [secret]", "3:11 there is no pack `secret` (did you mean `secrets`?)"),
        (
            "rules: [{id: a, find: [{in: body, detect: [CREDIT_CRAD]}]}]",
            "3:44 there is no detector, entity or category `CREDIT_CRAD` (did you mean `CREDIT_CARD`?)",
        ),
        (
            "rules: [{id: a, find: [{in: body, detect: [secrets]}]}]",
            "3:44 there is no detector, entity or category `secrets` (`secrets` is a pack: name it in `include`)",
        ),
        ("rules: [{id: a, find: [{in: body}]}]", "3:24 `in: body` needs `detect`: it would take everything"),
        (
            "rules: [{id: a, find: [{in: header}]}]",
            "3:24 `in: header` needs `name` or `detect`: it would take everything",
        ),
        ("rules: [{id: a, find: [{in: body, detect: [JWT], name: [a]}]}]", "3:50 `in: body` has no `name`"),
        ("rules: [{id: a, find: [{in: header, name: [a], path: $.a}]}]", "3:48 `in: header` has no `path`"),
        ("rules: [{id: a, find: [{in: header, name: [1]}]}]", "3:44 expected text, not a number (put it into quotes)"),
        ("rules: [{id: a, find: [{in: sse}]}]", "3:24 `in: sse` needs `detect`: it would take everything"),
        (
            "rules: [{id: a, find: [{in: sse, stream_text: {key: $.a}, detect: [JWT]}]}]",
            "3:47 a stream of text needs `path`",
        ),
        (
            "rules: [{id: a, find: [{in: sse, stream_text: {path: $.a, key: $..b}, detect: [JWT]}]}]",
            "3:64 a key is at one depth: `..` is not supported in it",
        ),
        (
            "rules: [{id: a, find: [{in: sse, stream_text: openai, detect: [JWT]}]}]",
            "3:47 `openai` is not a format of streamed text",
        ),
        (
            "rules: [{id: a, find: [{in: body, stream_text: gemini, detect: [JWT]}]}]",
            "3:35 `in: body` has no `stream_text`",
        ),
        ("rules: [{id: a, find: [{in: part}]}]", "3:24 `in: part` needs `name` or `detect`: it would take everything"),
        (
            "rules: [{id: a, find: [{in: field, name: [a], action: {hash: {keep_domain: true}}}]}]",
            "3:55 `keep_domain` fits e-mail addresses only",
        ),
        (
            "rules: [{id: a, find: [{in: any, detect: [JWT, email], action: {hash: {keep_domain: true}}}]}]",
            "3:64 `keep_domain` fits e-mail addresses only",
        ),
        (
            "rules: [{id: a, find: [{in: field, name: [a], action: {mask: {keep_last: 65}}}]}]",
            "3:74 expected 0 to 64, not 65",
        ),
        (
            "rules: [{id: a, find: [{in: field, name: [a], action: {mask: {char: \"\\n\"}}}]}]",
            "3:69 `\\n` cannot be a mask character",
        ),
        (
            "rules: [{id: a, find: [{in: field, name: [a], action: {truncate_ip: {v4: 33}}}]}]",
            "3:74 expected 0 to 32, not 33",
        ),
        (
            "rules: [{id: a, find: [{in: field, name: [a], action: {block: {status: 200}}}]}]",
            "3:72 expected 400 to 599, not 200",
        ),
        ("rules: [{id: a, find: [{in: field, name: [a], action: replace}]}]", "3:55 `replace` needs a text"),
        (
            "rules: [{id: a, find: [{in: any, detect: [JWT], entity: A}]}]",
            "3:49 `entity` names a whole value, `detect` looks inside it",
        ),
        (
            "rules: [{id: a, find: [{in: query, name: [a], apply: traffic}]}]",
            "3:29 this could send requests to another route",
        ),
        (
            "rules: [{id: a, find: {in: any, detect: JWT}}, {id: a, find: {in: any, detect: email}}]",
            "3:53 there is a rule `a` already",
        ),
        (
            "rules: [{id: a, find: {in: any, detect: [JWT, email]}}, {id: b, match: {direction: response}, find: {in: any, detect: JWT}}]",
            "3:106 this find can never act: rule `a` has taken the same before",
        ),
        (
            "rules: [{id: pci.card, find: {in: any, detect: JWT}}]\ninclude: [pci]",
            "3:14 an included pack has a rule `pci.card`",
        ),
        (
            "rules: [{id: a, match: {path: [v1], host: ['a:80'], method: [get]}, find: {in: any, detect: JWT}}]",
            "3:32 `v1` can never match (a path starts with `/`)",
        ),
        (
            "rules: [{id: a, find: {in: any, detect: JWT}, except: [{detect: JWT, values: [a], reason: b, until: 2027-02-30}]}]",
            "3:101 `2027-02-30` is not a date",
        ),
        (
            "include: [pci]\ndetectors: [{id: jwt, entity: A, pattern: a, examples: [a]}]",
            "4:18 a detector `jwt` ships with Inkseal",
        ),
        (
            "include: [pci]\ndetectors: [{id: a, entity: A, examples: [a]}]",
            "4:13 a detector needs `pattern` or `names`",
        ),
        ("include: [pci]\ndetectors: [{id: a, entity: a, pattern: a, examples: [a]}]", "4:29 `a` is not an entity"),
        ("include: [pci]\ndetectors: [{id: a, entity: A, pattern: a}]", "4:13 a detector needs `examples`"),
        (
            "include: [pci]\ndetectors: [{id: a, entity: A, names: [a], tail: {class: a}, examples: [a]}]",
            "4:44 `tail` does not go with `names`",
        ),
        (
            "include: [pci]\ndetectors: [{id: a, entity: A, pattern: a, validate: lunh, examples: [a]}]",
            "4:54 `lunh` is not a validator (did you mean `luhn`?)",
        ),
        (
            "include: [pci]\ndetectors: [{id: a, entity: A, pattern: a, validate: [luhn, nl_bns], examples: [a]}]",
            "4:61 `nl_bns` is not a validator (did you mean `nl_bsn`?)",
        ),
        (
            "include: [pci]\ndetectors: [{id: a, entity: A, pattern: a, validate: bech32n, examples: [a]}]",
            "4:54 `bech32n` is not a validator (did you mean `bech32`?)",
        ),
        (
            "include: [pci]\ndetectors: [{id: a, entity: A, pattern: a, validate: checksum, examples: [a]}]",
            "4:54 `checksum` is not a validator (one of `luhn`, `verhoeff`, ",
        ),
        (
            "include: [pci]\ndetectors: [{id: a, entity: A, pattern: a, validate: {min_entropy: 9}, examples: [a]}]",
            "4:68 expected bits per byte from 0 to 8",
        ),
        (
            "include: [pci]\ndetectors: [{id: a, entity: A, pattern: a, validate: {min_entropy: 1, weighted: {}}, examples: [a]}]",
            "4:54 a validator with settings is `min_entropy`, `without` or `weighted`",
        ),
        (
            "include: [pci]\ndetectors: [{id: a, entity: A, pattern: a, validate: {weighted: {weights: [1, a]}}, examples: [a]}]",
            "4:79 expected a whole number from -999 to 999",
        ),
        (
            "include: [pci]\ndetectors: [{id: a, entity: A, pattern: a, validate: {weighted: {weights: [1], symbols: '0'}}, examples: [a]}]",
            "4:89 `0` does not list check symbols",
        ),
        ("include: [pci]\nopaque: [image]", "4:10 `image` can never match"),
        ("include: [pci]\nlimits: {hold_back: 1MiB}", "4:21 expected a size from 256B to 64KiB"),
        (
            "include: [pci]\non_uninspectable: {codng: block}",
            "4:20 `codng` is not a key of outcomes by reason (did you mean `coding`?)",
        ),
        ("include: [pci]\nlimits: 1", "4:9 expected limits, a mapping with `hold_back`"),
    ] {
        let errors = errors(rest);
        assert!(errors.iter().any(|error| error.starts_with(expected)), "{rest}\n{expected}\nis not among {errors:#?}");
    }
}

#[test]
fn what_only_looks_alike_is_accepted() {
    for rest in [
        // The earlier rule leaves the match alone, or another direction, or has exceptions.
        "rules: [{id: a, mode: shadow, find: {in: any, detect: JWT}}, {id: b, find: {in: any, detect: JWT}}]",
        "rules: [{id: a, match: {direction: request}, find: {in: any, detect: JWT}}, {id: b, find: {in: any, detect: JWT}}]",
        "rules: [{id: a, find: {in: any, detect: JWT}, except: [{detect: JWT, values: [a], reason: b, until: 2030-01-01}]}, {id: b, find: {in: any, detect: JWT}}]",
        // Block beats everything.
        "rules: [{id: a, find: {in: any, detect: JWT}}, {id: b, find: {in: any, detect: JWT, action: block}}]",
        "rules: [{id: a, reroute: allow, find: {in: query, name: a, apply: traffic}}]",
        "rules: [{id: a, find: {in: any, detect: [EMAIL_ADDRESS], action: {hash: {keep_domain: true}}}}]",
        "rules: []\ninclude: [pci]\ntests: []",
        "opaque: []\ninclude: [pci]",
    ] {
        good(&format!("version: inkseal/v1\nname: a\n{rest}\n"));
    }
}

/// Half a file, or a file with something missing or misplaced, is answered, with places inside the file.
#[test]
fn broken_text_is_answered_with_places_inside_it() {
    let text = include_str!("policy/checkout.yaml");
    let lines: Vec<&str> = text.lines().collect();
    let cut = (0..text.len()).step_by(7).filter_map(|end| text.get(..end)).map(str::to_owned);
    let without = (0..lines.len()).map(|gone| {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| *line);
        kept.collect::<Vec<_>>().join("\n")
    });
    let replaced = ["{", "]", ":", "- ", "\"", "&a ", "é", "\t", "~"].into_iter().flat_map(|inserted| {
        (0..text.len())
            .step_by(41)
            .filter_map(move |at| text.split_at_checked(at))
            .map(move |(before, after)| format!("{before}{inserted}{after}"))
    });
    let mut refused = 0;
    for broken in cut.chain(without).chain(replaced) {
        let mut sources = Sources::new();
        let catalogue = Catalogue::parse(&mut sources, &[("detectors", DETECTORS)], &[("secrets", SECRETS)]).unwrap();
        let file = sources.add("policy.yaml", broken.as_str());
        let Err(errors) = resolve(&sources, file, &catalogue) else { continue };
        refused += 1;
        assert!(!errors.is_empty());
        for error in errors {
            assert!(error.span.file == file && error.span.start <= error.span.end && error.span.end <= broken.len());
            assert!(broken.is_char_boundary(error.span.start) && broken.is_char_boundary(error.span.end), "{error:?}");
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn a_detector_that_ships_says_more_than_one_of_a_policy() {
    let catalogue = |fields: &str| {
        let mut sources = Sources::new();
        let text = format!("version: inkseal/v1\ndetectors:\n  - {{id: a, entity: A, pattern: a{fields}}}\n");
        let parsed = Catalogue::parse(&mut sources, &[("detectors", &text)], &[]);
        parsed.map(|_| ()).map_err(|errors| shown(&sources, &errors))
    };
    let whole =
        ", description: d, source: s, severity: low, category: secret/ai, examples: [a, aa], counter_examples: [b, c]";
    assert_eq!(catalogue(whole), Ok(()));
    let needs = |key: &str| format!("3:5 a detector needs `{key}`");
    let mut missing = vec![needs("examples")];
    missing.extend(["description", "source", "severity", "category", "counter_examples"].map(needs));
    assert_eq!(catalogue(""), Err(missing));
    for (from, to, error) in [
        ("[a, aa]", "[a]", "3:99 a detector that ships has at least 2 `examples`"),
        ("[b, c]", "b", "3:118 a detector that ships has at least 2 `counter_examples`"),
        ("low", "lo", "3:73 `lo` is not a severity (did you mean `low`?)"),
        ("secret/ai", "secrets/ai", "3:88 `secrets/ai` is not a category (did you mean `secret/ai`?)"),
    ] {
        assert_eq!(catalogue(&whole.replace(from, to)), Err(vec![error.to_owned()]));
    }
}

#[test]
fn a_category_stands_for_what_belongs_to_it() {
    let named = |word: &str| -> Vec<String> {
        let text =
            format!("version: inkseal/v1\nname: a\nrules: [{{id: r, find: [{{in: body, detect: [{word}]}}]}}]\n");
        good(&text).detectors_named(word).map(|detector| detector.id.value.clone()).collect()
    };
    let all = ["jwt", "card", "email", "key", "secret"];
    assert_eq!(named("secret/generic"), all);
    assert_eq!(named("secret/*"), all);
    assert_eq!(
        errors("rules: [{id: r, find: [{in: body, detect: [secret/generics]}]}]"),
        ["3:44 there is no detector, entity or category `secret/generics` (did you mean `secret/generic`?)"]
    );
}
