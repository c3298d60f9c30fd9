//! What a part's head says of its body.

use super::head::{fields, name};
use super::names::Names;
use crate::body::{Content, Format};
use crate::media::MediaType;
use crate::plan::Plan;
use crate::redact::Syntax;

/// What is known of a part before its first byte.
pub(super) struct About {
    /// What it is called.
    pub(super) names: Names,
    /// How it is read.
    pub(super) content: Content,
    /// How it is written, if it is read as text.
    pub(super) syntax: Syntax,
    /// The policy lets its type pass unread.
    pub(super) opaque: bool,
    /// Why it cannot be read: its charset or its coding.
    pub(super) unreadable: Option<&'static str>,
}

impl About {
    /// What these fields say. A part without a type is text (RFC 2046 section 5.1).
    pub(super) fn of(head: &[u8], plan: &Plan) -> Self {
        let mut names = Names::default();
        let mut types = Vec::new();
        let (mut syntax, mut coded) = (Syntax::Text, false);
        for field in fields(head) {
            let Some((name, behind)) = name(field) else { continue };
            let unfolded = field.get(behind..).unwrap_or_default().iter().filter(|byte| !matches!(byte, b'\r' | b'\n'));
            let value: Vec<u8> = unfolded.copied().collect();
            let token = value.trim_ascii().to_ascii_lowercase();
            match name.as_slice() {
                b"content-disposition" => names.add(&value),
                b"content-type" => types.push(MediaType::parse(&value)),
                b"content-encoding" => coded |= !matches!(token.as_slice(), b"" | b"identity"),
                b"content-transfer-encoding" => match token.as_slice() {
                    b"quoted-printable" => syntax = Syntax::Quoted,
                    b"base64" => syntax = Syntax::Lines,
                    b"" | b"7bit" | b"8bit" | b"binary" => {}
                    _ => coded = true,
                },
                _ => {}
            }
        }
        let opaque = |it: &MediaType| plan.settings.opaque.iter().any(|glob| glob.matches(it.essence.as_bytes()));
        let content = types.first().filter(|_| syntax == Syntax::Text).map(Content::of);
        // Sets whose ASCII is ASCII are read as bytes.
        let read = |it: &MediaType| Format::of(it).charset(it).is_some_and(|charset| !charset.is_wide());
        Self {
            names,
            content: content.unwrap_or(Format::Text.into()),
            syntax,
            // One that is said to be something else as well is read.
            opaque: !types.is_empty() && types.iter().all(opaque),
            unreadable: if coded { Some("coding") } else { (!types.iter().all(read)).then_some("charset") },
        }
    }
}
