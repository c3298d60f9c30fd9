//! The trail of one VM: chains, and the records on their way out of it.
//!
//! A chain opens with the first stream that ends or the first tick, so that a canary VM, which sees neither, leaves no
//! chain behind. It says every ten seconds that it lives and what it counted, gives way to a successor when the seal key
//! rotates, and closes when the configuration goes. Pure: time and randomness are arguments.

use std::rc::Rc;

use inkseal_engine::Entropy;
use inkseal_engine::event::Trace;
use inkseal_engine::event::sample;
use inkseal_engine::keyring::Keyring;
use inkseal_engine::plan::Plan;
use inkseal_engine::seal::body::{Open, Previous, Status};
use inkseal_engine::seal::{Chain, Kind, Record};

use crate::answer::Answer;
use crate::otlp;
use crate::outbox::{Class, Item, Outbox, Size};

/// Milliseconds between heartbeats.
const HEARTBEAT_MS: u64 = 10_000;

/// Deliveries under way at once: one keeps the records in order.
const FLIGHTS: usize = 1;

/// Deliveries under way at once while closing, when there may be no time to wait for answers.
const FLIGHTS_CLOSING: usize = 16;

/// What a closed stream leaves to be sealed.
pub struct Event {
    /// The canonical body.
    pub body: String,
    /// The time that the body states, in milliseconds since the epoch.
    pub time_ms: u64,
    /// How dear it is.
    pub class: sample::Class,
    /// Whether room was reserved for it at the request's start.
    pub reserved: bool,
    /// The trace that the body states.
    pub trace: Option<Trace>,
}

/// The trail: an open chain, and the records that wait.
pub struct Audit {
    plan: Rc<Plan>,
    mode: String,
    keyring: Option<Keyring>,
    chain: Option<Chain>,
    previous: Option<Previous>,
    heartbeat_at_ms: u64,
    rotate_at_ms: u64,
    closing: bool,
    checkpoint: Option<String>,
    outbox: Outbox,
}

impl Audit {
    /// A trail under a plan. Without a keyring nothing is sealed and nothing leaves; streams are only counted.
    pub fn new(plan: Rc<Plan>, mode: String, keyring: Option<Keyring>) -> Self {
        Self {
            plan,
            mode,
            keyring,
            chain: None,
            previous: None,
            heartbeat_at_ms: 0,
            rotate_at_ms: u64::MAX,
            closing: false,
            checkpoint: None,
            outbox: Outbox::new(Size::default()),
        }
    }

    /// The records on their way.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Promises room for one event under strict delivery; false refuses the request.
    pub fn reserve(&mut self) -> bool {
        self.keyring.is_none() || self.outbox.reserve()
    }

    /// Takes the promise back: the stream left no event.
    pub fn release(&mut self) {
        self.outbox.release();
    }

    /// A stream ended, and left an event or was sampled out.
    pub fn ended(&mut self, event: Option<Event>, now_ms: u64, entropy: &mut dyn Entropy) {
        self.rotate(now_ms, entropy);
        self.outbox.ledger.seen();
        let Some(event) = event.filter(|_| self.chain.is_some()) else {
            self.outbox.ledger.sampled_out();
            return;
        };
        let class = if event.reserved { Class::Strict } else { event.class.into() };
        if event.reserved {
            self.outbox.release();
        }
        self.seal(Kind::Event, event.body, class, event.time_ms, event.trace);
    }

    /// Opens, rotates, and says that the chain lives.
    pub fn tick(&mut self, now_ms: u64, entropy: &mut dyn Entropy) {
        if self.closing {
            // Streams that ended after the close opened a successor; it ends with the next tick.
            self.end_chain(now_ms, entropy);
            return;
        }
        self.rotate(now_ms, entropy);
        if self.chain.is_some() && now_ms >= self.heartbeat_at_ms {
            self.heartbeat_at_ms = now_ms.saturating_add(HEARTBEAT_MS);
            let body = self.status(now_ms).to_heartbeat(entropy);
            self.seal(Kind::Heartbeat, body, Class::Heartbeat, now_ms, None);
        }
    }

    /// Closes the chain for good. Streams that end later open a successor that names it.
    pub fn close(&mut self, now_ms: u64, entropy: &mut dyn Entropy) {
        self.closing = true;
        self.end_chain(now_ms, entropy);
    }

    /// The next batch in wire form, under an id that its answer is booked under.
    pub fn batch(&mut self, now_ms: u64) -> Option<(u64, Vec<u8>)> {
        let flights = if self.closing { FLIGHTS_CLOSING } else { FLIGHTS };
        let most = usize::try_from(self.plan.audit.batch).unwrap_or(usize::MAX);
        let (id, items) = self.outbox.take(now_ms, most, flights)?;
        let service = self.plan.meta.service.as_deref().unwrap_or("inkseal");
        Some((id, otlp::encode(self.plan.audit.format, items, service)))
    }

