//! The `inkseal-collector` command.

fn main() {}
