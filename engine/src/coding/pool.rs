//! The memory that the decoders of all streams share.

use std::cell::Cell;
use std::rc::Rc;

/// Bytes that all decoders together may hold. A filter's whole memory is capped at 64 MiB, and running out of it ends
/// every stream of the worker: a body that cannot be read for want of memory ends only itself.
const POOL: usize = 24 << 20;

/// What is left of the memory for decoders; copies share it.
#[derive(Clone, Debug)]
pub struct Pool(Rc<Cell<usize>>);

impl Default for Pool {
    fn default() -> Self {
        Self::of(POOL)
    }
}

impl Pool {
    /// A pool of so many bytes.
    pub fn of(bytes: usize) -> Self {
        Self(Rc::new(Cell::new(bytes)))
    }

    /// Takes bytes out of the pool, or nothing if it does not have them.
    pub(super) fn lease(&self, bytes: usize) -> Option<Lease> {
        let mut lease = Lease { pool: self.clone(), bytes: 0 };
        lease.resize(bytes).then_some(lease)
    }
}

/// Bytes that are given back when they are no longer needed.
#[derive(Debug)]
pub(super) struct Lease {
    pool: Pool,
    bytes: usize,
}

impl Lease {
    /// Takes or gives back until it is so many bytes; `false` if the pool does not have them.
    pub(super) fn resize(&mut self, bytes: usize) -> bool {
        let all = self.pool.0.get().saturating_add(self.bytes);
        let Some(left) = all.checked_sub(bytes) else { return false };
        self.pool.0.set(left);
        self.bytes = bytes;
        true
    }

    /// How many bytes it is.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.0.set(self.pool.0.get().saturating_add(self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::Pool;

    #[test]
    fn what_is_leased_comes_back() {
        let pool = Pool::of(100);
        let mut first = pool.lease(60).unwrap();
        assert!(pool.lease(41).is_none());
        assert!(!first.resize(101) && first.resize(100));
        assert!(pool.lease(1).is_none());
        drop(first);
        assert!(pool.lease(100).is_some());
    }
}
