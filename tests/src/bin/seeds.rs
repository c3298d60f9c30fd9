//! `cargo run -p inkseal-tests --bin seeds`: writes the seeds of the fuzz targets from the cases and from the lists
//! below into `tests/fuzz/corpus`. Seeds that are there already are written again.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a tool for people")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use inkseal::exchange::message::Wires;
use inkseal_tests::seeded::Seeded;
use inkseal_tests::{cases, fuzzing, oracle};
use serde_json::json;

/// Longer ones slow every execution that starts from them.
const LONGEST: usize = 2048;

const NDJSON: &[&str] = &[
    "{\"secret\":\"a\"}\n{\"p\":1,\"r\":[2]}\n",
    "[1]\r\n\n {\"list\":[1,2,3,4,5,6]} \n{\"a\":{\"b\":\"k_AAAA\"}",
    "{\"x\":\"k_AA\"}\nnot json pin 123\n{\"mail\":\"a@b\"}\n",
    "\"k_AAAA\"\n\"cut k_A\nA\"\n12341238\n",
];

const FORM: &[&str] = &[
    "secret=a&p=k_AAAA&x=1&q=%6b_AAAA",
    "x=1&x=2&a=b&=c&d&&e=",
    "mail=a%40b&pwd=a+b&note=pin+123&sec%72et=AAAA",
    "b=a19BQUFBQUFBQQ%3D%3D&c=%256b_AAAA&d=%zz%4",
    "a=x&x=y",
];

const MARKUP: &[&str] = &[
    "<p class=\"k_AAAA\">pin 123 a@b</p><!-- k_AAAA --><br>",
    "<?xml version=\"1.0\"?><o><secret>AAAA</secret><a:mail b='a@b'/><x>1</x></o>",
    "<![CDATA[k_AAAA & pin 123]]>&#107;_AAAA k&shy;_AA &lt;&lt;a>> &amp",
    "<input name=pwd value=k_AAAA><a href='?q=k_AA'>1 < 2</a><!DOCTYPE html>",
    "<script>var k = \"k_AAAA\"; if (a<b) {}</script><p",
    "<p\nsecret = 'a\nb' p>text<<abc>></p>",
];

const MULTIPART: &[&str] = &[
    "k_AAAA\r\n--b\r\nContent-Disposition: form-data; name=\"secret\"; filename=\"k_AAAA.txt\"\r\n\r\nhunter2\r\n--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n--b--\r\npin 123",
    "--b\nContent-Type: application/json\n\n{\"secret\":\"a\",\"k\":\"k_AAAA\"}\n--b\nContent-Type: image/png\n\nk_AAAA\n--b--\n",
    "--b\r\nContent-Type: multipart/mixed; boundary=bc\r\n\r\n--bc\r\n\r\npin 123\r\n--bc--\r\n--b\r\nContent-Type: text/plain; charset=utf-16\r\n\r\na\r\n--b",
    "--b\r\nContent-Transfer-Encoding: base64\r\n\r\na19BQUFB\r\nQUFBQQ==\r\n--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nk=5FAA=\r\nAA\r\n--b--",
    "--a b\r\nContent-Disposition: form-data; name*=UTF-8''p%77d\r\n\r\na@b\r\n--a b \t\r\nContent-Disposition:\r\n form-data; name=\"=?UTF-8?B?bWFpbA==?=\"\r\n\r\na@b\r\n--a b--",
    "----\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nx=1&pwd=2\r\n------\r\n----\r\n\r\n------",
    "--XbX\r\nContent-Disposition: form-data; name=own\r\n\r\nkey_AAAA\r\n--XbX\r\nContent-Disposition: form-data; name=\"%72em\"\r\n\r\n1\r\n--XbX\r\nContent-Disposition: form-data; name=nar\r\nContent-Type: application/json\r\n\r\n[\"key_AAAA\",1234]\r\n--XbX--",
    "--XbX\nContent-Type: multipart/mixed; boundary=XbXc\n\n--XbXc\nContent-Type: text/html\n\n<fld>a</fld>\n--XbXc--\n--XbX\nContent-Disposition: form-data; name=mask\n\nabcd\n--XbX--",
];

