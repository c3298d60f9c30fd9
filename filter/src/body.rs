//! One body on its way through the proxy's buffer.
//!
//! A body leaves the proxy as the redactor lets it go. While the redactor holds bytes and trailers may come, the proxy is
//! paused: only a paused body can still be edited when trailers come, and only so do trailers not overtake held bytes.
//! Finished bytes of a pause lie in the proxy's buffer as its first `pending` bytes; behind them new bytes arrive.
//!
//! A pause has a price: what the proxy buffers counts against its connection buffer limit, and beyond that the proxy
//! ends the stream. So a body is not paused where no trailers can be next: before the last byte of a declared
//! content-length, whose arrival ends the body here. Nor is it paused with more than [`Framing::most`] bytes: almost
//! always more of the body follows such a piece. Should trailers follow it at once, the stream is cut: held bytes are
//! never lost unseen.
//!
//! Where nothing comes, time still passes: [`Body::tick`] lets leave what has waited long enough. The proxy then flows
//! again, though its callbacks still see its buffer and nobody sends what they leave there: until the next pause
//! everything is pushed.

use inkseal_engine::exchange::{Block, Flow};

/// The proxy's side of one half's body.
pub trait Wire {
    /// The whole buffer; empty if there is none.
    fn read(&mut self) -> Vec<u8>;
    /// Replaces the whole buffer; false if the proxy refuses.
    fn write(&mut self, bytes: &[u8]) -> bool;
}

/// The redactor's side.
pub trait Redact {
    /// Takes a chunk and appends to `out` what may leave.
    fn push(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Flow;
    /// Ends the body at its trailers and appends its last bytes.
    fn trailers(&mut self, out: &mut Vec<u8>) -> Flow;
    /// Whether bytes are held back inside.
    fn holding(&self) -> bool;
}

/// What the callback does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Everything in the buffer may leave. `length` is the whole body's, known when it ended while its headers were
    /// still here.
    Continue {
        /// The exact content-length, where it may be written.
        length: Option<usize>,
    },
    /// Nothing more leaves in this callback.
    Pause,
    /// Headers and buffer leave as soon as the callback has returned, and the half stays paused.
    Push,
    /// Refuse with a local reply: the headers have not left.
    Refuse(Block),
    /// Cut the stream: bytes have left.
    Cut(Block),
    /// Cut the stream: the proxy refused an edit, and what lies in its buffer must not leave.
    Broken,
}

/// What the headers say of a body's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Framing {
    /// The declared length.
    pub length: Option<u64>,
    /// Bytes that a pause may leave in the proxy.
    pub most: usize,
}

/// Where one half's body stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Body {
    framing: Framing,
    /// Bytes that have come.
    came: u64,
    /// The redactor has been told of the end.
    ended: bool,
    /// The headers are still here.
    held: bool,
    /// The last data callback paused, so that the proxy buffers.
    paused: bool,
    /// A tick let the proxy flow: it sends nothing of its buffer unless it is told to.
    flows: bool,
    /// Finished bytes at the start of the proxy's buffer.
    pending: usize,
    /// Bytes that were in the buffer at most while paused.
    peak: usize,
}

impl Body {
    /// A body framed as its headers said before they were edited.
    pub fn new(framing: Framing) -> Self {
        Self { framing, ..Self::default() }
    }

    /// Says that the headers were held back.
    pub fn hold_headers(&mut self) {
        self.held = true;
    }

    /// Whether the last byte has come.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether headers are still here.
    pub fn holds_headers(&self) -> bool {
        self.held
    }

    /// Finished bytes at the start of the proxy's buffer: what lies behind them is new.
    pub fn pending(&self) -> usize {
        self.pending
    }

    /// The most bytes that were held back at once.
    pub fn peak(&self) -> usize {
        self.peak
    }

