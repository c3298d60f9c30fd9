//! check, compile, run, scan, detectors and completions as processes: what they print, where, and how they end.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder that goes when the test does.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inkseal"));
    command.args(args).env_remove("INKSEAL_PSEUDONYM_KEY").env_remove("CLICOLOR_FORCE").env_remove("NO_COLOR");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn inkseal(args: &[&str], input: &str) -> (i32, String, String) {
    let mut child = command(args).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(input.as_bytes());
    });
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    writer.join().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

const GOOD: &str = "version: inkseal/v1\nname: shop\ninclude: [recommended]\n";
const BAD: &str = "version: inkseal/v1\nname: shop\nmode: enforced\ninclude: [secret]\n";

#[test]
fn check_reports_every_error_of_every_file_and_still_does_the_good_ones() {
    let folder = Folder::new();
    let (good, bad, missing) = (folder.file("good.yaml", GOOD), folder.file("bad.yaml", BAD), "no-such.yaml");
    let (code, stdout, stderr) = inkseal(&["check", &bad, missing, &good], "");
    assert_eq!(code, 2);
    assert!(stdout.starts_with(&format!("ok {good} sha256:")), "{stdout}");
    for expected in [
        "error: `enforced` is not a mode",
        "bad.yaml:3:7",
        "mode: enforced",
        "^^^^^^^^",
        "did you mean `enforce`?",
        "error: there is no pack `secret`",
        "cannot read `no-such.yaml`",
        "3 errors: 2 of 3 files cannot be used",
    ] {
        assert!(stderr.contains(expected), "{expected} is not in\n{stderr}");
    }
    assert!(!stderr.contains('\x1b'), "colours in a pipe");

    let (code, stdout, _) = inkseal(&["check", "-", "--format", "json"], BAD);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let first = &report["files"][0]["diagnostics"][0];
    assert_eq!((code, &first["line"], &first["column"]), (2, &3.into(), &7.into()));
    assert_eq!((&first["file"], &first["severity"]), (&"<stdin>".into(), &"error".into()));
    assert_eq!(inkseal(&["check", &good], "").0, 0);
}

#[test]
fn colours_come_when_asked_for_and_not_against_no_color() {
    let folder = Folder::new();
    let bad = folder.file("bad.yaml", BAD);
    let run = |variables: &[(&str, &str)]| {
        let output = command(&["check", &bad]).envs(variables.iter().copied()).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run(&[("CLICOLOR_FORCE", "1")]).contains('\x1b'));
    assert!(!run(&[("NO_COLOR", "1")]).contains('\x1b'));
}

#[test]
fn compile_writes_a_plan_with_a_digest_that_depends_on_its_options() {
    let folder = Folder::new();
    let policy = folder.file("shop.yaml", GOOD);
    let (code, stdout, stderr) = inkseal(&["compile", &policy, "--service", "edge-a", "--environment", "prod"], "");
    assert_eq!(code, 0, "{stderr}");
    let plan: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&plan["meta"]["policy"], &plan["meta"]["service"]), (&"shop".into(), &"edge-a".into()));
    let digest = plan["digest"].as_str().unwrap();
    assert!(stderr.contains(digest) && stderr.contains("bytes"), "{stderr}");

    let file = folder.file("plan.json", "");
    let (code, stdout, stderr) = inkseal(&["compile", &policy, "-o", &file], "");
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(!stderr.contains(digest));
    assert!(std::fs::read_to_string(&file).unwrap().ends_with("}\n"));

    let (code, _, stderr) = inkseal(&["compile", "recommendet"], "");
    assert_eq!(code, 2);
    assert!(stderr.contains("neither a file nor a pack (gdpr, headers-auth, hipaa, llm, pci, "), "{stderr}");
    let (code, _, stderr) = inkseal(&["compile", &policy, "-o", "/no/such/folder/plan.json"], "");
    assert_eq!(code, 3, "{stderr}");
    assert_eq!(inkseal(&["compile", &policy, "--collector", "nowhere"], "").0, 2);
}

#[test]
fn compile_for_envoy_carries_the_plan_as_one_string() {
    use inkseal_engine::policy::{Sources, yaml};
    let (code, stdout, _) =
        inkseal(&["compile", "secrets", "--target", "envoy", "--collector", "audit.example:4318"], "");
    assert_eq!(code, 0);
    let mut sources = Sources::new();
    let file = sources.add("envoy.yaml", stdout);
    let snippet = yaml::parse(&sources, file).unwrap().to_json();
    let config = &snippet["http_filters"][0]["typed_config"]["config"];
    let plan: Value = serde_json::from_str(config["configuration"]["value"].as_str().unwrap()).unwrap();
    assert_eq!(plan["meta"]["policy"], "secrets");
    assert_eq!(config["failure_policy"], "FAIL_RELOAD");
    assert_eq!(config["allow_on_headers_stop_iteration"], true);
    assert_eq!(config["vm_config"]["environment_variables"]["host_env_keys"][0], "INKSEAL_SEAL_KEYS");
    assert_eq!(snippet["clusters"][0]["name"], plan["audit"]["cluster"]);
    assert_eq!(snippet["clusters"][0]["type"], "STRICT_DNS");
}

