//! One exchange through the engine: headers, bodies and trailers of both directions, decided and redacted.
//!
//! A [`Transaction`] knows HTTP and the plan; it knows no proxy. Its caller carries bytes and headers, and holds
//! back what it is told to hold.

use std::rc::Rc;

use crate::plan::Plan;
use crate::pseudonym::PseudonymKey;

mod summary;

pub use summary::{Finding, Outcome, Summary};

/// Header fields in wire order with lower-case names; a name may occur several times; pseudo headers are included.
pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// What the proxy knows of an exchange beside its headers.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// The name of the route that was chosen.
    pub route: Option<String>,
}

/// What the caller does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    /// What was written may leave.
    Continue,
    /// Headers, and the body behind them, stay until a later call says [`Flow::Continue`]: a match may still block.
    Hold,
    /// The exchange is refused: a local reply while headers are held, else a reset.
    Block(Block),
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The status of the local reply.
    pub status: u16,
    /// The rule that blocks, or `on_limit` and its kin.
    pub rule: String,
}

