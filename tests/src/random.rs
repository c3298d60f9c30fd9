//! Random bodies: secrets, almost-secrets and what stands around them, redacted whole, in pieces and byte by byte.

use std::rc::Rc;

use inkseal::exchange::policy::{lines, plan};
use inkseal_engine::exchange::{Attributes, Finding, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Sources};

use crate::seeded::Seeded;

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "jane@shop.example", "@", ".", "a", "4111 1111 1111 1111", "4111111111111111", "123-45-6789", "ssn ",
    "DE89370400440532013000", "AKIAAAAAAAAAAAAAAAAA", "AKIA", "Bearer ", "AAAAAAAA1AAAAAAAAAAAAAAA",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----",
    "ik1_p1_abcdefghijklmnopqrstuvwxya", "\n", " ", "\"", "\\", "\\u0040", "\\ud83d", "{", "}", "[", "]", ":", ",",
    "\"password\":", "\"gone\":", "\"m\":", "null", "1", "-0.5e1", "\u{e9}",
];

const POLICY: &str = r#"
version: inkseal/v1
name: random
include: [recommended]
rules:
  - id: own
    find:
      - {in: json, path: "$..gone", action: remove}
      - {in: json, path: "$..m", action: {mask: {keep_first: 1, keep_last: 2}}}
      - {in: body, detect: [EMAIL_ADDRESS], action: {replace: "<mail>"}}
  - {id: quiet, mode: shadow, find: [{in: body, detect: [CREDIT_CARD, JWT]}]}
"#;

/// The plan that the bodies go through: recommended, removal, masks, overlaps and shadow rules.
///
/// # Errors
/// The policy does not compile.
pub fn load() -> anyhow::Result<Rc<Plan>> {
    load_with("{hold_back: 1KiB}")
}

/// The same with these `limits`.
///
/// # Errors
/// The policy does not compile.
pub fn load_with(limits: &str) -> anyhow::Result<Rc<Plan>> {
    let mut sources = Sources::new();
    let parsed = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS);
    let catalogue = parsed.map_err(|errors| anyhow::Error::msg(lines(&sources, &errors)))?;
    let policy = format!("{POLICY}limits: {limits}\n");
    let json = plan(&mut sources, &catalogue, &policy.into(), "random bodies")?;
    Ok(Rc::new(Plan::load(json.as_bytes())?))
}

type Outcome = (Vec<u8>, Vec<Finding>, Vec<Finding>);

/// One body whole, in random pieces and byte by byte, which must agree; whether anything was found.
///
/// # Errors
/// What disagrees, with the seed that makes it again.
pub fn check(plan: &Rc<Plan>, seed: u64) -> Result<bool, String> {
    let mut random = Seeded::of(&seed.to_string());
    let body: String = (0..random.below(32)).map(|_| PIECES[random.below(PIECES.len())]).collect();
    let body = body.as_bytes();
    let media_type = if random.below(2) == 0 { "application/json" } else { "text/plain" };
    let cuts = random.cuts(body.len(), 8);
    let starts = [0].into_iter().chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([body.len()]);
    let whole = response(plan, media_type, std::iter::once(body));
    for (how, outcome) in [
        (format!("cut at {cuts:?}"), response(plan, media_type, starts.zip(ends).map(|(from, to)| &body[from..to]))),
        ("byte by byte".to_owned(), response(plan, media_type, body.chunks(1))),
        (
            "byte by byte with nothing between".to_owned(),
            response(plan, media_type, body.chunks(1).flat_map(|byte| [byte, b""])),
        ),
    ] {
        if outcome != whole {
            let shown = String::from_utf8_lossy(body);
            return Err(format!("seed {seed}, {media_type}, {how}: {shown:?}\nwhole {whole:?}\nbut   {outcome:?}"));
        }
    }
    Ok(!whole.1.is_empty())
}

fn response<'a>(plan: &Rc<Plan>, media_type: &str, chunks: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut exchange = Transaction::new(Rc::clone(plan), None, 0);
    let mut request: Headers = vec![(b":method".to_vec(), b"GET".to_vec()), (b":path".to_vec(), b"/".to_vec())];
    exchange.request_headers(&mut request, &Attributes::default(), true);
    let mut headers: Headers =
        vec![(b":status".to_vec(), b"200".to_vec()), (b"content-type".to_vec(), media_type.into())];
    exchange.response_headers(&mut headers, false);
    let mut out = Vec::new();
    for chunk in chunks {
        exchange.response_body(chunk, false, &mut out);
    }
    exchange.response_body(b"", true, &mut out);
    let summary = exchange.summary();
    (out, summary.findings, summary.shadow)
}