#[test]
fn run_prints_the_redacted_message_and_findings_apart() {
    let body = r#"{"email": "a@example.com", "n": 1.50}"#;
    let (code, stdout, stderr) = inkseal(&["run"], body);
    assert_eq!((code, stdout.as_str()), (1, r#"{"email": "[REDACTED:EMAIL_ADDRESS]", "n": 1.50}"#));
    assert!(stderr.contains("redact 1 EMAIL_ADDRESS in response.body"), "{stderr}");
    assert!(!stderr.contains("a@example.com"));

    let (code, stdout, stderr) = inkseal(&["run"], r#"{"n": 1}"#);
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, r#"{"n": 1}"#, ""));

    // Packs change responses only.
    let (_, stdout, _) = inkseal(&["run", "--direction", "request"], body);
    assert_eq!(stdout, body);

    let (_, stdout, _) = inkseal(&["run", "--diff"], "one\nmail a@example.com\n");
    assert_eq!(stdout, "  one\n- mail a@example.com\n+ mail [REDACTED:EMAIL_ADDRESS]\n");

    let (_, stdout, _) = inkseal(&["run", "--format", "json"], body);
    let result: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(result["outcome"], "redacted");
    assert_eq!(result["findings"][0]["entity"], "EMAIL_ADDRESS");
    assert!(result["request"].is_null());
}

#[test]
fn run_reads_http_text_and_matches_rules_by_it() {
    let folder = Folder::new();
    let policy = folder.file(
        "shop.yaml",
        "version: inkseal/v1\nname: shop\nrules:\n\
         - {id: mail, match: {host: [b.example], path: [/v1/**]}, find: {in: any, detect: EMAIL_ADDRESS}}\n\
         - {id: key, find: {in: body, detect: PRIVATE_KEY, action: {block: {status: 502}}}}\n",
    );
    let exchange = |host: &str| {
        format!(
            "GET /v1/a HTTP/1.1\nhost: {host}\n\n###\nHTTP/1.1 200 OK\ncontent-type: application/json\n\n{{\"a\":\"x@example.com\"}}"
        )
    };
    let (code, stdout, _) = inkseal(&["run", "-p", &policy], &exchange("b.example"));
    assert_eq!(code, 1);
    assert!(stdout.starts_with("GET /v1/a HTTP/1.1\nhost: b.example\n"), "{stdout}");
    assert!(stdout.ends_with("\n\n{\"a\":\"[REDACTED:EMAIL_ADDRESS]\"}"), "{stdout}");
    let (code, stdout, _) = inkseal(&["run", "-p", &policy], &exchange("c.example"));
    assert_eq!(code, 0);
    assert!(stdout.ends_with("{\"a\":\"x@example.com\"}"), "{stdout}");

    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let (code, stdout, stderr) = inkseal(&["run", "-p", &policy], key);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("blocked with status 502 by key"), "{stderr}");

    let (code, _, stderr) = inkseal(&["run"], "HTTP/1.1 20\n\n");
    assert_eq!(code, 2);
    assert!(stderr.contains("line 1: a status is three digits"), "{stderr}");
}

#[test]
fn scan_keeps_ids_and_order_and_says_where() {
    let rows = "{\"id\": \"a\", \"text\": \"ü a@example.com!\"}\n\
                not json\n\n\
                {\"id\": 7, \"text\": \"nothing\", \"extra\": 1}\n\
                {\"id\": 8, \"text\": 5}\n\
                {\"id\": null, \"text\": \"{\\\"card\\\":4111111111111111}\", \"content_type\": \"application/json; charset=utf-8\"}";
    let (code, stdout, stderr) = inkseal(&["scan", "--policy", "recommended"], rows);
    assert_eq!(code, 2);
    let rows: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["redacted"], "ü [REDACTED:EMAIL_ADDRESS]!");
    let finding = &rows[0]["findings"][0];
    assert_eq!((&finding["start"], &finding["end"]), (&3.into(), &16.into()));
    assert_eq!((&finding["detector"], &finding["action"]), (&"email".into(), &"redact".into()));
    assert_eq!((&rows[1]["id"], &rows[1]["redacted"]), (&7.into(), &"nothing".into()));
    assert_eq!(rows[1]["findings"], Value::Array(Vec::new()));
    assert_eq!(rows[2]["redacted"], r#"{"card":"************1111"}"#);
    assert!(stderr.contains("line 2: not JSON") && stderr.contains("line 5: "), "{stderr}");
    assert!(stderr.contains("2 rows could not be read"), "{stderr}");

    assert_eq!(inkseal(&["scan"], "{\"id\": 1, \"text\": \"nothing\"}\n").0, 0);
    assert_eq!(inkseal(&["scan"], "{\"id\": 1, \"text\": \"a@example.com\"}\n").0, 1);
    assert_eq!(inkseal(&["scan", "no-such.jsonl"], "").0, 2);
}

#[test]
fn scan_keeps_the_order_of_many_rows_that_threads_share() {
    let row = |id: usize| match id % 1000 {
        999 => "no row\n".to_owned(),
        // Some rows take far longer than others.
        at => format!("{{\"id\": {id}, \"text\": \"{}a{id}@example.com\"}}\n", "word ".repeat(at)),
    };
    let rows: String = (0..5000).map(row).collect();
    let (code, stdout, stderr) = inkseal(&["scan"], &rows);
    assert_eq!(code, 2);
    let ids: Vec<u64> =
        stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (0..5000).filter(|id| id % 1000 != 999).collect::<Vec<_>>());
    assert!(!stdout.contains("example.com"));
    let lines: Vec<&str> = stderr.lines().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(lines, ["line 1000", "line 2000", "line 3000", "line 4000", "line 5000", "5 rows could not be read"]);
}

#[test]
fn scan_hashes_with_the_given_key_and_else_with_one_of_the_run() {
    let folder = Folder::new();
    let policy = folder.file(
        "shop.yaml",
        "version: inkseal/v1\nname: shop\nrules:\n- {id: mail, find: {in: any, detect: EMAIL_ADDRESS, action: {hash: {keep_domain: true}}}}\n",
    );
    let rows = "{\"id\": 1, \"text\": \"a@example.com A@EXAMPLE.COM\"}\n";
    let once = || -> Value { serde_json::from_str(&inkseal(&["scan", "-p", &policy], rows).1).unwrap() };
    let (first, second) = (once(), once());
    let text = first["redacted"].as_str().unwrap();
    assert!(text.starts_with("ik1_"), "{text}");
    let words: Vec<&str> = text.split(' ').map(|word| word.split('@').next().unwrap()).collect();
    assert_eq!(words[0], words[1]);
    assert_ne!(first, second);
    let output = command(&["scan", "-p", &policy, "-"]).env("INKSEAL_PSEUDONYM_KEY", "short").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("INKSEAL_PSEUDONYM_KEY"));
}