const GRAPHQL: &[&str] = &[
    "query Q($p: String) { user(mail: \"a@b\", secret: \"k_AAAA\") { id } } # pin 123",
    "mutation { login(pwd: \"\"\"k_AAAA\"\"\") { token } }",
    "{\"query\":\"{ user(mail: \\\"a@b\\\") { id } }\",\"variables\":{\"p\":\"k_AAAA\",\"secret\":1}}",
    "{\"data\":{\"user\":{\"mail\":\"a@b\",\"list\":[1,2,3],\"r\":null}},\"errors\":[]}",
];

const JSON: &[&str] = &[
    "{\"secret\":{\"a\":[1,\"]\"]},\"gone\":1,\"list\":[0,1,2,3,4,5],\"a\":{\"b\":\"abcd\",\"c\":12}}",
    "{\"x\":1,\"k\":\"k_AAAA\",\"\\u0070wd\":\"\\u006b_\\u0041\\u0041\",\"ip\":\"10.1.2.3\"}",
    "[\"\\\"k_AAAA\\\"\",\"%6b_AA\",\"a19BQUFBQUFBQUFB\",\"\\ud83d\\ude00k_\u{ad}AA\",\"\u{ff4b}_AA\"]",
    "{\"a\":[[[[[[[[[1]]]]]]]],\"r\":1} k_AAAA",
    "[12341238,-1.5e+3,1234.5678,true,null,\"stop12\",{\"never\":1}]",
    "{\"o\":{\"l\":\"k_AAAA\"},\"secret\":\"abc",
    "{\"gone\":1}",
    "{\"p\":[],\"a\":[\"abcd\",12],\"b\":\"K_AAAA O_AAA\\nBK_AA\"}",
    "{\"r\":1,\"r\":2}",
    "[{\"r\":[{}]},{\"a\":1,\"r\":{\"r\":2},\"b\":3}]",
];

const EVENTS: &[&str] = &[
    "data: {\"secret\":\"a\",\"p\":1}\n\ndata: k_AAAA\nid: a@b\n: pin 123\n\n",
    "\u{feff}event: x\rdata: {\"a\":\rdata:[\"K_AAAA\",1]}\r\rdata\r\n\r\n",
    "data: <<a\ndata: b>>\n: c\ndata: k_AA\ndata\n\n\n:\nretry: 1\nxa\n",
    "data: {\"gone\":1,\ndata: \"r\":{\n: x\ndata: },\"b\":\"stop12\"}\n\ndata: [DONE]\n\n",
    "data: \"O_AAAA\ndata: AA\"\n\nk_AAAA: x\ndata:  [1] x@y\n",
];

const TOKEN_STREAMS: &[&str] = &[
    "data: {\"i\":1,\"t\":\"s_A\"}\n\ndata: {\"i\":2,\"t\":\"pin \"}\n\ndata: {\"i\":1,\"t\":\"AAA\"}\n\ndata: {\"i\":2,\"t\":\"123\"}\n\n",
    "data: {\"c\":[{\"i\":0,\"d\":\"k_\"},{\"d\":\"a@\",\"i\":1}]}\n\ndata: {\"c\":[{\"i\":1,\"d\":\"b s_AAAA\"},{\"i\":0,\"d\":\"AAAA.\"}]}\n\n",
    "data: {\"t\":\"waa\"}\r\n\r\n: x\r\n\r\ndata: {\"x\":1,\r\ndata: \"t\":\"aaaaaaaaaaaaaaaaaaaaaaaaaa\"}\r\n\r\ndata: {\"t\":\"w\"}\r\n\r\n",
    "data: {\"own\":{\"t\":\"s_\"},\"t\":\"\\u0073_\"}\n\ndata: {\"t\":\"AAAA\"}\n\ndata: {\"t\":\"s_AAAA\"\n\ndata: [DONE]\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"k_\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"AA\"}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"pin 12\"}}]}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"3\"}}]}}]}\n\n",
    "event: a\ndata: {\"index\":0,\"delta\":{\"text\":\"k_A\"}}\n\nevent: a\ndata: {\"index\":0,\"delta\":{\"text\":\"A\"}}\n\n",
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"k_\"},{\"text\":\"AA\"}]}}]}\n\ndata: {\"item_id\":\"a\",\"delta\":\"k_\"}\n\ndata: {\"text\":\"k_AA\"}\n\n",
];

