//! Server-sent events.

use super::{Words, pick};
use crate::oracle::tree::Tree;
use crate::seeded::Seeded;

impl Words {
    /// Server-sent events.
    pub fn events(&self, random: &mut Seeded) -> Tree {
        let events = (0..random.below(4)).map(|_| {
            let end = ["\n", "\n", "\r", "\r\n"][random.below(4)];
            let between = match random.below(5) {
                0 => format!("{end}data:"),
                1 => format!("{end}: {}{end}data: ", pick(random, self.names)),
                2 => format!("{end}data{end}data: "),
                _ => format!("{end}data: "),
            };
            let data = if random.below(3) == 0 { self.text(random) } else { self.json(random) };
            let line = |byte: &u8| if *byte == b'\n' { between.clone().into_bytes() } else { vec![*byte] };
            let data = data.map(&|bytes| bytes.iter().flat_map(line).collect());
            let before = self.other_lines(random, end);
            let field = ["data:", "data: "][random.below(2)];
            // Now and then more blanks than may be held.
            let blanks =
                if random.below(24) == 0 { " ".repeat(self.long - 20 + random.below(40)) } else { String::new() };
            let field = Tree::leaf(format!("{field}{blanks}"));
            let behind = self.other_lines(random, end);
            Tree::fixed(vec![before, field, data, Tree::leaf(end), behind, Tree::leaf(end)])
        });
        let events = events.collect();
        Tree::list(["", "", "\u{feff}"][random.below(3)], events, "", "")
    }

    /// Comments and fields that are not data.
    pub(super) fn other_lines(&self, random: &mut Seeded, end: &str) -> Tree {
        let lines = (0..random.below(3)).map(|_| {
            let name = [":", ": ", "id: ", "event:", "retry: ", "dat", ""][random.below(7)];
            let text = self.encoded(random, 0).replace('\n', " ");
            Tree::leaf(format!("{name}{text}{end}"))
        });
        Tree::list("", lines.collect(), "", "")
    }
}
