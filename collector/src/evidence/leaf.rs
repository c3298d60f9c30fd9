//! A leaf: what the tree says of one stored record.

use inkseal_engine::seal::Record;

/// The leaf's bytes: lp(kid) ‖ chain ‖ u64be(seq) ‖ u8(kind) ‖ c ‖ t ‖ u64be(received_ms), where lp is a u16be length
/// and the bytes.
///
/// A key id longer than 65,535 bytes has no encoding; the keyring admits none.
pub fn encode(record: &Record, received_ms: u64) -> Vec<u8> {
    let kid = record.kid.as_bytes();
    let length = u16::try_from(kid.len()).unwrap_or(u16::MAX);
    let mut leaf = Vec::with_capacity(kid.len() + 107);
    leaf.extend_from_slice(&length.to_be_bytes());
    leaf.extend_from_slice(kid);
    leaf.extend_from_slice(&record.chain);
    leaf.extend_from_slice(&record.seq.to_be_bytes());
    leaf.push(record.kind);
    leaf.extend_from_slice(&record.c);
    leaf.extend_from_slice(&record.tag);
    leaf.extend_from_slice(&received_ms.to_be_bytes());
    leaf
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_what_the_design_says_byte_for_byte() {
        let record = Record {
            kid: "s1".into(),
            chain: [0xaa; 16],
            seq: 0x0102,
            kind: 9,
            c: [0xbb; 32],
            tag: [0xcc; 32],
            seed: Some(vec![0xdd; 80]),
            body: Some("body".into()),
        };
        let expected = [
            "0002".to_owned(),
            "7331".to_owned(),
            "aa".repeat(16),
            "0000000000000102".to_owned(),
            "09".to_owned(),
            "bb".repeat(32),
            "cc".repeat(32),
            "0000000000000304".to_owned(),
        ];
        assert_eq!(data_encoding::HEXLOWER.encode(&encode(&record, 0x0304)), expected.concat());
    }
}
