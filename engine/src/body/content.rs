//! What a `content-type` says of a body or part.

use super::Format;
use crate::media::MediaType;

/// What is known of a body before its first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// How it is read.
    pub format: Format,
    /// What stands between the parts of a multipart body; empty elsewhere.
    pub boundary: Vec<u8>,
}

impl Content {
    /// What a media type says.
    pub fn of(media_type: &MediaType) -> Self {
        let format = Format::of(media_type);
        let boundary = media_type.parameter("boundary").filter(|_| format == Format::Multipart);
        Self { format, boundary: boundary.unwrap_or_default().to_vec() }
    }
}

impl From<Format> for Content {
    fn from(format: Format) -> Self {
        Self { format, boundary: Vec::new() }
    }
}