const TEXT: &[&str] = &[
    "pin 123 code 1234567890 0000 a@b k_AAAA<<abc>>w k_AA w",
    "xabc\nid=ab;no=cd\nxa",
    "k_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA a@b@c k_k_AA 10.1.2.3",
    "a19BQUFBQUFBQQ== data:image/png;base64,a19BQUFBQUFBQQ== \u{ff4b}_AA k\u{200b}_AA",
    "<<a no end a@b pin\n123\nk_A",
    "ik1_k1_abcdefghijklmnopqrstuvwxya@example.com k_AAAA",
    "stop12 AK_AA O_AAAA K_AAAAAAAA",
];

const PROTOBUF: &[&str] = &[
    "\x08\x01\x12\x08k_AA a@b\x1a\x05\x0a\x03a@b\"\x0812341238",
    "\x0a\x0612 a@b\x13\x0a\x04k_AA\x14\x0d1234\x09k_AAAAAA",
    "\"0a@b ----------------------------------------K_AA",
    "-K_AA* AK_AAA O_AAAA pin 123 a@b ------* 1",
    "\x12\x7fk_AA a@b stop12",
    "\x0b\x0b\x0b\x12\x04K_AA\x0c\x0c\x0c\x0a\x08ik1_k1_a",
];

const GRPC: &[&str] = &[
    "\0\0\0\0\x0a\x12\x08k_AA a@b\0\0\0\0\0\0\0\0\0\x02\x08\x01",
    "\0\0\0\0\x17{\"secret\":1,\"a\":\"K_AA\"}\0\0\0\0\x02{}",
    "\0\0\0\0\x06\x12\x04k_AA\x02\0\0\0\x0c{\"pwd\":\"ab\"}",
    "AAAAAAoSCGtfQUEgYUBigAAAABJncnBjLXN0YXR1czogcGluIDE=gAAAABFzZWNyZXQ6IEtfQUFBDQo=",
    "AAAAAAYSBGtfQUE=AAAAAAIIAQ==!k_AA",
    "\x01\0\0\0\x04k_AA\0\0\0\0\x06\x12\x04K_AA\0\0\0",
    "\0\0\0\x7f\0 k_AA a@b",
];

const MESSAGES: &[&str] = &[
    "/a/k_AAAA?q=1&x=k_AA&p=%6b_AA\nauthorization: Bearer k_AAAA\ncookie: sid=1; b=k_AA\nx-key: aaaa\n\nset-cookie: sid=k_AA; Path=/\nlocation: https://u:p@a.example/k_AAAA?q=a%40b#x=1\n\nx-key: k_AA\n",
    "*\nhost: a\naccept-encoding: gzip\nif-none-match: W/\"a\"\nrange: bytes=0-1\n\netag: \"a\"\ncontent-type: text/plain\ncontent-encoding: gzip\n\n",
    "/?x=1\nauthorization: k_AA\nproxy-authorization: Basic  a19BQQ==\ncookie: ; sid=;=;x\nreferer: /k_AA?p=k_AA\n\nset-cookie: p=k_AA\nset-cookie: x\nwww-authenticate: a\nlocation: ?\n\n",
    "http://a/%2e%2e//?&=&%\nupgrade: websocket\nconnection: upgrade\nx-key: \n\ncontent-type: application/json; charset=utf-16\n\n",
];

