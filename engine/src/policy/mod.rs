//! The policy language: from YAML text to [`model::Policy`], with every error at once.

pub mod model;
pub mod span;
