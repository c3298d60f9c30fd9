//! A store that fails: senders are told to come again, and nothing is half done.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use ed25519_dalek::SigningKey;
use inkseal_collector::evidence::replay::Replay;
use inkseal_collector::evidence::tree::Tree;
use inkseal_collector::ingest::gate::Gate;
use inkseal_collector::ingest::limits::Limits;
use inkseal_collector::ingest::writer::{Job, Notary, Writer};
use inkseal_collector::ingest::{Outcome, ndjson};
use inkseal_collector::store::{Batch, Damage, Entry, EventQuery, Known, Quarantined, SqliteStore, Store, StoreError};
use inkseal_engine::keyring::Keyring;
use inkseal_engine::seal::Record;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::SyncSender;
use support::Place;

/// A store whose next commits fail, as on a full disk.
struct Failing {
    inner: SqliteStore,
    failures: Arc<AtomicU32>,
    /// The disk takes the failing commits all the same.
    takes: bool,
}

struct FailingBatch<'a> {
    inner: Box<dyn Batch + 'a>,
    failures: Arc<AtomicU32>,
    takes: bool,
}

impl Store for Failing {
    fn begin(&mut self) -> Result<Box<dyn Batch + '_>, StoreError> {
        Ok(Box::new(FailingBatch { inner: self.inner.begin()?, failures: self.failures.clone(), takes: self.takes }))
    }

    fn entries(&self, visit: &mut dyn FnMut(Result<Entry, Damage>) -> ControlFlow<()>) -> Result<(), StoreError> {
        self.inner.entries(visit)
    }

    fn events(&self, query: &EventQuery) -> Result<Vec<Entry>, StoreError> {
        self.inner.events(query)
    }

    fn quarantined(&self) -> Result<(u64, u64), StoreError> {
        self.inner.quarantined()
    }
}

impl Batch for FailingBatch<'_> {
    fn find(&self, kid: &str, chain: &[u8; 16], seq: u64) -> Result<Option<Record>, StoreError> {
        self.inner.find(kid, chain, seq)
    }

    fn known(&self, kid: &str, chain: &[u8; 16]) -> Result<Option<Known>, StoreError> {
        self.inner.known(kid, chain)
    }

    fn insert(&mut self, entry: &Entry) -> Result<(), StoreError> {
        self.inner.insert(entry)
    }

    fn quarantine(&mut self, refused: &Quarantined, received_ms: u64, bound: u64) -> Result<(), StoreError> {
        self.inner.quarantine(refused, received_ms, bound)
    }

    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let fails = self.failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        match fails {
            Ok(_) if self.takes => self.inner.commit().and(Err(StoreError("disk full".into()))),
            Ok(_) => Err(StoreError("disk full".into())),
            Err(_) => self.inner.commit(),
        }
    }
}

fn send(jobs: &SyncSender<Job>, records: &[Record]) -> Result<Outcome, StoreError> {
    let (reply, outcome) = tokio::sync::oneshot::channel();
    let submissions = ndjson::parse(support::ndjson(records).as_bytes(), 1000).unwrap();
    jobs.send(Job { source: None, submissions, reply }).unwrap();
    outcome.blocking_recv().unwrap()
}

fn writer(place: &Place, failures: &Arc<AtomicU32>, takes: bool, limits: Limits) -> Writer {
    let store = Failing { inner: SqliteStore::create(&place.store()).unwrap(), failures: failures.clone(), takes };
    let keyring = Keyring::parse(&place.keyring.to_json()).ok().unwrap();
    let notary = Notary { origin: "test".into(), key: SigningKey::from_bytes(&[1; 32]), witness: None };
    Writer::new(Box::new(store), Gate::new(keyring, limits.chains), Tree::default(), notary, limits)
}

#[test]
fn a_failed_commit_leaves_nothing_and_the_next_one_is_whole() {
    let place = Place::new();
    let failures = Arc::new(AtomicU32::new(0));
    let (jobs, ready, thread) = writer(&place, &failures, false, Limits::default()).start().unwrap();
    let records = place.edge().life(30);
    assert_eq!(send(&jobs, &records[..10]).unwrap().accepted, 10);
    failures.store(2, Ordering::Relaxed);
    assert_eq!(send(&jobs, &records[10..20]).unwrap_err().to_string(), "disk full");
    assert!(!ready.load(Ordering::Relaxed));
    assert!(send(&jobs, &records[10..]).is_err());
    let outcome = send(&jobs, &records[10..]).unwrap();
    assert_eq!((outcome.accepted, outcome.duplicate, outcome.rejected), (22, 0, 0));
    assert!(ready.load(Ordering::Relaxed));
    assert_eq!(send(&jobs, &records).unwrap().duplicate, 32);
    drop(jobs);
    thread.join().unwrap();

    let mut replay = Replay::new(Vec::new());
    let mut read = Vec::new();
    let store = SqliteStore::open(&place.store()).unwrap();
    store
        .entries(&mut |entry| {
            let entry = entry.unwrap();
            replay.push(&entry);
            read.push(entry.record);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(read, records);
    assert_eq!(replay.finish().faults, []);
}

#[test]
fn a_commit_that_failed_but_was_taken_is_known_at_the_next_one() {
    let place = Place::new();
    let failures = Arc::new(AtomicU32::new(0));
    let (jobs, _, thread) = writer(&place, &failures, true, Limits::default()).start().unwrap();
    let records = place.edge().life(10);
    failures.store(1, Ordering::Relaxed);
    assert!(send(&jobs, &records[..4]).is_err());
    let outcome = send(&jobs, &records).unwrap();
    assert_eq!((outcome.duplicate, outcome.accepted), (4, 8));
    drop(jobs);
    thread.join().unwrap();
    assert_eq!(place.count("SELECT max(position) + 1 FROM records"), 12);
}

#[test]
fn the_quarantine_keeps_the_newest_within_its_bound_and_counts_all() {
    let place = Place::new();
    let limits = Limits { quarantine_rows: 5, ..Limits::default() };
    let (jobs, _, thread) = writer(&place, &Arc::default(), false, limits).start().unwrap();
    let mut edge = place.edge();
    edge.open();
    for number in 0..12 {
        assert_eq!(send(&jobs, &[edge.event(number)]).unwrap().rejected, 1);
    }
    drop(jobs);
    thread.join().unwrap();
    assert_eq!(SqliteStore::open(&place.store()).unwrap().quarantined().unwrap(), (5, 12));
    assert_eq!(place.count("SELECT min(CAST(seq AS INTEGER)) FROM quarantine"), 8);
}

#[test]
fn more_chains_than_fit_in_memory_are_walked_anew() {
    let place = Place::new();
    let limits = Limits { chains: 2, ..Limits::default() };
    let (jobs, _, thread) = writer(&place, &Arc::default(), false, limits).start().unwrap();
    let lives: Vec<Vec<Record>> = (0..7).map(|_| place.edge().life(6)).collect();
    for at in 0..8 {
        for life in &lives {
            assert_eq!(send(&jobs, &life[at..=at]).unwrap().accepted, 1);
        }
    }
    drop(jobs);
    thread.join().unwrap();
    assert_eq!(place.count("SELECT count(*) FROM records"), 56);
}
