//! Entity tags of bodies that may change: weak, with a suffix of the plan's digest, and undone when the client sends
//! them back, so that a redacted body is never taken for the original or for another plan's (RFC 9110 section 8.8.3).

use super::{Bytes, Headers};

/// What stands before a suffix; what follows says whether the tag was strong or weak.
const LEAD: &str = "--ik";

fn suffix(strong: bool, digest: &str) -> String {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    format!("{LEAD}{}{}\"", if strong { 's' } else { 'w' }, hex.get(..8).unwrap_or(hex))
}

/// Marks the response's tag.
pub(super) fn mark<T: Bytes>(headers: &mut Headers<T>, digest: &str) {
    for (_, value) in headers.iter_mut().filter(|(name, _)| **name == *b"etag") {
        let strong = value.strip_prefix(b"W/").is_none();
        let tag = value.strip_prefix(b"W/").unwrap_or(value);
        if let Some(open) = tag.strip_suffix(b"\"").filter(|open| open.starts_with(b"\"")) {
            *value = [b"W/", open, suffix(strong, digest).as_bytes()].concat().into();
        }
    }
}

/// Gives the upstream its own tags back; whether there was one of ours.
pub(super) fn undo<T: Bytes>(headers: &mut Headers<T>, digest: &str) -> bool {
    let mut undone = false;
    for (_, value) in headers.iter_mut().filter(|(name, _)| matches!(&**name, b"if-none-match" | b"if-match")) {
        let tags = value.split(|&byte| byte == b',').map(|tag| {
            let bare = tag.trim_ascii();
            let open = bare.strip_prefix(b"W/").unwrap_or(bare);
            let original = [true, false].into_iter().find_map(|strong| {
                let open = open.strip_suffix(suffix(strong, digest).as_bytes())?;
                Some([if strong { b"".as_slice() } else { b"W/" }, open, b"\""].concat())
            });
            undone |= original.is_some();
            original.unwrap_or_else(|| bare.to_vec())
        });
        let tags: Vec<Vec<u8>> = tags.collect();
        if undone {
            *value = tags.join(b", ".as_slice()).into();
        }
    }
    undone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_tag_comes_back_as_it_was() {
        for original in ["\"abc\"", "W/\"abc\""] {
            let mut headers: Headers = vec![(b"etag".to_vec(), original.into())];
            mark(&mut headers, "sha256:0123456789abcdef");
            assert_ne!(headers[0].1, original.as_bytes());
            assert!(headers[0].1.starts_with(b"W/\"abc--ik"));
            let mut back: Headers = vec![(b"if-none-match".to_vec(), headers[0].1.clone())];
            assert!(!undo(&mut back.clone(), "sha256:ffffffff"), "another plan's tag stays");
            assert!(undo(&mut back, "sha256:0123456789abcdef"));
            assert_eq!(back[0].1, original.as_bytes());
        }
    }
}
