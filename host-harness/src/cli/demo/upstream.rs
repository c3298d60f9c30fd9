//! The sample service behind Envoy: three answers that should not leave as they are.
//!
//! A few dozen lines of HTTP/1.1 on threads, so that the tool needs no server library. It keeps the requests that it
//! got, to show what reached it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};

/// The pause between two pieces of a body: long enough for the proxy to pass them on one by one.
const GAP: Duration = Duration::from_millis(20);

/// The most bytes of a request's head or body that it reads.
const MOST: u64 = 1 << 20;

/// A customer's record.
pub(super) const CUSTOMER: &str = r#"{"id": 42, "name": "Ada", "email": "ada@shop.example", "plan": "gold"}"#;

/// A receipt, cut in the middle of the card number.
pub(super) const RECEIPT: [&str; 3] = [
    r#"{"order": 1001, "card": {"number": "4111 1111"#,
    r#" 1111 1111", "brand": "visa"}, "note": "paid with 411"#,
    r#"1111111111111"}"#,
];

/// Something that must not leave at all. Not a key: it only looks like one.
pub(super) const CONFIG: &str = "tls: |\n  -----BEGIN PRIVATE KEY-----\n  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n  -----END PRIVATE KEY-----\n";

/// The server. Its threads end with the process.
pub(super) struct Upstream {
    /// Where it listens.
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    /// Starts it on a free loopback port.
    ///
    /// # Errors
    /// No port can be had.
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port for the sample upstream")?;
        let address = listener.local_addr().context("the sample upstream has no address")?;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let heads = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heads = Arc::clone(&heads);
                // A connection that breaks is the proxy's business.
                std::thread::spawn(move || drop(serve(stream, &heads)));
            }
        });
        Ok(Self { address, seen })
    }

    /// The head of the last request that reached it.
    pub(super) fn last_seen(&self) -> String {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).last().cloned().unwrap_or_default()
    }
}

fn serve(stream: TcpStream, heads: &Mutex<Vec<String>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        let mut limited = (&mut reader).take(MOST);
        while limited.read_line(&mut head)? > 2 {}
        if !head.ends_with("\r\n\r\n") {
            return Ok(());
        }
        let length = field(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        std::io::copy(&mut (&mut reader).take(std::cmp::min(length, MOST)), &mut std::io::sink())?;
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        heads.lock().unwrap_or_else(PoisonError::into_inner).push(head);
        answer(&mut writer, &path)?;
    }
}

/// The value of a header in a request's head.
pub(super) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

fn answer(writer: &mut TcpStream, path: &str) -> std::io::Result<()> {
    let (status, kind, pieces): (_, _, &[&str]) = match path.split('?').next().unwrap_or_default() {
        "/v1/customers/42" => ("200 OK", "application/json", &[CUSTOMER]),
        "/v1/orders" => ("200 OK", "application/json", &RECEIPT),
        "/v1/config" => ("200 OK", "text/plain", &[CONFIG]),
        _ => ("404 Not Found", "text/plain", &["no such page\n"]),
    };
    let length: usize = pieces.iter().map(|piece| piece.len()).sum();
    write!(writer, "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n")?;
    for piece in pieces {
        writer.write_all(piece.as_bytes())?;
        std::thread::sleep(GAP);
    }
    Ok(())
}
