//! Deflate, in the zlib wrapping that RFC 9110 section 8.4.1.2 asks for, or bare as some senders have it.

use flate2::{Decompress, FlushDecompress, Status};

use super::pool::{Lease, Pool};
use super::{Decode, Fault};

/// Bytes that an inflater holds: its window of 32 KiB and its tables.
const INFLATER: usize = 44 << 10;

/// A deflate stream, wrapped or bare.
pub(super) struct Inflater {
    inner: Decompress,
    lease: Option<Lease>,
    ended: bool,
}

impl Inflater {
    pub(super) fn new(pool: &Pool, zlib: bool) -> Self {
        Self { inner: Decompress::new(zlib), lease: pool.lease(INFLATER), ended: false }
    }

    /// Begins another bare stream.
    pub(super) fn restart(&mut self) {
        self.inner.reset(false);
        self.ended = false;
    }

    /// Decodes some of `input`; how many bytes were taken and written.
    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), Fault> {
        if self.lease.is_none() {
            return Err(Fault::Memory);
        }
        if self.ended {
            return Ok((0, 0));
        }
        let (taken, given) = (self.inner.total_in(), self.inner.total_out());
        let status = self.inner.decompress(input, out, FlushDecompress::None).map_err(|_| Fault::Corrupt)?;
        self.ended = status == Status::StreamEnd;
        let since = |now: u64, then: u64| usize::try_from(now - then).unwrap_or(0);
        Ok((since(self.inner.total_in(), taken), since(self.inner.total_out(), given)))
    }

    /// Whether the stream's end has come.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.lease.as_ref().map_or(0, Lease::bytes)
    }
}

/// The coding `deflate`.
pub(super) struct Deflate {
    pool: Pool,
    /// What has come before it was known how the stream is wrapped.
    first: Option<u8>,
    inflater: Option<Inflater>,
}

impl Deflate {
    pub(super) fn new(pool: &Pool) -> Self {
        Self { pool: pool.clone(), first: None, inflater: None }
    }
}

/// Whether two bytes begin a zlib stream (RFC 1950 section 2.2): method 8, a window of at most 32 KiB, the check bits.
/// A bare stream that begins so would open with a stored block whose length contradicts its complement.
fn zlib(first: u8, second: u8) -> bool {
    first & 0x0f == 8 && first >> 4 <= 7 && (u16::from(first) * 256 + u16::from(second)).is_multiple_of(31)
}

impl Decode for Deflate {
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), Fault> {
        if let Some(inflater) = &mut self.inflater {
            let mut before = 0;
            if let Some(first) = self.first.take() {
                // The byte that was kept to tell the wrapping; no byte alone fills the output.
                before = inflater.step(&[first], out)?.1;
            }
            let (taken, given) = inflater.step(input, out.get_mut(before..).unwrap_or_default())?;
            let given = before + given;
            return if inflater.ended() && taken == 0 && given == 0 && !input.is_empty() {
                Err(Fault::Trailing)
            } else {
                Ok((taken, given))
            };
        }
        match (self.first, input) {
            (_, []) => Ok((0, 0)),
            (None, [first, ..]) => {
                self.first = Some(*first);
                Ok((1, 0))
            }
            (Some(first), [second, ..]) => {
                self.inflater = Some(Inflater::new(&self.pool, zlib(first, *second)));
                self.step(input, out)
            }
        }
    }

    fn end(&mut self) -> Result<(), Fault> {
        self.inflater.as_ref().filter(|inflater| inflater.ended()).map(|_| ()).ok_or(Fault::Truncated)
    }

    fn memory(&self) -> usize {
        self.inflater.as_ref().map_or(0, Inflater::memory)
    }
}
