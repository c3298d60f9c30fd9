//! What the scripted ends of a connection send and receive, whatever the protocol.

/// Names in lower case and values, in wire order, without pseudo headers.
pub type Fields = Vec<(String, Vec<u8>)>;

/// The protocol that a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 with prior knowledge.
    Http2,
}

/// Headers, a body in pieces, trailers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The headers. Framing headers are added when sending and kept when receiving.
    pub headers: Fields,
    /// The body: as it is to be cut when sending, in any cut when received.
    pub chunks: Vec<Vec<u8>>,
    /// The trailers; `None` sends none.
    pub trailers: Option<Fields>,
    /// Why it ended before its end, if it did. Of no meaning when sending.
    pub broken: Option<String>,
}

impl Message {
    /// The whole body.
    pub fn body(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    /// The first value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        value(&self.headers, name)
    }

    /// The first value of a trailer, by its lower-case name.
    pub fn trailer(&self, name: &str) -> Option<&[u8]> {
        value(self.trailers.as_deref().unwrap_or_default(), name)
    }
}

/// The first value of a name.
pub fn value<'a>(fields: &'a [(String, Vec<u8>)], name: &str) -> Option<&'a [u8]> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// The `host` or `:authority`.
    pub host: String,
    /// The rest.
    pub message: Message,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The rest.
    pub message: Message,
}
