//! Vector instructions: two bytes and bits to set, then blocks of sixteen bytes.
//!
//! What must hold: the kernel of this machine says of each block what its portable twin says.

use inkseal_engine::scan::kernel::{Lanes, portable};

pub(super) fn run(data: &[u8]) {
    let [one, other, bits, rest @ ..] = data else { return };
    let (first, last) = (*one.min(other), *one.max(other));
    for block in rest.as_chunks().0 {
        let (fast, slow) = (Lanes::load(block), portable::Lanes::load(block));
        let told = [
            (fast.bits(), slow.bits()),
            (fast.eq(first).bits(), slow.eq(first).bits()),
            (fast.within(first, last).bits(), slow.within(first, last).bits()),
            (fast.with(*bits).eq(last).bits(), slow.with(*bits).eq(last).bits()),
            (fast.or(fast.eq(last)).bits(), slow.or(slow.eq(last)).bits()),
        ];
        let shown = || format!("{first:#04x}, {last:#04x}, {bits:#04x} of b\"{}\"", block.escape_ascii());
        assert!(told.iter().all(|(fast, slow)| fast == slow), "{told:x?}: {}", shown());
    }
}
