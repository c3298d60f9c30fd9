//! What is known of a trail from elsewhere: the heads of its chains at some time.

use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::canonical;
use crate::seal::ChainId;
use crate::seal::record::{is_kid, parse_hex, parse_seq};

/// Heads that were noted at some time, and where.
///
/// The caller vouches for it: heads come from a checkpoint whose signature and tree were checked, or from a file that
/// was kept apart from the trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anchor {
    /// Whether the heads are held where those who can write the trail cannot: without it nothing is VERIFIED.
    pub witnessed: bool,
    /// Leaves in the store's tree now. An edge that was shown a larger tree proves that the store was rolled back.
    pub tree_size: Option<u64>,
    /// One head a chain; of several the highest counts.
    pub heads: Vec<Head>,
}

/// The last record of a chain at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Key id of the chain.
    pub kid: String,
    /// Id of the chain.
    pub chain: ChainId,
    /// Sequence number of the record.
    pub seq: u64,
    /// The record's tag, where it is known.
    pub tag: Option<[u8; 32]>,
    /// `A_{seq+1}`: over the tags up to and with this record, where it is known.
    pub accumulator: Option<[u8; 32]>,
}

impl Anchor {
    /// Reads `{"witnessed": true, "tree_size"?: "12", "heads": [{"kid", "chain", "seq", "tag"?, "accumulator"?}]}`,
    /// hex in lower case, numbers as decimal strings.
    ///
    /// # Errors
    /// All heads that are malformed, in words.
    pub fn from_json(json: &str) -> Result<Anchor, Vec<String>> {
        let wire: Wire = serde_json::from_str(json).map_err(|error| vec![format!("not a file of heads: {error}")])?;
        let mut errors = Vec::new();
        let tree_size = wire.tree_size.as_deref().map(|size| parse_seq(size).ok_or(()));
        if tree_size == Some(Err(())) {
            errors.push("`tree_size` must be a decimal string".to_owned());
        }
        let mut heads = Vec::with_capacity(wire.heads.len());
        for (index, head) in wire.heads.iter().enumerate() {
            match head.parse() {
                Ok(head) => heads.push(head),
                Err(name) => errors.push(format!("head {}: `{name}` is malformed", index + 1)),
            }
        }
        let tree_size = tree_size.and_then(Result::ok);
        if errors.is_empty() { Ok(Anchor { witnessed: wire.witnessed, tree_size, heads }) } else { Err(errors) }
    }

    /// The form that [`Anchor::from_json`] reads.
    pub fn to_json(&self) -> String {
        let mut members = json!({
            "heads": self.heads.iter().map(Head::to_value).collect::<Vec<_>>(),
            "witnessed": self.witnessed,
        });
        if let (Some(size), Some(members)) = (self.tree_size, members.as_object_mut()) {
            members.insert("tree_size".to_owned(), size.to_string().into());
        }
        canonical::to_string(&members)
    }
}

impl Head {
    fn to_value(&self) -> Value {
        let mut head = json!({
            "chain": HEXLOWER.encode(&self.chain), "kid": self.kid, "seq": self.seq.to_string(),
        });
        if let Some(members) = head.as_object_mut() {
            for (name, digest) in [("tag", &self.tag), ("accumulator", &self.accumulator)] {
                members.extend(digest.map(|digest| (name.to_owned(), HEXLOWER.encode(&digest).into())));
            }
        }
        head
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    witnessed: bool,
    tree_size: Option<String>,
    heads: Vec<WireHead>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireHead {
    kid: String,
    chain: String,
    seq: String,
    tag: Option<String>,
    accumulator: Option<String>,
}

impl WireHead {
    /// The head, or the name of its first malformed member.
    fn parse(&self) -> Result<Head, &'static str> {
        let digest = |text: &Option<String>, name| text.as_deref().map(|text| parse_hex(text).ok_or(name)).transpose();
        Ok(Head {
            kid: Some(self.kid.clone()).filter(|kid| is_kid(kid)).ok_or("kid")?,
            chain: parse_hex(&self.chain).ok_or("chain")?,
            seq: parse_seq(&self.seq).ok_or("seq")?,
            tag: digest(&self.tag, "tag")?,
            accumulator: digest(&self.accumulator, "accumulator")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_round_trip() {
        let head = Head { kid: "s1".into(), chain: [1; 16], seq: 7, tag: Some([2; 32]), accumulator: None };
        for tree_size in [None, Some(12)] {
            let anchor = Anchor { witnessed: true, tree_size, heads: vec![head.clone()] };
            assert_eq!(Anchor::from_json(&anchor.to_json()), Ok(anchor));
        }
    }

    #[test]
    fn malformed_heads_are_all_named() {
        let json = r#"{"witnessed":true,"tree_size":"x","heads":[{"kid":"S","chain":"","seq":"1"},
            {"kid":"s","chain":"00000000000000000000000000000000","seq":"01"}]}"#;
        let errors = Anchor::from_json(json).unwrap_err();
        assert_eq!(
            errors,
            ["`tree_size` must be a decimal string", "head 1: `kid` is malformed", "head 2: `seq` is malformed"]
        );
        assert_eq!(Anchor::from_json("[]").unwrap_err().len(), 1);
    }
}
