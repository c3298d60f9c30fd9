//! The policy language: from YAML text to [`model::Policy`], with every error at once.

pub mod model;
pub mod span;

#[cfg(feature = "compile")]
mod catalogue;
#[cfg(feature = "compile")]
mod diagnostic;
#[cfg(feature = "compile")]
mod parse;
#[cfg(feature = "compile")]
mod resolve;
#[cfg(feature = "compile")]
mod rules;
#[cfg(feature = "compile")]
mod sources;
#[cfg(feature = "compile")]
mod suggest;
#[cfg(feature = "compile")]
pub mod yaml;

pub use span::{Span, Spanned};

#[cfg(feature = "compile")]
pub(crate) use self::catalogue::Built;
#[cfg(feature = "compile")]
pub use self::{
    catalogue::{Catalogue, Pack},
    diagnostic::{Diagnostic, Severity},
    resolve::{Resolved, resolve},
    sources::{Position, Sources},
};
