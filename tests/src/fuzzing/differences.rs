//! The engine held against the oracle: the first byte chooses the policy and the format, the rest is the body.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::de::IgnoredAny;

use crate::oracle::check::Format;
use crate::oracle::lane::Lane;
use crate::oracle::policies::ALL;

/// The oracle reads JSON that is valid and that the engine is sure to follow: nested no deeper than this, with numbers
/// no longer than any of its policies holds back.
const DEPTH: usize = 32;
const DIGITS: usize = 48;

thread_local! {
    static LANES: RefCell<BTreeMap<usize, Rc<Lane>>> = RefCell::default();
}

pub(super) fn run(data: &[u8]) {
    let [choice, body @ ..] = data else { return };
    let at = usize::from(*choice) % ALL.len();
    let trial = &ALL[at];
    let format = trial.formats[usize::from(*choice) / ALL.len() % trial.formats.len()];
    let lane = LANES.with_borrow_mut(|lanes| {
        let lane = || Rc::new(trial.lane().unwrap_or_else(|error| panic!("{}: {error:#}", trial.name)));
        Rc::clone(lanes.entry(at).or_insert_with(lane))
    });
    let media_type = format.media_type();
    if !followed(format, body) || format == Format::Events && !lane.covers(media_type, body) {
        return;
    }
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

fn followed(format: Format, body: &[u8]) -> bool {
    let opened = body.iter().filter(|byte| b"[{".contains(byte)).count();
    let digits = body.split(|byte| !b"+-.eE0123456789".contains(byte)).map(<[u8]>::len).max();
    let json =
        |text: &[u8]| opened <= DEPTH && digits <= Some(DIGITS) && serde_json::from_slice::<IgnoredAny>(text).is_ok();
    match format {
        Format::Json => json(body),
        Format::JsonLines => body.split(|&byte| byte == b'\n').all(|line| line.trim_ascii().is_empty() || json(line)),
        Format::Html | Format::Xml => whole(body),
        Format::Text | Format::Form => true,
        // What is JSON in it, the oracle says.
        Format::Events => opened <= DEPTH && digits <= Some(DIGITS),
    }
}

/// Whether markup ends outside its tags and every `=` has a value: of what is cut off the rules do not say what it is.
fn whole(body: &[u8]) -> bool {
    let last = |wanted: u8| body.iter().rposition(|&byte| byte == wanted);
    let unvalued = |after: &[u8]| matches!(after.trim_ascii_start(), [] | [b'>', ..]);
    last(b'<') <= last(b'>') && !body.split(|&byte| byte == b'=').skip(1).any(unvalued)
}
