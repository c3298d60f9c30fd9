//! Bodies as a sender makes them from text: repeated, in another character set, compressed, damaged.

use std::io::Write as _;

use anyhow::{Context as _, bail, ensure};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

/// A repeated body of a test is no longer than this, in bytes.
const LONGEST: usize = 256 << 20;

/// A body after the steps of `encode`, in order.
///
/// # Errors
/// A step is not known, or cannot be taken.
pub fn encoded(body: Vec<u8>, steps: &[String]) -> anyhow::Result<Vec<u8>> {
    steps.iter().try_fold(body, |body, step| take(&body, step).with_context(|| format!("`encode`: `{step}`")))
}

fn take(body: &[u8], step: &str) -> anyhow::Result<Vec<u8>> {
    let (word, argument) = step.split_once(' ').unwrap_or((step, ""));
    let number = || argument.parse::<usize>().context("expected a whole number behind it");
    Ok(match word {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(body)?;
            encoder.finish()?
        }
        "deflate" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(body)?;
            encoder.finish()?
        }
        "bare-deflate" => {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(body)?;
            encoder.finish()?
        }
        "br" => {
            let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
            encoder.write_all(body)?;
            encoder.into_inner()
        }
        "zstd" => mzstd::Compressor::default().compress(body)?,
        "utf-16le" => text(body)?.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text(body)?.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "utf-32le" => text(body)?.chars().flat_map(|char| u32::from(char).to_le_bytes()).collect(),
        "latin1" => {
            let byte = |char| u8::try_from(u32::from(char)).ok().with_context(|| format!("`{char}` is not in latin1"));
            text(body)?.chars().map(byte).collect::<anyhow::Result<_>>()?
        }
        "repeat" => {
            let times = number()?;
            ensure!(body.len().saturating_mul(times) <= LONGEST, "the body would be longer than {LONGEST} bytes");
            body.repeat(times)
        }
        "cut" => body[..body.len().saturating_sub(number()?)].to_vec(),
        "append" => [body, argument.as_bytes()].concat(),
        _ => bail!(
            "expected gzip, deflate, bare-deflate, br, zstd, utf-16le, utf-16be, utf-32le, latin1, `repeat TIMES`, `cut \
             BYTES` (from the end) or `append TEXT`"
        ),
    })
}

fn text(body: &[u8]) -> anyhow::Result<&str> {
    std::str::from_utf8(body).context("the body is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::encoded;

    fn steps(text: &str, steps: &[&str]) -> Result<Vec<u8>, String> {
        let steps: Vec<String> = steps.iter().map(|&step| step.to_owned()).collect();
        encoded(text.into(), &steps).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn steps_are_taken_in_order() {
        assert_eq!(steps("ab", &["repeat 2", "cut 1", "append  x"]), Ok(b"aba x".to_vec()));
        assert_eq!(steps("é", &["latin1"]), Ok(b"\xe9".to_vec()));
        assert_eq!(steps("é", &["utf-16be"]), Ok(b"\0\xe9".to_vec()));
        assert!(steps("a", &["gzip"]).is_ok_and(|coded| coded.starts_with(b"\x1f\x8b")));
        assert!(steps("a", &["zstd"]).is_ok_and(|coded| coded.starts_with(b"\x28\xb5\x2f\xfd")));
        assert!(steps("Ω", &["latin1"]).is_err_and(|why| why.contains("`Ω` is not in latin1")));
        assert!(steps("a", &["lzma"]).is_err_and(|why| why.contains("`lzma`: expected gzip")));
        assert!(steps("a", &["cut x"]).is_err_and(|why| why.contains("whole number")));
    }
}
