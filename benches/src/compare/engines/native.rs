//! The engine, native.

use std::rc::Rc;

use inkseal_engine::plan::Plan;

use super::Engine;
use crate::exchange::response;
use crate::inputs::Input;

/// A whole exchange, its body in chunks.
pub struct Native {
    plan: Rc<Plan>,
    chunk: usize,
    name: &'static str,
}

impl Native {
    /// With this plan, over chunks of so many bytes.
    ///
    /// # Errors
    /// The plan does not load.
    pub fn new(plan: &str, chunk: usize, name: &'static str) -> Result<Self, String> {
        let plan = Plan::load(plan.as_bytes()).map_err(|error| error.to_string())?;
        Ok(Self { plan: Rc::new(plan), chunk, name })
    }
}

impl Engine for Native {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, input: &Input) -> Result<Option<usize>, String> {
        Ok(Some(response(&self.plan, input, self.chunk)))
    }
}
