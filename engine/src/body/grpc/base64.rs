//! Frames in base64 (gRPC-Web text): groups of four letters; one with padding ends a piece, and another piece may follow
//! (PROTOCOL-WEB.md; RFC 4648 section 4).
//!
//! A group whose bytes stay leaves as it came, however it is spelled.

use std::collections::VecDeque;

use data_encoding::{BASE64, BASE64_NOPAD};

use super::frames::Span;

/// Letters of a group; 0 stands for one that a text without padding leaves out at its end.
type Group = [u8; 4];

/// The letters that stand for bytes which are on their way through the frames.
#[derive(Default)]
pub(super) struct Armor {
    /// Letters of a group that is not whole yet.
    letters: Vec<u8>,
    /// Groups of which bytes have not left.
    groups: VecDeque<Group>,
    /// How many bytes of the first group have left in a piece of their own.
    gone: usize,
    /// What has left of its other bytes.
    filled: Vec<u8>,
}

impl Armor {
    /// Appends the bytes of whole groups to `bytes`; what follows from the first letter on that is in no group is
    /// returned.
    pub(super) fn open<'a>(&mut self, mut text: &'a [u8], bytes: &mut Vec<u8>) -> Option<&'a [u8]> {
        loop {
            let wanted = size_of::<Group>() - self.letters.len();
            let (now, rest) = text.split_at_checked(wanted.min(text.len())).unwrap_or((text, b""));
            self.letters.extend_from_slice(now);
            let &group = self.letters.first_chunk()?;
            let decoded = decode(group).filter(|_| !group.contains(&0));
            let Some((decoded, count)) = decoded else { return Some(rest) };
            bytes.extend(decoded.iter().take(count));
            self.groups.push_back(group);
            self.letters.clear();
            text = rest;
        }
    }

    /// The text has ended: takes the last group without its padding for one.
    pub(super) fn end(&mut self, bytes: &mut Vec<u8>) {
        let group = [0, 1, 2, 3].map(|at| self.letters.get(at).copied().unwrap_or_default());
        // A zero byte that came is none that stands for a letter left out.
        if let Some((decoded, count)) = decode(group).filter(|_| !self.letters.contains(&0)) {
            bytes.extend(decoded.iter().take(count));
            self.groups.push_back(group);
            self.letters.clear();
        }
    }

    /// Letters of no group, once nothing more is to come.
    pub(super) fn take_letters(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.letters)
    }

    /// Appends to `out` the letters of bytes that leave the frames.
    pub(super) fn close(&mut self, span: Span, bytes: &[u8], out: &mut Vec<u8>) {
        if span.read == span.written {
            return bytes.iter().for_each(|&byte| self.fill(byte, out));
        }
        encode(&self.filled, out);
        let mut read = span.read + self.filled.len();
        self.filled.clear();
        encode(bytes, out);
        while let Some(group) = self.groups.front() {
            let count = decode(*group).map_or(0, |(_, count)| count) - self.gone;
            if read < count {
                break;
            }
            read -= count;
            self.gone = 0;
            self.groups.pop_front();
        }
        self.gone += read;
    }

    /// Whether letters are held.
    pub(super) fn holding(&self) -> bool {
        !self.letters.is_empty() || !self.groups.is_empty()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.groups.capacity() * size_of::<Group>()
    }

    /// The next byte that leaves is this.
    fn fill(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.filled.push(byte);
        let Some(&group) = self.groups.front() else { return };
        let Some((bytes, count)) = decode(group) else { return };
        if self.gone + self.filled.len() < count {
            return;
        }
        if self.gone == 0 && bytes.iter().take(count).eq(&self.filled) {
            out.extend(group.iter().filter(|letter| **letter != 0));
        } else if group.contains(&0) {
            out.extend_from_slice(BASE64_NOPAD.encode(&self.filled).as_bytes());
        } else {
            encode(&self.filled, out);
        }
        self.filled.clear();
        self.groups.pop_front();
        self.gone = 0;
    }
}

fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(BASE64.encode(bytes).as_bytes());
}

/// The bytes of a group and how many they are; bits that padding leaves over may be set.
fn decode(group: Group) -> Option<([u8; 3], usize)> {
    let letters = group.iter().take_while(|letter| !matches!(letter, b'=' | 0)).count();
    let padded = group.iter().skip(letters).all(|letter| matches!(letter, b'=' | 0));
    if letters < 2 || !padded {
        return None;
    }
    let bits = group.iter().take(letters).try_fold(0_u32, |bits, &letter| Some(bits << 6 | value(letter)?))?;
    let [_, bytes @ ..] = (bits << (6 * (4 - letters))).to_be_bytes();
    Some((bytes, letters - 1))
}

fn value(letter: u8) -> Option<u32> {
    Some(u32::from(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(text: &str, spans: &[(usize, &str)]) -> String {
        let (mut armor, mut bytes, mut out) = (Armor::default(), Vec::new(), Vec::new());
        assert_eq!(armor.open(text.as_bytes(), &mut bytes), None);
        armor.end(&mut bytes);
        for (read, left) in spans {
            armor.close(Span { read: *read, written: left.len() }, left.as_bytes(), &mut out);
        }
        out.extend(armor.take_letters());
        assert!(!armor.holding());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn groups_leave_as_they_came_unless_their_bytes_change() {
        assert_eq!(through("YWJjZGU=Zmc=", &[(2, "ab"), (5, "cdefg")]), "YWJjZGU=Zmc=");
        assert_eq!(through("YWJjZGV=ZmcA", &[(8, "abcdefg\0")]), "YWJjZGV=ZmcA", "spare bits");
        assert_eq!(through("YWJjZGU=", &[(5, "abXde")]), "YWJYZGU=");
        assert_eq!(through("YWJjZGU", &[(5, "abcde")]), "YWJjZGU", "no padding");
        assert_eq!(through("YWJjZGUx", &[(2, "ab"), (2, "long"), (2, "e1")]), "YWI=bG9uZw==ZTE=");
        assert_eq!(through("YWJjZGUx", &[(1, ""), (2, "bc"), (3, "x")]), "YmM=eA==");
    }

    #[test]
    fn what_is_no_group_ends_the_text() {
        let (mut armor, mut bytes) = (Armor::default(), Vec::new());
        assert_eq!(armor.open(b"YWJj\nZGUxYQ", &mut bytes), Some(&b"xYQ"[..]));
        assert_eq!((bytes.as_slice(), armor.take_letters()), (&b"abc"[..], b"\nZGU".to_vec()));
        assert_eq!(Armor::default().open(b"YQ\0\0", &mut bytes), Some(&b""[..]));
        assert_eq!(through("YWJjYQ\0", &[(3, "abc")]), "YWJjYQ\0");
        assert_eq!([decode(*b"A==="), decode(*b"A=AA"), decode(*b"====")], [None; 3]);
    }
}
