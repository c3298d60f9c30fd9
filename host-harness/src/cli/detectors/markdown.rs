//! The catalogue as Markdown: a table of packs, and one of detectors for each category.

use std::collections::BTreeMap;
use std::io::Write;

use inkseal_engine::policy::Catalogue;
use inkseal_engine::policy::model::{Detector, Pattern, Severity};

use super::{Row, validator};

/// Writes what is asked for.
pub(super) fn write(out: &mut impl Write, catalogue: &Catalogue, rows: &[Row<'_>]) -> std::io::Result<()> {
    let mut categories: BTreeMap<&str, Vec<&Row<'_>>> = BTreeMap::new();
    for row in rows {
        categories.entry(row.detector.category.as_deref().unwrap_or("other")).or_default().push(row);
    }
    let entities: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.detector.entity).collect();
    writeln!(out, "{} detectors of {} entities in {} categories.\n", rows.len(), entities.len(), categories.len())?;
    writeln!(out, "| pack | what it is for | includes | detectors |\n| --- | --- | --- | --- |")?;
    for pack in &catalogue.packs {
        let name = pack.name.value.as_str();
        let includes: Vec<_> = pack.include.iter().map(|include| include.pack.value.as_str()).collect();
        let count = rows.iter().filter(|row| row.packs.contains(&name)).count();
        writeln!(out, "| `{name}` | {} | {} | {count} |", pack.description, includes.join(", "))?;
    }
    for (category, rows) in categories {
        writeln!(out, "\n### {category}\n")?;
        writeln!(out, "| id | entity | severity | what it finds | believed by |\n| --- | --- | --- | --- | --- |")?;
        for Row { detector, .. } in rows {
            let description = detector.description.as_deref().unwrap_or_default();
            let source = detector.source.as_deref().unwrap_or_default();
            writeln!(
                out,
                "| `{}` | {} | {} | [{}]({source}) | {} |",
                detector.id.value,
                detector.entity,
                severity(detector),
                description.replace('|', "\\|").replace('[', "\\[").replace(']', "\\]"),
                belief(detector),
            )?;
        }
    }
    Ok(())
}

fn severity(detector: &Detector) -> &'static str {
    match detector.severity {
        Some(Severity::Low) => "low",
        Some(Severity::Medium) => "medium",
        Some(Severity::High) => "high",
        Some(Severity::Critical) => "critical",
        None => "",
    }
}

/// What besides its pattern makes a match real.
fn belief(detector: &Detector) -> String {
    let by_name = matches!(detector.pattern, Pattern::Names { .. }).then(|| "name".to_owned());
    let keywords = detector.keywords.as_ref().map(|words| format!("keyword within {} bytes", words.within));
    let validators = detector.validate.iter().map(|it| match validator(&it.value) {
        serde_json::Value::String(name) => format!("`{name}`"),
        serde_json::Value::Object(settings) => settings.keys().map(|key| format!("`{key}`")).collect(),
        other => other.to_string(),
    });
    let open = matches!(detector.pattern, Pattern::Regex { tail: Some(_), .. }).then(|| "open-ended".to_owned());
    by_name.into_iter().chain(keywords).chain(validators).chain(open).collect::<Vec<_>>().join(", ")
}
