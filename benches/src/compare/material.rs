//! Plans that are measured, and the expressions of their detectors for engines that know nothing else.

use std::collections::BTreeSet;

use inkseal::exchange::policy;
use inkseal_engine::plan::packed;
use inkseal_engine::policy::model::Pattern;
use inkseal_engine::policy::{Catalogue, Sources};
use serde_json::{Value, json};

/// What a detector looks for.
#[derive(Clone, Debug)]
pub struct Expression {
    /// The regular expression.
    pub pattern: String,
    /// One of these must stand near a match; none ask for nothing.
    pub keywords: Vec<String>,
    /// How near, in bytes.
    pub within: usize,
}

/// The plan of a pack, in its written form, with the expressions of its detectors.
pub struct Material {
    /// The plan.
    pub json: String,
    /// Expressions of the detectors that its rules use.
    pub expressions: Vec<Expression>,
}

impl Material {
    /// The expressions alone.
    pub fn patterns(&self) -> Vec<&str> {
        self.expressions.iter().map(|expression| expression.pattern.as_str()).collect()
    }
}

/// The plan of a policy.
///
/// # Errors
/// It does not compile.
pub fn plan(document: &Value) -> Result<String, String> {
    let (mut sources, catalogue) = catalogue()?;
    policy::plan(&mut sources, &catalogue, document, "compare").map_err(|error| format!("{error:#}"))
}

/// The shipped catalogue.
///
/// # Errors
/// It does not parse.
pub fn catalogue() -> Result<(Sources, Catalogue), String> {
    let mut sources = Sources::new();
    let parsed = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS);
    Ok((sources, parsed.map_err(|_| "the catalogue does not parse".to_owned())?))
}

/// Compiles a pack, with events of what is found, or without any.
///
/// # Errors
/// It does not compile.
pub fn material(pack: &str, audit: bool) -> Result<Material, String> {
    let audit = if audit {
        json!({"sink": {"cluster": "audit_collector", "format": "ndjson", "path": "/v1/audit", "flush": "1s"}})
    } else {
        json!({"level": "none"})
    };
    let json = plan(&json!({"include": [pack], "audit": audit}))?;
    let (_, catalogue) = catalogue()?;
    let plan: Value = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    let packed = plan.get("detectors").and_then(|it| it.as_str()).unwrap_or_default();
    let lines = packed::unpack(packed)?;
    let detectors = lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(serde_json::from_slice);
    let detectors: Vec<Value> = detectors.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let used = used(&plan);
    let ids = used.iter().filter_map(|&at| detectors.get(at as usize)?.get("id")?.as_str().map(str::to_owned));
    let expressions = ids.filter_map(|id| {
        let detector = catalogue.detector(&id)?;
        let Pattern::Regex { source, .. } = &detector.pattern else { return None };
        let keywords = detector.keywords.iter();
        Some(Expression {
            pattern: source.value.clone(),
            keywords: keywords.clone().flat_map(|it| it.any.iter().map(|word| word.value.clone())).collect(),
            within: keywords.map(|it| it.within).next().unwrap_or(0),
        })
    });
    Ok(Material { expressions: expressions.collect(), json })
}

/// The detectors that the rules of a plan use, by their places.
fn used(plan: &Value) -> BTreeSet<u64> {
    let list = |value: &Value, name: &str| value.get(name).and_then(|it| it.as_array()).cloned().unwrap_or_default();
    let mut used = BTreeSet::new();
    for find in list(plan, "rules").iter().flat_map(|rule| list(rule, "finds")) {
        let detect = find.pointer("/what/content/detect").and_then(|it| it.as_array());
        used.extend(detect.into_iter().flatten().filter_map(Value::as_u64));
    }
    used
}
