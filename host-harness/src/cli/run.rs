//! `inkseal run`.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;

use inkseal_engine::compile::Options;
use inkseal_engine::exchange::{Attributes, Block, Flow, Headers, Summary, Transaction};
use inkseal_engine::plan::Plan;
use serde_json::{Value, json};

use super::http_text::{self, Message};
use super::policy::Workspace;
use super::{Table, diff, exit, pseudonym, usage};

/// The largest input, in bytes.
const MAX_INPUT: u64 = 256 << 20;

/// Show what a policy makes of one message
///
/// The message is a body, or `.http` text: a request or a response with its headers, or both with a line of `###`
/// between them. The redacted message goes to standard output, findings go to standard error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  inkseal run --policy shop.yaml body.json
  curl -s https://api.example/v1/users | inkseal run --policy recommended --diff
  inkseal run --policy shop.yaml --host a.shop.example --path /v1/pay --route checkout body.json
  inkseal run --policy shop.yaml exchange.http --format json

Pseudonyms use the key in INKSEAL_PSEUDONYM_KEY; without it a key of this run alone.

Exit codes: 0 nothing found, 1 something found, 2 usage or policy error.")]
pub struct Args {
    /// The message; `-` or nothing is standard input
    message: Option<PathBuf>,

    /// The policy, or the name of a pack
    #[arg(long, short, value_name = "FILE|PACK", default_value = "recommended")]
    policy: String,

    /// Which half of an exchange a body is
    #[arg(long, value_enum, default_value_t)]
    direction: Half,

    /// The body's content type [default: application/json if it is JSON, else text/plain]
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,

    /// The host, for rules that match one
    #[arg(long)]
    host: Option<String>,

    /// The path with its query, for rules that match one
    #[arg(long)]
    path: Option<String>,

    /// The method, for rules that match one
    #[arg(long)]
    method: Option<String>,

    /// The name of the route, for rules that match one
    #[arg(long)]
    route: Option<String>,

    /// Show what changed instead of the result
    #[arg(long)]
    diff: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t, conflicts_with = "diff")]
    format: Table,
}

/// Which half of an exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Half {
    /// Client to upstream
    Request,
    /// Upstream to client
    #[default]
    Response,
}

/// Runs the message through the engine.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut workspace = Workspace::new()?;
    let file = workspace.file_or_pack(&args.policy)?;
    let input = read(args.message.as_deref())?;
    let Some(plan) = workspace.compile_or_report(file, &Options::default())? else {
        return Ok(ExitCode::from(exit::USAGE));
    };
    let plan = Rc::new(Plan::load(plan.json.as_bytes()).map_err(|error| anyhow::anyhow!("{error}"))?);
    let whole = args.message.as_ref().is_some_and(|path| path.extension().is_some_and(|it| it == "http"))
        || http_text::looks_like(&input);
    let arrived = Exchange::new(&args, input, whole)?;
    let key = pseudonym::key(&plan)?;
    let transaction = Transaction::new(plan, key, pseudonym::now_ms());
    let result = arrived.carry(transaction, args.route.as_deref());
    let found = !result.summary.findings.is_empty() || !result.summary.shadow.is_empty();
    match (args.format, args.diff) {
        (Table::Json, _) => {
            let mut out = anstream::stdout().lock();
            serde_json::to_writer_pretty(&mut out, &result.to_json())?;
            writeln!(out)?;
        }
        (Table::Pretty, true) => {
            let text = diff::lines(&arrived.text(whole), &result.left.text(whole));
            anstream::stdout().lock().write_all(text.as_bytes())?;
            result.report()?;
        }
        (Table::Pretty, false) => {
            // Bytes as they are: the result of a redaction is not ours to restyle.
            let mut out = std::io::stdout().lock();
            out.write_all(&result.left.text(whole))?;
            out.flush()?;
            result.report()?;
        }
    }
    Ok(ExitCode::from(if found || result.block.is_some() { exit::FOUND } else { exit::FINE }))
}

fn read(path: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let path = path.filter(|path| *path != Path::new("-"));
    let (name, read) = match path {
        None => ("standard input".to_owned(), std::io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut bytes)),
        Some(path) => {
            let read = std::fs::File::open(path).and_then(|file| file.take(MAX_INPUT + 1).read_to_end(&mut bytes));
            (format!("`{}`", path.display()), read)
        }
    };
    read.map_err(|error| usage(format!("cannot read {name}: {error}")))?;
    if bytes.len() as u64 > MAX_INPUT {
        return Err(usage(format!("{name} is longer than {} MiB", MAX_INPUT >> 20)));
    }
    Ok(bytes)
}

/// What arrives, or what leaves.
#[derive(Clone, Default)]
struct Exchange {
    request: Option<Message>,
    response: Option<Message>,
    /// The request was made up, so that the response has one.
    implied: bool,
}

