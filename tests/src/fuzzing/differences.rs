//! The engine held against the oracle: the first byte chooses the policy and what the rest is, a body or a field.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::oracle::check::{Format, Spot, compare};
use crate::oracle::lane::Lane;
use crate::oracle::multipart;
use crate::oracle::policies::{ALL, FIELDS, Trial};
use crate::oracle::policy::{Half, Side};

/// From this choice on the input is a field or a target.
const FIRST_FIELD: u8 = b'd';

thread_local! {
    static LANES: RefCell<BTreeMap<*const Trial, Rc<Lane>>> = RefCell::default();
}

pub(super) fn run(data: &[u8]) {
    let [choice, text @ ..] = data else { return };
    let held = match choice.checked_sub(FIRST_FIELD) {
        Some(choice) => field(usize::from(choice), text),
        None => body(usize::from(*choice), text),
    };
    held.unwrap_or_else(|why| panic!("{why}"));
}

fn body(choice: usize, body: &[u8]) -> Result<(), String> {
    let trial = &ALL[choice % ALL.len()];
    let format = trial.formats[choice / ALL.len() % trial.formats.len()];
    let half = [Half::Response, Half::Request][choice / ALL.len() / trial.formats.len() % 2];
    let side = Side { half, media_type: format.media_type().to_owned(), ..Side::default() };
    let lane = lane(trial);
    if !whole(format, body) || !lane.oracle(&side).covers(body) {
        return Ok(());
    }
    compare(&lane, &side, body).map_err(|why| {
        format!("{half:?}, {} under `{}`: b\"{}\"\n{why}", side.media_type, trial.name, body.escape_ascii())
    })
}

fn field(choice: usize, text: &[u8]) -> Result<(), String> {
    let trial = &FIELDS[choice % FIELDS.len()];
    let spot = Spot::numbered(trial, choice / FIELDS.len());
    spot.holds(&lane(trial), text)
        .map_err(|(_, why)| format!("{spot:?} under `{}`: b\"{}\"\n{why}", trial.name, text.escape_ascii()))
}

fn lane(trial: &'static Trial) -> Rc<Lane> {
    let made = || Rc::new(trial.lane().unwrap_or_else(|error| panic!("{}: {error:#}", trial.name)));
    LANES.with_borrow_mut(|lanes| Rc::clone(lanes.entry(trial).or_insert_with(made)))
}

/// Whether markup ends outside its tags and every `=` has a value: of what is cut off the rules do not say what it is.
fn whole(format: Format, body: &[u8]) -> bool {
    let last = |wanted: u8| body.iter().rposition(|&byte| byte == wanted);
    let unvalued = |after: &[u8]| matches!(after.trim_ascii_start(), [] | [b'>', ..]);
    match format {
        Format::Html | Format::Xml => {
            last(b'<') <= last(b'>') && !body.split(|&byte| byte == b'=').skip(1).any(unvalued)
        }
        Format::Multipart => {
            let boundary = multipart::boundary(format.media_type()).unwrap_or_default();
            let format = |its: &str| Format::ALL.iter().find(|format| format.media_type() == its);
            let parts = multipart::typed(body, &boundary);
            parts.into_iter().all(|(its, part)| format(its).is_none_or(|format| whole(*format, part)))
        }
        Format::Text
        | Format::Json
        | Format::JsonLines
        | Format::Form
        | Format::Protobuf
        | Format::Grpc
        | Format::GrpcJson
        | Format::GrpcWeb
        | Format::Connect
        | Format::Events
        | Format::Pieces => true,
    }
}
