//! Plans that a filter might be given: a compiled one with edits, or JSON of any kind. The digest is made to fit, as
//! whoever writes a plan could, so that the edits get past it. What loads must run.

use std::rc::Rc;

use data_encoding::BASE64_NOPAD;
use inkseal_engine::exchange::{Attributes, Flow, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Sources};
use serde_json::{Value, json};

use super::ready::{self, NOW_MS, sealed};

/// Small ones: an execution writes and reads its plan several times.
const POLICIES: [&str; 3] = [
    r"
version: inkseal/v1
name: tail
detectors:
  - {id: k, entity: K, pattern: '\bk_[A-C]{2,3}', tail: {class: '[A-C]'}, keywords: {any: [k], within: 4}, examples: [k_AA]}
rules:
  - id: a
    match: {path: ['/**'], host: ['*']}
    find: [{in: any, detect: [K], action: {mask: {keep_last: 1}}}, {in: json, path: '$.d', detect: [K], action: observe}]
    except: [{detect: K, values: [k_AAA], reason: a test, until: 2030-01-01}]
limits: {hold_back: 256}
",
    r"
version: inkseal/v1
name: group
detectors:
  - {id: g, entity: G, pattern: 'id=(?P<v>[a-c]{1,2});', redact: v, validate: {min_entropy: 0.1}, examples: ['id=ab;']}
rules:
  - {id: a, find: [{in: any, detect: [G], action: hash}, {in: body, detect: [G], action: {replace: g}}]}
limits: {hold_back: 256}
",
    r"
version: inkseal/v1
name: names
detectors:
  - {id: u, entity: U, pattern: '<[a-c]', tail: {until: '>>'}, examples: ['<a>>']}
rules:
  - id: a
    match: {direction: response, method: [POST], content_type: ['*/*']}
    find:
      - {in: json, path: '$..a[0:2]', action: remove}
      - {in: field, name: ['p*'], action: truncate_ip}
      - {in: json, path: '$.k.*', action: {mask: {keep_first: 1}}}
      - {in: header, name: [k], entity: K, apply: logs}
  - {id: b, mode: shadow, find: {in: any, detect: [U]}}
  - {id: c, find: {in: body, detect: [U], action: {block: {status: 502}}}}
limits: {hold_back: 256}
",
];

thread_local! {
    static BASES: Vec<Value> = POLICIES.iter().map(|text| base(text)).collect();
}

fn base(text: &str) -> Value {
    let json = ready::plan(&mut Sources::new(), &Catalogue::default(), text);
    serde_json::from_str(&json.unwrap_or_else(|why| panic!("{why}"))).expect("a plan is JSON")
}

pub(super) fn run(data: &[u8]) {
    let document = match data {
        // Plans of depth 128 and more are refused before anything else, as is what is no JSON.
        [b'{', ..] => serde_json::from_slice(data).ok(),
        [choice, edits @ ..] => Some(BASES.with(|bases| edited(&bases[usize::from(*choice) % bases.len()], edits))),
        [] => return,
    };
    match document {
        Some(document) => try_plan(sealed(document).to_string().as_bytes()),
        None => try_plan(data),
    }
}

fn try_plan(json: &[u8]) {
    let Ok(plan) = Plan::load(json) else { return };
    let plan = Rc::new(plan);
    carry(&plan, "text/plain", b"k k_AAAA k k_AAA id=ab; <abc >>- id=c; k_BBB\xff");
    carry(
        &plan,
        "application/json",
        br#"{"a":[1,"k_AB",2],"p":"10.1.2.3","d":"id=ab;","k":["k_\u0041B","<a",{"a":[]}]}"#,
    );
    plan.scrub("k_ABC id=ab; <a");
}

