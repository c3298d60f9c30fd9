//! Work and memory on hostile messages, counted as in `bounds.rs`: a message is held whole, at most `limits.message`
//! bytes of it, and read at most twice. A longer one is read while it comes, what of it is long in what is long once more
//! for each.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::print_stdout, reason = "a suite")]

use std::rc::Rc;

use data_encoding::BASE64;
use inkseal::exchange::encode::encoded;
use inkseal_engine::exchange::{Attributes, Flow, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_tests::random;
use inkseal_tests::seeded::Seeded;

/// Twice of what a text may take: what may be a string and a message is read as both.
const WORK_PER_BYTE: u64 = 500;

/// The longest message that is read by default.
const MESSAGE: usize = 256 << 10;

/// A vector that grew to the longest message, its text in base64, what it became, and the views of a text.
const MEMORY: usize = 8 * MESSAGE;

/// The same where every message is long: four long fields in one another are read both ways, and what is in them.
const LONG_WORK_PER_BYTE: u64 = 6 * 250;

struct Cost {
    work: u64,
    memory: usize,
    refused: bool,
}

fn cost(plan: &Rc<Plan>, media_type: &str, body: &[u8]) -> Cost {
    let mut exchange = Transaction::new(Rc::clone(plan), None, 0);
    let mut request: Headers = vec![(b":method".to_vec(), b"GET".to_vec()), (b":path".to_vec(), b"/".to_vec())];
    exchange.request_headers(&mut request, &Attributes::default(), true);
    let content_type = (b"content-type".to_vec(), media_type.into());
    let coding = (b"grpc-encoding".to_vec(), b"gzip".to_vec());
    let mut headers: Headers = vec![(b":status".to_vec(), b"200".to_vec()), content_type, coding];
    exchange.response_headers(&mut headers, false);
    let (mut out, mut refused) = (Vec::new(), false);
    for chunk in body.chunks(4 << 10) {
        refused |= matches!(exchange.response_body(chunk, false, &mut out), Flow::Block(_));
        out.clear();
    }
    refused |= matches!(exchange.response_body(b"", true, &mut out), Flow::Block(_));
    Cost { work: exchange.work(), memory: exchange.peak_memory(), refused }
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

fn field(tag: &[u8], value: &[u8]) -> Vec<u8> {
    [tag, &varint(value.len()), value].concat()
}

fn repeated(piece: &[u8], size: usize) -> Vec<u8> {
    piece.iter().copied().cycle().take(size).collect()
}

/// A value inside so many messages.
fn nested(depth: usize, tag: &[u8], value: Vec<u8>) -> Vec<u8> {
    (0..depth).fold(value, |value, _| field(tag, &value))
}

/// Messages of about so many bytes.
fn hostile(size: usize) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    // Printable lengths and tags: each of the messages inside may be a string as well.
    let letters =
        (1..46).fold(b"a@b.cd".to_vec(), |value, _| if value.len() < 120 { field(b"\"", &value) } else { value });
    let pieces: [(&str, &[u8]); 16] = [
        ("numbers", b"\x08\x01"),
        ("empty strings", b"\x0a\x00"),
        ("strings of a letter", b"\x12\x01a"),
        ("strings of mail", b"\x12\x06a@b.cd"),
        ("strings that may be messages", b"\x12\x091234567890"),
        ("open groups", b"\x0b"),
        ("groups", b"\x0b\x0c"),
        ("closed groups", b"\x0c"),
        ("lengths that lie", b"\x12\xff\xff\xff\xff\x0f"),
        ("endless varints", b"\xff"),
        ("long varints", b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        ("long tags", b"\x88\x80\x80\x80\x00\x01"),
        ("no message", b"\x07 a@b.cd 4111111111111111"),
        ("zeros", b"\x00"),
        ("messages that may be strings", &field(b"\x12", &letters)),
        ("messages that may be strings, in strings", &letters),
    ];
    all.extend(
        pieces.iter().map(|(name, piece)| ((*name).to_owned(), repeated(piece, size / piece.len() * piece.len()))),
    );
    for text in
        ["a", "a@", "a@b.c-", "4111 ", "AAAA=", "eyJhbGci", "-----BEGIN PRIVATE KEY-----", "1", "password=", "é"]
    {
        all.push((format!("a string of {text:?}"), field(b"\x12", &repeated(text.as_bytes(), size))));
        all.push((format!("no message, {text:?}"), [b"\x07", repeated(text.as_bytes(), size).as_slice()].concat()));
        all.push((format!("deep, {text:?}"), nested(50, b"\x0a", repeated(text.as_bytes(), size))));
    }
    all.push(("too deep".to_owned(), nested(200, b"\x0a", repeated(b"a", size))));
    all
}

#[test]
fn work_grows_with_messages_and_memory_is_bounded() {
    bounded(&random::load().unwrap(), WORK_PER_BYTE);
}

#[test]
fn work_grows_with_long_messages_and_memory_is_bounded() {
    bounded(&random::load_with("{hold_back: 1KiB, message: 1KiB}").unwrap(), LONG_WORK_PER_BYTE);
}

fn bounded(plan: &Rc<Plan>, work_per_byte: u64) {
    let framed = |message: &[u8]| [&[0], (message.len() as u32).to_be_bytes().as_slice(), message].concat();
    let mut wrong = Vec::new();
    let (mut most_work, mut most_memory) = ((0, String::new()), (0, String::new()));
    let size = 32 << 10;
    for ((name, small), (_, large)) in hostile(size).into_iter().zip(hostile(2 * size)) {
        let bodies = |message: &[u8]| {
            let frame = framed(message);
            let armored = BASE64.encode(&frame).into_bytes();
            [
                ("application/x-protobuf", message.to_vec()),
                ("application/grpc", frame),
                ("application/grpc+json", framed(message)),
                ("application/grpc-web-text", armored),
            ]
        };
        for ((media_type, small), (_, large)) in bodies(&small).into_iter().zip(bodies(&large)) {
            let what = format!("{media_type}, {name}");
            let (once, twice) = (cost(plan, media_type, &small), cost(plan, media_type, &large));
            let per_byte = twice.work / large.len() as u64;
            if per_byte > work_per_byte || twice.work > 2 * once.work + once.work / 5 + 200_000 {
                wrong.push(format!("{what}: work {} for {} bytes, then {}", once.work, small.len(), twice.work));
            }
            if twice.memory > MEMORY {
                wrong.push(format!("{what}: {} bytes held", twice.memory));
            }
            most_work = most_work.max((per_byte, what.clone()));
            most_memory = most_memory.max((twice.memory, what));
        }
    }
    println!("most work: {} bytes read a byte, {}", most_work.0, most_work.1);
    println!("most memory: {} bytes, {}", most_memory.0, most_memory.1);
    assert!(wrong.is_empty(), "{} of the messages:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn memory_is_bounded_at_the_longest_message_and_beyond() {
    let plan = random::load().unwrap();
    let mut most = (0, String::new());
    for size in [MESSAGE - 16, 4 * MESSAGE, 64 * MESSAGE] {
        for (name, message) in [
            ("a string", field(b"\x12", &repeated(b"a@b.cd ", size))),
            ("no message", [b"\x07", repeated(b"a@b.cd ", size).as_slice()].concat()),
            ("mail", repeated(b"\x12\x06a@b.cd", size / 8 * 8)),
            ("mail, in messages", nested(8, b"\x0a", repeated(b"\x12\x06a@b.cd", size / 8 * 8))),
            ("an open end", field(b"\x12", &[b"eyJhbGciOiJIUzI1NiJ9.e30.", repeated(b"A", size).as_slice()].concat())),
        ] {
            let message = message.get(..size.min(message.len())).unwrap();
            let frame = [&[0], (message.len() as u32).to_be_bytes().as_slice(), message].concat();
            let times = if size > 4 * MESSAGE { 1 } else { 3 };
            let armored = BASE64.encode(&frame.repeat(times)).into_bytes();
            for (media_type, body) in [
                ("application/x-protobuf", message.to_vec()),
                ("application/grpc", frame.repeat(times)),
                ("application/grpc+json", frame.repeat(times)),
                ("application/grpc-web-text", armored),
            ] {
                let cost = cost(&plan, media_type, &body);
                assert!(cost.memory <= MEMORY, "{media_type}, {name} of {size}: {} bytes", cost.memory);
                let held = media_type == "application/grpc+json";
                assert_eq!(cost.refused, held && size > MESSAGE, "{media_type}, {name} of {size}");
                most = most.max((cost.memory, format!("{media_type}, {name} of {size}")));
            }
        }
    }
    println!("most memory: {} bytes, {}", most.0, most.1);
}

#[test]
fn streams_of_small_frames_are_let_go() {
    let plan = random::load().unwrap();
    for (name, frame) in [
        ("empty", b"\0\0\0\0\0".to_vec()),
        ("small", b"\0\0\0\0\x02\x08\x01".to_vec()),
        ("flags", b"\xfe\0\0\0\0".to_vec()),
    ] {
        for media_type in
            ["application/grpc", "application/grpc-web", "application/connect+proto", "application/grpc+json"]
        {
            let (once, twice) = (frame.repeat(10_000), frame.repeat(20_000));
            let (once, twice) = (cost(&plan, media_type, &once), cost(&plan, media_type, &twice));
            assert!(twice.memory <= once.memory, "{media_type}, {name}: {} and then {}", once.memory, twice.memory);
            assert!(twice.work <= 2 * once.work + 1000, "{media_type}, {name}: {} and then {}", once.work, twice.work);
            assert!(!twice.refused, "{media_type}, {name}");
        }
    }
}

#[test]
fn a_stream_of_compressed_messages_is_no_bomb() {
    let plan = random::load().unwrap();
    let frame = |message: &[u8]| {
        let coded = encoded(message.to_vec(), &["gzip".to_owned()]).unwrap();
        [&[1], (coded.len() as u32).to_be_bytes().as_slice(), &coded].concat()
    };
    let bomb = frame(&field(b"\x12", &repeated(b"x", MESSAGE - 8)));
    assert!(bomb.len() < MESSAGE / 500);
    let few = cost(&plan, "application/grpc", &bomb.repeat(4));
    assert!(!few.refused && few.memory <= MEMORY, "{} bytes", few.memory);
    let many = cost(&plan, "application/grpc", &bomb.repeat(1000));
    assert!(many.refused && many.work <= 2 * few.work, "{} and {}", few.work, many.work);
    assert!(cost(&plan, "application/grpc", &frame(&field(b"\x12", &repeated(b"x", MESSAGE)))).refused);
    let mut random = Seeded::of("noise");
    let noise: Vec<u8> = (0..4 << 10).map(|_| random.below(256) as u8).collect();
    let stream = frame(&noise).repeat(1000);
    assert!(!cost(&plan, "application/grpc", &stream).refused);
}
