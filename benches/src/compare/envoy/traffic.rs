//! The two ends of Envoy: an upstream, a collector that takes everything, and clients.

use std::error::Error;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::inputs::Input;

/// A server that answers every request with the body, as long as the process lives.
pub fn serve(input: &Input) -> io::Result<SocketAddr> {
    let (media_type, length) = (input.media_type, input.body.len());
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n");
    answering([head.as_bytes(), &input.body].concat())
}

/// A collector that says yes to every batch and keeps none.
pub fn swallow() -> io::Result<SocketAddr> {
    answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec())
}

fn answering(response: Vec<u8>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let response = response.clone();
            // Envoy closes the connection when it ends.
            thread::spawn(move || answer(stream, &response).is_ok());
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream, response: &[u8]) -> Result<(), Box<dyn Error>> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(head) = head(&mut reader)? {
        body(&mut reader, &head)?;
        stream.write_all(response)?;
    }
    Ok(())
}

/// One connection.
pub struct Client {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    /// To a listener.
    pub fn connect(address: SocketAddr) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let reader = BufReader::with_capacity(64 << 10, stream.try_clone()?);
        Ok(Self { stream, reader })
    }

    /// One request, and the body that comes back.
    pub fn get(&mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        self.stream.write_all(b"GET / HTTP/1.1\r\nhost: a.example\r\n\r\n")?;
        let head = head(&mut self.reader)?.ok_or("the connection was closed")?;
        if !head.first.starts_with("HTTP/1.1 200") {
            return Err(format!("an answer of `{}`", head.first).into());
        }
        body(&mut self.reader, &head)
    }

    /// So many requests at so many a second: microseconds from when each was due, or from when it was sent if that was on
    /// time, until its answer was there. A request waits for the one before, and that counts.
    pub fn paced(&mut self, rate: u32, count: usize) -> Result<Vec<f64>, Box<dyn Error>> {
        let gap = Duration::from_secs(1) / rate;
        let mut due = Instant::now();
        let mut latencies = Vec::with_capacity(count);
        for _ in 0..count {
            due += gap;
            let now = Instant::now();
            let mut from = due;
            if now < due {
                thread::sleep(due - now);
                // The client's own oversleeping is not Envoy's.
                from = Instant::now();
            }
            self.get()?;
            latencies.push(from.elapsed().as_nanos() as f64 / 1e3);
        }
        Ok(latencies)
    }
}

/// Requests a second over two connections, each sending its next request when the last is answered.
pub fn spurt(address: SocketAddr, time: Duration) -> Result<f64, String> {
    let worker = move || -> Result<usize, String> {
        let mut client = Client::connect(address).map_err(|error| error.to_string())?;
        let (start, mut count) = (Instant::now(), 0);
        while start.elapsed() < time {
            client.get().map_err(|error| error.to_string())?;
            count += 1;
        }
        Ok(count)
    };
    let start = Instant::now();
    let workers = [thread::spawn(worker), thread::spawn(worker)];
    let mut total = 0;
    for worker in workers {
        total += worker.join().map_err(|_| "a client fell over".to_owned())??;
    }
    Ok(total as f64 / start.elapsed().as_secs_f64())
}

struct Head {
    first: String,
    length: usize,
    chunked: bool,
}

/// The head of a message, or that there is none any more.
fn head(reader: &mut BufReader<TcpStream>) -> Result<Option<Head>, Box<dyn Error>> {
    let mut head = Head { first: String::new(), length: 0, chunked: false };
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let text = line.trim_end();
        if text.is_empty() {
            return Ok(Some(head));
        }
        if head.first.is_empty() {
            text.clone_into(&mut head.first);
        }
        match text.to_ascii_lowercase().split_once(": ") {
            Some(("content-length", value)) => head.length = value.parse()?,
            Some(("transfer-encoding", value)) => head.chunked = value.contains("chunked"),
            _ => {}
        }
    }
}

fn body(reader: &mut BufReader<TcpStream>, head: &Head) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut body = Vec::with_capacity(head.length);
    if !head.chunked {
        reader.take(head.length as u64).read_to_end(&mut body)?;
        return Ok(body);
    }
    let mut line = String::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim_end(), 16)?;
        reader.by_ref().take(length as u64).read_to_end(&mut body)?;
        // The end of the line behind the chunk; trailers are not expected.
        line.clear();
        reader.read_line(&mut line)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_served_is_read_and_counted() {
        let input = Input { name: "a", media_type: "text/plain", body: b"some text".to_vec() };
        let address = serve(&input).unwrap();
        assert_eq!(Client::connect(address).unwrap().get().unwrap(), b"some text");
        assert_eq!(Client::connect(address).unwrap().paced(1000, 3).unwrap().len(), 3);
        assert!(spurt(address, Duration::from_millis(20)).unwrap() > 0.0);
    }
}
