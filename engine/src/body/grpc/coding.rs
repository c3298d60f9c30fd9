//! How compressed messages are decoded.
//!
//! gRPC names the coding in `grpc-encoding`, Connect in `connect-content-encoding`; only messages whose frame says so
//! are coded.

/// The coding of compressed messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageCoding {
    /// One that cannot be read, or none.
    #[default]
    Unknown,
    /// The bytes themselves.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 1950, as HTTP means it.
    Deflate,
}

impl MessageCoding {
    /// The coding that a header's value names.
    pub fn of(name: &[u8]) -> Self {
        match name.trim_ascii().to_ascii_lowercase().as_slice() {
            b"identity" => Self::Identity,
            b"gzip" => Self::Gzip,
            b"deflate" => Self::Deflate,
            _ => Self::Unknown,
        }
    }

    /// A message decoded, if it can be and is at most `limit` bytes long.
    pub(super) fn decode(self, message: &[u8], limit: usize) -> Option<Vec<u8>> {
        match self {
            Self::Identity => (message.len() <= limit).then(|| message.to_vec()),
            // The decoders of content codings belong here; until then these messages cannot be read.
            Self::Gzip | Self::Deflate | Self::Unknown => None,
        }
    }
}
