//! Media types and the parameters of header fields.
//!
//! Sources: RFC 9110 sections 5.6.6 and 8.3.1; RFC 2045 section 5.1.

/// A media type: its essence and its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaType {
    /// `type/subtype` in lower case; empty when there is none.
    pub essence: String,
    parameters: Vec<Parameter>,
}

impl MediaType {
    /// The media type that a field's value says; what is malformed is read as far as it goes.
    pub fn parse(value: &[u8]) -> Self {
        let (essence, parameters) = split(value);
        let essence = String::from_utf8_lossy(essence.trim_ascii()).to_ascii_lowercase();
        Self { essence, parameters }
    }

    /// The first value of a parameter, whose name is given in lower case.
    pub fn parameter(&self, name: &str) -> Option<&[u8]> {
        self.parameters.iter().find(|(known, _)| known == name.as_bytes()).map(|(_, value)| value.as_slice())
    }
}

/// A parameter's name and value.
type Parameter = (Vec<u8>, Vec<u8>);

/// A field's value up to its parameters, and the parameters: names in lower case, values without their quotes.
pub fn split(value: &[u8]) -> (&[u8], Vec<Parameter>) {
    let end = value.iter().position(|&byte| byte == b';').unwrap_or(value.len());
    let (lead, mut rest) = value.split_at_checked(end).unwrap_or((value, b""));
    let mut parameters = Vec::new();
    while let Some(behind) = rest.strip_prefix(b";") {
        let (parameter, after) = parameter(behind);
        parameters.extend(parameter);
        rest = after;
    }
    (lead, parameters)
}

/// The parameter at the start of a text, and what follows from the next `;` on.
fn parameter(text: &[u8]) -> (Option<Parameter>, &[u8]) {
    let end = text.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end).unwrap_or((text, b""));
    let Some(value) = rest.strip_prefix(b"=") else { return (None, rest) };
    let (value, after) = self::value(value);
    (Some((name.trim_ascii().to_ascii_lowercase(), value)), after)
}

/// A token or quoted string at the start of a text, and what follows from the next `;` on.
fn value(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let bare = text.trim_ascii_start();
    let Some(quoted) = bare.strip_prefix(b"\"") else {
        let end = bare.iter().position(|&byte| byte == b';').unwrap_or(bare.len());
        let (value, after) = bare.split_at_checked(end).unwrap_or((bare, b""));
        return (value.trim_ascii().to_vec(), after);
    };
    let (mut value, mut escaped, mut end) = (Vec::new(), false, quoted.len());
    for (at, &byte) in quoted.iter().enumerate() {
        match byte {
            _ if std::mem::take(&mut escaped) => value.push(byte),
            b'\\' => escaped = true,
            b'"' => {
                end = at + 1;
                break;
            }
            _ => value.push(byte),
        }
    }
    let after = quoted.get(end..).unwrap_or_default();
    let next = after.iter().position(|&byte| byte == b';').unwrap_or(after.len());
    (value, after.get(next..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_any_spelling() {
        let media_type = MediaType::parse(b" Multipart/Form-Data ; BOUNDARY = \"a;b\\\"c\" x; charset=UTF-8 ;lone");
        assert_eq!(media_type.essence, "multipart/form-data");
        assert_eq!(media_type.parameter("boundary"), Some(&b"a;b\"c"[..]));
        assert_eq!(media_type.parameter("charset"), Some(&b"UTF-8"[..]));
        assert_eq!(media_type.parameter("lone"), None);
        assert_eq!(MediaType::parse(b""), MediaType::default());
        assert_eq!(MediaType::parse(b"a/b;c=\"open").parameter("c"), Some(&b"open"[..]));
    }
}
