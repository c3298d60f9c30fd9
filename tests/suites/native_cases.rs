//! Every case on the engine as a library, at every cut.

use inkseal::exchange::native::Native;

#[test]
fn native_cases() {
    inkseal_tests::cases::assert_all(&Native);
}
