//! A server that answers as scripted and keeps what it received, over HTTP/1.1 and HTTP/2 on one port.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::client::bodiless;
use crate::http1::{self, Body};
use crate::http2;
use crate::message::{Message, Request, Response};

/// The server. Dropping it closes its port.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    response: Response,
    gap: Duration,
    received: Vec<Request>,
}

impl Upstream {
    /// Starts it on a free loopback port; until told otherwise it answers 200 without a body.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no free port for the upstream")?;
        let address = listener.local_addr()?;
        let response = Response { status: 200, message: Message::default() };
        let state = Arc::new(Mutex::new(State { response, gap: Duration::ZERO, received: Vec::new() }));
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                // A proxy may cut a connection at any time: that is not the upstream's failure.
                tokio::spawn(async move { drop(serve(stream, shared).await) });
            }
        });
        Ok(Self { address, state, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it answers from now on, with `gap` between the pieces of the body; forgets what it received.
    pub fn answer(&self, response: Response, gap: Duration) {
        *lock(&self.state) = State { response, gap, received: Vec::new() };
    }

    /// The requests received whole since the last [`Self::answer`].
    pub fn received(&self) -> Vec<Request> {
        lock(&self.state).received.clone()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a request and says what to answer.
fn receive(state: &Mutex<State>, request: Request) -> (Response, Duration) {
    let mut state = lock(state);
    state.received.push(request);
    (state.response.clone(), state.gap)
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut start = [0; 3];
    while stream.peek(&mut start).await? < start.len() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    match &start {
        b"PRI" => serve_http2(stream, state).await,
        _ => serve_http1(stream, state).await,
    }
}

async fn serve_http1(stream: TcpStream, state: Arc<Mutex<State>>) -> Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some((start, mut message)) = http1::read(&mut stream, |_| Body::Framed, false).await? {
        let mut words = start.split(' ').map(str::to_owned);
        if message.broken.is_some() {
            return Ok(());
        }
        let (method, target) = (words.next().context("no method")?, words.next().context("no target")?);
        let host = message.header("host").map(String::from_utf8_lossy).unwrap_or_default().into_owned();
        message.headers.retain(|(name, _)| name != "host");
        let head = method == "HEAD";
        let (response, gap) = receive(&state, Request { method, target, host, message });
        let start = format!("HTTP/1.1 {} Scripted", response.status);
        let body = if head || bodiless(response.status) { Body::Absent } else { Body::Framed };
        http1::write(stream.get_mut(), &start, &response.message, body, gap).await?;
    }
    Ok(())
}

async fn serve_http2(stream: TcpStream, state: Arc<Mutex<State>>) -> Result<()> {
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(stream) = connection.accept().await {
        let (request, respond) = stream?;
        let state = Arc::clone(&state);
        tokio::spawn(async move { drop(answer_http2(request, respond, state).await) });
    }
    Ok(())
}

async fn answer_http2(
    request: http::Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<Bytes>,
    state: Arc<Mutex<State>>,
) -> Result<()> {
    let (head, mut body) = request.into_parts();
    let mut message = Message { headers: http2::from_map(&head.headers), ..Message::default() };
    http2::read_rest(&mut body, &mut message).await;
    if message.broken.is_some() {
        return Ok(());
    }
    let target = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let host = head.uri.authority().map(ToString::to_string).unwrap_or_default();
    let method = head.method.to_string();
    let bare = method == "HEAD";
    let (response, gap) = receive(&state, Request { method, target, host, message });
    let mut start = http::Response::builder().status(response.status).body(())?;
    *start.headers_mut() = http2::to_map(&response.message.headers)?;
    let bare = bare || bodiless(response.status) || http2::ends_with_headers(&response.message);
    let mut body = respond.send_response(start, bare)?;
    if !bare {
        http2::send_rest(&mut body, &response.message, gap).await?;
    }
    Ok(())
}
