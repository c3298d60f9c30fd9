//! Coded bodies are read as what they decode to: the oracle's documents, compressed and in other character sets, in
//! random pieces, come to what they come to in clear.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a suite")]

use std::io::Write as _;
use std::rc::Rc;

use inkseal::exchange::encode::encoded;
use inkseal::exchange::keys;
use inkseal_engine::exchange::{Attributes, Finding, Flow, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::pseudonym::PseudonymKey;
use inkseal_tests::oracle::check::Format;
use inkseal_tests::oracle::frames::framed as framed_type;
use inkseal_tests::oracle::lane::NOW_MS;
use inkseal_tests::oracle::policies::{ALL, Trial};
use inkseal_tests::seeded::{Seeded, pieces};

/// Documents of each format and policy.
const DOCUMENTS: u64 = 60;

/// Shorter coded bodies are cut byte by byte, too.
const SHORT: usize = 400;

/// What a sender does, and what it calls it.
const CODINGS: &[(&[&str], &str)] = &[
    (&["gzip"], "gzip"),
    (&["deflate"], "deflate"),
    (&["bare-deflate"], "deflate"),
    (&["br"], "br"),
    (&["zstd"], "zstd"),
    (&["zstd", "gzip"], "zstd, gzip"),
];

#[derive(Debug, Default, PartialEq)]
struct Outcome {
    body: Vec<u8>,
    findings: Vec<Finding>,
    shadow: Vec<Finding>,
    uninspected: Option<&'static str>,
    refused: bool,
}

struct Lane {
    plan: Rc<Plan>,
    key: Rc<PseudonymKey>,
}

impl Lane {
    fn of(trial: &Trial) -> Self {
        let lane = trial.lane().unwrap();
        let key = PseudonymKey::parse(&keys::keyring().pseudonym_entry(NOW_MS).unwrap()).unwrap();
        Self { plan: Rc::new(Plan::load(lane.json.as_bytes()).unwrap()), key: Rc::new(key) }
    }

    /// A body under its type and another field.
    fn run(&self, media_type: &str, field: Option<(&str, &str)>, body: &[u8], cuts: &[usize]) -> Outcome {
        let mut exchange = Transaction::new(Rc::clone(&self.plan), Some(Rc::clone(&self.key)), NOW_MS);
        let mut request: Headers = vec![(b":method".to_vec(), b"GET".to_vec()), (b":path".to_vec(), b"/".to_vec())];
        exchange.request_headers(&mut request, &Attributes::default(), true);
        let mut headers: Headers =
            vec![(b":status".to_vec(), b"200".to_vec()), (b"content-type".to_vec(), media_type.into())];
        headers.extend(field.map(|(name, value)| (name.into(), value.into())));
        exchange.response_headers(&mut headers, false);
        assert!(headers.iter().all(|(name, _)| name != b"content-encoding"));
        let (mut out, mut refused) = (Vec::new(), false);
        for piece in &pieces(body, cuts) {
            refused |= matches!(exchange.response_body(piece, false, &mut out), Flow::Block(_));
        }
        let (held, length) = (exchange.response_holding(), out.len());
        refused |= matches!(exchange.response_body(b"", true, &mut out), Flow::Block(_));
        assert!(held || out.len() == length || refused, "a body that held nothing wrote more");
        let summary = exchange.summary();
        if refused {
            // How much had left and been found by then depends on the cut.
            return Outcome { refused, ..Outcome::default() };
        }
        // The fields that name a coding are there in one case only.
        let body = |findings: Vec<Finding>| findings.into_iter().filter(|it| it.surface == "response.body").collect();
        Outcome {
            body: out,
            findings: body(summary.findings),
            shadow: body(summary.shadow),
            uninspected: summary.uninspected,
            refused,
        }
    }
}

fn steps(steps: &[&str]) -> Vec<String> {
    steps.iter().map(|&step| step.to_owned()).collect()
}

#[test]
fn what_is_coded_is_read_as_what_is_plain() {
    let (mut documents, mut runs, mut changed) = (0, 0, 0);
    for trial in ALL {
        let lane = Lane::of(trial);
        for (format, seed) in Format::ALL.iter().flat_map(|format| (0..DOCUMENTS).map(move |seed| (*format, seed))) {
            let mut random = Seeded::of(&format!("coded {} {format:?} {seed}", trial.name));
            let body = format.document(&trial.words, &mut random).bytes();
            let media_type = format.media_type();
            let plain = lane.run(media_type, None, &body, &[]);
            documents += 1;
            changed += usize::from(!plain.findings.is_empty() || plain.refused);
            let mut same = |coded: &[u8], coding: Option<&str>, media_type: &str, read: &dyn Fn(Vec<u8>) -> Vec<u8>| {
                let mut cuts = vec![Vec::new(), random.cuts(coded.len(), 6)];
                cuts.extend((coded.len() <= SHORT).then(|| (1..coded.len()).collect()));
                for cuts in cuts {
                    let outcome = lane.run(media_type, coding.map(|coding| ("content-encoding", coding)), coded, &cuts);
                    let outcome =
                        if outcome.refused { outcome } else { Outcome { body: read(outcome.body), ..outcome } };
                    runs += 1;
                    assert!(
                        plain == outcome,
                        "{} {media_type} {coding:?} seed {seed} cut at {cuts:?}: b\"{}\"\nplain {plain:?}\ncoded {outcome:?}",
                        trial.name,
                        body.escape_ascii()
                    );
                }
            };
            for (taken, coding) in CODINGS {
                same(&encoded(body.clone(), &steps(taken)).unwrap(), Some(coding), media_type, &|body| body);
            }
            if format == Format::Protobuf || framed_type(media_type) {
                // They are no texts, whatever is said of their characters.
                same(&body, None, &format!("{media_type}; charset=utf-16le"), &|body| body);
                continue;
            }
            // Parts have character sets of their own.
            if format == Format::Multipart {
                continue;
            }
            let Ok(text) = String::from_utf8(body.clone()) else { continue };
            if format == Format::Events {
                // They are UTF-8 whatever anyone says.
                continue;
            }
            let wide = |body: Vec<u8>| {
                let units: Vec<u16> = body.chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
                String::from_utf16(&units).unwrap().into_bytes()
            };
            let coded = encoded(body.clone(), &steps(&["utf-16le"])).unwrap();
            same(&coded, None, &format!("{media_type}; charset=utf-16le"), &wide);
            // A replacement that the set does not have would become a question mark.
            let narrow =
                |text: &str| text.chars().all(|char| char.is_ascii() || (0xa0..=0xff).contains(&u32::from(char)));
            if narrow(&text) && std::str::from_utf8(&plain.body).is_ok_and(narrow) {
                let narrow = |body: Vec<u8>| body.iter().map(|&byte| char::from(byte)).collect::<String>().into_bytes();
                let coded = encoded(body.clone(), &steps(&["latin1"])).unwrap();
                same(&coded, None, &format!("{media_type}; charset=iso-8859-1"), &narrow);
            }
        }
    }
    writeln!(std::io::stderr(), "coded: {documents} documents ({changed} changed), {runs} runs").unwrap();
    assert!(changed * 3 > documents && runs > documents * 10);
}

/// A message in its frame.
fn framed(flags: u8, message: &[u8]) -> Vec<u8> {
    [&[flags], u32::try_from(message.len()).unwrap().to_be_bytes().as_slice(), message].concat()
}

/// The frames of a stream.
fn frames(mut stream: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    while let Some(&[_, ref length @ ..]) = stream.first_chunk::<5>() {
        let (frame, rest) = stream.split_at(5 + u32::from_be_bytes(*length) as usize);
        frames.push(frame);
        stream = rest;
    }
    assert!(stream.is_empty());
    frames
}

#[test]
fn compressed_messages_are_read_as_plain_ones() {
    let (mut streams, mut runs, mut changed) = (0, 0, 0);
    // A compressed message is decoded whole: none may be long.
    for trial in ALL.iter().filter(|trial| trial.formats.contains(&Format::Grpc) && trial.message == 0) {
        let lane = Lane::of(trial);
        for seed in 0..DOCUMENTS {
            let mut random = Seeded::of(&format!("messages {} {seed}", trial.name));
            let count = 1 + random.below(3);
            let message = |random: &mut Seeded| Format::Protobuf.document(&trial.words, random).bytes();
            let messages: Vec<Vec<u8>> = (0..count).map(|_| message(&mut random)).collect();
            let plain: Vec<u8> = messages.iter().flat_map(|message| framed(0, message)).collect();
            let wanted = lane.run("application/grpc", None, &plain, &[]);
            streams += 1;
            changed += usize::from(wanted.body != plain);
            for (taken, coding) in CODINGS.iter().filter(|(taken, _)| taken.len() == 1) {
                let coded: Vec<Vec<u8>> = messages
                    .iter()
                    .map(|message| framed(1, &encoded(message.clone(), &steps(taken)).unwrap()))
                    .collect();
                // What has not changed is still compressed.
                let left = frames(&wanted.body).into_iter().zip(frames(&plain)).zip(&coded);
                let body = left.flat_map(|((left, plain), coded)| if left == plain { coded.as_slice() } else { left });
                let wanted = Outcome {
                    body: body.copied().collect(),
                    findings: wanted.findings.clone(),
                    shadow: wanted.shadow.clone(),
                    ..wanted
                };
                let coded = coded.concat();
                for cuts in [Vec::new(), random.cuts(coded.len(), 6), (1..coded.len()).collect()] {
                    let outcome = lane.run("application/grpc", Some(("grpc-encoding", coding)), &coded, &cuts);
                    runs += 1;
                    assert!(
                        wanted == outcome,
                        "{} {coding} seed {seed} cut at {cuts:?}: b\"{}\"\nwanted {wanted:?}\ngot {outcome:?}",
                        trial.name,
                        plain.escape_ascii()
                    );
                }
            }
        }
    }
    writeln!(std::io::stderr(), "messages: {streams} streams ({changed} changed), {runs} runs").unwrap();
    assert!(changed * 3 > streams);
}
