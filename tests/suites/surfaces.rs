//! Every action on every surface, by name and by content: what was valid stays valid, and the value is gone.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a suite")]

use std::rc::Rc;

use inkseal::exchange::policy::{lines, plan};
use inkseal_engine::exchange::{Attributes, Flow, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Sources};
use inkseal_engine::pseudonym::PseudonymKey;

const SECRET: &str = "key_AAAAAAAA";

/// The actions; the constant text is all that a surface could trip over.
const ACTIONS: &[&str] = &[
    "redact",
    "{mask: {keep_first: 1, keep_last: 2}}",
    r#"{replace: "<\"&'> ;=,%\\ é/?#`"}"#,
    "hash",
    "remove",
    "{truncate_ip: {}}",
    "observe",
    "{block: {status: 502}}",
];

const FINDS: &[&str] = &["{in: any, detect: [own.key]", "{in: field, name: [secret]", "{in: any, detect: [own.open]"];

struct Sample {
    /// The media type of the body.
    media_type: &'static str,
    /// A body with the secret at `$`.
    body: &'static str,
    valid: fn(&[u8]) -> bool,
}

const SAMPLES: &[Sample] = &[
    Sample { media_type: "application/json", body: r#"{"secret":"$","$":[1,"x $ y"],"n":{"secret":12}}"#, valid: json },
    Sample {
        media_type: "application/json",
        body: r#"["a","{\"secret\":\"$\"}",{"secret":["$",{"a":"$"}]}]"#,
        valid: json,
    },
    Sample { media_type: "application/x-ndjson", body: "{\"secret\":\"$\"}\n\"$\"\n[]", valid: ndjson },
    Sample { media_type: "application/x-www-form-urlencoded", body: "secret=$&$=1&x=a+$+b", valid: form },
    Sample {
        media_type: "text/html",
        body: "<p secret=$ a='$' b=\"x $\">$<!--$--></p><secret>$</secret>",
        valid: markup,
    },
    Sample {
        media_type: "application/xml",
        body: "<a secret='$'>x $ y<![CDATA[ $ ]]><secret>$</secret></a>",
        valid: markup,
    },
    Sample { media_type: "text/plain", body: "x $ y\n$", valid: text },
];

fn json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(body).is_ok()
}

fn ndjson(body: &[u8]) -> bool {
    body.split(|&byte| byte == b'\n').all(|line| line.is_empty() || json(line))
}

fn form(body: &[u8]) -> bool {
    body.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-._~*+&=%".contains(&byte))
}

/// The markup that was there is there still: as many tags, values and quotes, and no more.
fn markup(body: &[u8]) -> bool {
    let count = |wanted: u8| body.iter().filter(|&&byte| byte == wanted).count();
    let tags = count(b'<');
    (tags == 5 || tags == 6) && count(b'>') == tags && count(b'\'') == 2 && count(b'"') <= 2 && text(body)
}

fn text(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok()
}

fn load(find: &str, action: &str) -> Rc<Plan> {
    let mut sources = Sources::new();
    let parsed = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS);
    let catalogue = parsed.unwrap_or_else(|errors| panic!("{}", lines(&sources, &errors)));
    let policy = format!(
        "version: inkseal/v1\nname: surfaces\ndetectors:\n  - {{id: own.key, entity: KEY, pattern: 'key_[A-Z]{{8}}', \
         examples: [key_AAAAAAAA]}}\n  - {{id: own.open, entity: OPEN, pattern: 'key_[A-Z]{{2}}', tail: {{class: '[A-Z]'}}, \
         examples: [key_AA]}}\nrules:\n  - {{id: r, reroute: allow, find: [{find}, apply: traffic, action: {action}}}]}}\n"
    );
    let json =
        plan(&mut sources, &catalogue, &policy.as_str().into(), "surfaces").unwrap_or_else(|why| panic!("{why}"));
    Rc::new(Plan::load(json.as_bytes()).unwrap())
}

fn key() -> Rc<PseudonymKey> {
    let json = r#"{"kid":"p1","purpose":"pseudonym","key":"KEY"}"#;
    let key: String = (0..32).map(|at| format!("{:02x}", at * 37 % 251 + 3)).collect();
    Rc::new(PseudonymKey::parse(&json.replace("KEY", &key)).unwrap_or_else(|errors| panic!("{errors:?}")))
}

