//! dd-sensitive-data-scanner as a process that `cargo compare` drives. On standard input come lines of JSON: first
//! `{"rules": […]}`, answered by how many rules it accepts; then `{"body": …, "json": bool}`, answered by nothing, and
//! `{"round_ms": …}`, answered by how many bytes went through it in how many nanoseconds.

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use dd_sds::{MatchAction, ProximityKeywordsConfig, RegexRuleConfig, RootRuleConfig, Scanner};
use serde_json::{Value, json};

#[derive(serde::Deserialize)]
struct Rule {
    pattern: String,
    keywords: Vec<String>,
    within: usize,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Message {
    Rules { rules: Vec<Rule> },
    Body { body: String, json: bool },
    Round { round_ms: u64 },
}

/// The most that it takes.
const WITHIN: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut scanner, mut body, mut tree) = (None, String::new(), false);
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        match serde_json::from_str(&line?)? {
            Message::Rules { rules } => {
                let accepted: Vec<_> = rules.iter().filter_map(accepted).collect();
                let built = Scanner::builder(&accepted).build();
                scanner = Some(built.map_err(|error| format!("{error:?}"))?);
                writeln!(out, "{}", json!({"accepted": accepted.len()}))?;
            }
            Message::Body { body: next, json } => (body, tree) = (next, json),
            Message::Round { round_ms } => {
                let scanner = scanner.as_ref().ok_or("no rules yet")?;
                let (start, mut bytes) = (Instant::now(), 0);
                while start.elapsed() < Duration::from_millis(round_ms) {
                    std::hint::black_box(redact(scanner, &body, tree)?);
                    bytes += body.len();
                }
                let nanoseconds = start.elapsed().as_nanos() as u64;
                writeln!(out, "{}", json!({"bytes": bytes, "nanoseconds": nanoseconds}))?;
            }
        }
        out.flush()?;
    }
    Ok(())
}

type Root = RootRuleConfig<std::sync::Arc<dyn dd_sds::RuleConfig>>;

/// The rule, if a scanner of it alone can be built.
fn accepted(rule: &Rule) -> Option<Root> {
    let mut config = RegexRuleConfig::new(&rule.pattern);
    if !rule.keywords.is_empty() {
        config = config.with_proximity_keywords(ProximityKeywordsConfig {
            look_ahead_character_count: rule.within.clamp(1, WITHIN),
            included_keywords: rule.keywords.clone(),
            excluded_keywords: Vec::new(),
        });
    }
    let root = RootRuleConfig::new(config.build()).match_action(MatchAction::redact("[REDACTED]"));
    Scanner::builder(std::slice::from_ref(&root)).build().is_ok().then_some(root)
}

/// Bytes that come out: JSON goes through a tree, whose strings are scanned.
fn redact(scanner: &Scanner, body: &str, tree: bool) -> Result<usize, Box<dyn Error>> {
    let failed = |error| format!("{error:?}");
    if tree {
        let mut value: Value = serde_json::from_str(body)?;
        scanner.scan(&mut value).map_err(failed)?;
        return Ok(serde_json::to_vec(&value)?.len());
    }
    let mut text = body.to_owned();
    scanner.scan(&mut text).map_err(failed)?;
    Ok(text.len())
}
