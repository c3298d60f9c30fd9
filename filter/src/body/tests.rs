//! Bodies against a proxy that buffers as Envoy does.

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

#[test]
fn pieces_are_the_same_if_all_their_bytes_are() {
    for length in [0, 1, 63, 64, 65, 200] {
        let piece = vec![b'a'; length];
        assert!(same(&piece, &piece) && !same(&piece, &[&piece[..], b"a"].concat()));
        for at in 0..length {
            let mut other = piece.clone();
            other[at] = b'b';
            assert!(!same(&piece, &other), "{length} {at}");
        }
    }
}
