//! The host against small filters in WAT that do one thing each.

mod buffering;
mod calls;
mod failures;
mod replies;
mod wild;

use super::{Config, Engine, HostError, Module, Vm};

/// What every filter of these tests begins with: imports, memory, an allocator, and `$say`, which logs a number.
const PRELUDE: &str = r#"
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_value" (func $header (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_continue_stream" (func $resume (param i32) (result i32)))
  (import "env" "proxy_send_local_response"
    (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_http_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_register_shared_queue" (func $register (param i32 i32 i32) (result i32)))
  (import "env" "proxy_enqueue_shared_queue" (func $enqueue (param i32 i32 i32) (result i32)))
  (import "env" "proxy_dequeue_shared_queue" (func $dequeue (param i32 i32 i32) (result i32)))
  (import "env" "proxy_set_tick_period_milliseconds" (func $period (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 8192))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $top))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  (func $say (param $number i32)
    (i32.store8 (i32.const 0) (i32.add (i32.const 48) (local.get $number)))
    (drop (call $log (i32.const 2) (i32.const 0) (i32.const 1))))
"#;

fn wat(body: &str) -> Vec<u8> {
    format!("(module {PRELUDE} {body})").into_bytes()
}

fn start(body: &str) -> Result<Vm, HostError> {
    start_with(body, Config::default())
}

fn start_with(body: &str, config: Config) -> Result<Vm, HostError> {
    let engine = Engine::new().expect("wasmtime runs here");
    Vm::new(&Module::new(&engine, &wat(body))?, config)
}

fn said(vm: &Vm) -> String {
    vm.logs().iter().map(|line| line.message.as_str()).collect()
}

const NO_HEADERS: &[(&str, &str)] = &[];
const GET: &[(&str, &str)] = &[(":method", "GET"), (":path", "/a?b=c"), (":authority", "a.example")];
const OK: &[(&str, &str)] = &[(":status", "200"), ("x", "1")];
