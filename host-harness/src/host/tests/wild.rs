//! Every host function with wild arguments: a status or a trap of the guest, never a panic of the host.

use std::fmt::Write as _;

use wasmtime::{ExternType, Store, ValType};

use super::*;
use crate::host::state::State;

/// A filter whose request headers callback calls every import with this constant for each argument.
fn caller(engine: &Engine, constant: i64) -> String {
    let mut store = Store::new(&engine.engine, State::new(Config::default()));
    let functions: Vec<_> =
        engine.linker.iter(&mut store).map(|(module, name, item)| (module.to_owned(), name.to_owned(), item)).collect();
    let (mut imports, mut calls) = (String::new(), String::new());
    for (index, (module, name, item)) in functions.into_iter().enumerate() {
        let ExternType::Func(kind) = item.ty(&store) else { continue };
        if name == "proc_exit" {
            continue;
        }
        let word = |kind: ValType| if matches!(kind, ValType::I64) { "i64" } else { "i32" };
        let parameters: Vec<_> = kind.params().map(word).collect();
        let result = if kind.results().len() == 0 { "" } else { "(result i32)" };
        writeln!(imports, r#"(import "{module}" "{name}" (func $f{index} (param {}) {result}))"#, parameters.join(" "))
            .unwrap();
        let arguments: Vec<_> = parameters.iter().map(|word| format!("({word}.const {constant})")).collect();
        let call = format!("(call $f{index} {})", arguments.join(" "));
        writeln!(calls, "{}", if result.is_empty() { call } else { format!("(drop {call})") }).unwrap();
    }
    format!(
        r#"(module {imports} (memory (export "memory") 1)
             (func (export "proxy_abi_version_0_2_1"))
             (func (export "malloc") (param i32) (result i32) (i32.const {constant}))
             (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) {calls} (i32.const 0))
             (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) {calls} (i32.const 0))
             (func (export "proxy_on_log") (param i32) {calls}))"#
    )
}

#[test]
fn no_argument_crashes_the_host() {
    let engine = Engine::new().unwrap();
    for constant in [0, 1, 2, 3, 6, 7, 65_535, 65_536, 0x7fff_ffff, -1, -8, -65_536, i64::from(i32::MIN)] {
        let module = Module::new(&engine, caller(&engine, constant).as_bytes()).unwrap();
        let mut vm = Vm::new(&module, Config::default().env("A", "b")).unwrap();
        let mut stream = vm.stream().unwrap();
        stream.request_headers(GET, false).unwrap();
        stream.request_body(b"body", true).unwrap();
        stream.finish().unwrap();
    }
}

#[test]
fn guests_that_lie_about_lengths_get_a_status() {
    // A log line that begins in the last page and ends outside, and a header map whose count is a lie.
    let body = r#"(data (i32.const 500) "\ff\ff\ff\7f")
      (import_placeholder)"#;
    let body = body.replace(
        "(import_placeholder)",
        r#"(func (export "proxy_on_configure") (param i32 i32) (result i32)
        (call $say (call $log (i32.const 2) (i32.const 65530) (i32.const 10)))
        (call $say (call $call (i32.const 0) (i32.const 1) (i32.const 500) (i32.const 4)
          (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 400)))
        (i32.const 1))"#,
    );
    let vm = start(&body).unwrap();
    assert_eq!(said(&vm), "62");
}
