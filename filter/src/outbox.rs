//! Sealed records on their way to the collector.
//!
//! A bounded ring, counted in bytes. Records stay until the collector has answered for them: accepted, refused for good,
//! or, when there is no room, dropped in the order of [`Class`]. Whatever happens to a record is counted, so that
//! emitted = acknowledged + rejected + dropped + waiting, always, and what is lost is declared by its range.
//! Pure: time and jitter are arguments.

use std::collections::{BTreeMap, VecDeque};

use inkseal_engine::event::sample;
use inkseal_engine::seal::{Kind, Record};

use crate::answer::Answer;
use crate::ledger::{Fate, Ledger};

/// Bytes of a record beside its body: hex fields, names, the seed.
const OVERHEAD: usize = 768;

/// The most that a request under strict delivery reserves for its event.
pub const SLOT: usize = 64 << 10;

/// Bytes of one batch, at most; a single larger record travels alone.
const BATCH_BYTES: usize = 512 << 10;

/// Milliseconds before the first retry; doubled each time.
const BACKOFF_MS: u64 = 250;

/// Milliseconds between retries, at most, unless the collector asks for more.
const BACKOFF_MAX_MS: u64 = 30_000;

/// How dear a record is: when room is short, lower classes go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A sampled event of an exchange in which nothing was found.
    Clean,
    /// An event of an exchange in which something was found.
    Changed,
    /// An event of a failure.
    Error,
    /// An event that must be kept.
    Key,
    /// A heartbeat: the next one says what it said.
    Heartbeat,
    /// An event under strict delivery, for which room was reserved: never dropped for another record.
    Strict,
    /// An open or a close: never dropped for another record.
    Frame,
}

/// The number of classes.
const CLASSES: usize = 7;

impl Class {
    /// All of them, the lowest first.
    const ALL: [Self; CLASSES] =
        [Self::Clean, Self::Changed, Self::Error, Self::Key, Self::Heartbeat, Self::Strict, Self::Frame];

    /// The word that heartbeats use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "sampled",
            Self::Changed => "changed",
            Self::Error => "error",
            Self::Key | Self::Strict => "key",
            Self::Heartbeat | Self::Frame => "control",
        }
    }
}

impl From<sample::Class> for Class {
    fn from(class: sample::Class) -> Self {
        match class {
            sample::Class::Clean => Self::Clean,
            sample::Class::Changed => Self::Changed,
            sample::Class::Error => Self::Error,
            sample::Class::Key => Self::Key,
        }
    }
}

/// A record that waits, with what its envelope on the wire needs.
#[derive(Clone, Debug)]
pub struct Item {
    /// The record, its seed included.
    pub record: Record,
    /// How dear it is.
    pub class: Class,
    /// Milliseconds since the epoch.
    pub time_ms: u64,
    /// 32 hexadecimal digits.
    pub trace_id: Option<String>,
    /// 16 hexadecimal digits.
    pub span_id: Option<String>,
}

impl Item {
    fn size(&self) -> usize {
        self.record.body.as_ref().map_or(0, String::len) + OVERHEAD
    }

    fn is_event(&self) -> bool {
        self.record.kind == Kind::Event as u8
    }
}

/// How large an outbox is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Bytes in all.
    pub capacity: usize,
    /// Bytes of them that only records of [`Class::Key`] and above may use.
    pub reserve: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self { capacity: 8 << 20, reserve: 1 << 20 }
    }
}

/// The ring.
#[derive(Debug)]
pub struct Outbox {
    size: Size,
    queue: VecDeque<Item>,
    /// How many records of each class are queued: with a collector that is down, each new record looks for one to drop.
    queued: [usize; CLASSES],
    flights: BTreeMap<u64, Vec<Item>>,
    next_flight: u64,
    /// Bytes of everything queued or in flight.
    used: usize,
    /// Bytes promised to requests under way.
    reserved: usize,
    retry_at_ms: u64,
    failures: u32,
    /// What became of whose records.
    pub ledger: Ledger,
}

impl Outbox {
    /// An empty outbox.
    pub fn new(size: Size) -> Self {
        Self {
            size,
            queue: VecDeque::new(),
            queued: [0; CLASSES],
            flights: BTreeMap::new(),
            next_flight: 0,
            used: 0,
            reserved: 0,
            retry_at_ms: 0,
            failures: 0,
            ledger: Ledger::default(),
        }
    }

    /// Bytes queued, in flight and reserved.
    pub fn bytes(&self) -> usize {
        self.used + self.reserved
    }

