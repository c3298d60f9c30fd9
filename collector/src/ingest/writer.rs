//! The one thread that writes: it owns the store, the tree and the checkpoint key.
//!
//! Requests that wait while a commit runs share the next one, so that a flush of the disk is paid for once.

use super::gate::Gate;
use super::limits::Limits;
use super::sources::Source;
use super::{Outcome, Refusal, Submission, Submitted, short};
use crate::clock::now_ms;
use crate::evidence::checkpoint::Checkpoint;
use crate::evidence::leaf;
use crate::evidence::replay::{Replay, Replayed};
use crate::evidence::tree::Tree;
use crate::evidence::witness::FileWitness;
use crate::store::{Batch, Columns, Entry, Quarantined, Store, StoreError};
use ed25519_dalek::SigningKey;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::oneshot;

/// A request's records on their way to the writer.
pub struct Job {
    /// Whose token brought them.
    pub source: Option<Source>,
    /// The records.
    pub submissions: Vec<Submission>,
    /// Where the outcome goes once it is durable.
    pub reply: oneshot::Sender<Result<Outcome, StoreError>>,
}

/// What signs and keeps checkpoints.
pub struct Notary {
    /// The log's name.
    pub origin: String,
    /// The checkpoint key.
    pub key: SigningKey,
    /// Where checkpoints go besides answers.
    pub witness: Option<FileWitness>,
}

/// The writer: one thread's state.
pub struct Writer {
    store: Box<dyn Store>,
    gate: Gate,
    tree: Tree,
    notary: Notary,
    limits: Limits,
    checkpoint: Option<Arc<str>>,
    signed_size: u64,
    /// A commit failed: whether the disk took it is not known, so that the tree must be made anew.
    doubtful: bool,
    ready: Arc<AtomicBool>,
}

impl Writer {
    /// A writer over a store whose tree was rebuilt.
    pub fn new(store: Box<dyn Store>, gate: Gate, tree: Tree, notary: Notary, limits: Limits) -> Writer {
        let ready = Arc::new(AtomicBool::new(true));
        let mut writer =
            Writer { store, gate, tree, notary, limits, checkpoint: None, signed_size: 0, doubtful: false, ready };
        writer.sign();
        writer
    }

    /// Starts the thread. It ends, with a last checkpoint, once every sender is gone.
    pub fn start(self) -> std::io::Result<(SyncSender<Job>, Arc<AtomicBool>, JoinHandle<()>)> {
        let (sender, receiver) = sync_channel(self.limits.requests);
        let ready = self.ready.clone();
        let thread = std::thread::Builder::new().name("writer".into()).spawn(move || self.run(&receiver))?;
        Ok((sender, ready, thread))
    }

    fn run(mut self, receiver: &Receiver<Job>) {
        let mut due = Instant::now() + self.limits.checkpoint_every;
        loop {
            match receiver.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(job) => self.serve(gather(job, receiver, self.limits.commit_records)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if Instant::now() >= due {
                self.sign();
                // Who asks whether it is ready may send nothing until it is: after a while a failure is tried again.
                self.ready.store(true, Ordering::Relaxed);
                due = Instant::now() + self.limits.checkpoint_every;
            }
        }
        self.sign();
    }

    fn serve(&mut self, jobs: Vec<Job>) {
        let (requests, replies): (Vec<_>, Vec<_>) =
            jobs.into_iter().map(|job| ((job.source, job.submissions), job.reply)).unzip();
        let outcomes = self.commit(requests);
        self.ready.store(outcomes.is_ok(), Ordering::Relaxed);
        match outcomes {
            Ok(outcomes) => {
                for (outcome, reply) in outcomes.into_iter().zip(replies) {
                    // The sender may have hung up; what it sent is stored all the same.
                    let _ = reply.send(Ok(outcome));
                }
            }
            Err(error) => {
                tracing::error!(%error, "commit failed, senders will try again");
                // States that moved on with the failed batch would be walked back one by one.
                self.gate.forget();
                self.doubtful = true;
                for reply in replies {
                    let _ = reply.send(Err(StoreError(error.0.clone())));
                }
            }
        }
    }

    fn commit(&mut self, requests: Vec<(Option<Source>, Vec<Submission>)>) -> Result<Vec<Outcome>, StoreError> {
        if self.doubtful {
            self.tree = rebuild(self.store.as_ref())?;
            self.doubtful = false;
        }
        let received_ms = now_ms();
        let mut outcomes = Vec::with_capacity(requests.len());
        let mut pending = Pending {
            batch: self.store.begin()?,
            gate: &mut self.gate,
            tree: self.tree.clone(),
            received_ms,
            quarantine_rows: self.limits.quarantine_rows,
        };
        for (source, submissions) in requests {
            let mut outcome = pending.request(source.as_ref(), submissions)?;
            if outcome.rejected > 0 {
                // One line a request, whatever it holds: a log is not where a flood should go.
                let source = source.as_ref().map(|source| source.name.as_str());
                tracing::warn!(source, rejected = outcome.rejected, reasons = outcome.message(), "records refused");
            }
            outcome.checkpoint = self.checkpoint.clone();
            outcomes.push(outcome);
        }
        let Pending { batch, tree, .. } = pending;
        batch.commit()?;
        self.tree = tree;
        Ok(outcomes)
    }

    /// Signs the tree as it is, unless that was signed already. Only what is durable is ever signed.
    fn sign(&mut self) {
        let size = self.tree.size();
        if size == self.signed_size {
            return;
        }
        let checkpoint = Checkpoint { origin: self.notary.origin.clone(), size, root: self.tree.root() };
        let note = checkpoint.sign(&self.notary.key);
        if let Some(witness) = &self.notary.witness
            && let Err(error) = witness.append(size, &note)
        {
            // Not remembered as signed, so that the next round tries again.
            tracing::error!(%error, size, "the witness did not take the checkpoint");
            return;
        }
        tracing::debug!(size, "checkpoint");
        self.checkpoint = Some(note.into());
        self.signed_size = size;
    }
}

fn rebuild(store: &dyn Store) -> Result<Tree, StoreError> {
    let mut replay = Replay::new(Vec::new());
    let mut damaged = false;
    store.entries(&mut |entry| {
        match entry {
            Ok(entry) => replay.push(&entry),
            Err(_) => damaged = true,
        }
        ControlFlow::Continue(())
    })?;
    let Replayed { tree, faults, .. } = replay.finish();
    match damaged || !faults.is_empty() {
        true => Err(StoreError("the store was altered: run `inkseal-collector verify`".into())),
        false => Ok(tree),
    }
}

/// One commit while it is put together.
struct Pending<'a> {
    batch: Box<dyn Batch + 'a>,
    gate: &'a mut Gate,
    tree: Tree,
    received_ms: u64,
    quarantine_rows: u64,
}

