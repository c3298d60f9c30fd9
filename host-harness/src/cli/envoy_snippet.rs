//! Envoy's configuration for a plan, with comments that say why each line is there.

use anyhow::Context as _;
use inkseal_engine::compile::CompiledPlan;
use serde_json::{Value, json};

use crate::envoy::{HOST_ENV_KEYS, stats_tags};

/// YAML with the parts that belong into an Envoy configuration: the HTTP filter, the collector's cluster, the tags of
/// the metrics. `collector` is host and port.
///
/// # Errors
/// The plan is not what the compiler writes.
pub(super) fn render(plan: &CompiledPlan, wasm: &str, collector: &(String, u16)) -> anyhow::Result<String> {
    let document: Value = serde_json::from_str(&plan.json).context("the plan is not JSON")?;
    let cluster = document.pointer("/audit/cluster").and_then(Value::as_str).unwrap_or("audit_collector");
    let (host, port) = collector;
    let resolution = if host.parse::<std::net::IpAddr>().is_ok() { "STATIC" } else { "STRICT_DNS" };
    // A JSON string is a double-quoted YAML scalar, and JSON values are YAML flow.
    let text = |text: &str| json!(text).to_string();
    let digest = &plan.digest;
    Ok(TEMPLATE
        .replace("DIGEST", digest)
        .replace("WASM", &text(wasm))
        .replace("HOST_ENV_KEYS", &json!(HOST_ENV_KEYS).to_string())
        .replace("STATS_TAGS", &stats_tags().to_string())
        .replace("RESOLUTION", resolution)
        .replace("CLUSTER", &text(cluster))
        .replace("ADDRESS", &text(host))
        .replace("PORT", &port.to_string())
        // Last: nothing in a policy is taken for a placeholder.
        .replace("PLAN", &text(&plan.json)))
}

const TEMPLATE: &str = r#"# Inkseal for Envoy, plan DIGEST
#
# Keys and tokens come from the environment of the Envoy process and nowhere else: what stands in this file shows in
# /config_dump. `inkseal keygen` makes a keyring, `inkseal keygen --for-filter KEYRING` prints what Envoy's environment
# gets of it. Without its keys the filter refuses to start.

# 1. Into `http_filters` of the HTTP connection manager: behind filters that authenticate, before the router. Of
#    compressors and decompressors, put the compressor before this filter and the decompressors behind it.
http_filters:
- name: inkseal
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
    config:
      name: inkseal
      root_id: inkseal
      # The plan as one string: Envoy's own YAML and Struct readers would change numbers.
      configuration:
        "@type": type.googleapis.com/google.protobuf.StringValue
        value: PLAN
      vm_config:
        vm_id: inkseal
        runtime: envoy.wasm.runtime.v8
        code: {local: {filename: WASM}}
        environment_variables: {host_env_keys: HOST_ENV_KEYS}
      # After a trap the VM starts anew and streams under way are cut. Never FAIL_OPEN: it would pass traffic unread.
      failure_policy: FAIL_RELOAD
      reload_config: {backoff: {base_interval: 0.1s, max_interval: 1s}}
      # Headers wait for a body that decides. Without this, exchanges under a `block` rule hang.
      allow_on_headers_stop_iteration: true

# 2. Into `static_resources.clusters`: where sealed audit events go.
clusters:
- name: CLUSTER
  type: RESOLUTION
  connect_timeout: 2s
  load_assignment:
    cluster_name: CLUSTER
    endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: ADDRESS, port_value: PORT}}}}]}]

# 3. Into the bootstrap: without these tags the labels stay inside the metrics' names.
stats_config:
  stats_tags: STATS_TAGS

# 4. Onto the listener: `per_connection_buffer_limit_bytes: 4194304`. A body that waits for the rest of a match is
#    buffered by the whole read; with Envoy's default of 1 MiB a large chunked body may be reset.

# 5. In access logs use what the filter has cleared, never the raw path or header:
#      path: "%FILTER_STATE(wasm.inkseal.path:PLAIN)%"
#      authorization: "%FILTER_STATE(wasm.inkseal.header.authorization:PLAIN)%"
#      outcome: "%FILTER_STATE(wasm.inkseal.outcome:PLAIN)%"
"#;

#[cfg(test)]
mod tests {
    use inkseal_engine::policy::{Sources, yaml};

    use super::*;
    use crate::envoy::Filter;

    #[test]
    fn the_snippet_says_what_the_demo_runs() {
        let json = r#"{"audit":{"cluster":"sink"},"text":"PORT 'a' \"b\" \\ é"}"#.to_owned();
        let plan = CompiledPlan { json: json.clone(), digest: "sha256:00".into(), warnings: Vec::new() };
        let text = render(&plan, "/f.wasm", &("::1".into(), 4318)).unwrap();
        let mut sources = Sources::new();
        let file = sources.add("snippet", text);
        let read = yaml::parse(&sources, file).unwrap().to_json();
        let filter = Filter { name: "inkseal".into(), wasm: "/f.wasm".into(), plan: json };
        assert_eq!(read["http_filters"][0], filter.to_json());
        assert_eq!(read["stats_config"]["stats_tags"], stats_tags());
        assert_eq!(read["clusters"][0]["name"], "sink");
        let endpoint = &read["clusters"][0]["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"];
        assert_eq!(endpoint["address"]["socket_address"], json!({"address": "::1", "port_value": 4318}));
    }
}