const POLICIES: &[&str] = &[
    "version: inkseal/v1\nname: a\ninclude: [all, {pack: keys, mode: shadow, action: hash}]\n",
    "version: inkseal/v1\nname: b\nmode: enforce\ndetectors:\n  - id: own\n    entity: OWN\n    pattern: 'o_(?P<v>[a-c]{2})'\n    redact: v\n    keywords: {any: [own], within: 4}\n    validate: {min_entropy: 0.1}\n    examples: [o_ab]\nrules:\n  - id: a\n    match: {direction: request, host: ['*.a'], path: ['/v1/**'], method: [POST]}\n    find:\n      - {in: json, path: '$.a[0:2]..b', action: remove}\n      - {in: any, detect: [OWN, key], action: {mask: {keep_last: 4}}}\n    except: [{detect: OWN, values: [o_aa], reason: test, until: 2027-01-31}]\n",
    "version: inkseal/v1\nname: c\nrules:\n- {id: a, mode: shadow, find: {in: field, name: ['*p*'], action: {replace: \"[t]\"}}}\n- id: b\n  find: [{in: header, name: [a], entity: A, apply: logs}, {in: cookie, name: [s], action: {block: {status: 502}}}]\naudit: {sink: {cluster: c, format: otlp, path: /v1, batch: 2, flush: 1s}, level: finding, sample: {clean: 1%}}\nlimits: {hold_back: 4KiB, depth: 64}\non_limit: block\non_uninspectable: {coding: block, charset: redact_all, default: pass_and_flag}\nopaque: ['image/*']\nranges: strip\n",
    "version: inkseal/v1\nname: d\ndetectors: [{id: t, entity: T, pattern: 'a', tail: {class: '[a-z]'}, examples: [a]}, {id: t, entity: é, names: [a], examples: []}]\nrules: [{id: é, find: [{in: nowhere}]}]\nunknown: &a *a\n",
];

const PLANS: &[&str] =
    &["0", "1", "2", "0a2b", "1ab0cAB", "2c9d#x[bC", "0!z_a$a/b?n", "{\"format\":1}", "{\"format\":2,\"digest\":\"\"}"];

/// The bytes in front of a body: printable, and the same for the same body and `turn`.
fn headed(body: &[u8], count: usize, turn: usize) -> Vec<u8> {
    let mut random = Seeded::of(&format!("{turn} {}", String::from_utf8_lossy(body)));
    let mut head = |_| b'0' + u8::try_from(random.below(75)).unwrap();
    [(0..count).map(&mut head).collect(), body.to_vec()].concat()
}

const RECORDS: &[&str] = &[
    "0a0b",
    "0<0b1=a b",
    "2?0a3@0b",
    "7Aaa1Bzz",
    "4C!b5Daa",
    "{}\n{\"heads\":[],\"witnessed\":true}\n{\"purpose\":\"pseudonym\"}",
    "{\"body\":\"{}\",\"c\":\"\",\"chain\":\"\",\"kid\":\"a\",\"kind\":1,\"seq\":\"1\",\"tag\":\"\"}",
    "{\"n\":\"0\",\"accumulator\":\"00\",\"dropped\":[],\"previous\":null}",
];

