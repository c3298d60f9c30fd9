//! Brotli (RFC 7932).

use std::cell::Cell;
use std::rc::Rc;

use alloc_no_stdlib::{Allocator, SliceWrapper, SliceWrapperMut};
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, HuffmanCode};

use super::pool::{Lease, Pool};
use super::{Decode, Fault};

/// Bytes that one decoder may hold: a window of 16 MiB, the largest there is, does not fit.
const MOST: usize = 12 << 20;

/// Bytes of the decoder's own state.
const STATE: usize = size_of::<State>();

type State = BrotliState<Metered<u8>, Metered<u32>, Metered<HuffmanCode>>;

/// The memory of one decoder.
struct Meter {
    lease: Option<Lease>,
    /// The decoder asked for more than it may have.
    refused: bool,
}

/// Hands out memory as far as the pool allows; beyond that nothing, which the decoder reports as a failure.
#[derive(Clone)]
struct Metered<T> {
    meter: Rc<Cell<Option<Meter>>>,
    kind: std::marker::PhantomData<T>,
}

/// Memory that a decoder works in.
#[derive(Default)]
struct Memory<T>(Vec<T>);

impl<T> SliceWrapper<T> for Memory<T> {
    fn slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> SliceWrapperMut<T> for Memory<T> {
    fn slice_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T> Metered<T> {
    /// Another meter of the same memory.
    fn of<U>(&self) -> Metered<U> {
        Metered { meter: Rc::clone(&self.meter), kind: std::marker::PhantomData }
    }

    fn with<U>(&self, with: impl FnOnce(&mut Meter) -> U) -> Option<U> {
        let mut meter = self.meter.take()?;
        let result = with(&mut meter);
        self.meter.set(Some(meter));
        Some(result)
    }
}

impl<T: Clone + Default> Allocator<T> for Metered<T> {
    type AllocatedMemory = Memory<T>;

    fn alloc_cell(&mut self, len: usize) -> Memory<T> {
        let bytes = len.saturating_mul(size_of::<T>());
        let granted = self.with(|meter| {
            let lease = meter.lease.as_mut();
            let granted = lease.is_some_and(|lease| {
                let wanted = lease.bytes().saturating_add(bytes);
                wanted <= MOST && lease.resize(wanted)
            });
            meter.refused |= !granted;
            granted
        });
        if granted == Some(true) { Memory(vec![T::default(); len]) } else { Memory::default() }
    }

    fn free_cell(&mut self, memory: Memory<T>) {
        let bytes = memory.0.len().saturating_mul(size_of::<T>());
        self.with(|meter| meter.lease.as_mut().is_some_and(|lease| lease.resize(lease.bytes().saturating_sub(bytes))));
    }
}

/// The coding `br`.
pub(super) struct Brotli {
    state: Box<State>,
    meter: Metered<u8>,
    ended: bool,
}

impl Brotli {
    pub(super) fn new(pool: &Pool) -> Self {
        let lease = pool.lease(STATE);
        let meter = Rc::new(Cell::new(Some(Meter { refused: lease.is_none(), lease })));
        let meter = Metered { meter, kind: std::marker::PhantomData };
        // Strict: windows beyond RFC 7932 are another coding.
        let state = Box::new(BrotliState::new_strict(meter.clone(), meter.of(), meter.of()));
        Self { state, meter, ended: false }
    }
}

impl Decode for Brotli {
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), Fault> {
        if self.meter.with(|meter| meter.refused) != Some(false) {
            return Err(Fault::Memory);
        }
        if self.ended {
            return if input.is_empty() { Ok((0, 0)) } else { Err(Fault::Trailing) };
        }
        let (mut left, mut taken, mut room, mut given, mut total) = (input.len(), 0, out.len(), 0, 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut taken,
            input,
            &mut room,
            &mut given,
            out,
            &mut total,
            &mut self.state,
        );
        match result {
            BrotliResult::ResultSuccess => self.ended = true,
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
            BrotliResult::ResultFailure => {
                let refused = self.meter.with(|meter| meter.refused) == Some(true);
                return Err(if refused { Fault::Memory } else { Fault::Corrupt });
            }
        }
        Ok((taken, given))
    }

    fn end(&mut self) -> Result<(), Fault> {
        if self.ended { Ok(()) } else { Err(Fault::Truncated) }
    }

    fn memory(&self) -> usize {
        self.meter.with(|meter| meter.lease.as_ref().map_or(0, Lease::bytes)).unwrap_or(0)
    }
}
