//! `cargo soak [SECONDS] [SEED]`: random bodies through the native engine, whole, at random cuts and byte by byte, until
//! the time is over. Output and findings must agree; a disagreement is printed with its seed and ends with status 1.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people")]

use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use inkseal::exchange::policy::{lines, plan};
use inkseal_engine::exchange::{Attributes, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Sources};
use inkseal_tests::seeded::Seeded;

const PIECES: &[&str] = &[
    "jane@shop.example",
    "@",
    ".",
    "a",
    "4111 1111 1111 1111",
    "4111111111111111",
    "123-45-6789",
    "ssn ",
    "DE89370400440532013000",
    "AKIAAAAAAAAAAAAAAAAA",
    "AKIA",
    "Bearer ",
    "AAAAAAAA1AAAAAAAAAAAAAAA",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "ik1_p1_abcdefghijklmnopqrstuvwxya",
    "\n",
    " ",
    "\"",
    "\\",
    "\\u0040",
    "\\ud83d",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"password\":",
    "\"gone\":",
    "\"m\":",
    "null",
    "1",
    "-0.5e1",
    "\u{e9}",
];

const POLICY: &str = r#"
version: inkseal/v1
name: soak
include: [recommended]
limits: {hold_back: 1KiB}
rules:
  - id: own
    find:
      - {in: json, path: "$..gone", action: remove}
      - {in: json, path: "$..m", action: {mask: {keep_first: 1, keep_last: 2}}}
      - {in: body, detect: [EMAIL_ADDRESS], action: {replace: "<mail>"}}
  - {id: quiet, mode: shadow, find: [{in: body, detect: [CREDIT_CARD, JWT]}]}
"#;

type Outcome = (Vec<u8>, Vec<inkseal_engine::exchange::Finding>);

fn response<'a>(plan: &Rc<Plan>, media_type: &str, chunks: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut exchange = Transaction::new(Rc::clone(plan), None, 0);
    let mut request: Headers = vec![(b":method".to_vec(), b"GET".to_vec()), (b":path".to_vec(), b"/".to_vec())];
    exchange.request_headers(&mut request, &Attributes::default(), true);
    let mut headers: Headers =
        vec![(b":status".to_vec(), b"200".to_vec()), (b"content-type".to_vec(), media_type.into())];
    exchange.response_headers(&mut headers, false);
    let mut out = Vec::new();
    chunks.for_each(|chunk| drop(exchange.response_body(chunk, false, &mut out)));
    exchange.response_body(b"", true, &mut out);
    (out, exchange.summary().findings)
}

fn load() -> anyhow::Result<Plan> {
    let mut sources = Sources::new();
    let parsed = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS);
    let catalogue = parsed.map_err(|errors| anyhow::Error::msg(lines(&sources, &errors)))?;
    let plan = plan(&mut sources, &catalogue, &POLICY.into(), "soak")?;
    Ok(Plan::load(plan.as_bytes())?)
}

fn main() -> ExitCode {
    let number = |at| std::env::args().nth(at).and_then(|text| text.parse::<u64>().ok());
    let (seconds, seed) = (number(1).unwrap_or(600), number(2).unwrap_or(1));
    let plan = match load() {
        Ok(plan) => Rc::new(plan),
        Err(why) => {
            eprintln!("the policy does not compile: {why}");
            return ExitCode::FAILURE;
        }
    };
    let until = Instant::now() + Duration::from_secs(seconds);
    let (mut bodies, mut said) = (0_u64, Instant::now());
    while Instant::now() < until {
        let mut random = Seeded::of(&(seed + bodies).to_string());
        let body: String =
            (0..random.below(32)).filter_map(|_| PIECES.get(random.below(PIECES.len()))).copied().collect();
        let media_type = if random.below(2) == 0 { "application/json" } else { "text/plain" };
        let whole = response(&plan, media_type, std::iter::once(body.as_bytes()));
        let size = random.below(7) + 1;
        let cut = response(&plan, media_type, body.as_bytes().chunks(size));
        let bytes = response(&plan, media_type, body.as_bytes().chunks(1));
        if whole != cut || whole != bytes {
            println!("seed {}: {media_type}, pieces of {size}: {body:?}", seed + bodies);
            println!("whole {:?}\ncut   {:?}\nbytes {:?}", whole, cut, bytes);
            return ExitCode::FAILURE;
        }
        bodies += 1;
        if said.elapsed() > Duration::from_secs(10) {
            eprintln!("{bodies} bodies");
            said = Instant::now();
        }
    }
    println!("{bodies} bodies from seed {seed}: the same at every cut");
    ExitCode::SUCCESS
}