#[test]
fn detectors_lists_the_catalogue() {
    let (code, stdout, _) = inkseal(&["detectors"], "");
    assert_eq!(code, 0);
    assert!(stdout.contains("github.fine_grained") && stdout.contains("recommended"), "{stdout}");
    let (_, stdout, _) = inkseal(&["detectors", "github", "--format", "json"], "");
    let catalogue: Value = serde_json::from_str(&stdout).unwrap();
    let ids: Vec<&str> =
        catalogue["detectors"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["github.token", "github.fine_grained"]);
    assert_eq!(catalogue["detectors"][0]["packs"], serde_json::json!(["llm", "recommended", "secrets"]));
}

/// `inkseal detectors --format markdown` writes the second part of the file.
#[test]
fn the_documentation_of_the_catalogue_is_of_this_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/DETECTORS.md");
    let file = std::fs::read_to_string(path).unwrap();
    let (_, written) = file.split_once("<!-- inkseal detectors --format markdown -->\n\n").unwrap();
    let (code, stdout, _) = inkseal(&["detectors", "--format", "markdown"], "");
    assert_eq!(code, 0);
    assert!(written == stdout, "write the tables of policies/DETECTORS.md anew");
}

#[test]
fn a_file_of_detectors_is_checked_as_one_that_ships() {
    let folder = Folder::new();
    let good = "version: inkseal/v1\ndetectors: [{id: a.key, entity: A, description: d, source: s, severity: low, \
                category: secret/ai, pattern: 'a_[0-9]{4}', examples: [a_0000, a_1111], counter_examples: [a_, b_0000]}]\n";
    let (code, stdout, stderr) = inkseal(&["check", &folder.file("good.yaml", good)], "");
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.contains("ok ") && stdout.contains("a.key ") && stdout.contains(" B"), "{stdout}");
    let bad = good.replace("severity: low, ", "").replace("b_0000", "a_2222");
    let (code, _, stderr) = inkseal(&["check", &folder.file("bad.yaml", &bad)], "");
    assert_eq!(code, 2);
    assert!(stderr.contains("a detector needs `severity`"), "{stderr}");
    let bad = good.replace("b_0000", "a_2222");
    let (code, _, stderr) = inkseal(&["check", &folder.file("found.yaml", &bad)], "");
    assert_eq!(code, 2);
    assert!(stderr.contains("finds its counter-example `a_2222`"), "{stderr}");
}

#[test]
fn usage_errors_end_with_2_and_help_with_0() {
    assert_eq!(inkseal(&["nonsense"], "").0, 2);
    assert_eq!(inkseal(&["check"], "").0, 2);
    for args in [&["--help"][..], &["--version"], &["scan", "--help"], &["completions", "bash"]] {
        let (code, stdout, stderr) = inkseal(args, "");
        assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
        assert!(stdout.contains("inkseal"), "{args:?}");
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    for args in
        [&["detectors"][..], &["detectors", "--format", "json"], &["compile", "secrets"], &["completions", "zsh"]]
    {
        let mut child = command(args).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
        assert!(!stderr.contains("panic") && !stderr.contains("error"), "{args:?}: {stderr}");
    }
}
