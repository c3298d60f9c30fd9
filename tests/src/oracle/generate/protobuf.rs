//! Protobuf messages and frames of them, made of the words of a policy.

use super::super::protobuf::varint;
use super::super::tree::Tree;
use super::Words;
use crate::seeded::Seeded;

/// Field numbers: their tags are control characters, letters, digits, or of two bytes.
const NUMBERS: &[usize] = &[1, 1, 2, 3, 4, 6, 7, 12, 13, 16, 300];

impl Words {
    /// A message, now and then a broken one.
    pub fn protobuf(&self, random: &mut Seeded) -> Tree {
        let message = self.message(random, 0);
        match random.below(8) {
            0 => Tree::fixed(vec![message, Tree::leaf(self.bytes(random))]),
            1 => {
                let bytes = message.bytes();
                let end = random.below(bytes.len() + 1);
                Tree::leaf(&bytes[..end])
            }
            _ => message,
        }
    }

    /// Messages in frames.
    pub fn frames(&self, random: &mut Seeded) -> Tree {
        let mut frames: Vec<Tree> = (0..random.below(4)).map(|_| Tree::sized(frame, self.protobuf(random))).collect();
        match random.below(8) {
            0 => frames.push(Tree::leaf([0, 0, 0])),
            1 => frames.push(Tree::fixed(vec![Tree::leaf([0, 0, 0, 1, 0]), self.protobuf(random)])),
            _ => {}
        }
        Tree::list("", frames, "", "")
    }

    /// JSON texts in frames.
    pub fn json_frames(&self, random: &mut Seeded) -> Tree {
        let json = |random: &mut Seeded| {
            if !self.spaced && random.below(6) == 0 { self.broken_json(random, false) } else { self.json(random) }
        };
        let mut frames: Vec<Tree> = (0..random.below(4)).map(|_| Tree::sized(frame, json(random))).collect();
        if random.below(8) == 0 {
            frames.push(Tree::fixed(vec![Tree::leaf([0, 0, 0, 1, 0]), json(random)]));
        }
        Tree::list("", frames, "", "")
    }

    /// Messages in frames, then the end of a Connect stream.
    pub fn connect_frames(&self, random: &mut Seeded) -> Tree {
        let end = Tree::sized(|length| flagged(2, length), self.json(random));
        Tree::list("", vec![self.frames(random), end], "", "")
    }

    /// Messages in frames, then trailers in one.
    pub fn web_frames(&self, random: &mut Seeded) -> Tree {
        let fields = (0..random.below(4)).map(|_| {
            let name = self.names[random.below(self.names.len())].to_owned();
            let name = if random.below(4) == 0 { name.to_ascii_uppercase() } else { name };
            let value = self.text(random).on_one_line();
            // The colon of a mark would be taken for that of a field that has none.
            let from = if self.spaced { 2 } else { 0 };
            let before = ["", " ", ":", ": ", " : "][from + random.below(5 - from)];
            Tree::fixed(vec![
                Tree::leaf(format!("{name}{before}")),
                value,
                Tree::leaf(["\r\n", "\n", "", " \r\n"][random.below(4)]),
            ])
        });
        let fields = Tree::list("", fields.collect(), "", "");
        Tree::list("", vec![self.frames(random), Tree::sized(|length| flagged(0x80, length), fields)], "", "")
    }

    fn message(&self, random: &mut Seeded, depth: usize) -> Tree {
        let fields = (0..random.below(5)).map(|_| self.field(random, depth)).collect();
        Tree::list("", fields, "", "")
    }

    fn field(&self, random: &mut Seeded, depth: usize) -> Tree {
        let number = NUMBERS[random.below(NUMBERS.len())];
        let tag = |kind: usize| Tree::leaf(varint(number << 3 | kind));
        let sized = |value: Tree| Tree::fixed(vec![tag(2), Tree::sized(varint, value)]);
        match random.below(if depth > 2 { 8 } else { 12 }) {
            0 => Tree::fixed(vec![tag(0), Tree::leaf(varint(random.below(1 << 20)))]),
            1 => Tree::fixed(vec![tag(1), Tree::leaf(b"12345678")]),
            2 => Tree::fixed(vec![tag(5), Tree::leaf((random.below(1 << 30) as u32).to_be_bytes())]),
            3 => sized(Tree::leaf(self.bytes(random))),
            4..8 => sized(self.text(random)),
            8 => Tree::fixed(vec![tag(3), self.message(random, depth + 1), tag(4)]),
            _ => sized(self.message(random, depth + 1)),
        }
    }

    /// Packed numbers, or anything.
    fn bytes(&self, random: &mut Seeded) -> Vec<u8> {
        (0..random.below(12)).map(|_| random.below(256) as u8).collect()
    }
}

/// The head of a frame.
fn frame(length: usize) -> Vec<u8> {
    flagged(0, length)
}

fn flagged(flags: u8, length: usize) -> Vec<u8> {
    [&[flags], u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes().as_slice()].concat()
}
