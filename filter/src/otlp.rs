//! Batches on the wire: OTLP/HTTP JSON logs, or a record a line.

use data_encoding::HEXLOWER;
use inkseal_engine::policy::model::SinkFormat;
use inkseal_engine::seal::{ChainId, Kind, Record};
use serde_json::{Map, Value, json};

use crate::outbox::Item;

/// The content type of a format.
pub fn content_type(format: SinkFormat) -> &'static str {
    match format {
        SinkFormat::Otlp => "application/json",
        SinkFormat::Ndjson => "application/x-ndjson",
    }
}

/// Writes a batch. Of each chain, the first record of the batch carries the sealed seed, and so do opens, heartbeats and
/// closes: any part of a trail can be verified alone.
pub fn encode(format: SinkFormat, batch: &[Item], service: &str) -> Vec<u8> {
    let mut seeded: Vec<ChainId> = Vec::new();
    let records = batch.iter().map(|item| {
        let record = &item.record;
        let seed = record.kind != Kind::Event as u8 || !seeded.contains(&record.chain);
        seeded.push(record.chain);
        (item, seed)
    });
    match format {
        SinkFormat::Otlp => {
            let logs: Vec<Value> = records.map(|(item, seed)| log_record(item, seed)).collect();
            let scope = json!({"name": "inkseal", "version": env!("CARGO_PKG_VERSION")});
            let resource = json!({"attributes": [attribute("service.name", service.to_owned())]});
            let logs = json!({"resource": resource, "scopeLogs": [{"scope": scope, "logRecords": logs}]});
            json!({"resourceLogs": [logs]}).to_string().into_bytes()
        }
        SinkFormat::Ndjson => {
            let mut out = Vec::new();
            for (item, seed) in records {
                let record = Record { seed: item.record.seed.clone().filter(|_| seed), ..item.record.clone() };
                out.extend_from_slice(record.to_json().as_bytes());
                out.push(b'\n');
            }
            out
        }
    }
}

/// A record as an OTLP log record: the body is the canonical text, byte for byte; the rest stands in attributes.
/// 64-bit integers are strings in OTLP's JSON.
fn log_record(item: &Item, seed: bool) -> Value {
    let record = &item.record;
    let mut attributes = vec![
        attribute("inkseal.kid", record.kid.clone()),
        attribute("inkseal.chain", HEXLOWER.encode(&record.chain)),
        attribute("inkseal.seq", record.seq.to_string()),
        json!({"key": "inkseal.kind", "value": {"intValue": record.kind.to_string()}}),
        attribute("inkseal.c", HEXLOWER.encode(&record.c)),
        attribute("inkseal.tag", HEXLOWER.encode(&record.tag)),
    ];
    if let Some(sealed) = record.seed.as_ref().filter(|_| seed) {
        attributes.push(attribute("inkseal.seed", HEXLOWER.encode(sealed)));
    }
    let mut log = Map::new();
    log.insert("timeUnixNano".into(), item.time_ms.saturating_mul(1_000_000).to_string().into());
    // INFO of OTLP's severity numbers; the event's own severity is sealed in its body.
    log.insert("severityNumber".into(), 9.into());
    log.insert("attributes".into(), attributes.into());
    if let Some(body) = &record.body {
        log.insert("body".into(), json!({"stringValue": body}));
    }
    if let Some(trace) = &item.trace_id {
        log.insert("traceId".into(), trace.as_str().into());
    }
    if let Some(span) = &item.span_id {
        log.insert("spanId".into(), span.as_str().into());
    }
    Value::Object(log)
}

fn attribute(key: &str, value: String) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Class;

    fn item(seq: u64, kind: Kind) -> Item {
        let record = Record {
            kid: "s1".into(),
            chain: [1; 16],
            seq,
            kind: kind as u8,
            c: [2; 32],
            tag: [3; 32],
            seed: Some(vec![4; inkseal_engine::seal::SEALED_SEED_LEN]),
            body: Some(r#"{"a":"\u0001é"}"#.into()),
        };
        let trace_id = Some("4bf92f3577b34da6a3ce929d0e0e4736".into());
        Item { record, class: Class::Clean, time_ms: 1_764_000_000_000, trace_id, span_id: None }
    }

    /// The record that an attribute list spells.
    fn read(log: &Value) -> Record {
        let attributes = log["attributes"].as_array().unwrap();
        let text = |name: &str| {
            let value = attributes.iter().find(|attribute| attribute["key"] == name)?.get("value")?;
            value.get("stringValue").or(value.get("intValue"))?.as_str()
        };
        Record::from_parts(
            text("inkseal.kid").unwrap(),
            text("inkseal.chain").unwrap(),
            text("inkseal.seq").unwrap(),
            text("inkseal.kind").unwrap().parse().unwrap(),
            text("inkseal.c").unwrap(),
            text("inkseal.tag").unwrap(),
            text("inkseal.seed").map(|seed| HEXLOWER.decode(seed.as_bytes()).unwrap()),
            log["body"]["stringValue"].as_str().map(str::to_owned),
        )
        .unwrap()
    }

    #[test]
    fn otlp_carries_the_record_whole() {
        let batch = [item(7, Kind::Event), item(8, Kind::Event), item(9, Kind::Heartbeat)];
        let sent: Value = serde_json::from_slice(&encode(SinkFormat::Otlp, &batch, "edge-a")).unwrap();
        let logs = &sent["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
        let records: Vec<Record> = logs.as_array().unwrap().iter().map(read).collect();
        assert_eq!(records[0], batch[0].record);
        assert_eq!(records[1], Record { seed: None, ..batch[1].record.clone() }, "once a batch");
        assert_eq!(records[2], batch[2].record, "heartbeats always carry the seed");
        assert_eq!(logs[0]["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(logs[0]["timeUnixNano"], "1764000000000000000");
        assert_eq!(sent["resourceLogs"][0]["resource"]["attributes"][0]["value"]["stringValue"], "edge-a");
    }

    #[test]
    fn ndjson_is_a_record_a_line() {
        let batch = [item(7, Kind::Event), item(8, Kind::Event)];
        let sent = String::from_utf8(encode(SinkFormat::Ndjson, &batch, "edge-a")).unwrap();
        let records: Vec<Record> = sent.lines().map(|line| Record::from_json(line).unwrap()).collect();
        assert_eq!(records[0], batch[0].record);
        assert_eq!(records[1], Record { seed: None, ..batch[1].record.clone() });
        assert!(sent.ends_with('\n'));
    }
}
