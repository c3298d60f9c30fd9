//! Header maps on the wire of the ABI, and the edits that bring one map to another.

use std::borrow::Cow;

use inkseal_engine::exchange::Headers;

/// Most fields of a map that is believed; Envoy's own default is 100.
const FIELDS: usize = 16 << 10;

/// A header map as the host wrote it: read without a copy of each name and value.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    bytes: Vec<u8>,
    fields: Vec<Field>,
}

/// Where a field stands in the bytes of its map.
#[derive(Clone, Copy, Debug)]
struct Field {
    at: usize,
    name: usize,
    value: usize,
}

impl Pairs {
    /// Reads a serialised map: the count, the sizes of each name and value, then each name and value with a NUL behind.
    /// All numbers are u32, little-endian. Values may hold any byte.
    pub fn decode(bytes: Vec<u8>) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        let (count, rest) = take_number(&bytes)?;
        if count > FIELDS {
            return None;
        }
        let (mut sizes, text) = rest.split_at_checked(count * 8)?;
        let mut at = bytes.len() - text.len();
        let mut fields = Vec::with_capacity(count);
        for _ in 0..count {
            let (name, more) = take_number(sizes)?;
            let (value, more) = take_number(more)?;
            sizes = more;
            fields.push(Field { at, name, value });
            // Behind each of them is a NUL.
            at = at.checked_add(name)?.checked_add(value)?.checked_add(2)?;
            if at > bytes.len() {
                return None;
            }
        }
        Some(Self { bytes, fields })
    }

    /// Names and values in wire order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Pair<'_>> + Clone {
        self.fields.iter().map(|field| {
            let from = |at: usize, size: usize| self.bytes.get(at..at + size).unwrap_or_default();
            (from(field.at, field.name), from(field.at + field.name + 1, field.value))
        })
    }

    /// The values of a name.
    pub fn values<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.iter().filter(move |(other, _)| *other == name).map(|(_, value)| value)
    }

    /// The first value of a name.
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(other, _)| *other == name.as_bytes()).map(|(_, value)| value)
    }

    /// The same to be edited: what stays is borrowed.
    pub fn headers(&self) -> Headers<Cow<'_, [u8]>> {
        self.iter().map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value))).collect()
    }
}

fn take_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
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
pub fn edits<'a>(before: &'a Pairs, after: &'a Headers<Cow<'_, [u8]>>) -> Vec<Edit<'a>> {
    let mut edits = Vec::new();
    let fields = || after.iter().map(|(name, value)| (&**name, &**value));
    // Names all of whose fields lie at the front and at the back that both maps share did not change: in most maps all.
    let front = before.iter().zip(fields()).take_while(same).count();
    let most = before.fields.len().min(after.len()) - front;
    let back = before.iter().rev().zip(fields().rev()).take(most).take_while(same).count();
    let old = before.iter().take(before.fields.len() - back).skip(front);
    let new = fields().take(after.len() - back).skip(front);
    let mut seen: Vec<&[u8]> = Vec::new();
    for (name, _) in old.chain(new) {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        if before.values(name).eq(values(after, name)) {
            continue;
        }
        let old = before.values(name).count();
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

/// A name and a value.
type Pair<'a> = (&'a [u8], &'a [u8]);

/// Whether two fields are one: what stayed is borrowed, so that its bytes need not be compared.
fn same((one, other): &(Pair<'_>, Pair<'_>)) -> bool {
    std::ptr::eq(one.0, other.0) && std::ptr::eq(one.1, other.1)
}

fn values<'a>(headers: &'a Headers<Cow<'_, [u8]>>, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |(other, _)| **other == *name).map(|(_, value)| &**value)
}

/// A map of these fields, as a host would write it.
#[cfg(test)]
pub(crate) fn written(headers: &Headers) -> Pairs {
    Pairs::decode(encode(headers)).unwrap_or_default()
}

#[cfg(test)]
fn encode(headers: &Headers) -> Vec<u8> {
    let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes();
    let mut out = number(headers.len()).to_vec();
    for (name, value) in headers {
        out.extend(number(name.len()));
        out.extend(number(value.len()));
    }
    for text in headers.iter().flat_map(|(name, value)| [name, value]) {
        out.extend(text);
        out.push(0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(fields: &[(&str, &str)]) -> Headers {
        fields.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
    }

    fn owned(pairs: &Pairs) -> Headers {
        pairs.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
    }

    fn edited(headers: &Headers) -> Headers<Cow<'_, [u8]>> {
        headers.iter().map(|(name, value)| (Cow::Borrowed(&name[..]), Cow::Borrowed(&value[..]))).collect()
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
        assert_eq!(owned(&written(&headers)), headers);
        assert_eq!(Pairs::decode(Vec::new()).map(|pairs| owned(&pairs)), Some(vec![]));
        assert_eq!(written(&headers).first("x"), Some(&[0x80, 0, 0xff][..]));
    }

    #[test]
    fn a_map_that_lies_is_refused() {
        for bad in [
            &[1u8][..],
            &[1, 0, 0, 0],
            &[255, 255, 255, 255],
            &[1, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, b'a', 0],
            &[1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, b'a', 0, b'b'],
        ] {
            assert!(Pairs::decode(bad.to_vec()).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn repeated_names_keep_every_value() {
        let before = map(&[("set-cookie", "a"), ("x", "1"), ("set-cookie", "b")]);
        let after = map(&[("set-cookie", "a"), ("x", "1"), ("set-cookie", "[REDACTED]")]);
        assert_eq!(
            edits(&written(&before), &edited(&after)),
            [Edit::Remove(b"set-cookie"), Edit::Add(b"set-cookie", b"a"), Edit::Add(b"set-cookie", b"[REDACTED]")]
        );
        assert_eq!(edits(&written(&before), &edited(&before)), []);
        assert_eq!(
            edits(&written(&map(&[(":path", "/a")])), &edited(&map(&[(":path", "/b")]))),
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
            let reached = apply(&before, &edits(&written(&before), &edited(&after)));
            for name in [b"a", b"b", b"c"] {
                prop_assert!(values(&edited(&reached), name).eq(values(&edited(&after), name)));
            }
            prop_assert_eq!(reached.len(), after.len());
        }

        #[test]
        fn what_was_borrowed_is_seen_to_stay(
            before in prop::collection::vec(("[abc]", "[xy]{0,2}"), 0..8),
            edit in prop::collection::vec(0..4, 8),
        ) {
            let map: Vec<_> = before.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let (before, written) = (super::tests::map(&map), written(&super::tests::map(&map)));
            let mut edit = edit.into_iter();
            let mut after = written.headers();
            after.retain_mut(|(_, value)| match edit.next() {
                Some(0) => false,
                Some(1) => { *value = Cow::Owned(b"new".to_vec()); true }
                _ => true,
            });
            let reached = apply(&before, &edits(&written, &after));
            for name in [b"a", b"b", b"c"] {
                prop_assert!(values(&edited(&reached), name).eq(values(&after, name)));
            }
        }

        #[test]
        fn decode_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Some(pairs) = Pairs::decode(bytes) {
                let _ = pairs.iter().count();
            }
        }
    }
}
