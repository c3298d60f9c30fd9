//! What an edge sends to its collector, as seen by a collector that takes everything.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::message::Request;

/// The bodies of all records in OTLP/HTTP JSON deliveries, as they were sealed.
pub fn bodies(deliveries: &[Request]) -> Vec<String> {
    let each = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut bodies = Vec::new();
    for delivery in deliveries {
        let otlp: Value = serde_json::from_slice(&delivery.message.body()).unwrap_or_default();
        for resource in each(&otlp, "resourceLogs") {
            for scope in each(&resource, "scopeLogs") {
                for log in each(&scope, "logRecords") {
                    bodies.extend(log.pointer("/body/stringValue").and_then(Value::as_str).map(str::to_owned));
                }
            }
        }
    }
    bodies
}

/// The events of exchanges (OCSF HTTP Activity) by trace id; records of the trail itself are left out.
pub fn events(bodies: &[String]) -> BTreeMap<String, Value> {
    let parsed = bodies.iter().filter_map(|body| serde_json::from_str::<Value>(body).ok());
    let events = parsed.filter(|event| event.get("class_uid").and_then(Value::as_u64) == Some(4002));
    events.filter_map(|event| Some((trace(&event)?, event))).collect()
}

fn trace(event: &Value) -> Option<String> {
    let places = ["/trace_uid", "/metadata/trace_uid", "/unmapped/inkseal/trace"];
    places.iter().find_map(|place| event.pointer(place)?.as_str().map(str::to_owned))
}
