//! What is measured side by side over the same bodies.

use std::collections::BTreeSet;
use std::rc::Rc;

use inkseal::exchange::{keys, policy};
use inkseal::host::{Config, Engine as Wasm, Module, Vm};
use inkseal_engine::plan::{Plan, packed};
use inkseal_engine::policy::model::Pattern;
use inkseal_engine::policy::{Catalogue, Sources};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use crate::exchange::response;
use crate::inputs::Input;

/// Bytes that come at once, as Envoy reads them.
pub const CHUNK: usize = 16 << 10;

/// Something that takes a body and says how many bytes come out.
pub trait Engine {
    /// What tables call it.
    fn name(&self) -> &'static str;

    /// One body; `None` when it is none for this engine.
    ///
    /// # Errors
    /// It failed: said in words.
    fn run(&mut self, input: &Input) -> Result<Option<usize>, String>;
}

/// The plan of a pack, in its written form, with the patterns of its detectors.
pub struct Material {
    /// The plan.
    pub json: String,
    /// Expressions of the detectors that its rules use.
    pub patterns: Vec<String>,
}

/// The plan of a policy.
///
/// # Errors
/// It does not compile.
pub fn plan(document: serde_json::Value) -> Result<String, String> {
    let (mut sources, catalogue) = catalogue()?;
    policy::plan(&mut sources, &catalogue, &document, "compare").map_err(|error| format!("{error:#}"))
}

fn catalogue() -> Result<(Sources, Catalogue), String> {
    let mut sources = Sources::new();
    let parsed = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS);
    Ok((sources, parsed.map_err(|_| "the catalogue does not parse".to_owned())?))
}

/// Compiles a pack.
///
/// # Errors
/// It does not compile.
pub fn material(pack: &str) -> Result<Material, String> {
    let json = plan(serde_json::json!({
        "include": [pack],
        "audit": {"sink": {"cluster": "audit_collector", "format": "ndjson", "path": "/v1/audit", "flush": "10s"}},
    }))?;
    let (_, catalogue) = catalogue()?;
    let plan: serde_json::Value = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    let empty = Vec::new();
    let list = |value: &serde_json::Value, name: &str| value.get(name).and_then(|it| it.as_array()).cloned();
    let mut used = BTreeSet::new();
    for rule in list(&plan, "rules").unwrap_or_default() {
        for find in list(&rule, "finds").unwrap_or_default() {
            let detect = find.pointer("/what/content/detect").and_then(|it| it.as_array()).unwrap_or(&empty);
            used.extend(detect.iter().filter_map(serde_json::Value::as_u64));
        }
    }
    let packed = plan.get("detectors").and_then(|it| it.as_str()).unwrap_or_default();
    let detectors: Vec<serde_json::Value> =
        serde_json::from_slice(&packed::unpack(packed)?).map_err(|error| error.to_string())?;
    let ids = used.iter().filter_map(|&at| detectors.get(at as usize)?.get("id")?.as_str().map(str::to_owned));
    let patterns = ids.filter_map(|id| match &catalogue.detector(&id)?.pattern {
        Pattern::Regex { source, .. } => Some(source.value.clone()),
        Pattern::Names { .. } => None,
    });
    Ok(Material { patterns: patterns.collect(), json })
}

/// The engine, native: a whole exchange, its body in chunks.
pub struct Native(Rc<Plan>, usize, &'static str);

impl Native {
    /// With this plan, over chunks of so many bytes.
    ///
    /// # Errors
    /// The plan does not load.
    pub fn new(material: &Material, chunk: usize, name: &'static str) -> Result<Self, String> {
        Ok(Self(Rc::new(Plan::load(material.json.as_bytes()).map_err(|error| error.to_string())?), chunk, name))
    }
}

impl Engine for Native {
    fn name(&self) -> &'static str {
        self.2
    }

    fn run(&mut self, input: &Input) -> Result<Option<usize>, String> {
        Ok(Some(response(&self.0, input, self.1)))
    }
}

