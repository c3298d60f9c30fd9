//! Messages as `.http` text: a request line or status line, headers, an empty line, the body. A file may hold a
//! request and the response to it, with a line of `###` between them.

use inkseal_engine::exchange::Headers;

use super::usage;

/// A message as it travels: pseudo headers first, names in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) headers: Headers,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// The first value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(known, _)| known == name.as_bytes()).map(|(_, value)| value.as_slice())
    }

    /// Whether this is a response.
    pub(super) fn is_response(&self) -> bool {
        self.header(":status").is_some()
    }

    /// The message as text again, in HTTP/1.1's form.
    pub(super) fn to_text(&self) -> Vec<u8> {
        let value = |name| self.header(name).unwrap_or_default();
        let mut text = if self.is_response() {
            [b"HTTP/1.1 ", value(":status"), b"\n"].concat()
        } else {
            [value(":method"), b" ", value(":path"), b" HTTP/1.1\nhost: ", value(":authority"), b"\n"].concat()
        };
        for (name, value) in self.headers.iter().filter(|(name, _)| !name.starts_with(b":")) {
            text.extend([name.as_slice(), b": ", value, b"\n"].concat());
        }
        text.push(b'\n');
        text.extend(&self.body);
        text
    }
}

/// Whether the first line is that of an HTTP message.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let words: Vec<&[u8]> = line.trim_ascii().split(|&byte| byte == b' ').collect();
    match words.as_slice() {
        [version, ..] if version.starts_with(b"HTTP/") => true,
        [method, _, version] => version.starts_with(b"HTTP/") && method.iter().all(u8::is_ascii_uppercase),
        _ => false,
    }
}

/// The messages of a file, in order.
///
/// # Errors
/// A line that is none of HTTP, with its number.
pub(super) fn parse(bytes: &[u8]) -> anyhow::Result<Vec<Message>> {
    let mut messages = Vec::new();
    let mut rest = bytes;
    let mut first_line = 1;
    loop {
        let (part, after) = split_at_separator(rest);
        messages.push(message(part, first_line)?);
        let Some(after) = after else { return Ok(messages) };
        first_line += rest.len().checked_sub(after.len()).and_then(|read| rest.get(..read)).map_or(0, newlines);
        rest = after;
    }
}

/// What stands before the first line that begins with `###`, without the line break before it, and what stands behind
/// that line.
fn split_at_separator(bytes: &[u8]) -> (&[u8], Option<&[u8]>) {
    let Some(at) = bytes.windows(4).position(|window| window == b"\n###") else { return (bytes, None) };
    let (part, rest) = bytes.split_at(at);
    let part = part.strip_suffix(b"\r").unwrap_or(part);
    let behind = rest.iter().skip(1).position(|&byte| byte == b'\n').and_then(|end| rest.get(end + 2..));
    (part, Some(behind.unwrap_or_default()))
}

fn message(bytes: &[u8], first_line: usize) -> anyhow::Result<Message> {
    let mut lines = Lines { rest: bytes, number: first_line };
    let wrong = |number: usize, why: &str| usage(format!("line {number}: {why}"));
    let Some((number, line)) = lines.find(|(_, line)| !line.is_empty()) else {
        return Err(wrong(first_line, "the message is empty; it begins with `POST /path HTTP/1.1` or `HTTP/1.1 200`"));
    };
    let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').filter(|word| !word.is_empty()).collect();
    let pair = |name: &str, value: &[u8]| (name.as_bytes().to_vec(), value.to_vec());
    let mut headers = match words.as_slice() {
        [version, status, ..] if version.starts_with(b"HTTP/") => {
            let digits = status.len() == 3 && status.iter().all(u8::is_ascii_digit);
            if !digits {
                return Err(wrong(number, "a status is three digits, as in `HTTP/1.1 200 OK`"));
            }
            vec![pair(":status", status)]
        }
        [method, target] | [method, target, _] if method.iter().all(u8::is_ascii_uppercase) => {
            let (authority, path) = split_target(target);
            vec![pair(":method", method), pair(":scheme", b"https"), pair(":authority", authority), pair(":path", path)]
        }
        _ => return Err(wrong(number, "expected `METHOD /path HTTP/1.1` or `HTTP/1.1 200 OK`")),
    };
    for (number, line) in lines.by_ref() {
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|&byte| byte == b':').filter(|&at| at > 0);
        let Some((name, value)) = colon.map(|at| line.split_at(at)) else {
            return Err(wrong(number, "expected `name: value`, or an empty line before the body"));
        };
        let name = name.to_ascii_lowercase();
        let value = value.get(1..).unwrap_or_default().trim_ascii().to_vec();
        match headers.iter_mut().find(|(known, _)| known == b":authority") {
            Some((_, authority)) if name == b"host" => *authority = value,
            _ => headers.push((name, value)),
        }
    }
    Ok(Message { headers, body: lines.rest.to_vec() })
}

/// Authority and path of a request's target, which may be absolute.
fn split_target(target: &[u8]) -> (&[u8], &[u8]) {
    let absolute = target.strip_prefix(b"https://").or_else(|| target.strip_prefix(b"http://"));
    let Some(rest) = absolute else { return (b"a.example", target) };
    let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    (authority, if path.is_empty() { b"/" } else { path })
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

/// Lines with their numbers; a line ends with `\n` or `\r\n`.
struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|&byte| byte == b'\n').unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        self.number += 1;
        Some((self.number - 1, line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_and_its_response() {
        let text = b"POST http://b.example/v1?a=1 HTTP/1.1\r\nX-A: 1\r\n\r\nbody\n\n###\nHTTP/1.1 200 OK\nA:b\n\n{}\n";
        let messages = parse(text).unwrap();
        let [request, response] = messages.as_slice() else { panic!("{messages:?}") };
        assert_eq!(request.header(":authority"), Some(b"b.example".as_slice()));
        assert_eq!(request.header(":path"), Some(b"/v1?a=1".as_slice()));
        assert_eq!(request.header("x-a"), Some(b"1".as_slice()));
        assert_eq!(request.body, b"body\n");
        assert!(response.is_response());
        assert_eq!(response.body, b"{}\n");
        assert_eq!(response.to_text(), b"HTTP/1.1 200\na: b\n\n{}\n");
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        for (text, expected) in [
            ("GET / HTTP/1.1\nbroken\n", "line 2: expected `name: value`"),
            ("HTTP/1.1 abc\n", "line 1: a status is three digits"),
            ("hello\n", "line 1: expected `METHOD"),
            ("GET / HTTP/1.1\n\n###\nHTTP/1.1 20\n", "line 4: a status"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_body_is_not_taken_for_a_message() {
        assert!(looks_like(b"HTTP/1.1 200 OK\n\n"));
        assert!(looks_like(b"GET / HTTP/2\r\n"));
        assert!(!looks_like(b"{\"a\": 1}"));
        assert!(!looks_like(b"GET / of everything"));
        assert!(!looks_like(b""));
    }
}
