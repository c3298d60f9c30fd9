//! Header maps on the wire of the ABI, and the edits that bring one map to another.

use inkseal_engine::exchange::Headers;

/// Most fields of a map that is believed; Envoy's own default is 100.
const FIELDS: usize = 16 << 10;

/// Reads a serialised map: the count, the sizes of each name and value, then each name and value with a NUL behind.
/// All numbers are u32, little-endian. Values may hold any byte.
pub fn decode(bytes: &[u8]) -> Option<Headers> {
    if bytes.is_empty() {
        return Some(Headers::new());
    }
    let (count, rest) = take_number(bytes)?;
    if count > FIELDS {
        return None;
    }
    let (mut sizes, mut text) = rest.split_at_checked(count * 8)?;
    let mut headers = Headers::with_capacity(count);
    for _ in 0..count {
        let (name_size, more) = take_number(sizes)?;
        let (value_size, more) = take_number(more)?;
        sizes = more;
        let (name, more) = take_text(text, name_size)?;
        let (value, more) = take_text(more, value_size)?;
        text = more;
        headers.push((name.to_vec(), value.to_vec()));
    }
    Some(headers)
}

fn take_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
}

/// Takes `size` bytes and the NUL behind them.
fn take_text(bytes: &[u8], size: usize) -> Option<(&[u8], &[u8])> {
    let (text, rest) = bytes.split_at_checked(size)?;
    Some((text, rest.split_first()?.1))
}

/// One change of a header map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit<'a> {
    /// Every value of the name goes.
    Remove(&'a [u8]),
    /// The name's only value becomes this.
    Replace(&'a [u8], &'a [u8]),
    /// One more value behind those that are there.
    Add(&'a [u8], &'a [u8]),
}

/// What turns `before` into `after`, by name. Names whose values did not change are not touched; the order of values
/// of one name is kept (it matters, as for `set-cookie`), that of different names is not (it does not, RFC 9110,
/// section 5.3). A single value is replaced in place, since the host may refuse to remove a pseudo header.
pub fn edits<'a>(before: &'a Headers, after: &'a Headers) -> Vec<Edit<'a>> {
    let mut edits = Vec::new();
    let mut seen: Vec<&[u8]> = Vec::new();
    for (name, _) in before.iter().chain(after) {
        if seen.contains(&name.as_slice()) {
            continue;
        }
        seen.push(name);
        if values(before, name).eq(values(after, name)) {
            continue;
        }
        let old = values(before, name).count();
        let mut new = values(after, name);
        match (old, new.next(), new.next()) {
            (0 | 1, Some(only), None) => edits.push(Edit::Replace(name, only)),
            _ => {
                if old > 0 {
                    edits.push(Edit::Remove(name));
                }
                edits.extend(values(after, name).map(|value| Edit::Add(name, value)));
            }
        }
    }
    edits
}

fn values<'a>(headers: &'a Headers, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(headers: &Headers) -> Vec<u8> {
        let mut out = (headers.len() as u32).to_le_bytes().to_vec();
        for (name, value) in headers {
            out.extend((name.len() as u32).to_le_bytes());
            out.extend((value.len() as u32).to_le_bytes());
        }
        for text in headers.iter().flat_map(|(name, value)| [name, value]) {
            out.extend(text);
            out.push(0);
        }
        out
    }

    fn map(fields: &[(&str, &str)]) -> Headers {
        fields.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
    }

    /// What a host does with the edits.
    fn apply(before: &Headers, edits: &[Edit<'_>]) -> Headers {
        let mut headers = before.clone();
        for edit in edits {
            match edit {
                Edit::Remove(name) => headers.retain(|(other, _)| other != name),
                Edit::Replace(name, value) => match headers.iter_mut().find(|(other, _)| other == name) {
                    Some(field) => field.1 = value.to_vec(),
                    None => headers.push((name.to_vec(), value.to_vec())),
                },
                Edit::Add(name, value) => headers.push((name.to_vec(), value.to_vec())),
            }
        }
        headers
    }

    #[test]
    fn bytes_that_are_not_text_survive() {
        let headers = vec![(b"x".to_vec(), vec![0x80, 0, 0xff]), (b"".to_vec(), vec![])];
        assert_eq!(decode(&encode(&headers)), Some(headers));
        assert_eq!(decode(&[]), Some(vec![]));
    }

    #[test]
    fn a_map_that_lies_is_refused() {
        for bad in [&[1u8][..], &[1, 0, 0, 0], &[255, 255, 255, 255], &[1, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, b'a', 0]] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn repeated_names_keep_every_value() {
        let before = map(&[("set-cookie", "a"), ("x", "1"), ("set-cookie", "b")]);
        let after = map(&[("set-cookie", "a"), ("x", "1"), ("set-cookie", "[REDACTED]")]);
        assert_eq!(
            edits(&before, &after),
            [Edit::Remove(b"set-cookie"), Edit::Add(b"set-cookie", b"a"), Edit::Add(b"set-cookie", b"[REDACTED]")]
        );
        assert_eq!(edits(&before, &before), []);
        assert_eq!(
            edits(&map(&[(":path", "/a")]), &map(&[(":path", "/b")])),
            [Edit::Replace(b":path", b"/b")],
            "a pseudo header is never removed"
        );
    }

    proptest! {
        #[test]
        fn edits_lead_from_one_map_to_another(
            before in prop::collection::vec(("[abc]", "[xy]{0,2}"), 0..8),
            after in prop::collection::vec(("[abc]", "[xy]{0,2}"), 0..8),
        ) {
            let bytes = |map: &[(String, String)]| -> Headers {
                map.iter().map(|(n, v)| (n.clone().into_bytes(), v.clone().into_bytes())).collect()
            };
            let (before, after) = (bytes(&before), bytes(&after));
            let reached = apply(&before, &edits(&before, &after));
            for name in [b"a", b"b", b"c"] {
                prop_assert!(values(&reached, name).eq(values(&after, name)));
            }
            prop_assert_eq!(reached.len(), after.len());
        }

        #[test]
        fn decode_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode(&bytes);
        }
    }
}
