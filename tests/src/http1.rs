//! HTTP/1.1 on a plain socket, written by hand so that every byte, chunk and trailer is what a test asked for.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::message::{Fields, Message, value};

/// Whether the body that follows a head is framed at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Framed as its headers say; a response without framing ends with its connection.
    Framed,
    /// None, whatever the headers say: HEAD, 204, 304.
    Absent,
}

/// Writes a message: `content-length` without trailers, chunked with them. Each piece is one write, after a pause of
/// `gap`, so that the other end sees it alone.
///
/// # Errors
/// The connection broke.
pub async fn write(stream: &mut TcpStream, start: &str, message: &Message, body: Body, gap: Duration) -> Result<()> {
    let mut head = format!("{start}\r\n").into_bytes();
    for (name, value) in &message.headers {
        head.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    let chunked = message.trailers.is_some();
    if body == Body::Framed {
        head.extend_from_slice(&match chunked {
            true => b"transfer-encoding: chunked\r\n".to_vec(),
            false => format!("content-length: {}\r\n", message.body().len()).into_bytes(),
        });
    }
    head.extend_from_slice(b"\r\n");
    stream.write_all(&head).await?;
    if body == Body::Absent {
        return Ok(());
    }
    for chunk in message.chunks.iter().filter(|chunk| !chunk.is_empty()) {
        tokio::time::sleep(gap).await;
        match chunked {
            true => {
                let size = format!("{:x}\r\n", chunk.len());
                stream.write_all(&[size.as_bytes(), chunk, b"\r\n"].concat()).await?;
            }
            false => stream.write_all(chunk).await?,
        }
    }
    if let Some(trailers) = &message.trailers {
        tokio::time::sleep(gap).await;
        let mut end = b"0\r\n".to_vec();
        for (name, value) in trailers {
            end.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        end.extend_from_slice(b"\r\n");
        stream.write_all(&end).await?;
    }
    Ok(())
}

/// Reads one message and its start line; `None` if the connection ended before one began. A message that breaks off
/// behind its headers says so.
///
/// # Errors
/// The connection broke inside the headers, or what came is not HTTP/1.1.
pub async fn read(
    stream: &mut BufReader<TcpStream>,
    framing: impl Fn(&str) -> Body,
    response: bool,
) -> Result<Option<(String, Message)>> {
    let Some(start) = line(stream).await? else { return Ok(None) };
    let mut message = Message { headers: fields(stream).await?, ..Message::default() };
    if framing(&start) == Body::Absent {
        return Ok(Some((start, message)));
    }
    if let Err(error) = read_rest(stream, &mut message, response).await {
        message.broken = Some(format!("{error:#}"));
    }
    Ok(Some((start, message)))
}

/// Reads the body as the headers frame it, and trailers.
async fn read_rest(stream: &mut BufReader<TcpStream>, message: &mut Message, response: bool) -> Result<()> {
    if value(&message.headers, "transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked")) {
        loop {
            let size = line(stream).await?.context("the connection ended inside a chunked body")?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)
                .with_context(|| format!("`{size}` is no chunk size"))?;
            if size == 0 {
                break;
            }
            message.chunks.push(exactly(stream, size).await?);
            line(stream).await?;
        }
        let trailers = fields(stream).await?;
        message.trailers = (!trailers.is_empty()).then_some(trailers);
    } else if let Some(length) = value(&message.headers, "content-length") {
        let length = std::str::from_utf8(length)?.parse().context("content-length")?;
        message.chunks.push(exactly(stream, length).await?);
    } else if response {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await?;
        message.chunks.push(rest);
    }
    Ok(())
}

async fn exactly(stream: &mut BufReader<TcpStream>, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await.context("the connection ended inside a body")?;
    Ok(bytes)
}

async fn line(stream: &mut BufReader<TcpStream>) -> Result<Option<String>> {
    Ok(raw_line(stream).await?.map(|line| String::from_utf8_lossy(&line).into_owned()))
}

async fn raw_line(stream: &mut BufReader<TcpStream>) -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if stream.read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    match line.strip_suffix(b"\r\n") {
        Some(line) => Ok(Some(line.to_vec())),
        None => bail!("the connection ended inside a line"),
    }
}

async fn fields(stream: &mut BufReader<TcpStream>) -> Result<Fields> {
    let mut fields = Fields::new();
    loop {
        let line = raw_line(stream).await?.context("the connection ended inside the headers")?;
        if line.is_empty() {
            return Ok(fields);
        }
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { bail!("a header without a colon") };
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        fields.push((name, value.trim_ascii().to_vec()));
    }
}
