//! Streams in which something waits though nothing comes, so that the root's ticks reach them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use inkseal_engine::surface::Half;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::filter::Filter;
use crate::host;
use crate::stream::Stream;

/// Milliseconds between two looks at what waits.
pub const EVERY_MS: u32 = 200;

/// The streams that wait, by their contexts.
#[derive(Default)]
pub struct Waiting(RefCell<BTreeMap<u32, Weak<RefCell<Stream>>>>);

impl Waiting {
    /// Lets go what would have waited too long before the next look, then puts the context `root` in effect again.
    pub fn tick(&self, root: u32, now_ms: u64) {
        let mut waiting = self.0.borrow_mut();
        if waiting.is_empty() {
            return;
        }
        // The proxy has forgotten a context that cannot be entered.
        waiting.retain(|id, stream| {
            let Some(stream) = stream.upgrade().filter(|_| host::enter(*id)) else { return false };
            stream.borrow_mut().tick(now_ms.saturating_add(u64::from(EVERY_MS)));
            true
        });
        host::enter(root);
    }
}

/// A stream as the SDK calls it: its callbacks go to a [`Stream`], which ticks reach as well where its plan has texts
/// that wait.
pub struct HttpStream {
    context: u32,
    filter: Option<Rc<Filter>>,
    stream: Rc<RefCell<Stream>>,
}

impl HttpStream {
    /// The stream of a context under a configuration; without one every request is refused.
    pub fn new(context: u32, filter: Option<Rc<Filter>>) -> Self {
        let stream = Rc::new(RefCell::new(Stream::new(filter.clone())));
        Self { context, filter: filter.filter(|filter| filter.stitches), stream }
    }

    /// A callback that may begin or end waiting.
    fn watched(&self, callback: impl FnOnce(&mut Stream) -> Action) -> Action {
        let action = callback(&mut self.stream.borrow_mut());
        if let Some(filter) = &self.filter {
            let mut waiting = filter.waiting.0.borrow_mut();
            if self.stream.borrow().waits() {
                waiting.insert(self.context, Rc::downgrade(&self.stream));
            } else {
                waiting.remove(&self.context);
            }
        }
        action
    }
}

impl Context for HttpStream {}

impl HttpContext for HttpStream {
    fn on_http_request_headers(&mut self, _count: usize, end: bool) -> Action {
        self.stream.borrow_mut().request_headers(end)
    }

    fn on_http_request_body(&mut self, size: usize, end: bool) -> Action {
        self.watched(|stream| stream.body(Half::Request, size, end))
    }

    fn on_http_request_trailers(&mut self, _count: usize) -> Action {
        self.watched(|stream| stream.trailers(Half::Request))
    }

    fn on_http_response_headers(&mut self, _count: usize, end: bool) -> Action {
        self.stream.borrow_mut().response_headers(end)
    }

    fn on_http_response_body(&mut self, size: usize, end: bool) -> Action {
        self.watched(|stream| stream.body(Half::Response, size, end))
    }

    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        self.watched(|stream| stream.trailers(Half::Response))
    }

    fn on_log(&mut self) {
        if let Some(filter) = &self.filter {
            filter.waiting.0.borrow_mut().remove(&self.context);
        }
        self.stream.borrow_mut().ended();
    }
}
