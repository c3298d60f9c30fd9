//! What is measured side by side over the same bodies.

mod floor;
mod guest;
mod meta;
mod native;
mod sds;
mod vectorscan;

use std::time::{Duration, Instant};

pub use self::floor::{Memchr, Serde};
pub use self::guest::{Guest, bench_wasm};
pub use self::meta::Meta;
pub use self::native::Native;
pub use self::sds::Sds;
pub use self::vectorscan::Vectorscan;
use crate::inputs::Input;

/// Bytes that come at once, as Envoy reads them.
pub const CHUNK: usize = 16 << 10;

/// How long an engine runs over a body at once, at least.
const ROUND: Duration = Duration::from_millis(12);

/// Something that takes a body and says how many bytes come out.
pub trait Engine {
    /// What tables call it.
    fn name(&self) -> &'static str;

    /// One body; `None` when it is none for this engine.
    ///
    /// # Errors
    /// It failed: said in words.
    fn run(&mut self, input: &Input) -> Result<Option<usize>, String>;

    /// MB/s of one round.
    ///
    /// # Errors
    /// As [`Self::run`].
    fn rate(&mut self, input: &Input) -> Result<Option<f64>, String> {
        let start = Instant::now();
        let mut bytes = 0;
        loop {
            let Some(out) = self.run(input)? else { return Ok(None) };
            std::hint::black_box(out);
            bytes += input.body.len();
            let time = start.elapsed();
            if time >= ROUND {
                return Ok(Some(bytes as f64 / time.as_secs_f64() / 1e6));
            }
        }
    }
}
