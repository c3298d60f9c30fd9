//! An append-only Merkle tree (RFC 9162, section 2.1) that remembers its peaks only.
//!
//! The root of a growing log needs one hash per set bit of its size, so that a hundred million leaves cost 64 hashes
//! and not 10 GB; leaves are read again from the store when a proof needs them.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The tree's peaks: the roots of its full subtrees, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    peaks: Vec<Hash>,
}

impl Tree {
    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: &[u8]) {
        let mut hash = hash(&[&[0], leaf]);
        let mut full = self.size;
        while full & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                hash = node(&left, &hash);
            }
            full >>= 1;
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The tree's root; of an empty tree the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            Some(last) => peaks.fold(*last, |right, left| node(left, &right)),
            None => hash(&[]),
        }
    }
}

fn node(left: &Hash, right: &Hash) -> Hash {
    hash(&[&[1], left, right])
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut state = Sha256::new();
    for part in parts {
        state.update(part);
    }
    state.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;

    #[test]
    fn root_equals_an_independent_implementation_at_every_size() {
        let mut tree = Tree::default();
        let mut other: MemoryBackedTree<Sha256, Vec<u8>> = MemoryBackedTree::new();
        for i in 0..300u32 {
            let leaf = i.to_be_bytes().to_vec();
            tree.push(&leaf);
            other.push(leaf);
            assert_eq!(tree.root().as_slice(), other.root().as_bytes().as_slice(), "size {}", i + 1);
            assert_eq!(tree.size(), other.len());
        }
    }

    #[test]
    fn empty_root_is_the_hash_of_nothing() {
        let expected = data_encoding::HEXLOWER
            .decode(b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
            .unwrap();
        assert_eq!(Tree::default().root().as_slice(), expected);
    }
}
