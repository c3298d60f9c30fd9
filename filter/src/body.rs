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
    /// The proxy said that `size` bytes are there: none to be read would mean that they leave unread.
    pub fn data(&mut self, wire: &mut dyn Wire, redactor: &mut dyn Redact, size: usize, end: bool) -> Step {
        let chunk = wire.read();
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
        if out != chunk && !wire.write(&out) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A proxy that buffers as Envoy does: while a callback's answer was to pause, new data lands behind what is kept and
    /// callbacks see all of it; a continuation sends what is kept only if the proxy is stopped, and a push sends it when
    /// the callback has returned. Without a pause trailers find nothing to edit.
    #[derive(Default)]
    struct Proxy {
        kept: Vec<u8>,
        chunk: Vec<u8>,
        sent: Vec<u8>,
        headers_sent: bool,
        buffering: bool,
        stopped: bool,
        refuse_writes: bool,
    }

    impl Wire for Proxy {
        fn read(&mut self) -> Vec<u8> {
            if self.buffering { self.kept.clone() } else { self.chunk.clone() }
        }

        fn write(&mut self, bytes: &[u8]) -> bool {
            if self.refuse_writes || !self.buffering && self.chunk.is_empty() {
                return false;
            }
            *if self.buffering { &mut self.kept } else { &mut self.chunk } = bytes.to_vec();
            true
        }
    }

    impl Proxy {
        fn flush(&mut self) {
            self.headers_sent = true;
            self.stopped = false;
            self.sent.append(&mut self.kept);
        }

        /// A data callback and what the proxy does after it.
        fn data(&mut self, body: &mut Body, redactor: &mut dyn Redact, chunk: &[u8], end: bool) -> Step {
            *if self.buffering { &mut self.kept } else { &mut self.chunk } = [self.read().as_slice(), chunk].concat();
            let size = self.read().len();
            let step = body.data(self, redactor, size, end);
            let mut chunk = std::mem::take(&mut self.chunk);
            match step {
                Step::Continue { .. } if !self.stopped => self.sent.append(&mut chunk),
                Step::Continue { .. } => {
                    self.kept.append(&mut chunk);
                    self.flush();
                }
                Step::Push => self.flush(),
                _ => self.kept.append(&mut chunk),
            }
            self.buffering = matches!(step, Step::Pause | Step::Push);
            self.stopped = self.buffering;
            self.headers_sent |= !self.stopped;
            step
        }

        /// Time passes. Nothing stops the proxy again.
        fn tick(&mut self, body: &mut Body, redactor: &mut dyn Redact) -> Step {
            let step = body.tick(self, redactor);
            if step == Step::Push {
                self.flush();
            }
            step
        }

        fn trailers(&mut self, body: &mut Body, redactor: &mut dyn Redact) -> Step {
            let step = body.trailers(self, redactor);
            match step {
                Step::Continue { .. } if self.stopped => self.flush(),
                Step::Push => self.flush(),
                _ => {}
            }
            step
        }
    }

    /// Replaces `SECRET` with `*`, holds back its prefixes, and blocks at `!` if told to. `window`: bytes that are held.
    #[derive(Default)]
    struct Toy {
        tail: Vec<u8>,
        blocks: bool,
        window: usize,
        taken: usize,
        /// What time lets go at once.
        forced: bool,
    }

    impl Toy {
        fn flow(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Flow {
            self.taken += chunk.len();
            for byte in chunk {
                if *byte == b'!' && self.blocks {
                    return Flow::Block(Block { status: 502, rule: "no".into() });
                }
                self.tail.push(*byte);
                while !b"SECRET".starts_with(&self.tail) {
                    out.push(self.tail.remove(0));
                }
                if self.tail == b"SECRET" {
                    self.tail.clear();
                    out.push(b'*');
                }
            }
            if end || std::mem::take(&mut self.forced) {
                out.append(&mut self.tail);
            }
            if self.blocks && self.taken < self.window && !end { Flow::Hold } else { Flow::Continue }
        }
    }

    impl Redact for Toy {
        fn push(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Flow {
            self.flow(chunk, end, out)
        }

        fn trailers(&mut self, out: &mut Vec<u8>) -> Flow {
            self.flow(b"", true, out)
        }

        fn holding(&self) -> bool {
            !self.tail.is_empty()
        }
    }

    fn held() -> Body {
        let mut body = plain();
        body.hold_headers();
        body
    }

    fn plain() -> Body {
        Body::new(Framing { most: 1000, ..Framing::default() })
    }

    fn block() -> Block {
        Block { status: 502, rule: "no".into() }
    }

    fn chunks(text: &str, cuts: Vec<usize>) -> Vec<&[u8]> {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
        cuts.sort_unstable();
        cuts.windows(2).map(|cut| &text.as_bytes()[cut[0]..cut[1]]).collect()
    }

    /// Sends the chunks, with a tick behind those that `ticks` names, then the end; what arrived.
    fn send(chunks: &[&[u8]], ticks: &[usize], trailers: bool, mut body: Body, toy: &mut Toy) -> Vec<u8> {
        let mut proxy = Proxy::default();
        for (index, chunk) in chunks.iter().enumerate() {
            proxy.data(&mut body, toy, chunk, false);
            if ticks.contains(&index) {
                proxy.tick(&mut body, toy);
            }
        }
        let last = if trailers { proxy.trailers(&mut body, toy) } else { proxy.data(&mut body, toy, b"", true) };
        assert!(matches!(last, Step::Continue { .. } | Step::Push), "{last:?}");
        assert!(proxy.kept.is_empty() && proxy.headers_sent);
        proxy.sent
    }

    proptest! {
        #[test]
        fn every_cut_of_a_declared_body_arrives_whole_without_a_pause(
            text in "[SECRTx]{1,40}",
            cuts in prop::collection::vec(0usize..40, 0..6),
            trailers: bool,
        ) {
            let chunks = chunks(&text, cuts);
            let length = Some(text.len() as u64);
            let (mut proxy, mut toy) = (Proxy::default(), Toy::default());
            let mut body = Body::new(Framing { length, ..Framing::default() });
            for chunk in chunks {
                prop_assert_eq!(proxy.data(&mut body, &mut toy, chunk, false), Step::Continue { length: None });
            }
            let last = if trailers {
                proxy.trailers(&mut body, &mut toy)
            } else {
                proxy.data(&mut body, &mut toy, b"", true)
            };
            prop_assert_eq!(last, Step::Continue { length: None });
            prop_assert_eq!(String::from_utf8(proxy.sent).unwrap(), text.replace("SECRET", "*"));
        }

        #[test]
        fn every_cut_arrives_whole(
            text in "[SECRTx]{0,40}",
            cuts in prop::collection::vec(0usize..40, 0..6),
            trailers: bool,
            ticks in prop::collection::vec(0usize..8, 0..4),
            hold: bool,
            window in 0usize..60,
        ) {
            let chunks = chunks(&text, cuts);
            let mut toy = Toy { blocks: hold, window, ..Toy::default() };
            let body = if hold { held() } else { plain() };
            let sent = send(&chunks, &ticks, trailers, body, &mut toy);
            prop_assert_eq!(String::from_utf8(sent).unwrap(), text.replace("SECRET", "*"));
        }
    }

    #[test]
    fn an_open_tail_pauses_and_a_closed_one_does_not() {
        let (mut proxy, mut body, mut toy) = (Proxy::default(), plain(), Toy::default());
        assert_eq!(proxy.data(&mut body, &mut toy, b"abc", false), Step::Continue { length: None });
        assert_eq!(proxy.data(&mut body, &mut toy, b"abcSEC", false), Step::Pause);
        assert_eq!(proxy.sent, b"abc", "the first pause keeps what is finished until the next callback");
        assert_eq!(proxy.data(&mut body, &mut toy, b"RETxSE", false), Step::Push);
        assert_eq!(proxy.sent, b"abcabc*x", "a second one pushes it out");
        assert_eq!(proxy.data(&mut body, &mut toy, b"x", false), Step::Continue { length: None });
        assert_eq!(proxy.sent, b"abcabc*xSEx");
    }

    #[test]
    fn time_lets_go_what_is_finished_and_what_it_forces() {
        for trailers in [false, true] {
            let (mut proxy, mut body, mut toy) = (Proxy::default(), plain(), Toy::default());
            assert_eq!(proxy.tick(&mut body, &mut toy), Step::Pause, "nothing has come");
            assert_eq!(proxy.data(&mut body, &mut toy, b"abcSEC", false), Step::Pause);
            assert_eq!(proxy.tick(&mut body, &mut toy), Step::Push);
            assert_eq!(proxy.sent, b"abc", "what is finished");
            assert_eq!(proxy.tick(&mut body, &mut toy), Step::Pause, "nothing is finished");
            toy.forced = true;
            assert_eq!(proxy.tick(&mut body, &mut toy), Step::Push, "a second tick");
            assert_eq!(proxy.sent, b"abcSEC");
            assert_eq!(proxy.data(&mut body, &mut toy, b"S", false), Step::Push);
            assert_eq!(proxy.tick(&mut body, &mut toy), Step::Pause, "its time has not come");
            toy.forced = true;
            assert_eq!(proxy.tick(&mut body, &mut toy), Step::Push);
            assert_eq!(proxy.sent, b"abcSECS");
            assert_eq!(proxy.data(&mut body, &mut toy, b"SE", false), Step::Push);
            assert_eq!(proxy.data(&mut body, &mut toy, b"CRETx", false), Step::Continue { length: None });
            assert_eq!(proxy.data(&mut body, &mut toy, b"ySE", false), Step::Pause);
            assert_eq!(proxy.tick(&mut body, &mut toy), Step::Push);
            assert_eq!(proxy.sent, b"abcSECS*xy");
            let last = match trailers {
                true => proxy.trailers(&mut body, &mut toy),
                false => proxy.data(&mut body, &mut toy, b"", true),
            };
            assert_eq!(last, Step::Push, "a tail after a tick");
            assert_eq!(proxy.sent, b"abcSECS*xySE");
        }
    }

    #[test]
    fn time_lets_nothing_go_while_headers_are_here() {
        let (mut proxy, mut body) = (Proxy::default(), held());
        let mut toy = Toy { blocks: true, window: 100, ..Toy::default() };
        assert_eq!(proxy.data(&mut body, &mut toy, b"abcSEC", false), Step::Pause);
        assert!(!body.waits());
        assert_eq!(proxy.tick(&mut body, &mut toy), Step::Pause);
        assert!(!proxy.headers_sent && proxy.sent.is_empty());
    }

    #[test]
    fn a_body_that_ends_within_the_window_has_an_exact_length() {
        let (mut proxy, mut body) = (Proxy::default(), held());
        let mut toy = Toy { blocks: true, window: 100, ..Toy::default() };
        assert_eq!(proxy.data(&mut body, &mut toy, b"abcSECRET", false), Step::Pause);
        assert!(!proxy.headers_sent);
        assert_eq!(proxy.data(&mut body, &mut toy, b"x", true), Step::Continue { length: Some(5) });
        assert_eq!(proxy.sent, b"abc*x");
        assert!(!body.holds_headers());
    }

    #[test]
    fn a_body_beyond_the_window_leaves_without_a_length() {
        let (mut proxy, mut body) = (Proxy::default(), held());
        let mut toy = Toy { blocks: true, window: 4, ..Toy::default() };
        assert_eq!(proxy.data(&mut body, &mut toy, b"abc", false), Step::Pause);
        assert_eq!(proxy.data(&mut body, &mut toy, b"defSE", false), Step::Push, "a tail is open");
        assert!(proxy.headers_sent);
        assert_eq!(proxy.data(&mut body, &mut toy, b"x", true), Step::Continue { length: None });
        assert_eq!(proxy.sent, b"abcdefSEx");
    }

    #[test]
    fn a_block_refuses_while_headers_are_here_and_cuts_afterwards() {
        let (mut proxy, mut body) = (Proxy::default(), held());
        let mut toy = Toy { blocks: true, window: 4, ..Toy::default() };
        assert_eq!(proxy.data(&mut body, &mut toy, b"ab", false), Step::Pause);
        assert_eq!(proxy.data(&mut body, &mut toy, b"c!", false), Step::Refuse(block()));
        assert_eq!((proxy.sent.as_slice(), proxy.kept.as_slice()), (b"".as_slice(), b"".as_slice()));

        let (mut proxy, mut body) = (Proxy::default(), held());
        let mut toy = Toy { blocks: true, window: 4, ..Toy::default() };
        assert_eq!(proxy.data(&mut body, &mut toy, b"abcdef", false), Step::Continue { length: None });
        assert_eq!(proxy.data(&mut body, &mut toy, b"g!", false), Step::Cut(block()));
        assert_eq!((proxy.sent.as_slice(), proxy.kept.as_slice()), (b"abcdef".as_slice(), b"".as_slice()));
    }

    #[test]
    fn a_refused_edit_never_lets_the_original_leave() {
        let mut proxy = Proxy { refuse_writes: true, ..Proxy::default() };
        let step = proxy.data(&mut Body::default(), &mut Toy::default(), b"xSECRET", false);
        assert_eq!(step, Step::Broken);
        assert!(proxy.sent.is_empty());
    }
    #[test]
    fn a_large_piece_is_not_paused() {
        let framing = Framing { most: 4, ..Framing::default() };
        let (mut proxy, mut body, mut toy) = (Proxy::default(), Body::new(framing), Toy::default());
        assert_eq!(proxy.data(&mut body, &mut toy, b"abcdeSEC", false), Step::Continue { length: None });
        assert_eq!(proxy.data(&mut body, &mut toy, b"RETSEC", false), Step::Pause);
        assert_eq!(proxy.sent, b"abcde");
        assert_eq!(proxy.trailers(&mut body, &mut toy), Step::Continue { length: None });
        assert_eq!(proxy.sent, b"abcde*SEC");

        let (mut proxy, mut body, mut toy) = (Proxy::default(), Body::new(framing), Toy::default());
        assert_eq!(proxy.data(&mut body, &mut toy, b"abcdeSEC", false), Step::Continue { length: None });
        assert_eq!(proxy.trailers(&mut body, &mut toy), Step::Broken, "never lost unseen");
    }

    #[test]
    fn bytes_beyond_the_declared_length_do_not_leave() {
        let framing = Framing { length: Some(3), ..Framing::default() };
        let (mut proxy, mut body, mut toy) = (Proxy::default(), Body::new(framing), Toy::default());
        assert_eq!(proxy.data(&mut body, &mut toy, b"abc", false), Step::Continue { length: None });
        assert_eq!(proxy.data(&mut body, &mut toy, b"SECRET", false), Step::Broken);
        assert_eq!(proxy.sent, b"abc");
    }

    #[test]
    fn bytes_that_cannot_be_read_do_not_leave_unread() {
        struct Blind;
        impl Wire for Blind {
            fn read(&mut self) -> Vec<u8> {
                Vec::new()
            }

            fn write(&mut self, _: &[u8]) -> bool {
                true
            }
        }
        assert_eq!(plain().data(&mut Blind, &mut Toy::default(), 7, false), Step::Broken);
        assert_eq!(plain().data(&mut Blind, &mut Toy::default(), 0, true), Step::Continue { length: None });
    }
}
