//! One HTTP stream through a filter: what arrives on either side goes in, what the next hops see comes out.

use std::collections::BTreeMap;

use super::error::HostError;
use super::half::{Half, Seen, Stopped};
use super::maps::{self, Headers};
use super::state::{After, LocalReply, Side, StreamState};
use super::vm::Vm;

/// An open stream. Dropping it leaves it open: take it up again with [`Vm::reopen`], or [`Stream::finish`] it.
pub struct Stream<'a> {
    vm: &'a mut Vm,
    id: u32,
}

/// What became of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// What the upstream saw of the request.
    pub upstream: Seen,
    /// What the client saw of the response.
    pub client: Seen,
    /// Filter state that the filter set, by path; access logs read it as `wasm.` and the path.
    pub filter_state: BTreeMap<String, Vec<u8>>,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(vm: &'a mut Vm, id: u32) -> Self {
        Self { vm, id }
    }

    /// The stream's context id.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Sets a property of this stream to bytes, as the ABI serialises them.
    pub fn set_property(&mut self, path: &[&str], value: &[u8]) {
        if let Some(stream) = self.vm.store.data_mut().streams.get_mut(&self.id) {
            stream.properties.insert(path.iter().map(|part| (*part).to_owned()).collect(), value.to_vec());
        }
    }

    /// The request's headers arrive, pseudo headers first; `end` if there is neither body nor trailers.
    ///
    /// # Errors
    /// A trap, as for all that follow.
    pub fn request_headers<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        headers: &[(N, V)],
        end: bool,
    ) -> Result<(), HostError> {
        let create = self.vm.exports.context_create.clone();
        self.vm.guest("proxy_on_context_create", self.id, create, (self.id, super::state::ROOT), ())?;
        arrive_headers(self.vm, self.id, Side::Request, maps::copy(headers), end)
    }

    /// A piece of the request's body arrives. `end` only if no trailers follow.
    ///
    /// # Errors
    /// A trap.
    pub fn request_body(&mut self, bytes: &[u8], end: bool) -> Result<(), HostError> {
        arrive_body(self.vm, self.id, Side::Request, bytes, end)
    }

    /// The request's trailers arrive.
    ///
    /// # Errors
    /// A trap.
    pub fn request_trailers<N: AsRef<[u8]>, V: AsRef<[u8]>>(&mut self, trailers: &[(N, V)]) -> Result<(), HostError> {
        arrive_trailers(self.vm, self.id, Side::Request, maps::copy(trailers))
    }

    /// The upstream's response headers arrive, `:status` first. Nothing comes from an upstream once the filter has
    /// answered by itself: from then on what arrives is dropped.
    ///
    /// # Errors
    /// A trap.
    pub fn response_headers<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        headers: &[(N, V)],
        end: bool,
    ) -> Result<(), HostError> {
        if self.state(|stream| stream.response.headers_arrived()) {
            return Ok(());
        }
        arrive_headers(self.vm, self.id, Side::Response, maps::copy(headers), end)
    }

    /// A piece of the response's body arrives. `end` only if no trailers follow.
    ///
    /// # Errors
    /// A trap.
    pub fn response_body(&mut self, bytes: &[u8], end: bool) -> Result<(), HostError> {
        if self.answered() {
            return Ok(());
        }
        arrive_body(self.vm, self.id, Side::Response, bytes, end)
    }

    /// The response's trailers arrive.
    ///
    /// # Errors
    /// A trap.
    pub fn response_trailers<N: AsRef<[u8]>, V: AsRef<[u8]>>(&mut self, trailers: &[(N, V)]) -> Result<(), HostError> {
        if self.answered() {
            return Ok(());
        }
        arrive_trailers(self.vm, self.id, Side::Response, maps::copy(trailers))
    }

    /// What the upstream has seen so far.
    pub fn upstream(&self) -> Seen {
        self.state(|stream| stream.request.seen.clone())
    }

    /// What the client has seen so far.
    pub fn client(&self) -> Seen {
        self.state(|stream| stream.response.seen.clone())
    }

    /// True once the filter has sent a local reply or closed the stream.
    pub fn answered(&self) -> bool {
        self.state(|stream| stream.replied)
    }

    /// Lets virtual time pass while the stream is open; see [`Vm::tick`].
    ///
    /// # Errors
    /// A trap.
    pub fn tick(&mut self, milliseconds: u64) -> Result<(), HostError> {
        self.vm.tick(milliseconds)
    }

    /// Ends the stream: log, done, delete. A side that never ended properly stays so.
    ///
    /// # Errors
    /// A trap.
    pub fn finish(self) -> Result<Finished, HostError> {
        let (vm, id) = (self.vm, self.id);
        if let Some(stream) = vm.store.data_mut().streams.get_mut(&id) {
            stream.logging = true;
        }
        let (log, done, delete) = (vm.exports.log.clone(), vm.exports.done.clone(), vm.exports.delete.clone());
        vm.guest("proxy_on_log", id, log, id, ())?;
        vm.guest("proxy_on_done", id, done, id, 1)?;
        vm.guest("proxy_on_delete", id, delete, id, ())?;
        let state = vm.store.data_mut();
        state.after.retain(|(each, _)| *each != id);
        let stream = state.streams.remove(&id).ok_or_else(|| HostError::Unknown(format!("stream {id}")))?;
        vm.settle()?;
        Ok(Finished {
            upstream: stream.request.seen,
            client: stream.response.seen,
            filter_state: stream
                .filter_state
                .into_iter()
                .map(|(path, value)| (String::from_utf8_lossy(&path).into_owned(), value))
                .collect(),
        })
    }

    fn state<T: Default>(&self, read: impl FnOnce(&StreamState) -> T) -> T {
        self.vm.store.data().streams.get(&self.id).map(read).unwrap_or_default()
    }
}

