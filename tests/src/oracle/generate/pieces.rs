//! Server-sent events whose strings are pieces of texts.

use super::encode::escaped;
use super::{Words, pick};
use crate::oracle::tree::Tree;
use crate::seeded::Seeded;

/// What an event is, around a piece and the number of its text.
const SHAPES: &[(&str, &str, &str)] = &[
    ("{\"choices\":[{\"index\":", ",\"delta\":{\"content\":", "}}]}"),
    ("{\"choices\" : [ { \"x\":{\"index\":7},\"index\":", ", \"delta\":{\"role\":\"a\",\"content\":", " } } ] }"),
    ("{\"id\":\"a\",\"index\":", ",\"t\":", "}"),
    ("{\"index\":", ",\"x\":[{\"t\":", "}],\"id\":null}"),
    ("{\"id\":", ",\"own\":\"x\",\"x\":{\"own\":[],\"t\":", "}}"),
    ("{\"log\":{\"t\":\"key_AAAA\"},\"index\":", ",\"note\":", "}"),
    ("{\"id\":", ",\"own\":{\"t\":", "}}"),
];

impl Words {
    /// Events of texts that come in pieces, and others between them.
    pub fn pieces(&self, random: &mut Seeded) -> Tree {
        let end = ["\n", "\n", "\r", "\r\n"][random.below(4)];
        let mut texts: Vec<(usize, usize, Vec<String>)> = (0..1 + random.below(3))
            .map(|number| (random.below(SHAPES.len()), number % 2, self.in_pieces(random)))
            .collect();
        let mut events = Vec::new();
        while texts.iter().any(|(.., pieces)| !pieces.is_empty()) {
            let turn = random.below(texts.len());
            let (shape, number, pieces) = &mut texts[turn];
            let Some(piece) = pieces.pop() else { continue };
            // Texts of one key may come in events of two shapes.
            let shape = if random.below(8) == 0 { random.below(SHAPES.len()) } else { *shape };
            events.push(self.piece(random, shape, *number, &piece, end));
            if random.below(8) == 0 {
                events.push(self.between_pieces(random, end));
            }
        }
        Tree::list(["", "", "\u{feff}"][random.below(3)], events, "", "")
    }

    /// A text in pieces, the last one first.
    fn in_pieces(&self, random: &mut Seeded) -> Vec<String> {
        let mut rest: String = (0..1 + random.below(3)).map(|_| self.encoded(random, 0)).collect();
        let longest = [1, 3, 8, 40][random.below(4)];
        let mut pieces = Vec::new();
        while !rest.is_empty() && pieces.len() < 40 {
            let cut = rest.floor_char_boundary(random.below(longest + 1));
            let behind = rest.split_off(cut.max(rest.chars().next().map_or(1, char::len_utf8)));
            pieces.push(std::mem::replace(&mut rest, behind));
            if random.below(10) == 0 {
                pieces.push(String::new());
            }
        }
        pieces.reverse();
        pieces
    }

    fn piece(&self, random: &mut Seeded, shape: usize, number: usize, piece: &str, end: &str) -> Tree {
        let (before, between, behind) = SHAPES[shape];
        let text = escaped(random, piece);
        let line = format!("{end}data: ");
        // A line end outside of strings parts two lines of data; inside it breaks the JSON.
        let space = if random.below(12) == 0 { line.as_str() } else { "" };
        let inside = if random.below(40) == 0 { line.as_str() } else { "" };
        let behind = if random.below(40) == 0 { "" } else { behind };
        let json = [
            before.as_bytes(),
            number.to_string().as_bytes(),
            between.as_bytes(),
            space.as_bytes(),
            b"\"",
            inside.as_bytes(),
            text.as_slice(),
            b"\"",
            behind.as_bytes(),
        ]
        .concat();
        let event = Tree::leaf([["data:", "data: "][random.below(2)].as_bytes(), &json, end.as_bytes()].concat());
        Tree::fixed(vec![self.other_lines(random, end), event, Tree::leaf(end)])
    }

    fn between_pieces(&self, random: &mut Seeded, end: &str) -> Tree {
        let text = match random.below(4) {
            0 => "data: [DONE]".to_owned(),
            1 => format!("data: {}", pick(random, self.secrets)),
            2 => format!(
                "data: {{\"note\":\"{}\",\"t\":\"{}\"}}",
                pick(random, self.secrets),
                pick(random, self.secrets)
            ),
            _ => format!(": {}", pick(random, self.names)),
        };
        Tree::leaf(format!("{text}{end}{end}"))
    }
}
