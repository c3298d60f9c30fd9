//! Envoy's rules for bodies, Pause and trailers.

use super::*;

/// Says the size and end of each piece, then replaces its front by `length` 0 at `start` with "ab".
fn set(start: i32, length: i32) -> String {
    format!(
        r#"(data (i32.const 100) "ab")
           (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
             (call $say (call $set (i32.const 1) (i32.const {start}) (i32.const {length}) (i32.const 100) (i32.const 2)))
             (i32.const 0))"#
    )
}

fn through(body: &str, pieces: &[&[u8]], trailers: bool) -> (crate::host::Finished, String) {
    let mut vm = start(body).unwrap();
    let mut stream = vm.stream().unwrap();
    stream.request_headers(GET, true).unwrap();
    stream.response_headers(OK, false).unwrap();
    for piece in pieces {
        stream.response_body(piece, false).unwrap();
    }
    if trailers {
        stream.response_trailers(&[("t", "1")]).unwrap();
    } else {
        stream.response_body(b"", true).unwrap();
    }
    let finished = stream.finish().unwrap();
    let said = said(&vm);
    (finished, said)
}

#[test]
fn a_filter_without_callbacks_passes_everything() {
    let (finished, _) = through("", &[b"one", b"two"], true);
    assert_eq!(finished.client.body, b"onetwo");
    assert_eq!(finished.client.pieces, [3, 3]);
    assert_eq!(finished.client.trailers, Some(vec![(b"t".to_vec(), b"1".to_vec())]));
    assert!(finished.client.ended && finished.upstream.ended);
}

#[test]
fn the_front_can_be_replaced_and_the_middle_cannot() {
    assert_eq!(through(&set(0, 2), &[b"12345"], true).0.client.body, b"ab345");
    assert_eq!(through(&set(0, -1), &[b"12345"], true).0.client.body, b"ab");
    assert_eq!(through(&set(0, 0), &[b"12345"], true).0.client.body, b"ab12345");
    assert_eq!(through(&set(5, 0), &[b"12345"], true).0.client.body, b"12345ab");
    for (start, length) in [(2, 1), (3, -1)] {
        let (finished, said) = through(&set(start, length), &[b"12345"], true);
        assert_eq!((finished.client.body.as_slice(), said.as_str()), (&b"12345"[..], "2"));
    }
}

/// Pauses on every piece; puts "T" before what is kept when the trailers come, and says the status.
const PAUSING: &str = r#"
  (data (i32.const 100) "T")
  (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
    (call $say (local.get 1)) (call $say (local.get 2)) (i32.const 1))
  (func (export "proxy_on_response_trailers") (param i32 i32) (result i32)
    (call $say (call $set (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 100) (i32.const 1))) (i32.const 0))"#;

#[test]
fn what_is_paused_grows_and_is_editable_in_trailers() {
    let (finished, said) = through(PAUSING, &[b"one", b"two"], true);
    assert_eq!(finished.client.body, b"Tonetwo");
    assert_eq!(finished.client.pieces, [7]);
    assert_eq!(said, "30600", "3 bytes, then 6, never an end; then status 0");
}

#[test]
fn a_pause_that_is_never_lifted_hangs() {
    let (finished, said) = through(PAUSING, &[b"one"], false);
    assert_eq!(said, "3031");
    assert!(!finished.client.ended && finished.client.body.is_empty());
}

#[test]
fn after_continue_the_buffer_is_gone_in_trailers() {
    let (finished, said) = through(&PAUSING.replace("(i32.const 1))\n", "(i32.const 0))\n"), &[b"one"], true);
    assert_eq!((finished.client.body.as_slice(), said.as_str()), (&b"one"[..], "302"));
}

#[test]
fn resuming_in_a_body_callback_pushes_what_is_kept() {
    // The first piece is kept; at the second the filter resumes and pauses again: all six bytes leave at once.
    let body = r#"(global $count (mut i32) (i32.const 0))
      (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
        (if (global.get $count) (then (drop (call $resume (i32.const 1)))))
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (i32.const 1))"#;
    let mut vm = start(body).unwrap();
    let mut stream = vm.stream().unwrap();
    stream.request_headers(GET, true).unwrap();
    stream.response_headers(OK, false).unwrap();
    stream.response_body(b"one", false).unwrap();
    assert_eq!(stream.client().body, b"");
    stream.response_body(b"two", false).unwrap();
    assert_eq!(stream.client().body, b"onetwo");
    stream.response_body(b"x", false).unwrap();
    assert_eq!(stream.client().body, b"onetwox");
    assert!(!stream.client().ended);
}

const HEADERS_PAUSE: &str = r#"(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (call $say (local.get 1)) (i32.const 0))"#;

#[test]
fn paused_headers_leave_with_the_body_that_continues() {
    let (finished, said) = through(HEADERS_PAUSE, &[b"one"], true);
    assert_eq!((finished.client.body.as_slice(), said.as_str()), (&b"one"[..], "3"));
    assert!(finished.client.headers.is_some() && finished.client.trailers.is_some());
}

#[test]
fn without_stop_iteration_paused_headers_hang_the_stream() {
    let config = Config { headers_stop_iteration: false, ..Config::default() };
    let mut vm = start_with(HEADERS_PAUSE, config).unwrap();
    let mut stream = vm.stream().unwrap();
    stream.request_headers(GET, true).unwrap();
    stream.response_headers(OK, false).unwrap();
    stream.response_body(b"one", true).unwrap();
    assert_eq!(stream.finish().unwrap().client.headers, None);
    assert_eq!(said(&vm), "");
}

#[test]
fn an_emptied_piece_is_not_sent_and_ends_nothing() {
    let body = r#"(func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
        (drop (call $set (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 100) (i32.const 0))) (i32.const 0))"#;
    let (finished, _) = through(body, &[b"one", b"two"], false);
    assert_eq!(finished.client.pieces, [0_usize; 0]);
    assert!(finished.client.ended);
}

#[test]
fn request_headers_are_gone_in_response_callbacks_and_back_in_the_log() {
    let body = r#"(data (i32.const 100) ":path")
      (func $path (call $say (call $header (i32.const 0) (i32.const 100) (i32.const 5) (i32.const 8) (i32.const 12))))
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $path) (i32.const 0))
      (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (call $path) (i32.const 0))
      (func (export "proxy_on_log") (param i32) (call $path))"#;
    assert_eq!(through(body, &[], false).1, "020");
}