fn main() {
    let mut seeds: BTreeMap<&str, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for (name, bodies) in [
        ("json", JSON),
        ("ndjson", NDJSON),
        ("form", FORM),
        ("markup", MARKUP),
        ("multipart", MULTIPART),
        ("graphql", GRAPHQL),
        ("text", TEXT),
        ("protobuf", PROTOBUF),
        ("grpc", GRPC),
        ("events", EVENTS),
        ("token_streams", TOKEN_STREAMS),
    ] {
        for body in bodies.iter().filter(|_| name != "graphql") {
            seeds.entry("differences").or_default().insert(headed(body.as_bytes(), 1, 0));
        }
        for (turn, body) in (0..3).flat_map(|turn| bodies.iter().map(move |body| (turn, body))) {
            seeds.entry(name).or_default().insert(headed(body.as_bytes(), 2, turn));
        }
    }
    for (turn, text) in (0..2).flat_map(|turn| MESSAGES.iter().map(move |text| (turn, text))) {
        seeds.entry("messages").or_default().insert(headed(text.as_bytes(), 1, turn));
    }
    // What the oracle's own documents are made of.
    for words in oracle::policies::ALL.iter().map(|trial| &trial.words) {
        let quoted = words.secrets.iter().zip(words.names.iter().cycle()).map(|(word, name)| json!({*name: word}));
        for body in words.secrets.iter().map(|word| (*word).to_owned()).chain(quoted.map(|it| it.to_string())) {
            seeds.entry("differences").or_default().insert(headed(body.as_bytes(), 1, 0));
        }
    }
    // A byte from `d` on says which field or target it is.
    for words in oracle::policies::FIELDS.iter().map(|trial| &trial.words) {
        for (turn, (word, name)) in words.secrets.iter().zip(words.names.iter().cycle()).enumerate() {
            let head = char::from(b'd' + u8::try_from(turn % 20).unwrap());
            let text = format!("{head}/{word}?{name}={word}&a=1; {name}={word}; Path=/");
            seeds.entry("differences").or_default().insert(text.into_bytes());
        }
    }
    seeds.entry("policies").or_default().extend(POLICIES.iter().map(|text| text.as_bytes().to_vec()));
    seeds.entry("records").or_default().extend(RECORDS.iter().map(|text| text.as_bytes().to_vec()));
    seeds.entry("plans").or_default().extend(PLANS.iter().map(|text| text.as_bytes().to_vec()));
    for case in cases::all().unwrap() {
        let policy = case.exchange.policy.as_ref();
        if let Some(policy) = policy.and_then(|policy| inkseal::exchange::policy::text(policy, "seed").ok()) {
            seeds.entry("policies").or_default().insert(policy.into_bytes());
        }
        for (at, wire) in
            Wires::new(&case.exchange).iter().flat_map(|wires| [&wires.request, &wires.response]).enumerate()
        {
            if wire.headers.iter().any(|(name, _)| name == b"content-encoding") {
                let stacks = (0..6).map(|stack| [&[b'0' + stack, b'1'], wire.body.as_slice()].concat());
                seeds.entry("codings").or_default().extend(stacks);
            } else if case.place.contains("charsets") && !wire.body.is_empty() {
                seeds.entry("charsets").or_default().insert(headed(&wire.body, 2, at));
            }
        }
        for message in [&case.exchange.request, &case.exchange.response].into_iter().flatten() {
            let body = match (&message.body, &message.json) {
                (Some(body), _) => body.clone(),
                (None, Some(json)) => json.to_string(),
                (None, None) => continue,
            };
            let kind =
                message.headers.get("content-type").map_or("application/json", |values| values.all()[0].as_str());
            let name = match kind {
                _ if kind.contains("grpc") || kind.contains("connect+") => "grpc",
                _ if kind.contains("protobuf") => "protobuf",
                _ if kind.contains("event-stream") && case.place.starts_with("token") => "token_streams",
                _ if kind.contains("event-stream") => "events",
                _ if kind.contains("ndjson") => "ndjson",
                _ if kind.contains("graphql") => "graphql",
                _ if kind.contains("json") => "json",
                _ if kind.contains("multipart") => "multipart",
                _ if kind.contains("form") => "form",
                _ if kind.contains("html") || kind.contains("xml") => "markup",
                _ => "text",
            };
            seeds.entry(name).or_default().insert(headed(body.as_bytes(), 2, 0));
        }
    }
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for target in fuzzing::TARGETS {
        let folder = corpus.join(target.name);
        std::fs::create_dir_all(&folder).unwrap();
        let mut written = 0;
        for seed in seeds.remove(target.name).unwrap_or_default().iter().filter(|seed| seed.len() <= LONGEST) {
            let name = Seeded::of(&String::from_utf8_lossy(seed)).number();
            std::fs::write(folder.join(format!("seed-{name:016x}")), seed).unwrap();
            written += 1;
        }
        println!("{}: {written} seeds", target.name);
    }
}
