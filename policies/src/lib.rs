//! The detectors and packs that ship with Inkseal, embedded.
//!
//! They are data: see `README.md` for how to write one. This crate depends on nothing and reads none of it; the
//! engine's `Catalogue::parse` does.

include!(concat!(env!("OUT_DIR"), "/files.rs"));
