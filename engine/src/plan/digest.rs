//! What a plan is known by.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::canonical;

/// The members of a document by their names, as they stand in its text: some are long, and none is copied.
pub(super) type Members<'a> = BTreeMap<String, &'a RawValue>;

/// The member that holds the digest itself.
pub(super) const MEMBER: &str = "digest";

/// The digest of a plan's document: SHA-256 over its canonical form without the member `digest`.
pub fn digest(document: &Value) -> String {
    shown(Sha256::digest(canonical::to_string(document).as_bytes()))
}

/// The same of a text, in whatever form of JSON it is.
///
/// # Errors
/// A member is no JSON, or nested too deeply.
pub(super) fn of_text(members: &Members<'_>) -> Result<String, serde_json::Error> {
    let mut hash = Sha256::new();
    let mut before = "{";
    for (name, member) in members.iter().filter(|(name, _)| *name != MEMBER) {
        hash.update(before);
        hash.update(canonical::to_string(&Value::from(name.as_str())));
        hash.update(":");
        let text = member.get();
        if text.starts_with('"') && !text.contains('\\') {
            // A string without escapes is as it stands.
            hash.update(text);
        } else {
            hash.update(canonical::to_string(&serde_json::from_str(text)?));
        }
        before = ",";
    }
    hash.update(if before == "{" { "{}" } else { "}" });
    Ok(shown(hash.finalize()))
}

fn shown(hash: impl AsRef<[u8]>) -> String {
    format!("sha256:{}", data_encoding::HEXLOWER.encode(hash.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_digest_of_its_document() {
        for text in [
            r#"{}"#,
            r#"{"digest":"a"}"#,
            r#"{"b":"ä/","a":{"d":[1,-2],"c":"x"},"digest":7}"#,
            "{ \"b\" : \"\\u00e4\\/\",\n \"digest\": null, \"a\":{\"c\" :\"x\", \"d\":[1, -2]} }",
        ] {
            let mut document: Value = serde_json::from_str(text).unwrap();
            document.as_object_mut().unwrap().remove(MEMBER);
            assert_eq!(of_text(&serde_json::from_str(text).unwrap()).unwrap(), digest(&document), "{text}");
        }
    }
}
