//! Every case on the shipped `.wasm` in the native host, at every cut.

use inkseal::exchange::wasm::Wasm;

#[test]
fn wasm_cases() {
    let filter = Wasm::shipped().unwrap_or_else(|error| panic!("{error:#}"));
    inkseal_tests::cases::assert_all(&filter);
}
