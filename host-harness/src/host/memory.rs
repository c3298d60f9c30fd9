//! The guest's memory, never touched unchecked.

use wasmtime::{AsContext, AsContextMut, Caller, Memory};

use super::state::State;
use super::status::{Fault, Status};

/// Bytes that the host copies from and to a guest in one callback, at most: a guest that copies in a loop gets a status
/// before it fills the host's memory.
const COPIED: usize = 256 << 20;

/// The guest during one host function.
pub(crate) struct Guest<'a>(Caller<'a, State>);

impl<'a> Guest<'a> {
    /// The guest that called the host function of this name, which is counted.
    pub(crate) fn new(mut caller: Caller<'a, State>, function: &'static str) -> Self {
        let state = caller.data_mut();
        *state.host_calls.entry((state.callback, function)).or_default() += 1;
        Self(caller)
    }

    pub(crate) fn state(&mut self) -> &mut State {
        self.0.data_mut()
    }

    /// Copies `length` bytes at `pointer`; the copy is never larger than the guest's memory.
    pub(crate) fn read(&self, pointer: u32, length: u32) -> Result<Vec<u8>, Status> {
        let start = pointer as usize;
        let end = start.checked_add(length as usize).ok_or(Status::InvalidMemoryAccess)?;
        let memory = self.memory()?;
        self.charge(length as usize)?;
        memory.data(self.0.as_context()).get(start..end).map(<[u8]>::to_vec).ok_or(Status::InvalidMemoryAccess)
    }

    pub(crate) fn write(&mut self, pointer: u32, bytes: &[u8]) -> Result<(), Status> {
        let memory = self.memory()?;
        memory.write(self.0.as_context_mut(), pointer as usize, bytes).map_err(|_| Status::InvalidMemoryAccess)
    }

    pub(crate) fn write_u32(&mut self, pointer: u32, value: u32) -> Result<(), Status> {
        self.write(pointer, &value.to_le_bytes())
    }

    pub(crate) fn write_u64(&mut self, pointer: u32, value: u64) -> Result<(), Status> {
        self.write(pointer, &value.to_le_bytes())
    }

    /// Hands bytes to the guest: memory from its own allocator, whose address and length go where it asked.
    pub(crate) fn give(&mut self, bytes: &[u8], pointer_at: u32, length_at: u32) -> Result<(), Fault> {
        self.charge(bytes.len())?;
        let mut pointer = 0;
        if !bytes.is_empty() {
            let allocate = self.0.data().allocate.clone().ok_or(Status::InternalFailure)?;
            let size = u32::try_from(bytes.len()).map_err(|_| Status::InternalFailure)?;
            pointer = allocate.call(self.0.as_context_mut(), size).map_err(Fault::Trap)?;
            if pointer == 0 {
                return Err(Status::InvalidMemoryAccess.into());
            }
            self.write(pointer, bytes)?;
        }
        self.write_u32(pointer_at, pointer)?;
        Ok(self.write_u32(length_at, bytes.len() as u32)?)
    }

    fn charge(&self, bytes: usize) -> Result<(), Status> {
        let copied = &self.0.data().copied;
        copied.set(copied.get().saturating_add(bytes));
        if copied.get() > COPIED { Err(Status::InternalFailure) } else { Ok(()) }
    }

    fn memory(&self) -> Result<Memory, Status> {
        self.0.data().memory.ok_or(Status::InvalidMemoryAccess)
    }
}
