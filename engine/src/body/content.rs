//! What a `content-type` says of a body or part.

use super::{Format, MessageCoding};
use crate::media::MediaType;

/// What is known of a body before its first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// How it is read.
    pub format: Format,
    /// What stands between the parts of a multipart body; empty elsewhere.
    pub boundary: Vec<u8>,
    /// How compressed messages of a stream are decoded.
    pub message_coding: MessageCoding,
}

impl Content {
    /// What a media type says.
    pub fn of(media_type: &MediaType) -> Self {
        let format = Format::of(media_type);
        let boundary = media_type.parameter("boundary").filter(|_| format == Format::Multipart);
        Self { boundary: boundary.unwrap_or_default().to_vec(), ..Self::from(format) }
    }

    /// With the coding that `grpc-encoding` or `connect-content-encoding` names.
    pub fn with_message_coding(self, name: Option<&[u8]>) -> Self {
        Self { message_coding: name.map(MessageCoding::of).unwrap_or_default(), ..self }
    }
}

impl From<Format> for Content {
    fn from(format: Format) -> Self {
        Self { format, boundary: Vec::new(), message_coding: MessageCoding::default() }
    }
}
