//! A chain's states by sequence number, in bounded steps and little memory.

use crate::seal::ratchet::State;

/// A state is kept at every multiple of this, so that a record behind the head costs fewer steps than it.
const STRIDE: u64 = 64;

/// Walks a chain from its first state.
pub(crate) struct Walk {
    /// `S_0`, `S_STRIDE`, `S_2·STRIDE`, … as far as was walked.
    marks: Vec<State>,
    /// Where the last question left off: records mostly come in order.
    cursor: (u64, State),
}

impl Walk {
    pub(crate) fn new(first: State) -> Walk {
        Walk { marks: vec![first.clone()], cursor: (0, first) }
    }

    /// The highest number from which the walk can go on at once.
    pub(crate) fn farthest(&self) -> u64 {
        self.cursor.0.max(self.marks.len().saturating_sub(1) as u64 * STRIDE)
    }

    /// `S_seq`. It costs fewer than [`STRIDE`] steps up to where the walk has been, one step for each further number:
    /// the caller bounds `seq`.
    pub(crate) fn state(&mut self, seq: u64) -> &State {
        if seq < self.cursor.0 || seq - self.cursor.0 > STRIDE {
            let last = self.marks.len().saturating_sub(1);
            let mark = usize::try_from(seq / STRIDE).unwrap_or(usize::MAX).min(last);
            let at = mark as u64 * STRIDE;
            // Where the cursor is ahead of every mark that serves, it stays.
            if let Some(state) = self.marks.get(mark).filter(|_| seq < self.cursor.0 || at > self.cursor.0) {
                self.cursor = (at, state.clone());
            }
        }
        while self.cursor.0 < seq {
            let next = self.cursor.1.clone().next();
            self.cursor = (self.cursor.0 + 1, next);
            if self.cursor.0 == self.marks.len() as u64 * STRIDE {
                self.marks.push(self.cursor.1.clone());
            }
        }
        &self.cursor.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn first() -> State {
        State::first(&Zeroizing::new([1; 32]), "s1", &[2; 16], &Zeroizing::new([3; 32]))
    }

    #[test]
    fn any_order_gives_the_same_states() {
        let mut plain = Vec::new();
        let mut state = first();
        for _ in 0..2000 {
            plain.push(state.commit(b""));
            state = state.next();
        }
        let mut walk = Walk::new(first());
        for seq in [0, 1, 5, 255, 256, 257, 3, 1999, 1024, 1023, 700, 1281, 1998, 0, 1999, 512] {
            assert_eq!(walk.state(seq).commit(b""), plain[seq as usize], "{seq}");
        }
        let mut pseudo = 1u64;
        for _ in 0..500 {
            pseudo = pseudo.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let seq = (pseudo >> 33) % 2000;
            assert_eq!(walk.state(seq).commit(b""), plain[seq as usize], "{seq}");
        }
        assert!(walk.marks.len() <= 32);
    }
}
