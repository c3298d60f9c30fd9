//! The engine held against the oracle: the first byte chooses the policy and the format, the rest is the body.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::de::IgnoredAny;

use crate::oracle::check::Format;
use crate::oracle::lane::Lane;
use crate::oracle::policies::ALL;

/// The oracle reads what the engine is sure to follow: no deeper JSON.
const DEPTH: usize = 32;

thread_local! {
    static LANES: RefCell<BTreeMap<usize, Rc<Lane>>> = RefCell::default();
}

pub(super) fn run(data: &[u8]) {
    let [choice, body @ ..] = data else { return };
    let at = usize::from(*choice) % ALL.len();
    let trial = &ALL[at];
    let format = trial.formats[usize::from(*choice) / ALL.len() % trial.formats.len()];
    if format == Format::Json && !followed(body) {
        return;
    }
    let lane = LANES.with_borrow_mut(|lanes| {
        let lane = || Rc::new(trial.lane().unwrap_or_else(|error| panic!("{}: {error:#}", trial.name)));
        Rc::clone(lanes.entry(at).or_insert_with(lane))
    });
    let media_type = format.media_type();
    let (engine, oracle) = (lane.engine(media_type, std::iter::once(body)), lane.oracle(media_type, body));
    assert!(
        engine == oracle,
        "{media_type} under `{}`: b\"{}\"\nengine b\"{}\" {:?} {:?}\noracle b\"{}\" {:?} {:?}",
        trial.name,
        body.escape_ascii(),
        engine.bytes.escape_ascii(),
        engine.findings,
        engine.shadow,
        oracle.bytes.escape_ascii(),
        oracle.findings,
        oracle.shadow
    );
}

fn followed(body: &[u8]) -> bool {
    let opened = body.iter().filter(|byte| b"[{".contains(byte)).count();
    opened <= DEPTH && std::str::from_utf8(body).is_ok() && serde_json::from_slice::<IgnoredAny>(body).is_ok()
}
