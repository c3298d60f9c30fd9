//! Cases as data, and what the suites share.
