//! A body that nothing is found in asks for no memory once it is under way, but for what its pieces cut.
#![cfg(feature = "compile")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fmt::Write as _;
use std::rc::Rc;

use inkseal_engine::compile::{Options, compile};
use inkseal_engine::exchange::{Attributes, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Sources};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// What the proxy hands over at once.
const PIECE: usize = 16 << 10;

/// Pieces until everything has the room that it needs, and then those that are counted.
const WARM: usize = 24;
const COUNTED: usize = 24;

fn recommended() -> Rc<Plan> {
    let mut sources = Sources::new();
    let catalogue = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS);
    let file = sources.add("policy.yaml", "version: inkseal/v1\nname: test\ninclude: [recommended]\n");
    let compiled = compile(&sources, file, &catalogue.unwrap_or_else(|_| panic!()), &Options::default());
    Rc::new(Plan::load(compiled.unwrap_or_else(|_| panic!()).json.as_bytes()).unwrap())
}

/// Records of this form until there are enough pieces of them.
fn body(head: &str, record: impl Fn(&mut String, usize)) -> String {
    let mut body = head.to_owned();
    let mut at = 0;
    while body.len() < PIECE * (WARM + COUNTED) {
        record(&mut body, at);
        at += 1;
    }
    body
}

#[test]
fn a_clean_body_under_way_allocates_nothing() {
    let plan = recommended();
    let json = |body: &mut String, at: usize| {
        let _ = write!(
            body,
            "{{\"id\":{at},\"href\":\"https://api.shop.example/v2/items/{at:08}\",\"title\":\"A thing of wool, \\\"{}\\\"\",\
             \"path\":\"a%20b/{at}\",\"updated\":\"2026-01-02T08:{:02}:00Z\",\"tags\":[\"new\",\"50 %\"],\"open\":true}},",
            at % 9,
            at % 60
        );
    };
    let bodies = [
        // A name that a piece cuts is kept apart; nothing grows with the number of values.
        ("application/json", body("[", json), COUNTED as u64 / 4),
        (
            "text/plain",
            body("", |body, at| {
                let _ = writeln!(body, "The {at}th line of a text, which goes on.");
            }),
            0,
        ),
        (
            "application/x-www-form-urlencoded",
            body("", |body, at| {
                let _ = write!(body, "name=a+b%20c&at={at}&");
            }),
            3 * COUNTED as u64,
        ),
        (
            "text/event-stream",
            body("", |body, at| {
                let _ =
                    write!(body, "id: {at}\ndata: {{\"kind\":\"note\",\"text\":\"garden and river\",\"at\":{at}}}\n\n");
            }),
            3 * COUNTED as u64,
        ),
    ];
    let profiler = dhat::Profiler::builder().testing().build();
    for (media_type, body, allowed) in bodies {
        let mut exchange = Transaction::new(Rc::clone(&plan), None, 0);
        let mut request: Headers = vec![(b":method".to_vec(), b"GET".to_vec()), (b":path".to_vec(), b"/".to_vec())];
        exchange.request_headers(&mut request, &Attributes::default(), true);
        let kind = (b"content-type".to_vec(), media_type.into());
        exchange.response_headers(&mut vec![(b":status".to_vec(), b"200".to_vec()), kind], false);
        let (mut out, mut before) = (Vec::with_capacity(2 * PIECE), 0);
        for (at, piece) in body.as_bytes().chunks(PIECE).take(WARM + COUNTED).enumerate() {
            if at == WARM {
                before = dhat::HeapStats::get().total_blocks;
            }
            out.clear();
            exchange.response_body(piece, false, &mut out);
        }
        let asked = dhat::HeapStats::get().total_blocks - before;
        assert!(asked <= allowed, "{media_type}: {asked} allocations in {COUNTED} pieces");
    }
    drop(profiler);
}