/// Does one thing that the guest asked for in a callback.
pub(crate) fn act(vm: &mut Vm, id: u32, action: After) -> Result<(), HostError> {
    match action {
        After::Resume(side) => resume(vm, id, side),
        After::Reply(reply) => local_reply(vm, id, reply),
        After::Close => {
            with(vm, id, |stream| {
                stream.replied = true;
                stream.request.reset();
                stream.response.reset();
            });
            Ok(())
        }
    }
}

fn arrive_headers(vm: &mut Vm, id: u32, side: Side, headers: Headers, end: bool) -> Result<(), HostError> {
    let count = headers.len() as u32;
    with(vm, id, |stream| stream.half(side).begin_headers(headers, end));
    let (name, callback) = match side {
        Side::Request => ("proxy_on_request_headers", vm.exports.headers[0].clone()),
        Side::Response => ("proxy_on_response_headers", vm.exports.headers[1].clone()),
    };
    let action = vm.guest(name, id, callback, (id, count, u32::from(end)), 0)?;
    let stopped = match action {
        0 => Stopped::No,
        _ if vm.store.data().config.headers_stop_iteration => Stopped::Single,
        _ => Stopped::All,
    };
    after(vm, id, side, |half| half.end_headers(stopped))
}

fn arrive_body(vm: &mut Vm, id: u32, side: Side, bytes: &[u8], end: bool) -> Result<(), HostError> {
    let Some(Some(size)) = with(vm, id, |stream| stream.half(side).begin_body(bytes, end)) else { return Ok(()) };
    let (name, callback) = match side {
        Side::Request => ("proxy_on_request_body", vm.exports.body[0].clone()),
        Side::Response => ("proxy_on_response_body", vm.exports.body[1].clone()),
    };
    let action = vm.guest(name, id, callback, (id, size as u32, u32::from(end)), 0)?;
    after(vm, id, side, |half| half.end_body(action != 0))
}

fn arrive_trailers(vm: &mut Vm, id: u32, side: Side, trailers: Headers) -> Result<(), HostError> {
    let count = trailers.len() as u32;
    if with(vm, id, |stream| stream.half(side).begin_trailers(trailers)) != Some(true) {
        return Ok(());
    }
    show_trailers(vm, id, side, count)
}

fn show_trailers(vm: &mut Vm, id: u32, side: Side, count: u32) -> Result<(), HostError> {
    let (name, callback) = match side {
        Side::Request => ("proxy_on_request_trailers", vm.exports.trailers[0].clone()),
        Side::Response => ("proxy_on_response_trailers", vm.exports.trailers[1].clone()),
    };
    let action = vm.guest(name, id, callback, (id, count), 0)?;
    after(vm, id, side, |half| half.end_trailers(action != 0))
}

/// First what the guest asked for in the callback, then the callback's own answer, which a local reply voids.
fn after(vm: &mut Vm, id: u32, side: Side, answer: impl FnOnce(&mut Half)) -> Result<(), HostError> {
    let voided = with(vm, id, |stream| stream.replied).unwrap_or(true);
    vm.settle()?;
    if !voided {
        with(vm, id, |stream| answer(stream.half(side)));
    }
    Ok(())
}

fn resume(vm: &mut Vm, id: u32, side: Side) -> Result<(), HostError> {
    let Some(unread) = with(vm, id, |stream| stream.half(side).resume(side == Side::Request)) else { return Ok(()) };
    if let Some(body) = unread.body {
        arrive_body(vm, id, side, &body, unread.end)?;
    }
    if unread.trailers
        && let Some(Some(count)) = with(vm, id, |stream| stream.half(side).open_trailers())
    {
        show_trailers(vm, id, side, count as u32)?;
    }
    Ok(())
}

/// Envoy sends a local reply through the filter's own response callbacks if no response has begun, directly to the
/// client if its headers are still held, and otherwise can only cut the stream off.
fn local_reply(vm: &mut Vm, id: u32, reply: LocalReply) -> Result<(), HostError> {
    let mut headers = maps::copy(&[(":status", reply.status.to_string())]);
    if !reply.body.is_empty() {
        headers.extend(maps::copy(&[("content-length", reply.body.len().to_string())]));
        headers.extend(maps::copy(&[("content-type", "text/plain")]));
    }
    headers.extend(reply.headers);
    let end = reply.body.is_empty();
    let begun = with(vm, id, |stream| {
        stream.replied = true;
        stream.request.reset();
        let begun = stream.response.headers_arrived();
        if begun {
            if stream.response.seen.headers.is_none() {
                stream.response = Half::default();
                stream.response.begin_headers(headers.clone(), end);
                stream.response.end_headers(Stopped::No);
                if !end {
                    stream.response.begin_body(&reply.body, true);
                    stream.response.end_body(false);
                }
            } else {
                stream.response.reset();
            }
        }
        begun
    });
    if begun != Some(false) {
        return Ok(());
    }
    with(vm, id, |stream| stream.replied = false);
    arrive_headers(vm, id, Side::Response, headers, end)?;
    if !end {
        arrive_body(vm, id, Side::Response, &reply.body, true)?;
    }
    with(vm, id, |stream| stream.replied = true);
    Ok(())
}

fn with<T>(vm: &mut Vm, id: u32, change: impl FnOnce(&mut StreamState) -> T) -> Option<T> {
    vm.store.data_mut().streams.get_mut(&id).map(change)
}
