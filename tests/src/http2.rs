//! Messages to and from the `h2` crate.

use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::message::{Fields, Message};

/// Sends body and trailers; each piece is one DATA frame, after a pause of `gap`.
///
/// # Errors
/// The stream was reset, or a trailer is not legal.
pub async fn send_rest(stream: &mut SendStream<Bytes>, message: &Message, gap: Duration) -> Result<()> {
    let chunks: Vec<_> = message.chunks.iter().filter(|chunk| !chunk.is_empty()).collect();
    for (index, chunk) in chunks.iter().enumerate() {
        tokio::time::sleep(gap).await;
        let last = index + 1 == chunks.len() && message.trailers.is_none();
        stream.send_data(Bytes::copy_from_slice(chunk), last)?;
    }
    if let Some(trailers) = &message.trailers {
        tokio::time::sleep(gap).await;
        stream.send_trailers(to_map(trailers)?)?;
    }
    Ok(())
}

/// Whether nothing follows the headers.
pub fn ends_with_headers(message: &Message) -> bool {
    message.trailers.is_none() && message.chunks.iter().all(Vec::is_empty)
}

/// Reads body and trailers; a stream that is reset leaves its message broken.
pub async fn read_rest(stream: &mut RecvStream, message: &mut Message) {
    if let Err(error) = try_read_rest(stream, message).await {
        message.broken = Some(format!("{error:#}"));
    }
}

async fn try_read_rest(stream: &mut RecvStream, message: &mut Message) -> Result<()> {
    while let Some(data) = stream.data().await {
        let data = data?;
        stream.flow_control().release_capacity(data.len())?;
        message.chunks.push(data.to_vec());
    }
    message.trailers = stream.trailers().await?.map(|map| from_map(&map));
    Ok(())
}

/// Fields as the `http` crate has them.
///
/// # Errors
/// A name or value is not legal.
pub fn to_map(fields: &[(String, Vec<u8>)]) -> Result<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_bytes(value)?);
    }
    Ok(map)
}

/// Fields as messages have them.
pub fn from_map(map: &HeaderMap) -> Fields {
    map.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}
