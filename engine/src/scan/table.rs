//! The table of an automaton: its classes of bytes, and the next state for each state and class.
//!
//! Written as numbers of two bytes, little-endian: states, match states, classes, where a run starts, by the [`kind`] of the byte before; then
//! the class of each byte; then the states' rows, of one byte a cell where there are at most 256 states, else of two.

use std::rc::Rc;

/// Kinds of bytes before a run, as far as expressions can ask for them.
pub const KINDS: usize = 5;

/// The bytes before the cells.
const HEAD: usize = 2 * (3 + KINDS) + 256;

/// A state, by its row. Dead comes first, match states next.
pub type State = u16;

/// The state that nothing leads out of.
pub const DEAD: State = 0;

/// A table that was checked: each cell and start is a state, each byte has a class.
pub struct Table {
    /// The class of each byte.
    map: Rc<[u8; 256]>,
    /// One more than the classes of bytes: the last is the end of the text.
    classes: usize,
    /// The last of the states that say that a match ended before the byte which led there.
    matches: State,
    starts: [State; KINDS],
    cells: Cells,
}

enum Cells {
    Narrow(Box<[u8]>),
    Wide(Box<[u16]>),
}

/// The kind of a byte before a run, or of the edge of the text.
#[inline]
pub fn kind(byte: Option<u8>) -> usize {
    match byte {
        None => 0,
        Some(b'\n') => 1,
        Some(b'\r') => 2,
        Some(byte) if byte.is_ascii_alphanumeric() || byte == b'_' => 3,
        Some(_) => 4,
    }
}

/// A table in its written form.
struct Written<'a> {
    states: usize,
    matches: State,
    classes: usize,
    starts: [State; KINDS],
    map: &'a [u8; 256],
    cells: &'a [u8],
}

impl<'a> Written<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let (head, cells) = bytes.split_at_checked(HEAD)?;
        let (numbers, map) = head.split_at_checked(2 * (3 + KINDS))?;
        let mut numbers = numbers.as_chunks().0.iter().map(|number| u16::from_le_bytes(*number));
        let [states, matches, classes] = [numbers.next()?, numbers.next()?, numbers.next()?];
        let mut starts = [DEAD; KINDS];
        starts.iter_mut().zip(numbers).for_each(|(start, number)| *start = number);
        Some(Self {
            states: usize::from(states),
            matches,
            classes: usize::from(classes),
            starts,
            map: map.first_chunk()?,
            cells,
        })
    }

    fn wide(&self) -> impl Iterator<Item = u16> {
        self.cells.as_chunks().0.iter().map(|cell| u16::from_le_bytes(*cell))
    }

    fn cells(&self) -> Option<Cells> {
        let (count, narrow) = (self.states.checked_mul(self.classes)?, self.states <= 256);
        let starts = self.starts.iter().chain([&self.matches]);
        let bytes = if narrow { count } else { count.checked_mul(2)? };
        let whole = self.cells.len() == bytes
            && starts.copied().all(|state| usize::from(state) < self.states)
            && self.map.iter().all(|&class| usize::from(class) + 1 < self.classes);
        let cells = if narrow { Cells::Narrow(self.cells.into()) } else { Cells::Wide(self.wide().collect()) };
        let (states, dead) = match &cells {
            Cells::Narrow(cells) => checked(cells, self.classes),
            Cells::Wide(cells) => checked(cells, self.classes),
        };
        (whole && states < self.states && dead).then_some(cells)
    }
}

/// The greatest state of a table, and whether the first is dead.
fn checked<T: Copy + Into<usize> + Ord>(cells: &[T], classes: usize) -> (usize, bool) {
    let dead = cells.iter().take(classes).all(|&cell| cell.into() == usize::from(DEAD));
    (cells.iter().copied().max().map_or(usize::MAX, Into::into), dead)
}

impl Table {
    /// Reads a written table; `map` may say that the classes of bytes are known already.
    pub fn read(bytes: &[u8], map: impl FnOnce(&[u8; 256]) -> Rc<[u8; 256]>) -> Option<Self> {
        let written = Written::of(bytes)?;
        let cells = written.cells()?;
        let Written { matches, classes, starts, .. } = written;
        Some(Self { map: map(written.map), classes, matches, starts, cells })
    }

    /// Whether this is how it is written.
    pub fn is(&self, bytes: &[u8]) -> bool {
        Written::of(bytes).is_some_and(|it| {
            let cells = match &self.cells {
                Cells::Narrow(cells) => it.states <= 256 && **cells == *it.cells,
                Cells::Wide(cells) => it.states > 256 && cells.iter().copied().eq(it.wide()),
            };
            cells
                && (it.matches, it.classes, it.starts) == (self.matches, self.classes, self.starts)
                && *self.map == *it.map
        })
    }

    /// The state in which a run begins.
    #[inline]
    pub fn start(&self, before: Option<u8>) -> State {
        self.starts.get(kind(before)).copied().unwrap_or(DEAD)
    }

    /// Goes on from a state over bytes until it is dead, and calls `found` with how many had been read when a match ended;
    /// the state it ends in, and how many were read.
    #[inline]
    pub fn walk(&self, state: State, bytes: impl Iterator<Item = u8>, found: impl FnMut(usize)) -> (State, usize) {
        match &self.cells {
            Cells::Narrow(cells) => self.along(cells, state, bytes, found),
            Cells::Wide(cells) => self.along(cells, state, bytes, found),
        }
    }

    #[inline]
    fn along<T: Copy + Into<u16>>(
        &self,
        cells: &[T],
        mut state: State,
        bytes: impl Iterator<Item = u8>,
        mut found: impl FnMut(usize),
    ) -> (State, usize) {
        let mut read = 0;
        for byte in bytes {
            let class = self.map.get(usize::from(byte)).copied().unwrap_or_default();
            let cell = usize::from(state) * self.classes + usize::from(class);
            state = cells.get(cell).map_or(DEAD, |&next| next.into());
            if state <= self.matches {
                if state == DEAD {
                    break;
                }
                found(read);
            }
            read += 1;
        }
        (state, read)
    }

    /// Whether a match ends where the text ends.
    pub fn matches_at_end(&self, state: State) -> bool {
        let cell = usize::from(state) * self.classes + self.classes - 1;
        let next = match &self.cells {
            Cells::Narrow(cells) => cells.get(cell).map_or(DEAD, |&next| next.into()),
            Cells::Wide(cells) => cells.get(cell).copied().unwrap_or(DEAD),
        };
        next != DEAD && next <= self.matches
    }
}
