//! Content codings: compressed bodies, decoded as they come (RFC 9110 section 8.4).
//!
//! A [`Decoder`] takes bytes in any cuts and hands on what they decode to in pieces of at most [`PIECE`] bytes, at once:
//! what a sender has flushed is never waited with. How much may come of how little is bounded, and so is the memory of
//! one decoder and of all decoders together ([`Pool`]).

mod brotli;
mod deflate;
mod gzip;
mod pool;
mod zstd;

pub use pool::Pool;

/// Decoded bytes that are handed on at once, at most.
pub const PIECE: usize = 8 << 10;

/// Codings that may lie upon each other: more are no use to anyone but an attacker.
pub const MAX_STACKED: usize = 4;

/// Decoded bytes for which no ratio is asked: short bodies compress well.
const FREE: u64 = 1 << 20;

/// One content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// gzip (RFC 1952).
    Gzip,
    /// zlib (RFC 1950), or bare deflate (RFC 1951) as some senders have it.
    Deflate,
    /// Brotli (RFC 7932).
    Brotli,
    /// Zstandard (RFC 8878).
    Zstd,
}

impl Coding {
    /// The coding of a token, in any case; `None` for one that is not known.
    pub fn of(token: &[u8]) -> Option<Self> {
        match token.to_ascii_lowercase().as_slice() {
            b"gzip" | b"x-gzip" => Some(Self::Gzip),
            b"deflate" => Some(Self::Deflate),
            b"br" => Some(Self::Brotli),
            b"zstd" => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// Why a body could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not what its coding says.
    Corrupt,
    /// It ends too early.
    Truncated,
    /// Something stands behind its end.
    Trailing,
    /// It needs more memory than there is for it.
    Memory,
    /// More comes of it than the limits allow.
    TooLarge,
}

impl Fault {
    /// What events and `on_uninspectable` call it.
    pub fn reason(self) -> &'static str {
        if self == Self::TooLarge { "decoded" } else { "coding" }
    }
}

/// How much may come of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Decoded bytes.
    pub decoded: u64,
    /// Decoded bytes for each coded one, beyond the first MiB.
    pub ratio: u32,
}

/// Where decoded bytes go, in pieces.
pub type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Fault>;

/// One coding's decoder.
trait Decode {
    /// Decodes some of `input` into `out`; how many bytes were taken and how many were written. When neither, all that
    /// can be had of `input` has been, and all of it was taken.
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), Fault>;
    /// The body ends here.
    fn end(&mut self) -> Result<(), Fault>;
    /// Bytes of memory held.
    fn memory(&self) -> usize;
}

/// A decoder with what it has been through.
struct Layer {
    decode: Box<dyn Decode>,
    piece: Vec<u8>,
    taken: u64,
    given: u64,
    /// Nothing has come: an empty body is no truncated one.
    fresh: bool,
}

impl Layer {
    fn exceeds(&self, bounds: Bounds) -> bool {
        let ratio = self.given / self.taken.max(1);
        self.given > bounds.decoded || self.given > FREE && ratio > u64::from(bounds.ratio)
    }
}

/// The decoders of one body, the outermost coding first.
pub struct Decoder {
    layers: Vec<Layer>,
    bounds: Bounds,
}

impl Decoder {
    /// A decoder for codings in the order in which they were applied.
    pub fn new(codings: &[Coding], bounds: Bounds, pool: &Pool) -> Self {
        let decode = |coding: &Coding| -> Box<dyn Decode> {
            match coding {
                Coding::Gzip => Box::new(gzip::Gzip::new(pool)),
                Coding::Deflate => Box::new(deflate::Deflate::new(pool)),
                Coding::Brotli => Box::new(brotli::Brotli::new(pool)),
                Coding::Zstd => Box::new(zstd::Zstd::new(pool)),
            }
        };
        let layer = |coding| Layer { decode: decode(coding), piece: vec![0; PIECE], taken: 0, given: 0, fresh: true };
        Self { layers: codings.iter().rev().map(layer).collect(), bounds }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// Why no more can be decoded; what was handed on before stands.
    pub fn push(&mut self, input: &[u8], sink: Sink<'_>) -> Result<(), Fault> {
        push(&mut self.layers, self.bounds, input, sink)
    }

    /// The body ends here.
    ///
    /// # Errors
    /// It is truncated.
    pub fn finish(&mut self) -> Result<(), Fault> {
        self.layers.iter_mut().try_for_each(|layer| if layer.fresh { Ok(()) } else { layer.decode.end() })
    }

    /// Whether more has come of the body than these bounds allow.
    pub fn exceeds(&self, bounds: Bounds) -> bool {
        self.layers.iter().any(|layer| layer.exceeds(bounds))
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        self.layers.iter().map(|layer| layer.decode.memory()).sum::<usize>() + self.layers.len() * PIECE
    }

    /// Coded bytes that were taken and decoded ones that were handed on, by all codings: what the time is made of.
    pub fn work(&self) -> u64 {
        self.layers.iter().map(|layer| layer.taken + layer.given).sum()
    }
}

/// Through the outermost layer and those behind it.
fn push(layers: &mut [Layer], bounds: Bounds, input: &[u8], sink: Sink<'_>) -> Result<(), Fault> {
    let Some((layer, inner)) = layers.split_first_mut() else { return sink(input) };
    layer.fresh &= input.is_empty();
    let mut rest = input;
    loop {
        let (taken, given) = layer.decode.step(rest, &mut layer.piece)?;
        rest = rest.get(taken..).unwrap_or_default();
        layer.taken += taken as u64;
        layer.given += given as u64;
        if layer.exceeds(bounds) {
            return Err(Fault::TooLarge);
        }
        if given > 0 {
            push(inner, bounds, layer.piece.get(..given).unwrap_or_default(), sink)?;
        } else if taken == 0 {
            return if rest.is_empty() { Ok(()) } else { Err(Fault::Corrupt) };
        }
    }
}

#[cfg(test)]
mod tests;
