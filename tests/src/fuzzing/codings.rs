//! Content codings: the first byte chooses the codings, the second how the rest, a coded body, is cut.
//!
//! What must hold: whole and cut decode to the same, or both break; where a broken one breaks off may depend on the cut,
//! what came before does not; nothing is handed on beyond the bounds; all memory comes back.

use inkseal_engine::coding::{Bounds, Coding, Decoder, Fault, PIECE, Pool};

use super::cut::pieces;

const STACKS: &[&[Coding]] = &[
    &[Coding::Gzip],
    &[Coding::Deflate],
    &[Coding::Brotli],
    &[Coding::Zstd],
    &[Coding::Gzip, Coding::Brotli],
    &[Coding::Zstd, Coding::Gzip],
];

const BOUNDS: Bounds = Bounds { decoded: 256 << 10, ratio: 250 };
const MEMORY: usize = 16 << 20;

pub(super) fn run(data: &[u8]) {
    let [choice, pattern, body @ ..] = data else { return };
    let codings = STACKS[usize::from(*choice) % STACKS.len()];
    let pool = Pool::of(MEMORY);
    let (whole, end) = decoded(codings, &pool, &[body]);
    let (cut, cut_end) = decoded(codings, &pool, &pieces(body, *pattern));
    let shown = || format!("{codings:?} cut by pattern {pattern}: b\"{}\"", body.escape_ascii());
    assert!(end.is_err() == cut_end.is_err(), "{end:?} or {cut_end:?}: {}", shown());
    let same = if end.is_err() { whole.starts_with(&cut) || cut.starts_with(&whole) } else { whole == cut };
    assert!(same, "decodes to other bytes: {}", shown());
    assert!(whole.len() as u64 <= BOUNDS.decoded, "{} bytes: {}", whole.len(), shown());
}

fn decoded(codings: &[Coding], pool: &Pool, pieces: &[&[u8]]) -> (Vec<u8>, Result<(), Fault>) {
    let mut decoder = Decoder::new(codings, BOUNDS, pool);
    let mut out = Vec::new();
    let mut end = Ok(());
    for piece in pieces {
        end = decoder.push(piece, &mut |decoded| {
            assert!(!decoded.is_empty() && decoded.len() <= PIECE);
            out.extend_from_slice(decoded);
            Ok(())
        });
        assert!(decoder.memory() <= MEMORY, "{} bytes held", decoder.memory());
        if end.is_err() {
            break;
        }
    }
    (out, end.and_then(|()| decoder.finish()))
}
