//! Every case on the shipped `.wasm` in the native host, at every cut.
#![allow(clippy::panic, reason = "a suite that cannot go on says so by a panic")]

use inkseal::exchange::Engine as _;
use inkseal::exchange::wasm::Wasm;

fn shipped() -> Wasm {
    Wasm::shipped().unwrap_or_else(|error| panic!("{error:#}"))
}

#[test]
fn wasm_cases() {
    inkseal_tests::cases::assert_all(&shipped());
}

#[test]
fn the_filter_refuses_what_is_no_plan_and_says_so() {
    for (configuration, reason) in [("", "is empty"), ("{}", "not a plan"), ("mode: enforce", "no JSON text")] {
        let error = shipped().load(configuration).err().expect("it is refused").to_string();
        assert!(error.contains("proxy_on_configure") && error.contains(reason), "{error}");
    }
}
