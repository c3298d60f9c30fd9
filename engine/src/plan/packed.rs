//! Parts of a plan that are long and repeat themselves: deflated (RFC 1951), in base64. Envoy takes a plan as one string of
//! a mebibyte at most.

use std::io::{BufRead, BufReader, Cursor, Read, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;

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

/// Reads the part of a text while it is unpacked.
///
/// # Errors
/// It is no such text; reading fails where it is none further on, or longer than [`MOST`].
pub fn open(text: &str) -> Result<impl BufRead + use<>, String> {
    let packed = STANDARD_NO_PAD.decode(text).map_err(|error| error.to_string())?;
    Ok(BufReader::new(Bounded { of: DeflateDecoder::new(Cursor::new(packed)), left: MOST }))
}

/// The part of a text.
///
/// # Errors
/// It is no such text, or longer than [`MOST`] once unpacked.
pub fn unpack(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    open(text)?.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// What fails where it would give more.
struct Bounded<R> {
    of: R,
    left: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.of.read(out)?;
        let beyond = || std::io::Error::other(format!("a part of the plan takes more than {MOST} bytes"));
        self.left = self.left.checked_sub(read).ok_or_else(beyond)?;
        Ok(read)
    }
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
