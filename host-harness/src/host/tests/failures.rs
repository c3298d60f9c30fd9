//! What cannot be loaded or stops running says why.

use super::*;

fn refusal(bytes: &[u8]) -> String {
    let engine = Engine::new().unwrap();
    let module = Module::new(&engine, bytes);
    module.and_then(|module| Vm::new(&module, Config::default()).map(drop)).unwrap_err().to_string()
}

#[test]
fn bytes_that_are_no_module_are_refused() {
    assert!(refusal(b"hello").starts_with("not a WebAssembly module"), "{}", refusal(b"hello"));
    assert!(refusal(b"\0asm\x01\0\0\0\xff").starts_with("not a WebAssembly module"));
}

#[test]
fn another_abi_is_named() {
    assert!(refusal(b"(module)").contains("no `proxy_abi_version_"));
    let old = r#"(module (func (export "proxy_abi_version_0_1_0")))"#;
    assert!(refusal(old.as_bytes()).contains("`proxy_abi_version_0_1_0`"));
}

#[test]
fn missing_imports_are_all_named() {
    let body = r#"(module (import "env" "proxy_dance" (func)) (import "env" "proxy_sing" (func))
                  (func (export "proxy_abi_version_0_2_1")))"#;
    let message = refusal(body.as_bytes());
    assert!(message.contains("`env.proxy_dance`, `env.proxy_sing`"), "{message}");
}

#[test]
fn an_import_of_another_type_is_refused() {
    let body = r#"(module (import "env" "proxy_log" (func)) (func (export "proxy_abi_version_0_2_1")))"#;
    assert!(refusal(body.as_bytes()).contains("another type"));
}

#[test]
fn a_filter_without_memory_or_allocator_is_refused() {
    let bare = r#"(module (func (export "proxy_abi_version_0_2_1")))"#;
    assert!(refusal(bare.as_bytes()).contains("`memory`"));
    let no_allocator = r#"(module (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1")))"#;
    assert!(refusal(no_allocator.as_bytes()).contains("`proxy_on_memory_allocate`"));
}

#[test]
fn a_refused_configuration_gives_the_last_log_line() {
    let message = refusal(&wat(
        r#"(func (export "proxy_on_configure") (param i32 i32) (result i32) (call $say (i32.const 7)) (i32.const 0))"#,
    ));
    assert_eq!(message, "the filter refused to start in `proxy_on_configure`: 7");
}

#[test]
fn a_trap_ends_its_vm_alone() {
    let body = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                    (call $say (i32.const 5)) unreachable)"#;
    let mut vm = start(body).unwrap();
    let error = vm.stream().unwrap().request_headers(GET, true).unwrap_err();
    assert!(matches!(&error, HostError::Trap { callback: "proxy_on_request_headers", reason } if reason.contains('5')));
    assert!(matches!(vm.stream().unwrap().request_headers(GET, true), Err(HostError::Gone)));
    assert!(start(body).is_ok());
}

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    let body =
        r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (loop (br 0)) (i32.const 0))"#;
    let mut vm = start_with(body, Config { fuel: 100_000, ..Config::default() }).unwrap();
    let error = vm.stream().unwrap().request_headers(GET, true).unwrap_err().to_string();
    assert!(error.contains("ran out of fuel"), "{error}");
}

#[test]
fn memory_grows_to_its_limit_only() {
    let body = r#"(func (export "proxy_on_configure") (param i32 i32) (result i32)
                    (i32.eq (memory.grow (i32.const 3)) (i32.const -1)))"#;
    let config = Config { memory_limit: 3 << 16, ..Config::default() };
    let vm = start_with(body, config).expect("growing to four pages fails in the guest");
    assert_eq!(vm.memory_bytes(), 1 << 16);
}

#[test]
fn a_canary_has_no_traffic() {
    let config = Config { role: crate::host::Role::Canary, ..Config::default() };
    let mut vm = start_with(r#"(func (export "proxy_on_tick") (param i32) unreachable)
        (func (export "proxy_on_configure") (param i32 i32) (result i32) (drop (call $period (i32.const 10))) (i32.const 1))"#, config).unwrap();
    assert!(matches!(vm.stream().map(drop), Err(HostError::NoTraffic)));
    vm.tick(1000).expect("a canary does not tick");
}

#[test]
fn a_guest_that_copies_without_end_gets_a_status() {
    // Enqueues 64 KiB until the host refuses: what it keeps is bounded.
    let body = r#"(func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $register (i32.const 100) (i32.const 1) (i32.const 8)))
        (loop $more (br_if $more (i32.eqz (call $enqueue (i32.const 1) (i32.const 0) (i32.const 65536)))))
        (i32.const 1))"#;
    start(body).expect("the loop ends");
}

#[test]
fn a_guest_that_never_comes_to_rest_is_stopped() {
    let body = r#"(func $again (drop (call $enqueue (i32.const 1) (i32.const 0) (i32.const 1))))
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $register (i32.const 100) (i32.const 1) (i32.const 8))) (i32.const 1))
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $again) (i32.const 0))
      (func (export "proxy_on_queue_ready") (param i32 i32) (call $again))"#;
    let mut vm = start(body).unwrap();
    let error = vm.stream().unwrap().request_headers(GET, true).unwrap_err().to_string();
    assert!(error.contains("never comes to rest"), "{error}");
    assert!(matches!(vm.stream().unwrap().request_headers(GET, true), Err(HostError::Gone)));
}
