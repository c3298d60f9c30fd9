//! A client that sends a body in given pieces, with trailers, over HTTP/1.1 or HTTP/2.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::BufReader;
use tokio::net::TcpStream;

use crate::http1::{self, Body};
use crate::http2;
use crate::message::{Message, Protocol, Request, Response};

/// How long one exchange may take.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// Sends `request` over a new connection and reads the response; pieces of the body are `gap` apart. A response that
/// breaks off behind its headers says so in its message.
///
/// # Errors
/// The connection or the stream broke before there was a response, or [`TIMEOUT`] passed.
pub async fn send(address: SocketAddr, protocol: Protocol, request: &Request, gap: Duration) -> Result<Response> {
    let exchange = async {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        match protocol {
            Protocol::Http1 => send_http1(stream, request, gap).await,
            Protocol::Http2 => send_http2(stream, request, gap).await,
        }
    };
    tokio::time::timeout(TIMEOUT, exchange).await.context("no whole response in time")?
}

async fn send_http1(mut stream: TcpStream, request: &Request, gap: Duration) -> Result<Response> {
    let start = format!("{} {} HTTP/1.1\r\nhost: {}", request.method, request.target, request.host);
    let bare = http2::ends_with_headers(&request.message) && matches!(request.method.as_str(), "GET" | "HEAD");
    let body = if bare { Body::Absent } else { Body::Framed };
    // A proxy may answer and close before it has read everything; then the answer is what counts.
    let sent = http1::write(&mut stream, &start, &request.message, body, gap).await;
    let mut stream = BufReader::new(stream);
    let head = request.method == "HEAD";
    loop {
        let framing = |start: &str| if head || bodiless(status(start)) { Body::Absent } else { Body::Framed };
        let Some((start, message)) = http1::read(&mut stream, framing, true).await? else {
            sent?;
            anyhow::bail!("the connection ended without a response");
        };
        let status = status(&start);
        if status >= 200 {
            return Ok(Response { status, message });
        }
    }
}

fn status(start: &str) -> u16 {
    start.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// Whether a response of this status never has a body.
pub fn bodiless(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 304)
}

async fn send_http2(stream: TcpStream, request: &Request, gap: Duration) -> Result<Response> {
    let (sender, connection) = h2::client::handshake(stream).await?;
    let driver = tokio::spawn(connection);
    let mut head = http::Request::builder()
        .method(request.method.as_str())
        .uri(format!("http://{}{}", request.host, request.target))
        .version(http::Version::HTTP_2)
        .body(())?;
    *head.headers_mut() = http2::to_map(&request.message.headers)?;
    let bare = http2::ends_with_headers(&request.message);
    let (response, mut body) = sender.ready().await?.send_request(head, bare)?;
    let sending = async {
        // As over HTTP/1.1, an early answer beats the rest of the request.
        let _ = http2::send_rest(&mut body, &request.message, gap).await;
    };
    let reading = async {
        let (head, mut stream) = response.await?.into_parts();
        let mut message = Message { headers: http2::from_map(&head.headers), ..Message::default() };
        http2::read_rest(&mut stream, &mut message).await;
        anyhow::Ok(Response { status: head.status.as_u16(), message })
    };
    let ((), response) = tokio::join!(sending, reading);
    driver.abort();
    response
}
