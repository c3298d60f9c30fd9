//! A response's body through an engine, in pieces.

use std::rc::Rc;

use inkseal_engine::exchange::{Attributes, Finding, Headers, Transaction};
use inkseal_engine::plan::Plan;

/// What leaves, what was found, and what would have been.
pub type Outcome = (Vec<u8>, Vec<Finding>, Vec<Finding>);

/// A body between its `cuts`, which are in order.
pub fn pieces<'a>(body: &'a [u8], cuts: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let starts = [0].into_iter().chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([body.len()]);
    starts.zip(ends).map(|(from, to)| &body[from..to])
}

/// A response to `GET /` whose body comes in these chunks.
pub fn response<'a>(plan: &Rc<Plan>, media_type: &str, chunks: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut exchange = Transaction::new(Rc::clone(plan), None, 0);
    let mut request: Headers = vec![(b":method".to_vec(), b"GET".to_vec()), (b":path".to_vec(), b"/".to_vec())];
    exchange.request_headers(&mut request, &Attributes::default(), true);
    let mut headers: Headers =
        vec![(b":status".to_vec(), b"200".to_vec()), (b"content-type".to_vec(), media_type.into())];
    exchange.response_headers(&mut headers, false);
    let mut out = Vec::new();
    for chunk in chunks {
        exchange.response_body(chunk, false, &mut out);
    }
    exchange.response_body(b"", true, &mut out);
    let summary = exchange.summary();
    (out, summary.findings, summary.shadow)
}
