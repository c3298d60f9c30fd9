//! Parts of a plan that are long and repeat themselves: deflated (RFC 1951), in base64. Envoy takes a plan as one string of
//! a mebibyte at most.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes of a part at most; what is longer is refused.
pub const MOST: usize = 32 << 20;

/// The text of a part.
///
/// # Errors
/// It has more than [`MOST`] bytes.
pub fn pack(bytes: &[u8]) -> Result<String, String> {
    if bytes.len() > MOST {
        return Err(format!("{} bytes are too many, a part of a plan holds {MOST}", bytes.len()));
    }
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).map_err(|error| error.to_string())?;
    Ok(STANDARD_NO_PAD.encode(packed.finish().map_err(|error| error.to_string())?))
}

/// The part of a text.
///
/// # Errors
/// It is no such text, or longer than [`MOST`] once unpacked.
pub fn unpack(text: &str) -> Result<Vec<u8>, String> {
    let packed = STANDARD_NO_PAD.decode(text).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let mut decoder = DeflateDecoder::new(packed.as_slice()).take(MOST as u64 + 1);
    decoder.read_to_end(&mut bytes).map_err(|error| format!("not deflated: {error}"))?;
    if bytes.len() > MOST {
        return Err(format!("a part of the plan takes more than {MOST} bytes"));
    }
    Ok(bytes)
}

/// Writes a value as a packed part, for serde's `with`.
///
/// # Errors
/// See [`pack`].
pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let json = serde_json::to_vec(value).map_err(S::Error::custom)?;
    pack(&json).map_err(S::Error::custom)?.serialize(serializer)
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// It is not that.
pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let json = unpack(&String::deserialize(deserializer)?).map_err(D::Error::custom)?;
    serde_json::from_slice(&json).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let bytes: Vec<u8> = (0..100_000_u32).flat_map(|at| (at / 1000).to_le_bytes()).collect();
        let text = pack(&bytes).unwrap();
        assert!(text.len() < bytes.len() / 20, "{}", text.len());
        assert_eq!(unpack(&text).unwrap(), bytes);
        assert_eq!(unpack("").unwrap_err(), unpack("").unwrap_err());
        assert!(unpack("%").is_err() && unpack("AAAA").is_err());
    }
}
