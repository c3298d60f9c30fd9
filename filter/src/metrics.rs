//! Counters, gauges and histograms. Labels are bounded: rules, actions and reasons are the plan's and our own words.
//!
//! A label stands in a metric's name as `inkseal_LABEL=.=VALUE;.;`; the `stats_tags` that `inkseal compile` emits turn it
//! into a tag.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use inkseal_engine::event::Origin;
use inkseal_engine::exchange::Finding;
use inkseal_engine::seal::body::Counters;
use inkseal_engine::surface::Half;

use crate::host::{self, MetricKind};

/// Most metrics that one configuration defines; whatever comes then is not counted by label.
const MOST: usize = 4096;

/// The metrics of one configuration, defined as they are first used.
pub struct Metrics {
    ids: RefCell<BTreeMap<String, u32>>,
    /// Those that every stream counts, so that no name has to be spelled and looked up for them.
    requests: Known,
    blocked: Known,
    halves: [Directed; 2],
    /// What was last said of the outbox, so that counters grow by the difference.
    told: RefCell<Counters>,
}

/// The metrics of one direction's bodies.
#[derive(Default)]
struct Directed {
    callbacks: Known,
    bytes: Known,
    held: Known,
}

/// The id of a metric once it is defined.
#[derive(Default)]
struct Known(Cell<Option<u32>>);

impl Metrics {
    /// Defines the metrics that are of interest while still zero.
    pub fn new(origin: &Origin) -> Self {
        let metrics = Self {
            ids: RefCell::default(),
            requests: Known::default(),
            blocked: Known::default(),
            halves: Default::default(),
            told: RefCell::default(),
        };
        for name in ["requests", "blocked", "limit_hits", "events_emitted", "events_acked", "events_dropped"] {
            metrics.add(format!("inkseal_{name}_total"), 0);
        }
        metrics.add("inkseal_events_rejected_total".into(), 0);
        let info = labelled("plan_info", &[("plan", &origin.plan), ("policy", &origin.policy), ("mode", &origin.mode)]);
        metrics.record(MetricKind::Gauge, info, 1);
        metrics
    }

    /// Withdraws the plan's info gauge: the configuration is gone.
    pub fn retire(&self, origin: &Origin) {
        let info = labelled("plan_info", &[("plan", &origin.plan), ("policy", &origin.policy), ("mode", &origin.mode)]);
        self.record(MetricKind::Gauge, info, 0);
    }

    /// A request began.
    pub fn request(&self) {
        self.add_known(&self.requests, 1, || "inkseal_requests_total".into());
    }

    /// An exchange was refused.
    pub fn blocked(&self) {
        self.add_known(&self.blocked, 1, || "inkseal_blocked_total".into());
    }

    /// A body was not read.
    pub fn uninspected(&self, reason: &str) {
        self.add(labelled("uninspected_total", &[("reason", reason)]), 1);
        if reason == "limit" {
            self.add("inkseal_limit_hits_total".into(), 1);
        }
    }

    /// What rules found.
    pub fn findings(&self, findings: &[Finding]) {
        for found in findings {
            self.add(labelled("findings_total", &[("rule", &found.rule), ("action", found.action)]), found.count);
        }
    }

    /// A body callback brought data.
    pub fn body_callback(&self, half: Half) {
        let name = || labelled("body_callbacks_total", &[("direction", direction(half))]);
        self.add_known(&self.directed(half).callbacks, 1, name);
    }

    /// A body ended: its length, and the most that was held back of it.
    pub fn body(&self, half: Half, bytes: u64, held: u64) {
        let Directed { bytes: lengths, held: holds, .. } = self.directed(half);
        for (known, name, value) in [(lengths, "body_bytes", bytes), (holds, "hold_back_bytes", held)] {
            let name = || labelled(name, &[("direction", direction(half))]);
            if let Some(id) = self.known(known, MetricKind::Histogram, name) {
                host::record_metric(id, value);
            }
        }
    }

    /// Where the outbox stands.
    pub fn outbox(&self, totals: Counters, records: usize, bytes: usize) {
        let told = self.told.replace(totals);
        self.add("inkseal_events_emitted_total".into(), totals.emitted.saturating_sub(told.emitted));
        self.add("inkseal_events_acked_total".into(), totals.acknowledged.saturating_sub(told.acknowledged));
        self.add("inkseal_events_dropped_total".into(), totals.dropped.saturating_sub(told.dropped));
        self.add("inkseal_events_rejected_total".into(), totals.rejected.saturating_sub(told.rejected));
        self.record(MetricKind::Gauge, "inkseal_outbox_records".into(), records as u64);
        self.record(MetricKind::Gauge, "inkseal_outbox_bytes".into(), bytes as u64);
    }

    fn directed(&self, half: Half) -> &Directed {
        let [request, response] = &self.halves;
        match half {
            Half::Request => request,
            Half::Response => response,
        }
    }

    fn add_known(&self, known: &Known, amount: u64, name: impl FnOnce() -> String) {
        if let Some(id) = self.known(known, MetricKind::Counter, name) {
            host::add_metric(id, amount);
        }
    }

    fn known(&self, known: &Known, kind: MetricKind, name: impl FnOnce() -> String) -> Option<u32> {
        if known.0.get().is_none() {
            known.0.set(self.id(kind, name()));
        }
        known.0.get()
    }

    fn add(&self, name: String, amount: u64) {
        if let Some(id) = self.id(MetricKind::Counter, name)
            && amount > 0
        {
            host::add_metric(id, amount);
        }
    }

    fn record(&self, kind: MetricKind, name: String, value: u64) {
        if let Some(id) = self.id(kind, name) {
            host::record_metric(id, value);
        }
    }

    fn id(&self, kind: MetricKind, name: String) -> Option<u32> {
        let mut ids = self.ids.borrow_mut();
        if let Some(id) = ids.get(&name) {
            return Some(*id);
        }
        if ids.len() >= MOST {
            return None;
        }
        let id = host::define_metric(kind, &name)?;
        ids.insert(name, id);
        Some(id)
    }
}

fn direction(half: Half) -> &'static str {
    match half {
        Half::Request => "request",
        Half::Response => "response",
    }
}

/// `inkseal_rule=.=secrets;.;inkseal_findings_total`.
fn labelled(name: &str, labels: &[(&str, &str)]) -> String {
    let labels: String = labels.iter().map(|(label, value)| format!("inkseal_{label}=.={value};.;")).collect();
    format!("{labels}inkseal_{name}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn labels_stand_before_the_name() {
        assert_eq!(
            super::labelled("findings_total", &[("rule", "a"), ("action", "mask")]),
            "inkseal_rule=.=a;.;inkseal_action=.=mask;.;inkseal_findings_total"
        );
    }
}