    /// Records queued or in flight.
    pub fn len(&self) -> usize {
        self.queue.len() + self.flights.values().map(Vec::len).sum::<usize>()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Events among [`Outbox::len`].
    pub fn events(&self) -> u64 {
        self.queue.iter().chain(self.flights.values().flatten()).filter(|item| item.is_event()).count() as u64
    }

    /// Promises room for one event. False: refuse the request.
    pub fn reserve(&mut self) -> bool {
        let fits = self.bytes() + SLOT <= self.size.capacity.saturating_sub(self.size.reserve);
        if fits {
            self.reserved += SLOT;
        }
        fits
    }

    /// Takes a promise back, or redeems it: the caller pushes what it was made for next, as [`Class::Strict`].
    pub fn release(&mut self) {
        self.reserved = self.reserved.saturating_sub(SLOT);
    }

    /// Takes a record in, dropping others or the record itself where there is no room.
    pub fn push(&mut self, item: Item) {
        let class = item.class;
        if item.is_event() {
            self.ledger.emitted();
        }
        let keep_free = if class >= Class::Key { 0 } else { self.size.reserve };
        let limit = self.size.capacity.saturating_sub(keep_free);
        while self.bytes() + item.size() > limit {
            if !self.evict(class) {
                self.ledger.settle(&item.record, class, Fate::Dropped);
                return;
            }
        }
        self.used += item.size();
        self.count(class, 1);
        self.queue.push_back(item);
    }

    /// Books records of a class that join or leave the queue.
    fn count(&mut self, class: Class, change: isize) {
        if let Some(queued) = self.queued.get_mut(class as usize) {
            *queued = queued.saturating_add_signed(change);
        }
    }

    /// Drops the oldest record of the lowest class there is, up to `class`. What is in flight stays: it may arrive.
    fn evict(&mut self, class: Class) -> bool {
        let queued = |class: &&Class| self.queued.get(**class as usize).is_some_and(|&queued| queued > 0);
        let lowest = Class::ALL.iter().find(queued).copied();
        let Some(lowest) = lowest.filter(|lowest| *lowest <= class && *lowest < Class::Strict) else { return false };
        let Some(at) = self.queue.iter().position(|item| item.class == lowest) else { return false };
        let Some(item) = self.queue.remove(at) else { return false };
        self.used = self.used.saturating_sub(item.size());
        self.count(lowest, -1);
        self.ledger.settle(&item.record, item.class, Fate::Dropped);
        true
    }

    /// Takes up to `most` records for delivery, unless a retry has to wait or `flights` deliveries are under way. The
    /// records are the flight's until [`Outbox::answered`].
    pub fn take(&mut self, now_ms: u64, most: usize, flights: usize) -> Option<(u64, &[Item])> {
        if now_ms < self.retry_at_ms || self.flights.len() >= flights || self.queue.is_empty() {
            return None;
        }
        let mut bytes = 0;
        let mut batch = Vec::new();
        while let Some(item) = self.queue.front() {
            bytes += item.size();
            if batch.len() >= most.max(1) || (bytes > BATCH_BYTES && !batch.is_empty()) {
                break;
            }
            let Some(item) = self.queue.pop_front() else { break };
            self.count(item.class, -1);
            batch.push(item);
        }
        let id = self.next_flight;
        self.next_flight += 1;
        Some((id, self.flights.entry(id).or_insert(batch)))
    }

    /// Books the answer to a flight. `jitter` is any random number.
    pub fn answered(&mut self, id: u64, answer: &Answer, now_ms: u64, jitter: u64) {
        let Some(batch) = self.flights.remove(&id) else { return };
        match answer {
            Answer::Accepted { refused: 0 } => self.settle(&batch, Fate::Acknowledged),
            // Which ones were refused is not said: the whole batch is declared, the number is booked.
            Answer::Accepted { refused } => {
                let events = batch.iter().filter(|item| item.is_event()).count() as u64;
                self.settle(&batch, Fate::PartlyRejected);
                self.ledger.acknowledge(events.saturating_sub(*refused), (*refused).min(events));
            }
            Answer::Refused => self.settle(&batch, Fate::Rejected),
            Answer::Retry { after_ms } => {
                for item in batch.into_iter().rev() {
                    self.count(item.class, 1);
                    self.queue.push_front(item);
                }
                let backoff = BACKOFF_MS.saturating_mul(1 << self.failures.min(16)).min(BACKOFF_MAX_MS);
                // Between half and the whole, so that edges that failed together do not return together.
                let spread = backoff / 2 + jitter % (backoff / 2).max(1);
                self.failures = self.failures.saturating_add(1);
                self.retry_at_ms = now_ms.saturating_add(after_ms.unwrap_or(0).max(spread));
                return;
            }
        }
        self.failures = 0;
        self.retry_at_ms = 0;
    }

    fn settle(&mut self, batch: &[Item], fate: Fate) {
        for item in batch {
            self.used = self.used.saturating_sub(item.size());
            self.ledger.settle(&item.record, item.class, fate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CHAIN: [u8; 16] = [1; 16];

    fn item(seq: u64, class: Class) -> Item {
        let kind = match class {
            Class::Frame => Kind::Open,
            Class::Heartbeat => Kind::Heartbeat,
            _ => Kind::Event,
        };
        let record = Record {
            kid: "s1".into(),
            chain: CHAIN,
            seq,
            kind: kind as u8,
            c: [0; 32],
            tag: [0; 32],
            seed: None,
            body: Some("x".repeat(1000 - OVERHEAD)),
        };
        Item { record, class, time_ms: 0, trace_id: None, span_id: None }
    }

    /// Room for ten records, two of them for the dear ones.
    fn outbox() -> Outbox {
        let mut outbox = Outbox::new(Size { capacity: 10_000, reserve: 2_000 });
        outbox.ledger.open(CHAIN);
        outbox
    }

    fn queued(outbox: &Outbox) -> Vec<u64> {
        outbox.queue.iter().map(|item| item.record.seq).collect()
    }

    fn dropped(outbox: &Outbox) -> Vec<(String, u64, u64)> {
        outbox.ledger.dropped.iter().map(|lost| (lost.class.clone(), lost.first, lost.last)).collect()
    }

    fn adds_up(outbox: &Outbox) {
        for counts in [outbox.ledger.counts, outbox.ledger.totals] {
            let settled = counts.acknowledged + counts.rejected + counts.dropped;
            assert_eq!(counts.emitted, settled + outbox.events(), "{counts:?}");
        }
    }

    #[test]
    fn sampled_go_before_changed_before_errors() {
        let mut outbox = outbox();
        for seq in 0..8 {
            let class = match seq {
                0 | 1 => Class::Error,
                2 | 3 => Class::Clean,
                _ => Class::Changed,
            };
            outbox.push(item(seq, class));
        }
        outbox.push(item(8, Class::Changed));
        outbox.push(item(9, Class::Error));
        assert_eq!(queued(&outbox), [0, 1, 4, 5, 6, 7, 8, 9]);
        assert_eq!(dropped(&outbox), [("sampled".into(), 2, 3)]);
        outbox.push(item(10, Class::Clean));
        assert_eq!(queued(&outbox), [0, 1, 4, 5, 6, 7, 8, 9], "nothing cheaper to drop: the newcomer goes");
        outbox.push(item(11, Class::Error));
        assert_eq!(queued(&outbox), [0, 1, 5, 6, 7, 8, 9, 11]);
        assert_eq!(outbox.ledger.counts.dropped, 4);
        adds_up(&outbox);
    }

    #[test]
    fn the_reserve_is_for_the_dear_ones() {
        let mut outbox = outbox();
        (0..8).for_each(|seq| outbox.push(item(seq, Class::Error)));
        outbox.push(item(8, Class::Key));
        outbox.push(item(9, Class::Frame));
        assert_eq!(queued(&outbox).len(), 10);
        outbox.push(item(10, Class::Heartbeat));
        assert_eq!(
            dropped(&outbox),
            [("error".into(), 0, 0)],
            "a dear one drops a cheap one when the reserve is used up"
        );
        (11..30).for_each(|seq| outbox.push(item(seq, Class::Heartbeat)));
        assert!(queued(&outbox).contains(&9), "an open is never dropped for another record");
        adds_up(&outbox);
    }

    #[test]
    fn strict_slots_hold_their_room() {
        let mut outbox = Outbox::new(Size { capacity: 3 * SLOT, reserve: SLOT });
        outbox.ledger.open(CHAIN);
        assert!(outbox.reserve() && outbox.reserve());
        assert!(!outbox.reserve(), "the third has to be refused");
        (0..1000).for_each(|seq| outbox.push(item(seq, Class::Error)));
        assert!(outbox.is_empty(), "nothing else fits beside the promises");
        outbox.release();
        outbox.push(item(1000, Class::Strict));
        assert_eq!(queued(&outbox), [1000]);
        assert_eq!(outbox.bytes(), SLOT + 1000);
        (2000..2200).for_each(|seq| outbox.push(item(seq, Class::Key)));
        assert!(queued(&outbox).contains(&1000), "and what redeemed a promise is never dropped for another record");
    }

    #[test]
    fn a_batch_stays_until_it_is_accepted() {
        let mut outbox = outbox();
        (0..5).for_each(|seq| outbox.push(item(seq, Class::Clean)));
        let (id, batch) = outbox.take(0, 3, 1).unwrap();
        assert_eq!(batch.iter().map(|item| item.record.seq).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(outbox.take(0, 3, 1).is_none(), "one delivery at a time keeps the order");
        outbox.answered(id, &Answer::Retry { after_ms: None }, 1000, 7);
        assert_eq!(queued(&outbox), [0, 1, 2, 3, 4]);
        adds_up(&outbox);
        assert!(outbox.take(1000, 3, 1).is_none(), "backing off");
        let (id, _) = outbox.take(1000 + BACKOFF_MS, 3, 1).unwrap();
        outbox.answered(id, &Answer::Accepted { refused: 0 }, 2000, 7);
        assert_eq!((queued(&outbox), outbox.ledger.counts.acknowledged), (vec![3, 4], 3));
        adds_up(&outbox);
        outbox.answered(id, &Answer::Accepted { refused: 0 }, 2000, 7);
        assert_eq!(outbox.ledger.counts.acknowledged, 3, "an answer counts once");
    }

    #[test]
    fn retries_back_off_with_jitter_and_keep_retry_after() {
        let mut outbox = outbox();
        outbox.push(item(0, Class::Clean));
        let mut now = 0;
        let mut waits = Vec::new();
        for jitter in 0..12 {
            let (id, _) = outbox.take(now, 1, 1).unwrap();
            outbox.answered(id, &Answer::Retry { after_ms: None }, now, jitter * 37);
            waits.push(outbox.retry_at_ms - now);
            now = outbox.retry_at_ms;
        }
        assert!(waits.windows(2).take(5).all(|pair| pair[0] < pair[1]), "{waits:?}");
        assert!(waits.iter().all(|wait| *wait <= BACKOFF_MAX_MS), "{waits:?}");
        let (id, _) = outbox.take(now, 1, 1).unwrap();
        outbox.answered(id, &Answer::Retry { after_ms: Some(120_000) }, now, 0);
        assert_eq!(outbox.retry_at_ms - now, 120_000);
    }

    #[test]
    fn refusals_end_a_batch_and_are_declared() {
        let mut outbox = outbox();
        (0..6).for_each(|seq| outbox.push(item(seq, Class::Changed)));
        let (id, _) = outbox.take(0, 2, 1).unwrap();
        outbox.answered(id, &Answer::Refused, 0, 0);
        let (id, _) = outbox.take(0, 3, 1).unwrap();
        outbox.answered(id, &Answer::Accepted { refused: 1 }, 0, 0);
        let counts = outbox.ledger.counts;
        assert_eq!((counts.acknowledged, counts.rejected), (2, 3));
        let ranges: Vec<_> = outbox.ledger.rejected.iter().map(|lost| (lost.first, lost.last)).collect();
        assert_eq!(ranges, [(0, 4)]);
        adds_up(&outbox);
    }

    #[test]
    fn what_is_in_flight_is_not_dropped() {
        let mut outbox = outbox();
        (0..8).for_each(|seq| outbox.push(item(seq, Class::Clean)));
        let (id, _) = outbox.take(0, 8, 1).unwrap();
        outbox.push(item(8, Class::Error));
        assert_eq!(dropped(&outbox), [("error".into(), 8, 8)]);
        outbox.answered(id, &Answer::Accepted { refused: 0 }, 0, 0);
        assert_eq!(outbox.bytes(), 0);
        adds_up(&outbox);
    }

    proptest! {
        #[test]
        fn counts_always_add_up(steps in prop::collection::vec((0u8..8, any::<u64>()), 0..200)) {
            let mut outbox = outbox();
            let (mut seq, mut now, mut open) = (0, 0, Vec::new());
            for (step, number) in steps {
                match step {
                    0..=3 => {
                        let classes =
                            [Class::Clean, Class::Changed, Class::Error, Class::Key, Class::Heartbeat, Class::Strict, Class::Frame];
                        outbox.push(item(seq, classes[(number % 7) as usize]));
                        seq += 1;
                    }
                    4 | 5 => {
                        now += number % 100_000;
                        open.extend(outbox.take(now, (number % 5) as usize, 2).map(|(id, _)| id));
                    }
                    _ => {
                        if let Some(id) = open.pop() {
                            let answer = match number % 4 {
                                0 => Answer::Refused,
                                1 => Answer::Retry { after_ms: None },
                                2 => Answer::Accepted { refused: number % 3 },
                                _ => Answer::Accepted { refused: 0 },
                            };
                            outbox.answered(id, &answer, now, number);
                        }
                    }
                }
                adds_up(&outbox);
                prop_assert!(outbox.bytes() <= 10_000);
                let used: usize = outbox.queue.iter().chain(outbox.flights.values().flatten()).map(Item::size).sum();
                prop_assert_eq!(outbox.used, used);
                for class in Class::ALL {
                    let queued = outbox.queue.iter().filter(|item| item.class == class).count();
                    prop_assert_eq!(outbox.queued[class as usize], queued);
                }
            }
        }
    }
}
