//! dd-sensitive-data-scanner, in a process of its own (`benches/sds`): what it depends on is nothing that this workspace
//! should have.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::guest::workspace;
use super::{Engine, ROUND};
use crate::compare::material::Expression;
use crate::inputs::Input;

/// The process. JSON goes through a tree there, as that library's users do it.
pub struct Sds {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    /// How many expressions it takes.
    pub accepted: usize,
    last: Vec<u8>,
}

impl Sds {
    /// Builds and starts it, with the expressions and keywords that it accepts.
    ///
    /// # Errors
    /// It does not build or start.
    pub fn new(expressions: &[Expression]) -> Result<Self, String> {
        let folder = workspace().join("target/sds");
        let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(workspace().join("benches/sds"))
            .args(["build", "--quiet", "--release", "--locked", "--target-dir"])
            .arg(&folder)
            .env_remove("CARGO_TARGET_DIR")
            .status();
        let failed = |error: std::io::Error| error.to_string();
        if !built.map_err(failed)?.success() {
            return Err("it does not build".to_owned());
        }
        let program = folder.join("release/inkseal-bench-sds");
        let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let (to, from) = child.stdin.take().zip(child.stdout.take()).ok_or("no pipes")?;
        let mut sds = Self { child, to, from: BufReader::new(from), accepted: 0, last: Vec::new() };
        let rule = |it: &Expression| json!({"pattern": it.pattern, "keywords": it.keywords, "within": it.within});
        sds.say(&json!({"rules": expressions.iter().map(rule).collect::<Vec<_>>()}))?;
        sds.accepted = number(&answer(&mut sds.from)?, "accepted")? as usize;
        Ok(sds)
    }

    fn say(&mut self, message: &Value) -> Result<(), String> {
        writeln!(self.to, "{message}").and_then(|()| self.to.flush()).map_err(|error| format!("it has ended: {error}"))
    }
}

fn number(answer: &Value, name: &str) -> Result<u64, String> {
    answer.get(name).and_then(Value::as_u64).ok_or_else(|| format!("an answer of `{answer}`"))
}

fn answer(from: &mut BufReader<ChildStdout>) -> Result<Value, String> {
    let mut line = String::new();
    from.read_line(&mut line).map_err(|error| error.to_string())?;
    serde_json::from_str(&line).map_err(|_| "it has ended".to_owned())
}

impl Engine for Sds {
    fn name(&self) -> &'static str {
        "dd-sensitive-data-scanner"
    }

    fn run(&mut self, _: &Input) -> Result<Option<usize>, String> {
        Err("it counts its rounds itself".to_owned())
    }

    fn rate(&mut self, input: &Input) -> Result<Option<f64>, String> {
        let Ok(body) = std::str::from_utf8(&input.body) else { return Ok(None) };
        if self.last != input.body {
            self.say(&json!({"body": body, "json": input.media_type == "application/json"}))?;
            self.last.clone_from(&input.body);
        }
        self.say(&json!({"round_ms": ROUND.as_millis() as u64}))?;
        let counted = answer(&mut self.from)?;
        let [bytes, nanoseconds] = [number(&counted, "bytes")?, number(&counted, "nanoseconds")?];
        Ok(Some(bytes as f64 / nanoseconds as f64 * 1e3))
    }
}

impl Drop for Sds {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
