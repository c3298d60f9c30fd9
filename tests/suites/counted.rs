//! What is held and read is counted: what `bounds.rs` and its like say of hostile bodies says nothing otherwise.
#![allow(clippy::unwrap_used, reason = "a suite")]

use std::rc::Rc;

use inkseal::exchange::encode::encoded;
use inkseal_engine::exchange::{Attributes, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_tests::random;

/// Letters of base64, which are held to the end of their run, and read there.
const RUN: usize = 800;

/// The most memory that a response's reader held, and what it read, when this much of a body has come.
fn counts(plan: &Rc<Plan>, media_type: &str, coding: &str, body: &[u8]) -> (usize, u64) {
    let mut exchange = Transaction::new(Rc::clone(plan), None, 0);
    let mut request: Headers = vec![(b":method".to_vec(), b"GET".to_vec()), (b":path".to_vec(), b"/".to_vec())];
    exchange.request_headers(&mut request, &Attributes::default(), true);
    let mut headers: Headers =
        vec![(b":status".to_vec(), b"200".to_vec()), (b"content-type".to_vec(), media_type.into())];
    headers.extend((!coding.is_empty()).then(|| (b"content-encoding".to_vec(), coding.into())));
    exchange.response_headers(&mut headers, false);
    let mut out = Vec::new();
    exchange.response_body(body, false, &mut out);
    let memory = exchange.peak_memory();
    exchange.response_body(b"", true, &mut out);
    (memory, exchange.work())
}

#[test]
fn a_run_that_is_held_is_counted_in_every_format() {
    let plan = random::load().unwrap();
    for (media_type, head) in [
        ("text/plain", ""),
        ("text/plain; charset=utf-16le", ""),
        ("application/octet-stream+x", ""),
        ("application/json", "{\"a\":[\""),
        ("application/json", "{\"password\":[\"b\"],\""),
        ("application/x-ndjson", "{}\n{\"a\":\""),
        ("application/json-seq", "\u{1e}[\""),
        ("application/x-www-form-urlencoded", "a=b&c="),
        ("application/x-www-form-urlencoded", "a=b&"),
        ("text/event-stream", "id: 1\ndata: "),
        ("text/event-stream", "data: {\"a\":\""),
        ("text/event-stream", "data: 1\nid: "),
        ("multipart/form-data; boundary=b", ""),
        ("multipart/form-data; boundary=b", "--b\r\n\r\n"),
        ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\""),
        ("multipart/form-data; boundary=b", "--b\r\nContent-Type: application/json\r\n\r\n[\""),
        ("multipart/mixed; boundary=b", "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n"),
        ("application/graphql", "query { a(b: \""),
    ] {
        let text = [head, &"A".repeat(RUN)].concat();
        let body: Vec<u8> = match media_type.contains("utf-16") {
            true => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            false => text.into_bytes(),
        };
        let (memory, work) = counts(&plan, media_type, "", &body);
        assert!(memory >= RUN, "{media_type}, {head:?}: {memory} bytes held");
        assert!(work >= RUN as u64, "{media_type}, {head:?}: {work} bytes read");
    }
}

#[test]
fn text_of_markup_that_is_held_is_counted() {
    let plan = random::load().unwrap();
    for (media_type, head) in [("text/html", "<p>"), ("text/html", "<a title=\""), ("application/xml", "<a><!-- ")] {
        // An address of mail, of which more may come.
        let (text, most) = ("jane@shop.example", 17);
        let (memory, work) = counts(&plan, media_type, "", [head, text].concat().as_bytes());
        assert!(memory >= most, "{media_type}, {head:?}: {memory} bytes held");
        assert!(work >= most as u64, "{media_type}, {head:?}: {work} bytes read");
    }
}

#[test]
fn messages_that_are_held_are_counted() {
    let plan = random::load().unwrap();
    let size = 100_000_u32;
    let text = "A".repeat(size as usize).into_bytes();
    let field = [b"\x12\xa0\x8d\x06", text.as_slice()].concat();
    let frame = [&[0], (size + 4).to_be_bytes().as_slice(), &field].concat();
    let cut = |body: &[u8]| body.get(..body.len() - 1).unwrap().to_vec();
    for (media_type, body) in [
        ("application/x-protobuf", cut(&field)),
        ("application/grpc", cut(&frame)),
        ("application/grpc-web-text", cut(data_encoding::BASE64.encode(&frame).as_bytes())),
        ("application/connect+proto", cut(&frame)),
    ] {
        let (memory, work) = counts(&plan, media_type, "", &body);
        assert!(memory >= size as usize, "{media_type}: {memory} bytes held");
        assert!(work >= u64::from(size), "{media_type}: {work} bytes read");
    }
}

#[test]
fn decoders_are_counted_with_their_windows() {
    let plan = random::load().unwrap();
    let body: Vec<u8> =
        (0..200_000_u32).flat_map(|at| format!("{} ", at.wrapping_mul(2_654_435_761)).into_bytes()).collect();
    for (coding, window) in [("gzip", 32 << 10), ("deflate", 32 << 10), ("br", 64 << 10), ("zstd", 128 << 10)] {
        let coded = encoded(body.clone(), &[coding.to_owned()]).unwrap();
        let (memory, work) = counts(&plan, "text/plain", coding, &coded);
        assert!(memory >= window, "{coding}: {memory} bytes held");
        // What came, what that decoded to, and what read it.
        assert!(work >= (coded.len() + body.len()) as u64, "{coding}: {work} bytes read");
    }
    // Each layer has a decoder of its own.
    let twice = encoded(body.clone(), &["gzip".to_owned(), "gzip".to_owned()]).unwrap();
    let (memory, _) = counts(&plan, "text/plain", "gzip, gzip", &twice);
    assert!(memory >= 64 << 10, "gzip twice: {memory} bytes held");
}

#[test]
fn both_bodies_are_counted() {
    let plan = random::load().unwrap();
    let mut exchange = Transaction::new(plan, None, 0);
    let kind = (b"content-type".to_vec(), b"text/plain".to_vec());
    let mut request: Headers =
        vec![(b":method".to_vec(), b"POST".to_vec()), (b":path".to_vec(), b"/".to_vec()), kind.clone()];
    let (run, mut out) = ("A".repeat(RUN).into_bytes(), Vec::new());
    exchange.request_headers(&mut request, &Attributes::default(), false);
    // Held as long as more may come.
    exchange.request_body(&run, false, &mut out);
    exchange.request_body(b"", true, &mut out);
    let (memory, work) = (exchange.peak_memory(), exchange.work());
    exchange.response_headers(&mut vec![(b":status".to_vec(), b"200".to_vec()), kind], false);
    exchange.response_body(&run, false, &mut out);
    exchange.response_body(b"", true, &mut out);
    assert!(memory >= RUN && exchange.peak_memory() >= memory + RUN, "{memory}, {}", exchange.peak_memory());
    assert!(work >= RUN as u64 && exchange.work() >= work + RUN as u64, "{work}, {}", exchange.work());
}