/// The shipped filter in the native host.
pub struct Guest(Vm);

impl Guest {
    /// With this plan.
    ///
    /// # Errors
    /// The filter cannot be built or does not start.
    pub fn new(material: &Material) -> Result<Self, String> {
        let start = || -> Result<Vm, Box<dyn std::error::Error>> {
            let mut config = Config::default().configuration(material.json.clone());
            config.env = keys::environment(config.now_ns / 1_000_000)?;
            let module = Module::from_file(&Wasm::new()?, &inkseal::wasm_build::filter_wasm()?)?;
            Ok(Vm::new(&module, config)?)
        };
        start().map(Self).map_err(|error| error.to_string())
    }

    /// Bytes of the VM's memory.
    pub fn memory(&self) -> usize {
        self.0.memory_bytes()
    }
}

impl Engine for Guest {
    fn name(&self) -> &'static str {
        "guest"
    }

    fn run(&mut self, input: &Input) -> Result<Option<usize>, String> {
        let mut run = || -> Result<usize, Box<dyn std::error::Error>> {
            let mut stream = self.0.stream()?;
            stream.request_headers(&[(":method", "GET"), (":path", "/"), (":authority", "a.example")], true)?;
            stream.response_headers(&[(":status", "200"), ("content-type", input.media_type)], false)?;
            for chunk in input.body.chunks(CHUNK) {
                stream.response_body(chunk, false)?;
            }
            stream.response_body(b"", true)?;
            Ok(stream.finish()?.client.body.len())
        };
        run().map(Some).map_err(|error| error.to_string())
    }
}

/// The same expressions in one multi-pattern searcher, each match replaced: without validators, keywords, views, JSON.
pub struct Meta(Regex);

/// Longer bodies are not given to it: where its lazy automaton gives up, one search of 256 KiB takes minutes.
const META_MOST: usize = 64 << 10;

impl Meta {
    /// Over these expressions.
    ///
    /// # Errors
    /// They are too large for it.
    pub fn new(material: &Material) -> Result<Self, String> {
        let config = Regex::config().utf8_empty(false).nfa_size_limit(Some(1 << 30)).hybrid_cache_capacity(64 << 20);
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let built = Regex::builder().configure(config).syntax(syntax).build_many(&material.patterns);
        built.map(Self).map_err(|error| error.to_string())
    }
}

impl Engine for Meta {
    fn name(&self) -> &'static str {
        "meta multi-pattern"
    }

    fn run(&mut self, input: &Input) -> Result<Option<usize>, String> {
        if input.body.len() > META_MOST {
            return Ok(None);
        }
        let mut out = Vec::with_capacity(input.body.len());
        let mut from = 0;
        for found in self.0.find_iter(&input.body) {
            out.extend_from_slice(input.body.get(from..found.start()).unwrap_or_default());
            out.extend_from_slice(b"[REDACTED]");
            from = found.end();
        }
        out.extend_from_slice(input.body.get(from..).unwrap_or_default());
        Ok(Some(out.len()))
    }
}

/// JSON parsed into a tree and written again: what a filter costs that does no more than that.
pub struct Serde;

impl Engine for Serde {
    fn name(&self) -> &'static str {
        "serde_json"
    }

    fn run(&mut self, input: &Input) -> Result<Option<usize>, String> {
        if input.media_type != "application/json" {
            return Ok(None);
        }
        let value: serde_json::Value = serde_json::from_slice(&input.body).map_err(|error| error.to_string())?;
        serde_json::to_vec(&value).map(|text| Some(text.len())).map_err(|error| error.to_string())
    }
}

/// One byte looked for, and a copy: the floor.
pub struct Memchr;

impl Engine for Memchr {
    fn name(&self) -> &'static str {
        "memchr and copy"
    }

    fn run(&mut self, input: &Input) -> Result<Option<usize>, String> {
        let found = memchr::memchr_iter(b'\0', &input.body).count();
        Ok(Some(input.body.clone().len() + found))
    }
}
