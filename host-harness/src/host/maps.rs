//! Header maps, and their form in guest memory.

/// Headers or trailers in wire order; names are lower case, repeated names allowed, pseudo headers included.
pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// The form of ABI 0.2.1: a count, then the lengths of each name and value, then both with a NUL after each; all
/// numbers are 32-bit little-endian.
pub(crate) fn encode(headers: &Headers) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend((headers.len() as u32).to_le_bytes());
    for (name, value) in headers {
        bytes.extend((name.len() as u32).to_le_bytes());
        bytes.extend((value.len() as u32).to_le_bytes());
    }
    for (name, value) in headers {
        bytes.extend(name);
        bytes.push(0);
        bytes.extend(value);
        bytes.push(0);
    }
    bytes
}

/// Reads what [`encode`] writes; `None` if the lengths do not fit the bytes. No bytes are no headers.
pub(crate) fn decode(bytes: &[u8]) -> Option<Headers> {
    if bytes.is_empty() {
        return Some(Headers::new());
    }
    let number = |at: usize| -> Option<usize> {
        Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?) as usize)
    };
    let count = number(0)?;
    let mut at = count.checked_mul(8)?.checked_add(4)?;
    if at > bytes.len() {
        return None;
    }
    let mut headers = Headers::with_capacity(count);
    for index in 0..count {
        let mut piece = |length: usize| -> Option<Vec<u8>> {
            let piece = bytes.get(at..at.checked_add(length)?)?.to_vec();
            at += length + 1;
            Some(piece)
        };
        let name = piece(number(4 + 8 * index)?)?.to_ascii_lowercase();
        let value = piece(number(8 + 8 * index)?)?;
        headers.push((name, value));
    }
    Some(headers)
}

/// The first value of a name.
pub(crate) fn first<'a>(headers: &'a Headers, name: &[u8]) -> Option<&'a [u8]> {
    headers.iter().find(|(each, _)| each.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_slice())
}

/// Replaces the first value of a name where it stands and removes the others; adds it if there is none.
pub(crate) fn replace(headers: &mut Headers, name: &[u8], value: Vec<u8>) {
    match headers.iter().position(|(each, _)| each.eq_ignore_ascii_case(name)) {
        Some(at) => {
            let mut index = 0;
            headers.retain(|(each, _)| {
                index += 1;
                index - 1 <= at || !each.eq_ignore_ascii_case(name)
            });
            if let Some(entry) = headers.get_mut(at) {
                entry.1 = value;
            }
        }
        None => headers.push((name.to_ascii_lowercase(), value)),
    }
}

/// Copies pairs of strings.
pub(crate) fn copy<N: AsRef<[u8]>, V: AsRef<[u8]>>(pairs: &[(N, V)]) -> Headers {
    pairs.iter().map(|(name, value)| (name.as_ref().to_ascii_lowercase(), value.as_ref().to_vec())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_decodes() {
        let headers = copy(&[(":path", "/"), ("set-cookie", "a=1"), ("set-cookie", ""), ("x", "\u{ff}")]);
        assert_eq!(decode(&encode(&headers)), Some(headers));
        assert_eq!(decode(b""), Some(Headers::new()));
    }

    #[test]
    fn lengths_beyond_the_bytes_are_refused() {
        assert_eq!(decode(&[255, 255, 255, 255]), None);
        assert_eq!(decode(&[1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]), None);
        assert_eq!(decode(&[1, 0]), None);
    }

    #[test]
    fn replacing_keeps_the_place_and_drops_the_rest() {
        let mut headers = copy(&[("a", "1"), ("b", "2"), ("a", "3")]);
        replace(&mut headers, b"A", b"9".to_vec());
        assert_eq!(headers, copy(&[("a", "9"), ("b", "2")]));
    }
}
