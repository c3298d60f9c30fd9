//! Text that is held: its view, which detectors read, and the raw bytes that stand for it.
//!
//! Most views equal their raw bytes, and only the view is kept. From the first escape on, each view byte knows the raw
//! unit it came from, until all of it has left.

/// A view, the raw bytes behind its undecided part, and how the two belong together.
#[derive(Default)]
pub struct Held {
    view: Vec<u8>,
    raw: Option<Raw>,
    /// Identity views: the view index up to which bytes have left.
    left: usize,
    /// Raw bytes that have left since [`Held::clear`].
    left_bytes: u64,
}

struct Raw {
    bytes: Vec<u8>,
    /// Raw bytes at the front that have left.
    left: usize,
    /// View index that `starts` begins with.
    from: usize,
    /// For each view byte, the start of its unit in `bytes`.
    starts: Vec<usize>,
}

impl Raw {
    /// The start of the unit that holds view index `at`.
    fn floor(&self, at: usize) -> usize {
        at.checked_sub(self.from).and_then(|index| self.starts.get(index)).copied().unwrap_or(self.bytes.len())
    }

    /// The end of the unit that holds view index `at - 1`.
    fn ceil(&self, at: usize) -> usize {
        let Some(index) = at.checked_sub(self.from) else { return 0 };
        let Some(last) = index.checked_sub(1).and_then(|index| self.starts.get(index)) else { return self.floor(at) };
        let behind = self.starts.get(index..).unwrap_or_default();
        behind.iter().find(|start| *start != last).copied().unwrap_or(self.bytes.len())
    }
}

impl Held {
    /// The whole view that is still known; its front may have left already.
    pub fn view(&self) -> &[u8] {
        &self.view
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.view.clear();
        self.raw = None;
        self.left = 0;
        self.left_bytes = 0;
    }

    /// Whether raw bytes have come that have not left.
    pub fn unsent(&self) -> bool {
        self.raw.as_ref().map_or(self.left < self.view.len(), |raw| raw.left < raw.bytes.len())
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        let raw = self.raw.as_ref().map_or(0, |raw| raw.bytes.len() + raw.starts.len() * size_of::<usize>());
        self.view.len() + raw
    }

    /// Appends text whose view is itself.
    pub fn push(&mut self, text: &[u8]) {
        if let Some(raw) = &mut self.raw {
            raw.starts.extend(raw.bytes.len()..raw.bytes.len() + text.len());
            raw.bytes.extend_from_slice(text);
        }
        self.view.extend_from_slice(text);
    }

    /// Appends one unit: raw bytes that stand for the given view bytes.
    pub fn push_unit(&mut self, view: &[u8], raw: &[u8]) {
        let held = self.raw.get_or_insert_with(|| {
            let bytes = self.view.get(self.left..).unwrap_or_default().to_vec();
            Raw { left: 0, from: self.left, starts: (0..bytes.len()).collect(), bytes }
        });
        held.starts.extend(std::iter::repeat_n(held.bytes.len(), view.len()));
        held.bytes.extend_from_slice(raw);
        self.view.extend_from_slice(view);
    }

    /// Lets the raw bytes before view index `to` leave into `out`; a unit that `to` cuts stays.
    pub fn emit(&mut self, to: usize, out: &mut Vec<u8>) {
        let leaving = match &mut self.raw {
            None => {
                let text = self.view.get(self.left..to).unwrap_or_default();
                self.left = self.left.max(to);
                text
            }
            Some(raw) => {
                let end = if to >= self.view.len() { raw.bytes.len() } else { raw.floor(to) };
                let text = raw.bytes.get(raw.left..end).unwrap_or_default();
                raw.left = raw.left.max(end);
                text
            }
        };
        out.extend_from_slice(leaving);
        self.left_bytes += leaving.len() as u64;
    }

    /// Drops the raw bytes before view index `to`; a unit that `to` cuts goes whole.
    pub fn drop_to(&mut self, to: usize) {
        let dropped = match &mut self.raw {
            None => {
                let from = self.left;
                self.left = from.max(to);
                self.left - from
            }
            Some(raw) => {
                let end = raw.ceil(to);
                let from = raw.left;
                raw.left = from.max(end);
                raw.left - from
            }
        };
        self.left_bytes += dropped as u64;
    }

    /// Raw bytes that have left or were dropped since [`Held::clear`].
    pub fn position(&self) -> u64 {
        self.left_bytes
    }

    /// Forgets the first `count` view bytes, which must have left; later indices shrink by `count`.
    pub fn forget(&mut self, count: usize) {
        self.view.drain(..count.min(self.view.len()));
        self.left = self.left.saturating_sub(count);
        if let Some(raw) = &mut self.raw {
            if raw.left == raw.bytes.len() {
                self.raw = None;
                self.left = self.view.len();
                return;
            }
            let units = count.saturating_sub(raw.from).min(raw.starts.len());
            raw.starts.drain(..units);
            raw.from = raw.from.saturating_sub(count);
            let gone = raw.left.min(raw.starts.first().copied().unwrap_or(raw.bytes.len()));
            raw.bytes.drain(..gone);
            raw.left -= gone;
            raw.starts.iter_mut().for_each(|start| *start -= gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_leave_whole() {
        let mut held = Held::default();
        let mut out = Vec::new();
        held.push(b"ab");
        held.emit(1, &mut out);
        held.push_unit("é".as_bytes(), b"\\u00e9");
        held.push(b"z");
        assert_eq!(held.view(), "abéz".as_bytes());
        held.emit(3, &mut out);
        assert_eq!(out, b"ab", "a cut unit stays");
        held.drop_to(3);
        held.emit(5, &mut out);
        assert_eq!(out, b"abz", "a dropped unit goes whole");
        assert_eq!(held.position(), 9);
    }

    #[test]
    fn forgetting_keeps_indices_in_step() {
        let mut held = Held::default();
        let mut out = Vec::new();
        held.push_unit(b"@", b"\\u0040");
        held.push(b"xyz");
        held.emit(2, &mut out);
        held.forget(1);
        assert_eq!(held.view(), b"xyz");
        held.emit(2, &mut out);
        held.push(b"!");
        held.emit(4, &mut out);
        assert_eq!(out, b"\\u0040xyz!");
        held.forget(4);
        held.push(b"k");
        held.emit(1, &mut out);
        assert_eq!(out, b"\\u0040xyz!k");
    }
}