fn carry(plan: &Rc<Plan>, media_type: &str, body: &[u8]) {
    let mut exchange = Transaction::new(Rc::clone(plan), None, NOW_MS);
    let mut request: Headers = [(":method", "POST"), (":authority", "a"), (":path", "/k_AB?p=k_ABC&q"), ("k", "k_AB")]
        .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
        .to_vec();
    let mut out = Vec::new();
    if matches!(exchange.request_headers(&mut request, &Attributes::default(), true), Flow::Block(_)) {
        return;
    }
    let status = (b":status".to_vec(), b"200".to_vec());
    let mut response: Headers = vec![status, (b"content-type".to_vec(), media_type.into())];
    if matches!(exchange.response_headers(&mut response, false), Flow::Block(_)) {
        return;
    }
    for piece in body.chunks(5) {
        if matches!(exchange.response_body(piece, false, &mut out), Flow::Block(_)) {
            return;
        }
    }
    exchange.response_body(b"", true, &mut out);
    exchange.summary();
}

/// Nodes of a document beyond which it is edited no further: some edits multiply what is there.
const MOST_NODES: usize = 4096;

/// Three bytes an edit: the place, what is done there, and what to do it with.
fn edited(base: &Value, data: &[u8]) -> Value {
    let mut document = base.clone();
    for edit in data.chunks_exact(3) {
        let [place, what, with] = *edit else { continue };
        let nodes = count(&document);
        if nodes > MOST_NODES {
            break;
        }
        let mut place = usize::from(place) % nodes;
        if let Some(node) = nth(&mut document, &mut place) {
            apply(node, what, with, base);
        }
    }
    document
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// The node that is `left` nodes on, in the order of the text.
fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, left)),
        _ => None,
    }
}

fn apply(node: &mut Value, what: u8, with: u8, base: &Value) {
    let amount = usize::from(with);
    match what % 16 {
        0 => *node = Value::Null,
        1 => *node = json!(with),
        2 => *node = json!(u32::MAX - u32::from(with)),
        3 => *node = json!(-i64::from(with)),
        4 => *node = json!("*".repeat(amount)),
        5 => *node = json!(char::from(with).to_string()),
        6 => *node = json!([]),
        7 => *node = json!({}),
        8 => *node = json!(with & 1 == 1),
        // Another part of the plan.
        9 => *node = nth(&mut base.clone(), &mut (amount % count(base))).map(Value::take).unwrap_or_default(),
        10 => *node = json!([node.take()]),
        _ => match node {
            Value::String(text) => *text = garbled(text, what, amount),
            Value::Array(items) => match items.first().cloned() {
                Some(_) if what & 1 == 0 => drop(items.remove(amount % items.len())),
                Some(first) => items.extend(std::iter::repeat_n(first, amount % 8)),
                None => items.push(json!(with)),
            },
            Value::Object(members) => match members.keys().nth(amount % members.len().max(1)).cloned() {
                Some(name) => drop(members.remove(&name)),
                None => drop(members.insert("a".into(), json!(with))),
            },
            Value::Number(number) => *node = json!(number.as_u64().unwrap_or_default() ^ 1 << (with % 64)),
            Value::Null | Value::Bool(_) => *node = json!(with),
        },
    }
}

/// Base64 of other bytes, or another text.
fn garbled(text: &str, what: u8, amount: usize) -> String {
    match (BASE64_NOPAD.decode(text.as_bytes()), what & 1) {
        (Ok(mut bytes), 0) if !bytes.is_empty() => {
            // `what` carries the bit and a part of the place: automata are longer than 256 bytes.
            let at = (amount + 256 * usize::from(what >> 5)) % bytes.len();
            bytes[at] ^= 1 << (amount % 8);
            BASE64_NOPAD.encode(&bytes)
        }
        (Ok(mut bytes), _) => {
            bytes.truncate(bytes.len().saturating_sub(1 + amount % 40));
            BASE64_NOPAD.encode(&bytes)
        }
        (Err(_), _) => text.chars().skip(amount % 4).chain(['/', '*']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use inkseal_engine::plan::Plan;

    use super::{BASES, count, edited, sealed};

    #[test]
    fn unedited_plans_load_and_every_place_is_reached_by_a_byte() {
        BASES.with(|bases| {
            for base in bases {
                assert!(Plan::load(sealed(edited(base, b"")).to_string().as_bytes()).is_ok());
                assert!(count(base) <= 256, "{}", count(base));
                assert_ne!(&edited(base, &[0, 4, 1]), base);
            }
        });
    }
}
