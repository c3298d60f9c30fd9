//! Costs that must not grow: with the number of detectors, of rules and of bytes; and what a VM needs to start.

use std::time::Instant;

use inkseal::host::{Engine as Wasm, Module};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::model::Pattern;
use serde_json::{Value, json};

use super::engines::{CHUNK, Engine, Guest, Native};
use super::material::{Material, catalogue, plan};
use super::{measure, quantile, spread};
use crate::inputs::inputs;

/// One line of the table.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Row {
    /// What is measured.
    pub what: String,
    /// The median.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// Half the distance of the quartiles, as a share of the median.
    pub spread: f64,
    /// The median of the time by that of the row named in `beside`, round by round.
    pub ratio: Option<f64>,
    /// The row that it is compared with.
    pub beside: String,
}

const FEW: usize = 40;
const MANY: usize = 400;
const RULES: usize = 50;

/// The bodies that detectors and rules are compared over.
const BODIES: [&str; 3] = ["JSON, no hit", "JSON, a hit in 2 KiB", "text"];

const SIZES: [usize; 5] = [1 << 10, 16 << 10, 256 << 10, 4 << 20, 16 << 20];

/// All of it.
///
/// # Errors
/// A plan does not compile, or the filter does not start.
pub fn growth(recommended: &Material, rounds: usize) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let all = detectors()?;
    let [few, many] = [spaced(&all, FEW)?, spaced(&all, MANY)?];
    rows.extend(beside(rounds, [("40 detectors", rules(&few, 1)?), ("400 detectors", rules(&many, 1)?)])?);
    rows.extend(beside(rounds, [("1 rule", rules(&many, 1)?), ("50 rules", rules(&many, RULES)?)])?);
    rows.extend(sizes(recommended, rounds)?);
    rows.extend(starts(recommended, rounds)?);
    Ok(rows)
}

/// Ids of the detectors that have an expression.
fn detectors() -> Result<Vec<String>, String> {
    let (_, catalogue) = catalogue()?;
    let found = catalogue.detectors.iter().filter(|it| matches!(it.pattern, Pattern::Regex { .. }));
    Ok(found.map(|it| it.id.value.clone()).collect())
}

/// So many of them, evenly spaced.
fn spaced(all: &[String], count: usize) -> Result<Vec<&str>, String> {
    if all.len() < count {
        return Err(format!("the catalogue has only {} expressions", all.len()));
    }
    Ok((0..count).filter_map(|at| all.get(at * all.len() / count).map(String::as_str)).collect())
}

/// The plan of a policy that deals detectors out to so many rules.
fn rules(detectors: &[&str], count: usize) -> Result<String, String> {
    let rule = |at: usize| {
        let mine: Vec<&&str> = detectors.iter().skip(at).step_by(count).collect();
        json!({"id": format!("rule.{at}"), "find": [{"in": "any", "detect": mine}]})
    };
    plan(&json!({"rules": (0..count).map(rule).collect::<Vec<Value>>(), "audit": {"level": "none"}}))
}

/// Two plans over the same bodies.
fn beside(rounds: usize, plans: [(&'static str, String); 2]) -> Result<Vec<Row>, String> {
    let mut engines: Vec<Box<dyn Engine>> = Vec::new();
    for (name, plan) in &plans {
        engines.push(Box::new(Native::new(plan, CHUNK, name)?));
    }
    let mut rows = Vec::new();
    for input in inputs(64 << 10).iter().filter(|input| BODIES.contains(&input.name)) {
        for figure in measure(&mut engines, input, rounds)? {
            let named = |name: &str| format!("{name}, {} of 64 KiB", input.name);
            let [first, second] = plans.each_ref().map(|(name, _)| *name);
            rows.push(Row {
                what: named(figure.engine),
                value: 1e3 / figure.median,
                unit: "ns a byte",
                spread: figure.spread,
                ratio: (figure.engine == second).then_some(figure.ratio),
                beside: named(first),
            });
        }
    }
    Ok(rows)
}

/// The same kind of body in different sizes.
fn sizes(recommended: &Material, rounds: usize) -> Result<Vec<Row>, String> {
    let mut engine = Native::new(&recommended.json, CHUNK, "native")?;
    let kind = |size: usize| inputs(size).into_iter().next().ok_or("no bodies");
    let bodies = SIZES.iter().map(|&size| kind(size)).collect::<Result<Vec<_>, _>>()?;
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); bodies.len()];
    for round in 0..=rounds {
        for (body, times) in bodies.iter().zip(&mut times) {
            // The first round warms up.
            if let Some(rate) = engine.rate(body)?.filter(|_| round > 0) {
                times.push(1e3 / rate);
            }
        }
    }
    let named = |size: usize| format!("JSON, no hit, of {} KiB", size >> 10);
    let base = times.get(1).cloned().unwrap_or_default();
    let row = |(&size, times): (&usize, &Vec<f64>)| Row {
        what: named(size),
        value: quantile(times.clone(), 0.5),
        unit: "ns a byte",
        spread: spread(times),
        ratio: (size != CHUNK)
            .then(|| quantile(times.iter().zip(&base).map(|(mine, base)| mine / base).collect(), 0.5)),
        beside: named(CHUNK),
    };
    Ok(SIZES.iter().zip(&times).map(row).collect())
}

/// What loading takes, natively and in the guest, and the guest's memory behind it.
fn starts(recommended: &Material, rounds: usize) -> Result<Vec<Row>, String> {
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let wasm = inkseal::wasm_build::filter_wasm().map_err(|error| format!("{error:#}"))?;
    let module = Wasm::new().and_then(|engine| Module::from_file(&engine, &wasm)).map_err(|error| failed(&error))?;
    let (mut native, mut guest, mut memory) = (Vec::new(), Vec::new(), 0);
    for _ in 0..=rounds {
        let start = Instant::now();
        let plan = Plan::load(recommended.json.as_bytes()).map_err(|error| failed(&error))?;
        native.push(start.elapsed().as_secs_f64() * 1e3);
        drop(plan);
        let start = Instant::now();
        let vm = Guest::of(&module, &recommended.json, "guest")?;
        guest.push(start.elapsed().as_secs_f64() * 1e3);
        memory = vm.memory();
    }
    let row = |what: &str, unit, values: &[f64]| Row {
        what: what.to_owned(),
        value: quantile(values.to_vec(), 0.5),
        unit,
        spread: spread(values),
        ratio: None,
        beside: String::new(),
    };
    Ok(vec![
        row("loading the plan, native", "ms", &native),
        row("starting and configuring a VM", "ms", &guest),
        row("memory of a VM after that", "MiB", &[memory as f64 / f64::from(1 << 20)]),
    ])
}

/// The rows as a table of Markdown.
pub fn markdown(rows: &[Row]) -> String {
    let mut table = "| what | is | time by |\n| --- | --- | --- |\n".to_owned();
    for row in rows {
        let by = row.ratio.map_or(String::new(), |ratio| format!("x{ratio:.2} of {}", row.beside));
        let spread = if row.spread > 0.0 { format!(" ±{:.0} %", row.spread * 100.0) } else { String::new() };
        table += &format!("| {} | {:.2} {}{spread} | {by} |\n", row.what, row.value, row.unit);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detectors_are_spaced_evenly_and_dealt_to_rules() {
        let all: Vec<String> = (0..10).map(|at| at.to_string()).collect();
        assert_eq!(spaced(&all, 5).unwrap(), ["0", "2", "4", "6", "8"]);
        assert!(spaced(&all, 11).is_err());
    }
}
