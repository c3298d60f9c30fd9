//! The detectors and packs that ship with Inkseal, embedded.
