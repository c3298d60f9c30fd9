//! The formats of bodies, by media type.

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
    Grpc(Envelope),
}

/// How messages are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// Binary frames.
    Binary,
    /// Frames in base64 (gRPC-Web text).
    Base64,
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
            "text/event-stream" => Self::EventStream,
            "text/html" | "text/xml" | "application/xml" => Self::Markup,
            _ if essence.ends_with("+json-seq") => Self::Lines,
            _ if essence.ends_with("+json") => Self::Json,
            _ if essence.ends_with("+xml") => Self::Markup,
            _ => Self::Text,
        }
    }

    /// What a body of this format may hold, as kinds of surfaces; its own comes first.
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Json | Self::Lines => &[Kind::Json],
            Self::Form => &[Kind::Form],
            Self::Markup => &[Kind::Markup],
            Self::Text => &[Kind::Text],
            Self::Multipart => &[Kind::Part, Kind::Json, Kind::Form, Kind::Markup, Kind::Text],
            Self::EventStream => &[Kind::EventText, Kind::EventJson, Kind::EventAlone, Kind::EventStream],
            Self::Protobuf | Self::Grpc(_) => &[Kind::Protobuf],
        }
    }
}
