//! Local replies: where they enter depends on how far the response is.

use super::*;

const REPLY: &str = r#"(data (i32.const 100) "no")
  (func $refuse (drop (call $reply (i32.const 502) (i32.const 0) (i32.const 0)
    (i32.const 100) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const -1))))"#;

fn status(seen: &crate::host::Seen) -> Option<String> {
    let headers = seen.headers.as_ref()?;
    headers.iter().find(|(name, _)| name == b":status").map(|(_, value)| String::from_utf8_lossy(value).into_owned())
}

#[test]
fn a_reply_to_the_request_passes_our_own_response_callbacks() {
    let body = format!(
        r#"{REPLY} (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $refuse) (i32.const 1))
        (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (call $say (i32.const 9)) (i32.const 0))"#
    );
    let mut vm = start(&body).unwrap();
    let mut stream = vm.stream().unwrap();
    stream.request_headers(GET, false).unwrap();
    stream.request_body(b"late", true).unwrap();
    stream.response_headers(OK, true).unwrap();
    let finished = stream.finish().unwrap();
    assert_eq!(status(&finished.client).as_deref(), Some("502"));
    assert_eq!(finished.client.body, b"no");
    assert!(finished.client.ended);
    assert_eq!(finished.upstream.headers, None);
    assert_eq!(said(&vm), "9");
}

#[test]
fn a_reply_while_response_headers_are_held_takes_their_place() {
    let body = format!(
        r#"{REPLY} (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (call $say (i32.const 9)) (i32.const 1))
        (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (call $refuse) (i32.const 1))"#
    );
    let mut vm = start(&body).unwrap();
    let mut stream = vm.stream().unwrap();
    stream.request_headers(GET, true).unwrap();
    stream.response_headers(OK, false).unwrap();
    stream.response_body(b"secret", false).unwrap();
    stream.response_body(b"more", true).unwrap();
    let finished = stream.finish().unwrap();
    assert_eq!(status(&finished.client).as_deref(), Some("502"));
    assert_eq!(finished.client.body, b"no");
    assert_eq!(said(&vm), "9", "the reply does not pass the filter again");
}

#[test]
fn a_reply_after_the_headers_have_left_cuts_the_stream() {
    let body = format!(
        r#"{REPLY} (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
             (if (local.get 2) (then (call $refuse))) (i32.const 0))"#
    );
    let mut vm = start(&body).unwrap();
    let mut stream = vm.stream().unwrap();
    stream.request_headers(GET, true).unwrap();
    stream.response_headers(OK, false).unwrap();
    stream.response_body(b"early", false).unwrap();
    stream.response_body(b"late", true).unwrap();
    let finished = stream.finish().unwrap();
    assert_eq!(status(&finished.client).as_deref(), Some("200"));
    assert_eq!(finished.client.body, b"early");
    assert!(finished.client.reset && !finished.client.ended);
}
