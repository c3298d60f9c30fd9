//! Virtual time, ticks and HTTP calls.

use super::*;
use crate::host::Answer;

/// Ticks every 100 ms; each tick says `t` and calls a cluster; an answer says how many headers it has.
const CALLER: &str = r#"
  (data (i32.const 200) "\03\00\00\00\07\00\00\00\04\00\00\00\05\00\00\00\01\00\00\00\0a\00\00\00\01\00\00\00:method\00POST\00:path\00/\00:authority\00a\00")
  (data (i32.const 300) "up")
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (drop (call $period (i32.const 100))) (i32.const 1))
  (func (export "proxy_on_tick") (param i32)
    (call $say (call $call (i32.const 300) (i32.const 2) (i32.const 200) (i32.const 62)
      (i32.const 300) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 250) (i32.const 400))))
  (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
    (call $say (i32.add (i32.const 1) (local.get 2))))"#;

#[test]
fn ticks_come_at_their_moments() {
    let mut vm = start(CALLER).unwrap();
    vm.tick(99).unwrap();
    assert_eq!(said(&vm), "");
    vm.tick(1).unwrap();
    vm.tick(100).unwrap();
    assert_eq!(said(&vm), "00");
    assert_eq!(vm.calls().len(), 2);
    let call = vm.calls().remove(0).clone();
    assert_eq!((call.cluster.as_str(), call.body.as_slice()), ("up", &b"up"[..]));
    assert_eq!(call.headers.last().unwrap(), &(b"content-length".to_vec(), b"2".to_vec()));
    vm.answer(call.token, Answer::status(200)).unwrap();
    vm.answer(call.token, Answer::status(200)).unwrap_err();
    assert_eq!(said(&vm), "002");
    let token = vm.calls()[0].token;
    vm.answer(token, Answer::reset()).unwrap();
    assert_eq!(said(&vm), "0021");
}

#[test]
fn a_call_that_nobody_answers_times_out() {
    let mut vm = start(CALLER).unwrap();
    vm.tick(100).unwrap();
    vm.tick(200).unwrap();
    assert_eq!(said(&vm), "000");
    vm.tick(50).unwrap();
    assert_eq!(said(&vm), "0002", "504 to the first call");
    assert_eq!(vm.calls().len(), 2);
}

#[test]
fn an_unknown_cluster_is_refused_at_once() {
    let config = Config { clusters: Some(vec!["other".to_owned()]), ..Config::default() };
    let mut vm = start_with(CALLER, config).unwrap();
    vm.tick(100).unwrap();
    assert_eq!(said(&vm), "2");
}

#[test]
fn streams_run_in_turns() {
    let mut vm = start("").unwrap();
    let first = vm.stream().unwrap().id();
    let second = vm.stream().unwrap().id();
    vm.reopen(first).unwrap().request_headers(GET, false).unwrap();
    vm.reopen(second).unwrap().request_headers(GET, true).unwrap();
    vm.reopen(first).unwrap().request_body(b"x", true).unwrap();
    assert_eq!(vm.reopen(first).unwrap().finish().unwrap().upstream.body, b"x");
    assert!(vm.reopen(second).unwrap().finish().unwrap().upstream.ended);
    assert!(vm.reopen(first).is_none());
}

#[test]
fn shutting_down_waits_for_a_filter_that_asks_for_time() {
    let mut vm = start(r#"(func (export "proxy_on_done") (param i32) (result i32) (i32.const 0))"#).unwrap();
    assert!(!vm.shut_down().unwrap());
    let mut vm = start("").unwrap();
    assert!(vm.shut_down().unwrap());
    assert!(matches!(vm.stream().unwrap().request_headers(NO_HEADERS, true), Ok(()) | Err(HostError::Gone)));
}

#[test]
fn a_queue_tells_its_registrant_of_each_entry() {
    let body = r#"(data (i32.const 100) "q7")
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (call $say (call $register (i32.const 100) (i32.const 1) (i32.const 8)))
        (call $say (call $dequeue (i32.load (i32.const 8)) (i32.const 12) (i32.const 16)))
        (i32.const 1))
      (func (export "proxy_on_log") (param i32)
        (call $say (call $enqueue (i32.const 1) (i32.const 101) (i32.const 1)))
        (call $say (call $enqueue (i32.const 2) (i32.const 101) (i32.const 1))))
      (func (export "proxy_on_queue_ready") (param i32 i32)
        (call $say (call $dequeue (local.get 1) (i32.const 12) (i32.const 16)))
        (drop (call $log (i32.const 2) (i32.load (i32.const 12)) (i32.load (i32.const 16)))))"#;
    let mut vm = start(body).unwrap();
    let mut stream = vm.stream().unwrap();
    stream.request_headers(GET, true).unwrap();
    stream.finish().unwrap();
    assert_eq!(said(&vm), "070107", "registered, empty; enqueued, no such queue; dequeued 7");
}