impl Exchange {
    fn new(args: &Args, input: Vec<u8>, whole: bool) -> anyhow::Result<Self> {
        let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        let mut exchange = Self::default();
        if whole {
            for message in http_text::parse(&input)? {
                let half = if message.is_response() { &mut exchange.response } else { &mut exchange.request };
                if half.replace(message).is_some() {
                    return Err(usage("the text holds two requests or two responses; give one of each at most"));
                }
            }
        } else {
            let guess = if serde_json::from_slice::<serde::de::IgnoredAny>(&input).is_ok() {
                "application/json"
            } else {
                "text/plain"
            };
            let content_type = pair("content-type", args.content_type.as_deref().unwrap_or(guess));
            let message = Message { headers: vec![content_type], body: input };
            match args.direction {
                Half::Request => exchange.request = Some(message),
                Half::Response => exchange.response = Some(message),
            }
        }
        exchange.implied = exchange.request.is_none();
        let request = exchange.request.get_or_insert_default();
        let method = if request.body.is_empty() { "GET" } else { "POST" };
        for (name, given, default) in [
            (":path", &args.path, "/"),
            (":authority", &args.host, "a.example"),
            (":scheme", &None, "https"),
            (":method", &args.method, method),
        ] {
            let known = request.headers.iter_mut().find(|(known, _)| known == name.as_bytes());
            match (known, given) {
                (Some(header), Some(given)) => header.1 = given.as_bytes().to_vec(),
                (Some(_), None) => {}
                (None, given) => request.headers.insert(0, pair(name, given.as_deref().unwrap_or(default))),
            }
        }
        if let Some(response) = exchange.response.as_mut().filter(|response| !response.is_response()) {
            response.headers.insert(0, pair(":status", "200"));
        }
        Ok(exchange)
    }

    /// Takes both halves through a transaction, each body in one piece.
    fn carry(&self, mut transaction: Transaction, route: Option<&str>) -> Outcome {
        let attributes = Attributes { route: route.map(str::to_owned) };
        let mut left = Self { implied: self.implied, ..Self::default() };
        let mut block = None;
        if let Some(request) = &self.request {
            let mut message = Message { headers: request.headers.clone(), body: Vec::new() };
            let empty = request.body.is_empty();
            block = refusal(transaction.request_headers(&mut message.headers, &attributes, empty));
            if block.is_none() && !empty {
                if transaction.passes_request_body() {
                    message.body.clone_from(&request.body);
                } else {
                    block = refusal(transaction.request_body(&request.body, true, &mut message.body));
                }
            }
            left.request = block.is_none().then_some(message);
        }
        if let (Some(response), None) = (&self.response, &block) {
            let mut message = Message { headers: response.headers.clone(), body: Vec::new() };
            let empty = response.body.is_empty();
            block = refusal(transaction.response_headers(&mut message.headers, empty));
            if block.is_none() && !empty {
                if transaction.passes_response_body() {
                    message.body.clone_from(&response.body);
                } else {
                    block = refusal(transaction.response_body(&response.body, true, &mut message.body));
                }
            }
            left.response = block.is_none().then_some(message);
        }
        let logged = transaction.logged().to_vec();
        Outcome { left, block, summary: transaction.summary(), logged }
    }

    /// What was given, as text: whole messages, or the one body.
    fn text(&self, whole: bool) -> Vec<u8> {
        let request = self.request.as_ref().filter(|_| !self.implied);
        let messages: Vec<&Message> = request.into_iter().chain(&self.response).collect();
        if whole {
            messages.iter().map(|message| message.to_text()).collect::<Vec<_>>().join(b"\n###\n".as_slice())
        } else {
            messages.first().map(|message| message.body.clone()).unwrap_or_default()
        }
    }
}

fn refusal(flow: Flow) -> Option<Block> {
    if let Flow::Block(block) = flow { Some(block) } else { None }
}

/// What became of an exchange.
struct Outcome {
    left: Exchange,
    block: Option<Block>,
    summary: Summary,
    logged: Vec<(String, String)>,
}

impl Outcome {
    /// Findings for people, on standard error.
    fn report(&self) -> std::io::Result<()> {
        let mut out = anstream::stderr().lock();
        let shadow = self.summary.shadow.iter().map(|finding| (finding, " (shadow)"));
        for (finding, note) in self.summary.findings.iter().map(|finding| (finding, "")).chain(shadow) {
            let path = if finding.path.is_empty() { String::new() } else { format!(" {}", finding.path) };
            let (rule, entity, action) = (&finding.rule, &finding.entity, finding.action);
            writeln!(out, "{action} {} {entity} in {}{path}: rule {rule}{note}", finding.count, finding.surface)?;
        }
        if let Some(block) = &self.block {
            writeln!(out, "blocked with status {} by {}", block.status, block.rule)?;
        }
        if let Some(reason) = self.summary.uninspected {
            writeln!(out, "a body was not read: {reason}")?;
        }
        Ok(())
    }

    fn to_json(&self) -> Value {
        let finding = |finding: &inkseal_engine::exchange::Finding| {
            json!({
                "rule": finding.rule,
                "detector": finding.detector,
                "entity": finding.entity,
                "surface": finding.surface,
                "path": finding.path,
                "action": finding.action,
                "count": finding.count,
            })
        };
        json!({
            "outcome": self.summary.outcome.as_str(),
            "request": self.left.request.as_ref().filter(|_| !self.left.implied).map(message),
            "response": self.left.response.as_ref().map(message),
            "block": self.block.as_ref().map(|block| json!({"status": block.status, "rule": block.rule})),
            "uninspected": self.summary.uninspected,
            "findings": self.summary.findings.iter().map(finding).collect::<Vec<_>>(),
            "shadow": self.summary.shadow.iter().map(finding).collect::<Vec<_>>(),
            "logged": self.logged.iter().map(|(name, value)| (name.clone(), json!(value)))
                .collect::<serde_json::Map<_, _>>(),
        })
    }
}

fn message(message: &Message) -> Value {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = |headers: &Headers| -> Vec<Value> {
        headers.iter().map(|(name, value)| json!([text(name), text(value)])).collect()
    };
    let mut json = json!({"headers": headers(&message.headers)});
    if let Some(members) = json.as_object_mut() {
        match std::str::from_utf8(&message.body) {
            Ok(body) => members.insert("body".into(), body.into()),
            Err(_) => members.insert("body_base64".into(), data_encoding::BASE64.encode(&message.body).into()),
        };
    }
    json
}