    /// Takes what a data callback brought.
    ///
    /// The proxy said that `size` bytes are there: none to be read would mean that they leave unread. Where none are,
    /// nothing is asked of it: many bodies end in a piece without bytes.
    pub fn data(&mut self, wire: &mut dyn Wire, redactor: &mut dyn Redact, size: usize, end: bool) -> Step {
        let chunk = if size == 0 { Vec::new() } else { wire.read() };
        if size > 0 && chunk.is_empty() {
            return Step::Broken;
        }
        let (done, new) = chunk.split_at(self.pending.min(chunk.len()));
        if self.ended {
            // The declared length is the body's end; a proxy that lets more come after it broke its own framing.
            return if new.is_empty() { Step::Continue { length: None } } else { Step::Broken };
        }
        self.came = self.came.saturating_add(new.len() as u64);
        let declared = self.framing.length;
        let end = end || declared.is_some_and(|length| self.came >= length);
        self.ended = end;
        let mut out = Vec::with_capacity(chunk.len());
        out.extend_from_slice(done);
        let flow = redactor.push(new, end, &mut out);
        if let Flow::Block(block) = flow {
            return self.refuse(wire, block);
        }
        // An unchanged buffer is left alone: reading is cheap, writing copies once more.
        if !same(&out, &chunk) && !wire.write(&out) {
            return Step::Broken;
        }
        if std::mem::take(&mut self.flows) {
            return self.push();
        }
        if end {
            let length = self.held.then_some(out.len());
            self.release();
            return Step::Continue { length };
        }
        if flow == Flow::Hold && self.held {
            return self.pause(out.len());
        }
        let fits = out.len() <= self.framing.most;
        if !redactor.holding() || declared.is_some() || !fits {
            self.release();
            return Step::Continue { length: None };
        }
        if !self.paused {
            // The first pause of a run: what is finished leaves with the next chunk, or with the trailers.
            return self.pause(out.len());
        }
        self.push()
    }

    /// Whether something waits that time may let go.
    pub fn waits(&self) -> bool {
        (self.paused || self.flows) && !self.held && !self.ended
    }

    /// Says that time has passed, outside the callbacks of the body.
    pub fn tick(&mut self, wire: &mut dyn Wire, redactor: &mut dyn Redact) -> Step {
        if !self.waits() {
            return Step::Pause;
        }
        let before = wire.read();
        let mut out = before.get(..self.pending).unwrap_or_default().to_vec();
        if let Flow::Block(block) = redactor.push(&[], false, &mut out) {
            return self.refuse(wire, block);
        }
        if out.is_empty() {
            return Step::Pause;
        }
        if out != before && !wire.write(&out) {
            return Step::Broken;
        }
        self.push();
        self.paused = false;
        self.flows = true;
        Step::Push
    }

    /// Takes trailers: the last callback of a body that has them, and the only one that knows that the body ended.
    pub fn trailers(&mut self, wire: &mut dyn Wire, redactor: &mut dyn Redact) -> Step {
        self.ended = true;
        // Without a pause the proxy's buffer is gone, and there is nothing to write to.
        let editable = self.paused || self.flows;
        let mut out = if editable { wire.read() } else { Vec::new() };
        let before = out.clone();
        out.truncate(self.pending);
        match redactor.trailers(&mut out) {
            Flow::Block(block) => return self.refuse(wire, block),
            Flow::Continue | Flow::Hold => {}
        }
        if out != before && !(editable && wire.write(&out)) {
            return Step::Broken;
        }
        if std::mem::take(&mut self.flows) && !out.is_empty() {
            return self.push();
        }
        self.release();
        Step::Continue { length: None }
    }

    fn pause(&mut self, pending: usize) -> Step {
        self.pending = pending;
        self.paused = true;
        self.peak = self.peak.max(pending);
        Step::Pause
    }

    fn push(&mut self) -> Step {
        self.held = false;
        self.pause(0);
        Step::Push
    }

    fn release(&mut self) {
        self.held = false;
        self.paused = false;
        self.pending = 0;
    }

    fn refuse(&mut self, wire: &mut dyn Wire, block: Block) -> Step {
        // Whatever lies in the buffer belongs to the match, or to bytes behind it.
        wire.write(&[]);
        let step = if self.held { Step::Refuse(block) } else { Step::Cut(block) };
        self.release();
        step
    }
}

/// Whether two pieces are the same, many bytes at once: the guest's `memcmp` takes one at a time.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differ = |one: &[u8], other: &[u8]| one.iter().zip(other).fold(0, |all, (one, other)| all | (one ^ other));
    let ((blocks, rest), (others, other_rest)) = (one.as_chunks::<64>(), other.as_chunks::<64>());
    one.len() == other.len()
        && blocks.iter().zip(others).all(|(one, other)| differ(one, other) == 0)
        && differ(rest, other_rest) == 0
}

#[cfg(test)]
mod tests;
