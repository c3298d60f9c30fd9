//! The formats of bodies, by media type.

use crate::charset::Charset;
use crate::media::MediaType;
use crate::surface::Kind;

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON (RFC 8259); text from the first byte that is none.
    Json,
    /// JSON, one text a line.
    Lines,
    /// Parameters (application/x-www-form-urlencoded).
    Form,
    /// HTML and XML.
    Markup,
    /// Bytes.
    Text,
    /// Parts with media types of their own (RFC 2046 section 5.1).
    Multipart,
    /// Server-sent events (HTML Living Standard, section 9.2).
    EventStream,
    /// One protobuf message.
    Protobuf,
    /// Messages in frames: gRPC, gRPC-Web and Connect.
    Grpc(Envelope, Codec),
}

/// How messages are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// Binary frames (gRPC).
    Binary,
    /// Binary frames, the last one for trailers (gRPC-Web).
    Web,
    /// The same frames in base64 (gRPC-Web text).
    Base64,
    /// Binary frames, the last one a JSON text that says how the stream ended (Connect).
    Connect,
}

/// What the messages in frames are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Protobuf.
    Protobuf,
    /// JSON.
    Json,
    /// Bytes in a codec of their own.
    Other,
}

impl Format {
    /// The format of a media type. GraphQL's requests and responses are JSON; a document alone, application/graphql, is
    /// text, and so are parts without a boundary between them.
    pub fn of(media_type: &MediaType) -> Self {
        let essence = media_type.essence.as_str();
        match essence {
            "application/json" | "text/json" => Self::Json,
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonl"
            | "application/jsonlines"
            | "application/x-jsonlines"
            | "application/json-lines"
            | "application/x-json-stream"
            | "application/stream+json"
            | "application/json-seq" => Self::Lines,
            "application/x-www-form-urlencoded" => Self::Form,
            _ if essence.starts_with("multipart/") && has_boundary(media_type) => Self::Multipart,
            "text/event-stream" => Self::EventStream,
            "text/html" | "text/xml" | "application/xml" => Self::Markup,
            "application/proto"
            | "application/protobuf"
            | "application/x-protobuf"
            | "application/vnd.google.protobuf" => Self::Protobuf,
            _ if let Some(format) = framed(essence) => format,
            _ if essence.ends_with("+json-seq") => Self::Lines,
            _ if essence.ends_with("+json") => Self::Json,
            _ if essence.ends_with("+xml") => Self::Markup,
            _ => Self::Text,
        }
    }

    /// The character set that a media type of this format says; `None` for one that cannot be read.
    pub fn charset(self, media_type: &MediaType) -> Option<Charset> {
        // Messages are no texts, and JSON in frames and events is UTF-8, whatever anyone says.
        if matches!(self, Self::Protobuf | Self::Grpc(..) | Self::EventStream) {
            return Some(Charset::Utf8);
        }
        let charset = Charset::of(media_type.parameter("charset").unwrap_or_default())?;
        match self {
            // In these sets half of a character may look like an escape.
            Self::Json | Self::Lines if charset == Charset::BytesWithTrail => None,
            // Parts have sets of their own; between them stands ASCII.
            Self::Multipart => (!charset.is_wide()).then_some(Charset::Utf8),
            _ => Some(charset),
        }
    }

    /// What a body of this format may hold, as kinds of surfaces; its own comes first.
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Json | Self::Lines => &[Kind::Json],
            Self::Form => &[Kind::Form],
            Self::Markup => &[Kind::Markup],
            Self::Text => &[Kind::Text],
            Self::Multipart => &[Kind::Part, Kind::Json, Kind::Form, Kind::Markup, Kind::Text, Kind::Protobuf],
            Self::EventStream => &[Kind::EventText, Kind::EventJson, Kind::EventAlone, Kind::EventStream],
            Self::Protobuf => &[Kind::Protobuf],
            Self::Grpc(Envelope::Binary | Envelope::Connect, Codec::Json) => &[Kind::Json],
            Self::Grpc(Envelope::Web | Envelope::Base64, Codec::Json) => &[Kind::Json, Kind::Trailer],
            Self::Grpc(Envelope::Binary, _) => &[Kind::Protobuf],
            Self::Grpc(Envelope::Connect, _) => &[Kind::Protobuf, Kind::Json],
            Self::Grpc(Envelope::Web | Envelope::Base64, _) => &[Kind::Protobuf, Kind::Trailer],
        }
    }
}

/// Whether parts can be told apart.
fn has_boundary(media_type: &MediaType) -> bool {
    let usable = |boundary: &[u8]| !boundary.is_empty() && !boundary.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
    media_type.parameter("boundary").is_some_and(usable)
}

/// The frames of a media type, which names its codec behind a `+`: protobuf if it names none (gRPC over HTTP2, gRPC-Web
/// and the Connect protocol).
fn framed(essence: &str) -> Option<Format> {
    let (envelope, codec) = essence.split_once('+').unwrap_or((essence, "proto"));
    let envelope = match envelope {
        "application/grpc" => Envelope::Binary,
        "application/grpc-web" => Envelope::Web,
        "application/grpc-web-text" => Envelope::Base64,
        "application/connect" => Envelope::Connect,
        _ => return None,
    };
    let codec = match codec {
        "proto" => Codec::Protobuf,
        "json" => Codec::Json,
        _ => Codec::Other,
    };
    Some(Format::Grpc(envelope, codec))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_go_by_the_media_type() {
        let format = |essence: &str| Format::of(&MediaType::parse(essence.as_bytes()));
        assert_eq!(format("application/grpc"), Format::Grpc(Envelope::Binary, Codec::Protobuf));
        assert_eq!(format("application/grpc+thrift"), Format::Grpc(Envelope::Binary, Codec::Other));
        assert_eq!(format("application/grpc+json"), Format::Grpc(Envelope::Binary, Codec::Json));
        assert_eq!(format("application/grpc-web+proto"), Format::Grpc(Envelope::Web, Codec::Protobuf));
        assert_eq!(format("application/grpc-web-text"), Format::Grpc(Envelope::Base64, Codec::Protobuf));
        assert_eq!(format("application/connect+json"), Format::Grpc(Envelope::Connect, Codec::Json));
        assert_eq!(format("application/x-protobuf"), Format::Protobuf);
        assert_eq!(format("application/grpcx+json"), Format::Json);
    }
}
