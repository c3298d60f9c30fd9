//! One exchange through the engine, natively.

use std::rc::Rc;

use inkseal_engine::exchange::{Attributes, Headers, Transaction};
use inkseal_engine::plan::Plan;

use crate::inputs::Input;

/// An empty request whose response brings the body in chunks; bytes that came out.
pub fn response(plan: &Rc<Plan>, input: &Input, chunk: usize) -> usize {
    let mut exchange = Transaction::new(Rc::clone(plan), None, 0);
    let mut request = fields(&[(":method", "GET"), (":path", "/"), (":authority", "a.example")]);
    exchange.request_headers(&mut request, &Attributes::default(), true);
    let mut response = fields(&[(":status", "200"), ("content-type", input.media_type)]);
    exchange.response_headers(&mut response, false);
    let (mut out, mut total) = (Vec::new(), 0);
    for chunk in input.body.chunks(chunk) {
        exchange.response_body(chunk, false, &mut out);
        total += out.len();
        out.clear();
    }
    exchange.response_body(b"", true, &mut out);
    total + out.len()
}

fn fields(fields: &[(&str, &str)]) -> Headers {
    fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}
