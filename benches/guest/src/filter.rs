//! The filter: nothing, or a searcher over response bodies. Each piece is searched by itself as it comes, so that matches
//! across pieces are missed: that is less work than a filter has that misses none.

use std::rc::Rc;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType};

use crate::searcher::Searcher;

/// One VM.
#[derive(Default)]
pub struct Root(Option<Rc<Searcher>>);

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        let configuration = self.get_plugin_configuration().unwrap_or_default();
        let expressions = serde_json::from_slice::<Vec<String>>(&configuration);
        let searcher = match expressions.as_deref() {
            Ok([]) => return true,
            Ok(expressions) => Searcher::new(expressions),
            Err(error) => Err(error.to_string()),
        };
        match searcher {
            Ok(searcher) => self.0 = Some(Rc::new(searcher)),
            Err(why) => {
                let _ = proxy_wasm::hostcalls::log(proxy_wasm::types::LogLevel::Error, &why);
                return false;
            }
        }
        true
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        Some(match &self.0 {
            Some(searcher) => Box::new(Searches(Rc::clone(searcher))),
            None => Box::new(Nothing),
        })
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

/// Lets everything pass.
struct Nothing;

impl Context for Nothing {}

impl HttpContext for Nothing {}

/// Searches bodies of responses.
struct Searches(Rc<Searcher>);

impl Context for Searches {}

impl HttpContext for Searches {
    fn on_http_response_headers(&mut self, _count: usize, _last: bool) -> Action {
        // The body may get another length.
        self.set_http_response_header("content-length", None);
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, _last: bool) -> Action {
        let body = self.get_http_response_body(0, size).unwrap_or_default();
        let mut out = Vec::with_capacity(body.len());
        if self.0.replace(&body, &mut out) > 0 {
            self.set_http_response_body(0, size, &out);
        }
        Action::Continue
    }
}
