//! A demo that cannot have an Envoy: one clear line, exit code 3, nothing left behind.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::process::Command;

fn refused(configure: impl FnOnce(&mut Command)) -> String {
    let target = tempfile::tempdir().unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_inkseal"));
    demo.arg("demo").env_remove("ENVOY").env("CARGO_TARGET_DIR", target.path());
    configure(&mut demo);
    let output = demo.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    let made: Vec<_> = std::fs::read_dir(target.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(made.iter().all(|name| !name.to_string_lossy().ends_with("1.40.0")), "{made:?}");
    let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    let [error] = errors.as_slice() else { panic!("one line of error: {stderr}") };
    (*error).to_owned()
}

#[test]
fn an_envoy_that_is_none_is_named() {
    let error = refused(|demo| {
        demo.env("ENVOY", "/nonexistent/envoy");
    });
    assert!(error.contains("`$ENVOY` is `/nonexistent/envoy`"), "{error}");
}

#[test]
fn without_envoy_and_python3_the_way_out_is_named() {
    let error = refused(|demo| {
        demo.env("PATH", "/nonexistent");
    });
    assert!(error.contains("python3") && error.contains("set `ENVOY`"), "{error}");
}
