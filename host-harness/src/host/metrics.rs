//! Counters, gauges and histograms that the guest defines.

use std::collections::BTreeMap;

use super::status::Status;

/// One metric's present value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Only grows.
    Counter(u64),
    /// Goes up and down.
    Gauge(u64),
    /// Every value recorded, in order.
    Histogram(Vec<u64>),
}

/// The metrics of one VM; a name that is defined twice is one metric with two ids, as in Envoy.
#[derive(Default)]
pub(crate) struct Metrics {
    values: BTreeMap<String, Metric>,
    names: Vec<String>,
}

impl Metrics {
    pub(crate) fn define(&mut self, kind: u32, name: String) -> Result<u32, Status> {
        let fresh = match kind {
            0 => Metric::Counter(0),
            1 => Metric::Gauge(0),
            2 => Metric::Histogram(Vec::new()),
            _ => return Err(Status::BadArgument),
        };
        self.values.entry(name.clone()).or_insert(fresh);
        self.names.push(name);
        Ok(self.names.len() as u32)
    }

    pub(crate) fn increment(&mut self, id: u32, by: i64) -> Result<(), Status> {
        match self.metric(id)? {
            Metric::Counter(value) if by > 0 => *value = value.wrapping_add(by.unsigned_abs()),
            Metric::Gauge(value) => *value = value.saturating_add_signed(by),
            _ => return Err(Status::BadArgument),
        }
        Ok(())
    }

    pub(crate) fn record(&mut self, id: u32, new: u64) -> Result<(), Status> {
        match self.metric(id)? {
            Metric::Counter(value) => *value = value.wrapping_add(new),
            Metric::Gauge(value) => *value = new,
            Metric::Histogram(values) => values.push(new),
        }
        Ok(())
    }

    pub(crate) fn get(&mut self, id: u32) -> Result<u64, Status> {
        match self.metric(id)? {
            Metric::Counter(value) | Metric::Gauge(value) => Ok(*value),
            Metric::Histogram(_) => Err(Status::BadArgument),
        }
    }

    pub(crate) fn values(&self) -> &BTreeMap<String, Metric> {
        &self.values
    }

    fn metric(&mut self, id: u32) -> Result<&mut Metric, Status> {
        let name = (id as usize).checked_sub(1).and_then(|index| self.names.get(index)).ok_or(Status::NotFound)?;
        self.values.get_mut(name).ok_or(Status::NotFound)
    }
}
