//! A run of raw bytes that a match cannot leave.

/// What a segment is, which decides how it is read and how replacements are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A text body.
    #[default]
    Text,
    /// A part in quoted-printable.
    Quoted,
    /// A part in base64, in lines.
    Lines,
    /// The data of an event, its lines joined by line feeds.
    Data,
    /// A header's value, or a line of an event stream that is not data.
    Header,
    /// The value of a header that holds a URL or cookies, or a parameter in the head of a part.
    Url,
    /// A cookie, or what stands between two `/` of a path.
    Path,
    /// The content of a JSON string, or a member's name.
    JsonString,
    /// The contents of JSON strings that are pieces of one text, a line feed behind each.
    Stitched,
    /// A JSON number or literal, or what stands in no string.
    Number,
    /// A form's or a query's parameter, or its name.
    Parameter,
    /// A text node or an attribute's value.
    Markup,
    /// A piece of a tag.
    Piece,
    /// An attribute's value without quotes.
    Unquoted,
    /// What is inside a comment, a CDATA section, a declaration, a processing instruction.
    Verbatim,
    /// A string of a protobuf message: only pseudonyms and what is removed change its length.
    Field,
    /// Bytes whose length stays.
    Fixed,
}

/// A segment.
#[derive(Clone, Debug)]
pub struct Segment<'a> {
    /// Its raw bytes.
    pub raw: &'a [u8],
    /// What stands before it for keywords.
    pub context: Vec<u8>,
    /// Keywords see the match's line only, and no context.
    pub by_line: bool,
    /// What it is.
    pub kind: Kind,
}

impl<'a> Segment<'a> {
    /// A text body.
    pub fn text(raw: &'a [u8]) -> Self {
        Self { raw, context: Vec::new(), by_line: true, kind: Kind::Text }
    }

    /// A value in its context.
    pub fn value(raw: &'a [u8], context: &[u8], kind: Kind) -> Self {
        Self { raw, context: context.to_vec(), by_line: false, kind }
    }
}
