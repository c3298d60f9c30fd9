#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| inkseal_fuzz::fuzzing::run("kernels", data));
