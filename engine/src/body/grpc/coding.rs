//! How compressed messages are decoded.
//!
//! gRPC names the coding in `grpc-encoding`, Connect in `connect-content-encoding`; only messages whose frame says so
//! are coded, each for itself.

use crate::coding::{Bounds, Coding, Decoder, Fault};
use crate::plan::Plan;

/// The coding of compressed messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageCoding {
    /// One that cannot be read, or none.
    #[default]
    Unknown,
    /// The bytes themselves.
    Identity,
    /// One that HTTP has, too.
    Coded(Coding),
}

/// What came of a message, and what that took.
pub(super) struct Decoded {
    /// The message, or the bound that was reached, or `coding` for one that is not what its coding says.
    pub(super) message: Result<Vec<u8>, &'static str>,
    /// Bytes of memory that were held.
    pub(super) memory: usize,
    /// Bytes that came of it.
    pub(super) given: u64,
    /// Bytes that decoders have taken and given.
    pub(super) work: u64,
}

impl MessageCoding {
    /// The coding that a header's value names.
    pub fn of(name: &[u8]) -> Self {
        let name = name.trim_ascii();
        if name.eq_ignore_ascii_case(b"identity") {
            return Self::Identity;
        }
        Coding::of(name).map_or(Self::Unknown, Self::Coded)
    }

    /// A message decoded, if it can be and is at most `limits.message` bytes long.
    pub(super) fn decode(self, message: &[u8], plan: &Plan) -> Decoded {
        let coding = match self {
            Self::Coded(coding) => coding,
            Self::Identity => {
                let (memory, given) = (message.len(), message.len() as u64);
                return Decoded { message: Ok(message.to_vec()), memory, given, work: 0 };
            }
            Self::Unknown => return Decoded { message: Err(Fault::Corrupt.reason()), memory: 0, given: 0, work: 0 },
        };
        let bounds = Bounds { decoded: u64::from(plan.limits.message), ratio: plan.limits.ratio };
        let mut decoder = Decoder::new(&[coding], bounds, &plan.decoders);
        let mut plain = Vec::new();
        let pushed = decoder.push(message, &mut |piece| {
            plain.extend_from_slice(piece);
            Ok(())
        });
        let done = pushed.and_then(|()| decoder.finish());
        let (memory, given, work) = (plain.capacity() + decoder.memory(), plain.len() as u64, decoder.work());
        let reason = |fault: Fault| if fault == Fault::TooLarge { "message" } else { fault.reason() };
        Decoded { message: done.map(|()| plain).map_err(reason), memory, given, work }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_go_by_their_names() {
        assert_eq!(MessageCoding::of(b" Identity"), MessageCoding::Identity);
        assert_eq!(MessageCoding::of(b"GZIP"), MessageCoding::Coded(Coding::Gzip));
        assert_eq!(MessageCoding::of(b"x-gzip"), MessageCoding::Coded(Coding::Gzip));
        assert_eq!(MessageCoding::of(b"deflate"), MessageCoding::Coded(Coding::Deflate));
        assert_eq!(MessageCoding::of(b"br"), MessageCoding::Coded(Coding::Brotli));
        assert_eq!(MessageCoding::of(b"zstd"), MessageCoding::Coded(Coding::Zstd));
        assert_eq!(MessageCoding::of(b"snappy"), MessageCoding::Unknown);
        assert_eq!(MessageCoding::of(b"gzip, identity"), MessageCoding::Unknown);
    }
}
