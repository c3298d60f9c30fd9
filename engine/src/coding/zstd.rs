//! Zstandard (RFC 8878), with a window of at most 8 MiB as RFC 9659 asks of HTTP.

use mzstd::{
    DecodeError, DecodeLimits, DecodeOperation, DecoderConfig, DecoderSessionOwned, Decompressor, InvalidDataKind,
};

use super::pool::{Lease, Pool};
use super::{Decode, Fault};

/// The logarithm of the largest window.
const WINDOW_LOG: u8 = 23;

/// Bytes that a decoder holds beside its history: tables and one block.
const BASE: usize = 384 << 10;

/// The coding `zstd`.
pub(super) struct Zstd {
    session: Option<DecoderSessionOwned>,
    lease: Option<Lease>,
    /// What ended the stream, kept until what came before it was handed on.
    fault: Option<Fault>,
}

impl Zstd {
    pub(super) fn new(pool: &Pool) -> Self {
        let limits = DecodeLimits::default().with_max_window_log(WINDOW_LOG).ok();
        let session = limits.map(|limits| Decompressor::new(DecoderConfig::from(limits)).into_session());
        Self { session, lease: pool.lease(BASE), fault: None }
    }

    /// Takes as much of the pool as the history may need by now: what was decoded, up to twice the window.
    fn grow(&mut self) -> Result<(), Fault> {
        let (Some(session), Some(lease)) = (&self.session, &mut self.lease) else { return Err(Fault::Memory) };
        let window = session.window_size().unwrap_or(0).saturating_mul(2);
        let history = usize::try_from(window.min(session.total_out().saturating_mul(2))).unwrap_or(usize::MAX);
        let wanted = BASE.saturating_add(history);
        if wanted > lease.bytes() && !lease.resize(wanted) {
            return Err(Fault::Memory);
        }
        Ok(())
    }
}

impl Decode for Zstd {
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        self.grow()?;
        let Some(session) = &mut self.session else { return Err(Fault::Memory) };
        match session.process(input, out, DecodeOperation::Process) {
            Ok(progress) => Ok((progress.consumed, progress.produced)),
            Err(failure) => {
                let fault = fault(&failure.error, session.frames_decoded() > 0);
                self.fault = Some(fault);
                if failure.produced == 0 { Err(fault) } else { Ok((failure.consumed, failure.produced)) }
            }
        }
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(session) = &mut self.session else { return Err(Fault::Memory) };
        match session.process(b"", &mut [], DecodeOperation::Finish) {
            Ok(_) if session.is_finished() => Ok(()),
            Ok(_) => Err(Fault::Truncated),
            Err(failure) => Err(fault(&failure.error, session.frames_decoded() > 0)),
        }
    }

    fn memory(&self) -> usize {
        self.lease.as_ref().map_or(0, Lease::bytes)
    }
}

/// What an error of the decoder is; what is no frame may stand behind a whole one.
fn fault(error: &DecodeError, whole: bool) -> Fault {
    match error {
        DecodeError::UnexpectedEndOfInput => Fault::Truncated,
        DecodeError::InvalidData { kind: InvalidDataKind::Magic } if whole => Fault::Trailing,
        _ => Fault::Corrupt,
    }
}
