//! Random bodies: secrets, almost-secrets and what stands around them, redacted whole, in pieces and byte by byte.

use std::rc::Rc;

use inkseal::exchange::policy::{lines, plan};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Sources};

use crate::pieces::{pieces, response};
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
    let whole = response(plan, media_type, std::iter::once(body));
    for (how, outcome) in [
        (format!("cut at {cuts:?}"), response(plan, media_type, pieces(body, &cuts))),
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
