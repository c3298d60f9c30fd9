//! `inkseal detectors`.

mod markdown;

use std::io::Write;
use std::process::ExitCode;

use anstyle::{Effects, Style};
use inkseal_engine::policy::Catalogue;
use inkseal_engine::policy::model::{Detector, Pattern, Validator};
use serde_json::{Value, json};

use super::{exit, policy};

/// List the detectors and packs that ship with Inkseal
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  inkseal detectors                      everything
  inkseal detectors github               those whose id, entity or pack holds the word
  inkseal detectors secret/cloud         those of a category
  inkseal detectors --json | jq -r '.detectors[].entity' | sort -u
  inkseal detectors --format markdown    as in policies/DETECTORS.md")]
pub struct Args {
    /// Only what holds this word in its id, entity, category, description or pack
    word: Option<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// How the catalogue is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Pretty,
    /// For machines.
    Json,
    /// For documentation.
    Markdown,
}

/// Prints the catalogue.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let catalogue = policy::Workspace::new()?.catalogue;
    let wanted = args.word.unwrap_or_default().to_lowercase();
    let rows: Vec<Row<'_>> = catalogue
        .detectors
        .iter()
        .map(|detector| Row { detector, packs: packs(&catalogue, detector) })
        .filter(|row| row.holds(&wanted))
        .collect();
    let mut out = anstream::stdout().lock();
    match if args.json { Format::Json } else { args.format } {
        Format::Markdown => markdown::write(&mut out, &catalogue, &rows)?,
        Format::Json => {
            let packs = catalogue.packs.iter().map(|pack| {
                json!({
                    "name": pack.name.value,
                    "description": pack.description,
                    "includes": pack.include.iter().map(|include| &include.pack.value).collect::<Vec<_>>(),
                    "rules": pack.rules.iter().map(|rule| &rule.id.value).collect::<Vec<_>>(),
                })
            });
            let packs: Vec<Value> = packs.collect();
            let detectors: Vec<Value> = rows.iter().map(Row::to_json).collect();
            serde_json::to_writer_pretty(&mut out, &json!({"detectors": detectors, "packs": packs}))?;
            writeln!(out)?;
        }
        Format::Pretty => pretty(&mut out, &catalogue, &rows)?,
    }
    Ok(ExitCode::from(exit::FINE))
}

struct Row<'a> {
    detector: &'a Detector,
    packs: Vec<&'a str>,
}

impl Row<'_> {
    fn holds(&self, word: &str) -> bool {
        let description = self.detector.description.as_deref().unwrap_or_default();
        let category = self.detector.category.as_deref().unwrap_or_default();
        let texts = [self.detector.id.value.as_str(), &self.detector.entity, category, description];
        texts.iter().chain(&self.packs).any(|text| text.to_lowercase().contains(word))
    }

    fn to_json(&self) -> Value {
        let detector = self.detector;
        let pattern = match &detector.pattern {
            Pattern::Regex { source, tail } => json!({"pattern": source.value, "open_ended": tail.is_some()}),
            Pattern::Names { any, except } => json!({
                "names": any.iter().map(|name| &name.value).collect::<Vec<_>>(),
                "except_names": except.iter().map(|name| &name.value).collect::<Vec<_>>(),
            }),
        };
        let mut row = json!({
            "id": detector.id.value,
            "entity": detector.entity,
            "description": detector.description,
            "source": detector.source,
            "severity": detector.severity,
            "category": detector.category,
            "validate": detector.validate.iter().map(|it| validator(&it.value)).collect::<Vec<_>>(),
            "keywords": detector.keywords.as_ref()
                .map(|keywords| keywords.any.iter().map(|word| &word.value).collect::<Vec<_>>()),
            "packs": self.packs,
        });
        if let (Some(row), Value::Object(pattern)) = (row.as_object_mut(), pattern) {
            row.extend(pattern);
        }
        row
    }
}

fn validator(validator: &Validator) -> Value {
    match validator {
        Validator::MinEntropy(thousandths) => json!({"min_entropy": f64::from(*thousandths) / 1000.0}),
        other => json!(other),
    }
}

/// The packs whose own rules name the detector, and those that include one of them.
fn packs<'a>(catalogue: &'a Catalogue, detector: &Detector) -> Vec<&'a str> {
    let direct: Vec<&str> = catalogue
        .packs
        .iter()
        .filter(|pack| {
            pack.rules.iter().flat_map(|rule| &rule.find).flat_map(|find| &find.detect).any(|it| detector.is_called(it))
        })
        .map(|pack| pack.name.value.as_str())
        .collect();
    let includes = |pack: &&inkseal_engine::policy::Pack| {
        direct.contains(&pack.name.value.as_str())
            || pack.include.iter().any(|include| direct.contains(&include.pack.value.as_str()))
    };
    catalogue.packs.iter().filter(includes).map(|pack| pack.name.value.as_str()).collect()
}

fn pretty(out: &mut impl Write, catalogue: &Catalogue, rows: &[Row<'_>]) -> std::io::Result<()> {
    let (bold, faint) = (Style::new().effects(Effects::BOLD), Style::new().effects(Effects::DIMMED));
    let id = rows.iter().map(|row| row.detector.id.len()).max().unwrap_or(0).max("DETECTOR".len());
    let entity = rows.iter().map(|row| row.detector.entity.len()).max().unwrap_or(0).max("ENTITY".len());
    let pack = |row: &Row<'_>| row.packs.join(", ");
    let packs = rows.iter().map(|row| pack(row).len()).max().unwrap_or(0).max("PACKS".len());
    writeln!(out, "{bold}{:id$}  {:entity$}  {:packs$}  DESCRIPTION{bold:#}", "DETECTOR", "ENTITY", "PACKS")?;
    for row in rows {
        let description = row.detector.description.as_deref().unwrap_or_default();
        let Detector { id: name, entity: kind, .. } = row.detector;
        writeln!(out, "{:id$}  {kind:entity$}  {:packs$}  {faint}{description}{faint:#}", name.value, pack(row))?;
    }
    writeln!(out, "\n{bold}PACKS{bold:#}")?;
    let width = catalogue.packs.iter().map(|pack| pack.name.len()).max().unwrap_or(0);
    for pack in &catalogue.packs {
        writeln!(out, "{:width$}  {faint}{}{faint:#}", pack.name.value, pack.description)?;
    }
    Ok(())
}