/// The fields of a request or response, each with the secret in it.
fn fields(request: bool) -> Headers {
    let fields: &[(&str, &str)] = if request {
        &[
            (":method", "POST"),
            (":authority", "a.example"),
            (":path", "/a/$/b?secret=$&x=$&$=1&y"),
            ("cookie", "secret=$; other=x$; c=1"),
            ("referer", "https://b.example/$?secret=$#secret=$"),
            ("secret", "$"),
            ("x-other", "a, $, b"),
            ("authorization", "Bearer $"),
        ]
    } else {
        &[
            (":status", "200"),
            ("set-cookie", "secret=$; Path=/; HttpOnly"),
            ("set-cookie", "other=$; Path=/"),
            ("location", "/x?secret=$&y=$"),
            ("secret", "$"),
            ("x-other", "$"),
        ]
    };
    fields.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.replace('$', SECRET).into_bytes())).collect()
}

fn legal(name: &[u8], value: &[u8]) -> bool {
    let uri = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(byte);
    match name {
        b":path" | b"location" | b"referer" => value.iter().all(uri),
        // RFC 6265 section 4.1.1: no white space, comma, semicolon, backslash or quote within a pair.
        b"cookie" | b"set-cookie" => {
            let pairs = if name == b"cookie" { usize::MAX } else { 1 };
            let octet = |byte: &u8| byte.is_ascii_graphic() && !b"\",\\".contains(byte);
            value.split(|&byte| byte == b';').take(pairs).all(|pair| pair.trim_ascii_start().iter().all(octet))
        }
        _ => value.iter().all(|byte| !byte.is_ascii_control()) && text(value),
    }
}

/// Runs one exchange; whether it was refused.
fn check(plan: &Rc<Plan>, key: &Rc<PseudonymKey>, sample: &Sample, what: &str, gone: &mut usize) -> bool {
    let mut exchange = Transaction::new(Rc::clone(plan), Some(Rc::clone(key)), 0);
    let (mut request, mut response) = (fields(true), fields(false));
    let body = sample.body.replace('$', SECRET);
    for headers in [&mut request, &mut response] {
        headers.push((b"content-type".to_vec(), sample.media_type.into()));
    }
    let mut blocked = matches!(exchange.request_headers(&mut request, &Attributes::default(), false), Flow::Block(_));
    let (mut sent, mut got) = (Vec::new(), Vec::new());
    blocked |= matches!(exchange.request_body(body.as_bytes(), true, &mut sent), Flow::Block(_));
    blocked |= matches!(exchange.response_headers(&mut response, false), Flow::Block(_));
    blocked |= matches!(exchange.response_body(body.as_bytes(), true, &mut got), Flow::Block(_));
    if blocked {
        return true;
    }
    for (name, value) in request.iter().chain(&response) {
        let (name_shown, shown) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value));
        assert!(legal(name, value), "{what}: {name_shown}: {shown}");
        *gone += usize::from(!shown.contains(SECRET));
    }
    for body in [&sent, &got] {
        let shown = String::from_utf8_lossy(body);
        assert!((sample.valid)(body), "{what}: {shown}");
        *gone += usize::from(!shown.contains(SECRET));
    }
    assert_eq!(sent, got, "{what}: both directions are alike");
    false
}

#[test]
fn every_action_is_valid_on_every_surface() {
    let key = key();
    let mut checked = 0;
    for action in ACTIONS {
        for find in FINDS {
            let plan = load(find, action);
            let before: Vec<usize> = SAMPLES
                .iter()
                .map(|sample| {
                    let what = format!("{find}, {action}, {}", sample.media_type);
                    let mut gone = 0;
                    let blocked = check(&plan, &key, sample, &what, &mut gone);
                    assert_eq!(blocked, action.contains("block"), "{what}");
                    checked += 1;
                    gone
                })
                .collect();
            // Content is found on every surface: nothing but the two fields that never held it keeps it.
            if find.contains("detect") && !action.contains("observe") && !action.contains("block") {
                let fields = fields(true).len() + fields(false).len() + 2 + 2;
                assert!(before.iter().all(|&gone| gone == fields), "{find}, {action}: {before:?} of {fields}");
            }
        }
    }
    println!("{checked} exchanges, {} actions on every surface", ACTIONS.len());
    assert_eq!(checked, ACTIONS.len() * FINDS.len() * SAMPLES.len());
}
