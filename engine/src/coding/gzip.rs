//! gzip: members of deflate with a header and a checksum (RFC 1952).

use flate2::Crc;

use super::deflate::Inflater;
use super::pool::Pool;
use super::{Decode, Fault};

/// Bits of the header's flags (RFC 1952 section 2.3.1).
const HEADER_CRC: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const RESERVED: u8 = 0xe0;

/// What comes next of a member.
enum State {
    /// Fixed fields of the header, those that have come.
    Header([u8; 10], usize),
    /// A length of two bytes, those that have come.
    ExtraLength([u8; 2], usize),
    /// So many bytes of extra fields.
    Extra(u16),
    /// Text up to a zero byte: the name.
    Name,
    /// Text up to a zero byte: the comment.
    Comment,
    /// Two bytes of a checksum over the header, of which so many have come.
    HeaderCrc(usize),
    /// The deflate stream.
    Data,
    /// Checksum and length, those bytes that have come.
    Trailer([u8; 8], usize),
}

/// The coding `gzip`.
pub(super) struct Gzip {
    state: State,
    flags: u8,
    inflater: Inflater,
    crc: Crc,
    /// A member has ended: another may follow.
    whole: bool,
}

impl Gzip {
    pub(super) fn new(pool: &Pool) -> Self {
        Self {
            state: State::Header([0; 10], 0),
            flags: 0,
            inflater: Inflater::new(pool, false),
            crc: Crc::new(),
            whole: false,
        }
    }

    /// The next part of the header that its flags ask for, behind the part `after`.
    fn next_part(&mut self, after: u8) {
        let next = [EXTRA, NAME, COMMENT, HEADER_CRC]
            .into_iter()
            .find(|&part| order(part) > order(after) && self.flags & part != 0);
        self.state = match next {
            Some(EXTRA) => State::ExtraLength([0; 2], 0),
            Some(NAME) => State::Name,
            Some(COMMENT) => State::Comment,
            Some(_) => State::HeaderCrc(0),
            None => State::Data,
        };
    }

    /// Takes one byte of header or trailer.
    fn frame(&mut self, byte: u8) -> Result<(), Fault> {
        match &mut self.state {
            State::Header(fields, seen) => {
                if let Some(field) = fields.get_mut(*seen) {
                    *field = byte;
                }
                *seen += 1;
                let wrong = match (*seen, byte) {
                    (1, 0x1f) | (2, 0x8b) | (3, 8) => false,
                    (1..=3, _) => true,
                    (4, flags) => flags & RESERVED != 0,
                    _ => false,
                };
                if wrong {
                    return Err(if self.whole { Fault::Trailing } else { Fault::Corrupt });
                }
                if *seen == fields.len() {
                    let [.., flags, _, _, _, _, _, _] = *fields;
                    self.flags = flags;
                    self.next_part(0);
                }
            }
            State::ExtraLength(length, seen) => {
                if let Some(part) = length.get_mut(*seen) {
                    *part = byte;
                }
                *seen += 1;
                if *seen == length.len() {
                    match u16::from_le_bytes(*length) {
                        0 => self.next_part(EXTRA),
                        length => self.state = State::Extra(length),
                    }
                }
            }
            State::Extra(left) => {
                *left -= 1;
                if *left == 0 {
                    self.next_part(EXTRA);
                }
            }
            State::Name if byte == 0 => self.next_part(NAME),
            State::Comment if byte == 0 => self.next_part(COMMENT),
            State::HeaderCrc(seen) => {
                *seen += 1;
                if *seen == 2 {
                    self.next_part(HEADER_CRC);
                }
            }
            State::Trailer(fields, seen) => {
                if let Some(field) = fields.get_mut(*seen) {
                    *field = byte;
                }
                *seen += 1;
                if *seen == fields.len() {
                    let [a, b, c, d, e, f, g, h] = *fields;
                    let (sum, length) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
                    if (sum, length) != (self.crc.sum(), self.crc.amount()) {
                        return Err(Fault::Corrupt);
                    }
                    self.restart();
                }
            }
            State::Name | State::Comment | State::Data => {}
        }
        Ok(())
    }

    /// Another member may follow.
    fn restart(&mut self) {
        self.inflater.restart();
        self.crc = Crc::new();
        self.whole = true;
        self.state = State::Header([0; 10], 0);
    }
}

/// The order of the header's parts, whose bits have another.
fn order(part: u8) -> u8 {
    if part == HEADER_CRC { u8::MAX } else { part }
}

impl Decode for Gzip {
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), Fault> {
        if matches!(self.state, State::Data) {
            let (taken, given) = self.inflater.step(input, out)?;
            self.crc.update(out.get(..given).unwrap_or_default());
            if self.inflater.ended() {
                self.state = State::Trailer([0; 8], 0);
            }
            return Ok((taken, given));
        }
        let mut taken = 0;
        for &byte in input {
            if matches!(self.state, State::Data) {
                break;
            }
            self.frame(byte)?;
            taken += 1;
        }
        Ok((taken, 0))
    }

    fn end(&mut self) -> Result<(), Fault> {
        match self.state {
            State::Header(_, 0) if self.whole => Ok(()),
            State::Header(..) if self.whole => Err(Fault::Trailing),
            _ => Err(Fault::Truncated),
        }
    }

    fn memory(&self) -> usize {
        self.inflater.memory()
    }
}
