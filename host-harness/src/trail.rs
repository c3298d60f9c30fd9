//! Trails in files: records as NDJSON or as OTLP JSON logs, as an edge sends them and a collector exports them.

use inkseal_engine::seal::Record;
use serde_json::Value;

/// A row of a trail.
#[derive(Debug, PartialEq, Eq)]
pub enum Row {
    /// A record. What it claims is for the verifier to judge.
    Record(Box<Record>),
    /// Something that was meant as a record and is none.
    Malformed,
    /// A line about the trail, such as a checkpoint: an object with a `type`, which no record has.
    Other,
}

/// Reads one line: a record in its wire form, or an OTLP logs request with any number of them.
pub fn rows(line: &str) -> Vec<Row> {
    if let Ok(record) = Record::from_json(line) {
        return vec![Row::Record(Box::new(record))];
    }
    match serde_json::from_str::<Value>(line) {
        Ok(value) if value.get("resourceLogs").is_some() => otlp(&value),
        Ok(value) if value.get("type").is_some() && value.get("tag").is_none() => vec![Row::Other],
        _ => vec![Row::Malformed],
    }
}

/// The log records of an OTLP logs request in its JSON form
/// (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>). Those without an `inkseal.` attribute belong to
/// others and are skipped.
fn otlp(request: &Value) -> Vec<Row> {
    let logs = children(request, "resourceLogs")
        .flat_map(|resource| children(resource, "scopeLogs"))
        .flat_map(|scope| children(scope, "logRecords"));
    logs.filter_map(otlp_row).collect()
}

fn children<'a>(parent: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    parent.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn otlp_row(log: &Value) -> Option<Row> {
    let key = |attribute: &Value| attribute.get("key").and_then(Value::as_str).map(str::to_owned);
    let ours = |name: &String| name.starts_with("inkseal.");
    let mut names: Vec<String> = children(log, "attributes").filter_map(key).filter(ours).collect();
    if names.is_empty() {
        return None;
    }
    names.sort_unstable();
    // Of two attributes with one name, who knows which one a reader takes.
    let repeated = names.windows(2).any(|pair| pair.first() == pair.last());
    let record = if repeated { None } else { otlp_record(log) };
    Some(record.map_or(Row::Malformed, |record| Row::Record(Box::new(record))))
}

fn otlp_record(log: &Value) -> Option<Record> {
    let value = |name: &str| {
        let mut attributes = children(log, "attributes");
        attributes.find(|attribute| attribute.get("key").and_then(Value::as_str) == Some(name))?.get("value")
    };
    let text = |name: &str| value(name)?.get("stringValue")?.as_str();
    // OTLP spells 64-bit integers as strings; some writers leave them numbers.
    let number = |name: &str| match value(name)? {
        value if value.get("stringValue").is_some() => text(name).map(str::to_owned),
        value => match value.get("intValue")? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        },
    };
    let seed = match value("inkseal.seed") {
        None => None,
        Some(_) => Some(data_encoding::HEXLOWER.decode(text("inkseal.seed")?.as_bytes()).ok()?),
    };
    let body = match log.get("body") {
        None | Some(Value::Null) => None,
        Some(body) => Some(body.get("stringValue")?.as_str()?.to_owned()),
    };
    let kind = number("inkseal.kind")?.parse().ok()?;
    let [kid, chain, c, tag] = ["inkseal.kid", "inkseal.chain", "inkseal.c", "inkseal.tag"].map(text);
    Record::from_parts(kid?, chain?, &number("inkseal.seq")?, kind, c?, tag?, seed, body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record() -> Record {
        let (kid, body) = ("s1".to_owned(), Some("{\"n\":\"1\"}".to_owned()));
        Record { kid, chain: [1; 16], seq: 3, kind: 2, c: [2; 32], tag: [3; 32], seed: Some(vec![4; 80]), body }
    }

    fn log(kind: Value) -> Value {
        let wire: Value = serde_json::from_str(&record().to_json()).unwrap();
        let attribute = |name: &str| json!({"key": format!("inkseal.{name}"), "value": {"stringValue": wire[name]}});
        let mut attributes: Vec<_> = ["kid", "chain", "seq", "c", "tag", "seed"].map(attribute).into();
        attributes.push(json!({"key": "inkseal.kind", "value": {"intValue": kind}}));
        json!({"body": {"stringValue": wire["body"]}, "attributes": attributes, "severityNumber": 9})
    }

    fn request(logs: &[Value]) -> String {
        json!({"resourceLogs": [{"scopeLogs": [{"logRecords": logs}]}]}).to_string()
    }

    #[test]
    fn both_forms_give_the_record() {
        let expected = vec![Row::Record(Box::new(record()))];
        assert_eq!(rows(&record().to_json()), expected);
        assert_eq!(rows(&request(&[log(json!("2"))])), expected);
        assert_eq!(rows(&request(&[log(json!(2))])), expected);
    }

    #[test]
    fn what_is_no_record_is_told_apart() {
        let foreign = json!({"body": {"stringValue": "hello"}});
        assert_eq!(rows(&request(&[foreign])), []);
        assert_eq!(rows(&request(&[log(json!("300"))])), [Row::Malformed]);
        let mut twice = log(json!("2"));
        let first = twice["attributes"][0].clone();
        twice["attributes"].as_array_mut().unwrap().push(first);
        assert_eq!(rows(&request(&[twice])), [Row::Malformed]);
        assert_eq!(rows("{\"type\":\"checkpoint\"}"), [Row::Other]);
        for line in ["", "{", "{}", "7", "not json"] {
            assert_eq!(rows(line), [Row::Malformed], "{line}");
        }
    }
}
