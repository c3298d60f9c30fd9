//! Messages on the wire: what the YAML form leaves out is filled in.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};

use super::encode::encoded;
use super::model::{Exchange, Message, Values};

/// Headers in wire order.
pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// A message as it travels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wire {
    /// Pseudo headers first.
    pub headers: Headers,
    /// The body; empty is none.
    pub body: Vec<u8>,
    /// Trailers; empty are none.
    pub trailers: Headers,
}

impl Wire {
    /// A message that lies about its length never gets through a proxy. One without a body may name the length that it
    /// would have: an answer to HEAD, a 304.
    fn check_length(&self) -> anyhow::Result<()> {
        let length = self.body.len();
        for (_, value) in self.headers.iter().filter(|(name, _)| name == b"content-length") {
            let stated = String::from_utf8_lossy(value);
            ensure!(
                length == 0 || stated == length.to_string(),
                "`content-length` is {stated}, the body has {length} bytes"
            );
        }
        Ok(())
    }
}

/// Both sides of an exchange, and the route.
#[derive(Clone, Debug)]
pub struct Wires {
    /// What the client sends.
    pub request: Wire,
    /// What the upstream answers.
    pub response: Wire,
    /// The name of the route.
    pub route: Option<String>,
}

impl Wires {
    /// Fills in what an exchange leaves out.
    ///
    /// # Errors
    /// If a body is given twice or is no base64, or a header is misplaced.
    pub fn new(exchange: &Exchange) -> anyhow::Result<Self> {
        let empty = Message::default();
        let request = exchange.request.as_ref().unwrap_or(&empty);
        let response = exchange.response.as_ref().unwrap_or(&empty);
        let pick = |of: fn(&Message) -> &Option<String>| of(request).as_ref().or(of(response).as_ref());

        let body = body(request).context("request")?;
        let method =
            pick(|message| &message.method).map_or(if body.is_empty() { "GET" } else { "POST" }, String::as_str);
        let mut headers = vec![
            pair(":method", method),
            pair(":scheme", "https"),
            pair(":authority", pick(|message| &message.host).map_or("a.example", String::as_str)),
            pair(":path", pick(|message| &message.path).map_or("/", String::as_str)),
        ];
        headers.extend(fields(request));
        let request_wire = Wire { headers, body, trailers: pairs(&request.trailers) };

        let mut headers = vec![pair(":status", &response.status.unwrap_or(200).to_string())];
        headers.extend(fields(response));
        let response_wire =
            Wire { headers, body: self::body(response).context("response")?, trailers: pairs(&response.trailers) };
        request_wire.check_length().context("request")?;
        response_wire.check_length().context("response")?;
        Ok(Self { request: request_wire, response: response_wire, route: pick(|message| &message.route).cloned() })
    }
}

fn body(message: &Message) -> anyhow::Result<Vec<u8>> {
    let body = match (&message.body, &message.body_base64, &message.json) {
        (None, None, None) => Vec::new(),
        (Some(text), None, None) => text.clone().into_bytes(),
        (None, Some(base64), None) => decode(base64)?,
        (None, None, Some(json)) => json.to_string().into_bytes(),
        _ => bail!("give one of `body`, `body_base64` and `json`"),
    };
    encoded(body, &message.encode)
}

/// Bytes from base64.
pub(crate) fn decode(base64: &str) -> anyhow::Result<Vec<u8>> {
    data_encoding::BASE64
        .decode(base64.as_bytes())
        .map_err(|error| anyhow::anyhow!("`body_base64` is not base64: {error}"))
}

fn fields(message: &Message) -> Headers {
    let mut headers = pairs(&message.headers);
    if message.json.is_some() && !headers.iter().any(|(name, _)| name == b"content-type") {
        headers.push(pair("content-type", "application/json"));
    }
    headers
}

fn pairs(map: &BTreeMap<String, Values>) -> Headers {
    map.iter().flat_map(|(name, values)| values.all().iter().map(|value| pair(name, value))).collect()
}

fn pair(name: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
    (name.to_ascii_lowercase().into_bytes(), value.as_bytes().to_vec())
}
