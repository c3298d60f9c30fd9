//! One direction of a stream, buffered as Envoy's filter manager does for a proxy-wasm filter.
//!
//! A filter that pauses on a body makes Envoy keep the bytes: from then on its callbacks see the whole of what is kept,
//! and may edit it, also in the trailers callback. After Continue there is no buffer. When trailers follow, no body
//! callback says that the stream ends.

use super::maps::Headers;

/// What the next hop has seen of one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Headers, if they were sent.
    pub headers: Option<Headers>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// Trailers, if any were sent.
    pub trailers: Option<Headers>,
    /// Lengths of the pieces in which the body left.
    pub pieces: Vec<usize>,
    /// The direction ended properly.
    pub ended: bool,
    /// The direction was cut off.
    pub reset: bool,
}

/// Whether callbacks are held up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stopped {
    #[default]
    No,
    /// Nothing is passed on, and callbacks still come.
    Single,
    /// Nothing is passed on, and no callback comes before the filter continues.
    All,
}

#[derive(Default)]
pub(crate) struct Half {
    headers: Option<Headers>,
    headers_open: bool,
    trailers: Option<Headers>,
    trailers_open: bool,
    /// The bytes of the present callback.
    chunk: Option<Vec<u8>>,
    /// What Envoy keeps for the filter; `Some` once anything was ever kept.
    kept: Option<Vec<u8>>,
    /// The filter paused on the body: callbacks see `kept`.
    buffering: bool,
    /// Bytes arrived while everything was stopped: they have not been shown to the filter.
    unread: bool,
    pub(crate) stopped: Stopped,
    /// The last byte or the trailers have arrived.
    complete: bool,
    pub(crate) seen: Seen,
}

impl Half {
    pub(crate) fn headers_arrived(&self) -> bool {
        self.headers.is_some()
    }

    pub(crate) fn headers(&self) -> Option<&Headers> {
        self.headers.as_ref()
    }

    /// The headers, while the filter may reach them; `logging` reaches them always.
    pub(crate) fn header_map(&mut self, logging: bool) -> Option<&mut Headers> {
        if self.headers_open || logging { self.headers.as_mut() } else { None }
    }

    pub(crate) fn trailer_map(&mut self, logging: bool) -> Option<&mut Headers> {
        if self.trailers_open || logging { self.trailers.as_mut() } else { None }
    }

    /// The body as host functions reach it; `None` when it is gone.
    pub(crate) fn buffer(&mut self) -> Option<&mut Vec<u8>> {
        if self.buffering { self.kept.as_mut() } else { self.chunk.as_mut() }
    }

    pub(crate) fn begin_headers(&mut self, headers: Headers, end: bool) {
        self.headers = Some(headers);
        self.headers_open = true;
        self.complete = end;
    }

    pub(crate) fn end_headers(&mut self, stopped: Stopped) {
        self.stopped = stopped;
        if stopped == Stopped::No {
            self.headers_open = false;
            self.pass_on();
        }
    }

    /// Takes a piece of the body; the length that the callback is told, or `None` if no callback is due.
    pub(crate) fn begin_body(&mut self, bytes: &[u8], end: bool) -> Option<usize> {
        self.complete |= end;
        if self.stopped == Stopped::All {
            self.kept.get_or_insert_default().extend(bytes);
            self.unread = true;
            return None;
        }
        if self.buffering {
            self.kept.get_or_insert_default().extend(bytes);
            self.chunk = Some(Vec::new());
        } else {
            self.chunk = Some(bytes.to_vec());
        }
        Some(self.buffer().map_or(0, |buffer| buffer.len()))
    }

    pub(crate) fn end_body(&mut self, pause: bool) {
        self.buffering = pause;
        let chunk = self.chunk.take().unwrap_or_default();
        if pause {
            self.stopped = Stopped::Single;
            self.kept.get_or_insert_default().extend(chunk);
        } else if self.stopped == Stopped::No {
            let end = self.complete && self.trailers.is_none();
            self.send_body(chunk, end);
        } else {
            self.kept.get_or_insert_default().extend(chunk);
            self.pass_on();
        }
    }

    /// Takes the trailers; false if no callback is due.
    pub(crate) fn begin_trailers(&mut self, trailers: Headers) -> bool {
        self.trailers = Some(trailers);
        self.complete = true;
        self.trailers_open = self.stopped != Stopped::All;
        self.trailers_open
    }

    pub(crate) fn open_trailers(&mut self) -> Option<usize> {
        let count = self.trailers.as_ref()?.len();
        self.trailers_open = true;
        Some(count)
    }

    pub(crate) fn end_trailers(&mut self, pause: bool) {
        if pause {
            self.stopped = Stopped::Single;
        } else {
            self.trailers_open = false;
            self.pass_on();
        }
    }

    /// The filter continues. Returns bytes that it has not read yet, whether they are due, and whether trailers are.
    pub(crate) fn resume(&mut self, request: bool) -> Unread {
        if request {
            self.headers_open = false;
            self.trailers_open = false;
            self.chunk = self.chunk.take().filter(|_| !self.buffering);
        }
        if self.stopped == Stopped::All {
            self.stopped = Stopped::No;
            self.headers_open = false;
            let body = std::mem::take(&mut self.unread).then(|| self.kept.take()).flatten();
            let trailers = self.trailers.is_some();
            let end = self.complete && !trailers;
            if self.headers.is_some() && self.seen.headers.is_none() {
                self.send_headers(end && body.is_none());
            }
            return Unread { body, end, trailers };
        }
        self.pass_on();
        Unread::default()
    }

    /// Cuts the direction off.
    pub(crate) fn reset(&mut self) {
        if !self.seen.ended {
            self.seen.reset = self.seen.headers.is_some();
        }
        self.stopped = Stopped::All;
        self.buffering = false;
        self.chunk = None;
        self.kept = None;
        self.unread = false;
    }

    /// Sends everything that has arrived and is not held back any more.
    fn pass_on(&mut self) {
        self.stopped = Stopped::No;
        let trailers = self.trailers.is_some();
        if self.headers.is_some() && self.seen.headers.is_none() {
            self.send_headers(self.complete && self.kept.is_none() && !trailers);
        }
        if let Some(kept) = &mut self.kept {
            let bytes = std::mem::take(kept);
            self.send_body(bytes, self.complete && !trailers);
        }
        if let Some(trailers) = &self.trailers
            && self.seen.trailers.is_none()
        {
            self.seen.trailers = Some(trailers.clone());
            self.seen.ended = true;
        }
    }

    fn send_headers(&mut self, end: bool) {
        self.seen.headers = self.headers.clone();
        self.seen.ended = end;
    }

    fn send_body(&mut self, bytes: Vec<u8>, end: bool) {
        if !bytes.is_empty() {
            self.seen.pieces.push(bytes.len());
            self.seen.body.extend(bytes);
        }
        self.seen.ended |= end;
    }
}

/// What arrived while everything was stopped.
#[derive(Default)]
pub(crate) struct Unread {
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) end: bool,
    pub(crate) trailers: bool,
}