    /// Books an answer and the checkpoint that it brought.
    pub fn answered(&mut self, id: u64, answer: &Answer, checkpoint: Option<String>, now_ms: u64, jitter: u64) {
        self.outbox.answered(id, answer, now_ms, jitter);
        if checkpoint.is_some() {
            self.checkpoint = checkpoint;
        }
    }

    /// Whether everything that was sealed has been answered for.
    pub fn is_drained(&self) -> bool {
        self.chain.is_none() && self.outbox.is_empty()
    }

    /// Sees to it that a chain is open under the key in force.
    fn rotate(&mut self, now_ms: u64, entropy: &mut dyn Entropy) {
        if self.chain.is_some() && now_ms < self.rotate_at_ms {
            return;
        }
        let Some(keyring) = &self.keyring else { return };
        let next = keyring.next_rotation(now_ms).unwrap_or(u64::MAX);
        let Some(key) = keyring.seal_key_at(now_ms) else {
            // No key in force any more: the chain goes on under the old one rather than losing events.
            self.rotate_at_ms = next;
            return;
        };
        if self.chain.as_ref().is_some_and(|chain| chain.kid() == key.kid) {
            self.rotate_at_ms = next;
            return;
        }
        let Some(verifier) = keyring.verifier_public_at(now_ms) else { return };
        let Ok(chain) = Chain::open(key, &verifier, entropy) else { return };
        self.end_chain(now_ms, entropy);
        let open = Open {
            time_ms: now_ms,
            plan: self.plan.digest().to_owned(),
            mode: self.mode.clone(),
            previous: self.previous.take(),
        };
        self.outbox.ledger.open(*chain.id());
        self.chain = Some(chain);
        self.rotate_at_ms = next;
        self.heartbeat_at_ms = now_ms.saturating_add(HEARTBEAT_MS);
        let body = open.to_body(entropy);
        self.seal(Kind::Open, body, Class::Frame, now_ms, None);
    }

    fn end_chain(&mut self, now_ms: u64, entropy: &mut dyn Entropy) {
        if self.chain.is_none() {
            return;
        }
        let body = self.status(now_ms).to_close(entropy);
        self.seal(Kind::Close, body, Class::Frame, now_ms, None);
        self.previous = self.chain.take().map(|chain| Previous {
            kid: chain.kid().to_owned(),
            chain: *chain.id(),
            seq: chain.next_seq().saturating_sub(1),
            accumulator: chain.accumulator(),
        });
    }

    fn status(&self, now_ms: u64) -> Status {
        let ledger = &self.outbox.ledger;
        Status {
            time_ms: now_ms,
            plan: self.plan.digest().to_owned(),
            mode: self.mode.clone(),
            accumulator: self.chain.as_ref().map(Chain::accumulator).unwrap_or_default(),
            counts: ledger.counts,
            dropped: ledger.dropped.clone(),
            rejected: ledger.rejected.clone(),
            checkpoint: self.checkpoint.clone(),
        }
    }

    fn seal(&mut self, kind: Kind, body: String, class: Class, time_ms: u64, trace: Option<Trace>) {
        let Some(chain) = &mut self.chain else { return };
        let record: Record = chain.seal(kind, body, true);
        let (trace_id, span_id) = trace.map_or((None, None), |trace| (Some(trace.trace_id), trace.span_id));
        self.outbox.push(Item { record, class, time_ms, trace_id, span_id });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Counter, keyring, plan};
    use inkseal_engine::seal::body;
    use inkseal_engine::verify::{Anchor, Code, Verifier};
    use serde_json::{Value, json};

    struct Edge {
        audit: Audit,
        entropy: Counter,
        keyring: Keyring,
        sent: Vec<Record>,
    }

    impl Edge {
        fn new(rotates_at: Option<u64>) -> Self {
            let audit = Audit::new(Rc::new(plan(&[])), "enforce".into(), Some(keyring(rotates_at)));
            Self { audit, entropy: Counter(1), keyring: keyring(rotates_at), sent: Vec::new() }
        }

        fn event(&mut self, now: u64) {
            let body = format!(r#"{{"n":"{}"}}"#, body::nonce(&mut self.entropy));
            let event = Event { body, time_ms: now, class: sample::Class::Changed, reserved: false, trace: None };
            self.audit.ended(Some(event), now, &mut self.entropy);
        }

        /// Delivers everything that may leave, with one answer.
        fn deliver(&mut self, now: u64, answer: Answer) {
            while let Some((id, batch)) = self.audit.batch(now) {
                if matches!(answer, Answer::Accepted { .. }) {
                    let text = String::from_utf8(batch).unwrap();
                    self.sent.extend(text.lines().map(|line| Record::from_json(line).unwrap()));
                }
                self.audit.answered(id, &answer, None, now, 0);
            }
        }

        fn codes(&self) -> Vec<Code> {
            let mut verifier = Verifier::new(&self.keyring, Anchor::default());
            self.sent.iter().cloned().for_each(|record| verifier.push(record));
            verifier.finish().codes()
        }

        fn kinds(&self) -> Vec<u8> {
            self.sent.iter().map(|record| record.kind).collect()
        }

        fn body(&self, at: usize) -> Value {
            serde_json::from_str(self.sent[at].body.as_ref().unwrap()).unwrap()
        }
    }