impl Pending<'_> {
    fn request(&mut self, source: Option<&Source>, submissions: Vec<Submission>) -> Result<Outcome, StoreError> {
        let mut outcome = Outcome::default();
        self.gate.offer_seeds(submissions.iter().flatten().map(|submitted| &submitted.record));
        for (index, submission) in submissions.into_iter().enumerate() {
            let name =
                submission.as_ref().ok().map(|Submitted { record, .. }| (record.kid.clone(), record.chain, record.seq));
            match self.one(source, submission)? {
                Ok(Fresh::Stored) => outcome.accepted += 1,
                Ok(Fresh::Known) => outcome.duplicate += 1,
                Err(refusal) => {
                    let refused = Quarantined {
                        source: source.map(|source| source.name.clone()),
                        kid: name.as_ref().map(|(kid, ..)| short(kid)),
                        chain: name.as_ref().map(|(_, chain, _)| *chain),
                        seq: name.as_ref().map(|(_, _, seq)| *seq),
                        verdict: refusal.verdict,
                        reason: refusal.reason.clone(),
                    };
                    self.batch.quarantine(&refused, self.received_ms, self.quarantine_rows)?;
                    outcome.reject(index, refusal);
                }
            }
        }
        Ok(outcome)
    }

    fn one(&mut self, source: Option<&Source>, submission: Submission) -> Result<Result<Fresh, Refusal>, StoreError> {
        let Submitted { record, claims } = match submission {
            Ok(submitted) => submitted,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if source.is_some_and(|source| !source.may_use(&record.kid)) {
            return Ok(Err(Refusal::new("WRONG_SOURCE", "the source's token is not bound to this key id")));
        }
        if let Some(stored) = self.batch.find(&record.kid, &record.chain, record.seq)? {
            let same = stored.kind == record.kind
                && stored.c == record.c
                && stored.tag == record.tag
                && stored.body == record.body;
            return Ok(match same {
                true => Ok(Fresh::Known),
                false => Err(Refusal::new("FORK", "another record is stored under this key id, chain and number")),
            });
        }
        let batch = &self.batch;
        if let Err(refusal) = self.gate.admit(&record, &|| batch.known(&record.kid, &record.chain))? {
            return Ok(Err(refusal));
        }
        let columns = Columns::derive(record.body.as_deref());
        if let Err(refusal) = claims.agree_with(&columns) {
            return Ok(Err(refusal));
        }
        let position = self.tree.size();
        self.tree.push(&leaf::encode(&record, self.received_ms));
        self.batch.insert(&Entry { position, record, received_ms: self.received_ms, columns })?;
        Ok(Ok(Fresh::Stored))
    }
}

enum Fresh {
    Stored,
    Known,
}

/// Takes what else waits, up to `bound` records in all.
fn gather(first: Job, receiver: &Receiver<Job>, bound: usize) -> Vec<Job> {
    let mut records = first.submissions.len();
    let mut jobs = vec![first];
    while records < bound
        && let Ok(job) = receiver.try_recv()
    {
        records += job.submissions.len();
        jobs.push(job);
    }
    jobs
}
