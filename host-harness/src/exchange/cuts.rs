//! Where bodies are cut. Output and findings must be the same for every cut, so every cut is tried.

use super::model::{CutSet, Exchange};

/// Bodies up to this many bytes are cut at every pair of positions.
const PAIRS_UP_TO: usize = 48;

/// With `cuts: pairs`, bodies up to this many.
const MORE_PAIRS_UP_TO: usize = 200;

/// Single cuts of one body at most: longer bodies are cut at evenly spaced positions, and at each near both ends.
const POSITIONS: usize = 2048;

/// How the bodies of one run are cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Positions in the request's body, rising.
    pub request: Vec<usize>,
    /// Positions in the response's body, rising.
    pub response: Vec<usize>,
    /// The last byte comes with the end of the stream. Otherwise, as Envoy mostly does, the end comes by itself, empty.
    pub end_with_last: bool,
}

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        for (side, at) in [("request", &self.request), ("response", &self.response)] {
            match at.as_slice() {
                [] => {}
                [_, _, _, _, ..] => parts.push(format!("{side} in {} pieces", at.len() + 1)),
                _ => parts.push(format!("{side} cut at {at:?}")),
            }
        }
        if parts.is_empty() {
            parts.push("uncut".to_owned());
        }
        if self.end_with_last {
            parts.push("end with the last byte".to_owned());
        }
        f.write_str(&parts.join(", "))
    }
}

/// The pieces of a body with the end flag of each; `trailers` follow, so that none has it. No piece for an empty body.
pub fn pieces<'a>(body: &'a [u8], at: &[usize], end_with_last: bool, trailers: bool) -> Vec<(&'a [u8], bool)> {
    if body.is_empty() {
        return Vec::new();
    }
    let mut pieces = Vec::new();
    let mut rest = body;
    let mut from = 0;
    for position in at {
        let (piece, after) = rest.split_at(position.saturating_sub(from).min(rest.len()));
        if !piece.is_empty() {
            pieces.push((piece, false));
        }
        rest = after;
        from = *position;
    }
    if !rest.is_empty() {
        pieces.push((rest, false));
    }
    if trailers {
        return pieces;
    }
    match pieces.last_mut() {
        Some(last) if end_with_last => last.1 = true,
        _ => pieces.push((&[], true)),
    }
    pieces
}

/// Every cut that an exchange asks for; the first leaves the bodies whole.
pub fn all(exchange: &Exchange, request: usize, response: usize) -> Vec<Cut> {
    if let Some(chunks) = &exchange.chunks {
        let positions = |length: usize| {
            let mut sum = 0;
            let rising = chunks.iter().map(|chunk| {
                sum += chunk;
                sum
            });
            rising.filter(|at| *at < length).collect()
        };
        return vec![Cut { request: positions(request), response: positions(response), end_with_last: false }];
    }
    let mut cuts = vec![Cut::default(), Cut { end_with_last: true, ..Cut::default() }];
    if exchange.cuts == CutSet::None {
        cuts.truncate(1);
        return cuts;
    }
    let pairs_up_to = if exchange.cuts == CutSet::Pairs { MORE_PAIRS_UP_TO } else { PAIRS_UP_TO };
    cuts.extend(of_body(request, pairs_up_to).map(|at| Cut { request: at, ..Cut::default() }));
    cuts.extend(of_body(response, pairs_up_to).map(|at| Cut { response: at, ..Cut::default() }));
    if request.max(response) <= POSITIONS {
        for end_with_last in [false, true] {
            cuts.push(Cut { request: (1..request).collect(), response: (1..response).collect(), end_with_last });
        }
    }
    cuts
}

fn of_body(length: usize, pairs_up_to: usize) -> impl Iterator<Item = Vec<usize>> {
    let step = length.div_ceil(POSITIONS).max(1);
    let near_ends = move |at: &usize| at.is_multiple_of(step) || *at < 64 || *at + 64 > length;
    let singles = (1..length).filter(near_ends).map(|at| vec![at]);
    let paired = if length <= pairs_up_to { length } else { 0 };
    let pairs = (1..paired).flat_map(move |first| (first + 1..paired).map(move |second| vec![first, second]));
    singles.chain(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(extra: &str) -> Exchange {
        serde_json::from_str(&format!(r#"{{"name": "x", "expect": {{}} {extra}}}"#)).unwrap()
    }

    #[test]
    fn pieces_are_the_body() {
        for (at, last, trailers) in [(vec![], true, false), (vec![1, 4], false, false), (vec![2], false, true)] {
            let pieces = pieces(b"hello", &at, last, trailers);
            assert_eq!(pieces.iter().flat_map(|(piece, _)| *piece).copied().collect::<Vec<_>>(), b"hello");
            assert_eq!(pieces.iter().filter(|(_, end)| *end).count(), usize::from(!trailers));
            assert_eq!(pieces.last().unwrap().1, !trailers);
        }
        assert_eq!(pieces(b"", &[], true, false), []);
    }

    #[test]
    fn short_bodies_are_cut_at_every_pair() {
        let cuts = all(&exchange(""), 0, 5);
        let singles = cuts.iter().filter(|cut| cut.response.len() == 1).count();
        let pairs = cuts.iter().filter(|cut| cut.response.len() == 2).count();
        assert_eq!((singles, pairs), (4, 6));
        assert!(cuts.iter().all(|cut| cut.request.is_empty()));
        assert_eq!(cuts[0], Cut::default());
    }

    #[test]
    fn long_bodies_are_cut_boundedly() {
        let cuts = all(&exchange(""), 1_000_000, 0);
        assert!(cuts.len() < POSITIONS + 200, "{}", cuts.len());
        assert!(cuts.iter().any(|cut| cut.request == [999_999]));
    }

    #[test]
    fn chunks_replace_cuts() {
        let cuts = all(&exchange(r#", "chunks": [2, 2]"#), 0, 5);
        assert_eq!(cuts, [Cut { response: vec![2, 4], ..Cut::default() }]);
        assert_eq!(all(&exchange(r#", "cuts": "none""#), 3, 5), [Cut::default()]);
    }
}
