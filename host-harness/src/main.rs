//! The `inkseal` command.

fn main() {}