    const OK: Answer = Answer::Accepted { refused: 0 };

    #[test]
    fn a_vm_that_sees_neither_stream_nor_tick_leaves_no_chain() {
        let mut edge = Edge::new(None);
        edge.audit.close(1, &mut edge.entropy);
        assert!(edge.audit.is_drained() && edge.audit.batch(1).is_none());
    }

    #[test]
    fn a_whole_life_verifies() {
        let mut edge = Edge::new(None);
        edge.event(5);
        edge.audit.tick(200, &mut edge.entropy);
        edge.deliver(200, OK);
        edge.audit.tick(10_004, &mut edge.entropy);
        edge.audit.tick(10_005, &mut edge.entropy);
        edge.audit.tick(10_205, &mut edge.entropy);
        edge.audit.ended(None, 10_300, &mut edge.entropy);
        edge.event(10_400);
        edge.audit.close(11_000, &mut edge.entropy);
        edge.deliver(11_000, OK);
        assert_eq!(edge.kinds(), [0, 1, 2, 1, 9], "a heartbeat ten seconds after the opening, and one only");
        assert!(edge.audit.is_drained());
        assert_eq!(edge.codes(), [Code::Unanchored]);
        let counts = &edge.body(4)["counts"];
        assert_eq!((&counts["seen"], &counts["emitted"], &counts["sampled_out"]), (&json!(3), &json!(2), &json!(1)));
        assert_eq!(counts["acknowledged"], json!(1));
    }

    #[test]
    fn chains_rotate_with_the_key_and_name_their_predecessor() {
        let mut edge = Edge::new(Some(1_000));
        edge.event(5);
        edge.event(999);
        edge.event(1_000);
        edge.audit.close(1_100, &mut edge.entropy);
        edge.deliver(1_100, OK);
        assert_eq!(edge.kinds(), [0, 1, 1, 9, 0, 1, 9]);
        let kids: Vec<&str> = edge.sent.iter().map(|record| record.kid.as_str()).collect();
        assert_eq!(kids, ["a-s1", "a-s1", "a-s1", "a-s1", "b-s1", "b-s1", "b-s1"]);
        assert_eq!(edge.body(4)["previous"]["seq"], "3");
        assert_eq!(edge.codes(), [Code::Unanchored]);
    }

    #[test]
    fn a_stream_that_ends_after_the_close_opens_a_successor() {
        let mut edge = Edge::new(None);
        edge.event(5);
        edge.audit.close(10, &mut edge.entropy);
        edge.event(20);
        assert!(!edge.audit.is_drained());
        edge.audit.tick(30, &mut edge.entropy);
        edge.audit.tick(40, &mut edge.entropy);
        edge.deliver(40, OK);
        assert_eq!(edge.kinds(), [0, 1, 9, 0, 1, 9]);
        assert_eq!(edge.body(3)["previous"]["seq"], "2");
        assert!(edge.audit.is_drained());
        assert_eq!(edge.codes(), [Code::Unanchored]);
    }

    #[test]
    fn what_the_collector_refuses_is_declared_by_the_next_heartbeat() {
        let mut edge = Edge::new(None);
        edge.audit.tick(0, &mut edge.entropy);
        edge.deliver(0, OK);
        edge.event(5);
        edge.event(6);
        edge.deliver(10, Answer::Refused);
        edge.audit.tick(10_000, &mut edge.entropy);
        edge.audit.close(10_001, &mut edge.entropy);
        edge.deliver(10_001, OK);
        assert_eq!(edge.body(1)["rejected"], json!([{"class": "changed", "first": "1", "last": "2"}]));
        assert_eq!(edge.codes(), [Code::Rejected, Code::Unanchored]);
    }

    #[test]
    fn a_silent_collector_loses_nothing() {
        let mut edge = Edge::new(None);
        edge.event(5);
        for now in [100, 1_000, 5_000] {
            edge.deliver(now, Answer::Retry { after_ms: None });
        }
        edge.audit.close(60_000, &mut edge.entropy);
        edge.deliver(600_000, OK);
        assert_eq!(edge.kinds(), [0, 1, 9]);
        assert_eq!(edge.codes(), [Code::Unanchored]);
    }
}
