//! Envoy's configuration, as JSON (which Envoy's YAML reader takes too).
//!
//! JSON on purpose: Envoy's YAML reads a bare `n` as false and its `Struct` changes numbers, while a policy that
//! travels as one JSON string arrives byte for byte.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// The variables of Envoy's environment that the filter may read. Keys and tokens travel this way only: plugin
/// configuration and `key_values` show in `/config_dump`, these do not.
pub const HOST_ENV_KEYS: [&str; 4] =
    ["INKSEAL_SEAL_KEYS", "INKSEAL_PSEUDONYM_KEY", "INKSEAL_SAMPLING_KEY", "INKSEAL_COLLECTOR_TOKEN"];

/// The name of the listener that stays while all others drain.
pub(super) const DRAIN: &str = "drain";

/// The labels of the filter's metrics. Each stands in a metric's name as `inkseal_LABEL=.=VALUE;.;`.
const LABELS: [&str; 7] = ["rule", "action", "reason", "direction", "plan", "policy", "mode"];

/// The Inkseal filter as an entry of `http_filters`.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The plugin's name, which also tells its metrics and logs apart.
    pub name: String,
    /// Where the filter's `.wasm` lies on Envoy's machine.
    pub wasm: PathBuf,
    /// The plan, canonical JSON as `inkseal compile` writes it.
    pub plan: String,
}

impl Filter {
    /// The entry. A trap reloads the VM (`FAIL_RELOAD`) and never lets traffic pass unread; headers may wait for a
    /// body that decides (`allow_on_headers_stop_iteration`).
    pub fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
                "config": {
                    "name": self.name,
                    "root_id": "inkseal",
                    "configuration": {
                        "@type": "type.googleapis.com/google.protobuf.StringValue",
                        "value": self.plan,
                    },
                    "vm_config": {
                        "vm_id": "inkseal",
                        "runtime": "envoy.wasm.runtime.v8",
                        "code": {"local": {"filename": self.wasm}},
                        "environment_variables": {"host_env_keys": HOST_ENV_KEYS},
                    },
                    "failure_policy": "FAIL_RELOAD",
                    "reload_config": {"backoff": {"base_interval": "0.1s", "max_interval": "1s"}},
                    "allow_on_headers_stop_iteration": true,
                },
            },
        })
    }

    /// The filter as a file that Envoy watches (ECDS): a listener names the file, and replacing it by a rename puts a
    /// new plan in force without a restart. `version` is any text that changes with the plan, such as its digest.
    pub fn to_ecds(&self, version: &str) -> Value {
        let mut resource = self.to_json();
        if let Some(resource) = resource.as_object_mut() {
            resource.insert("@type".into(), "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig".into());
        }
        json!({"version_info": version, "resources": [resource]})
    }
}

/// The protocol that a cluster is spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 with prior knowledge.
    Http2,
    /// What the client spoke.
    AsDownstream,
}

/// Where requests go.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// The name that routes and plans use.
    pub name: String,
    /// An IP address, or a name to resolve.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The protocol.
    pub protocol: Protocol,
}

impl Cluster {
    fn to_json(&self) -> Value {
        // Trailers pass HTTP/1.1 only when both sides are told so.
        let http1 = json!({"enable_trailers": true});
        let (choice, protocols) = match self.protocol {
            Protocol::Http1 => ("explicit_http_config", json!({"http_protocol_options": http1})),
            Protocol::Http2 => ("explicit_http_config", json!({"http2_protocol_options": {}})),
            Protocol::AsDownstream => (
                "use_downstream_protocol_config",
                json!({"http_protocol_options": http1, "http2_protocol_options": {}}),
            ),
        };
        let options = json!({
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            choice: protocols,
        });
        let resolution = if self.host.parse::<std::net::IpAddr>().is_ok() { "STATIC" } else { "STRICT_DNS" };
        json!({
            "name": self.name,
            "type": resolution,
            "connect_timeout": "2s",
            "typed_extension_protocol_options": {
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options,
            },
            "load_assignment": {
                "cluster_name": self.name,
                "endpoints": [{"lb_endpoints": [{"endpoint": {"address": socket(&self.host, self.port)}}]}],
            },
        })
    }
}

/// Bytes that Envoy may buffer for one downstream connection. A paused body is buffered by the whole read, of up to the
/// cluster's 1 MiB; beyond this limit Envoy ends the stream. With 4 MiB every read fits.
const BUFFER_LIMIT: u32 = 4 << 20;

/// Where clients connect: HTTP/1.1 and HTTP/2 with prior knowledge on one port.
#[derive(Debug, Clone)]
pub struct Listener {
    /// Its name; [`super::Envoy::address`] finds its port by it.
    pub name: String,
    /// The address to listen on.
    pub host: String,
    /// The port; 0 lets the system choose.
    pub port: u16,
    /// The filter; none passes everything untouched.
    pub filter: Option<Filter>,
    /// The name of its only route, which policies match by `route`.
    pub route: String,
    /// The cluster that every request goes to.
    pub cluster: String,
}

impl Listener {
    fn to_json(&self, access_log: &Value) -> Value {
        let mut filters: Vec<Value> = self.filter.iter().map(Filter::to_json).collect();
        filters.push(json!({
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
        }));
        let manager = json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": self.name,
            "codec_type": "AUTO",
            // After a cut stream, a client that has seen the end need not wait a second for the connection's.
            "delayed_close_timeout": "0.05s",
            "http_protocol_options": {"enable_trailers": true},
            "access_log": [access_log],
            "http_filters": filters,
            "route_config": {
                "virtual_hosts": [{
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"name": self.route, "match": {"prefix": "/"}, "route": {"cluster": self.cluster}}],
                }],
            },
        });
        json!({
            "name": self.name,
            "address": socket(&self.host, self.port),
            "per_connection_buffer_limit_bytes": BUFFER_LIMIT,
            "filter_chains": [{
                "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}],
            }],
        })
    }
}

/// A whole static configuration.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    /// Where clients connect.
    pub listeners: Vec<Listener>,
    /// Where requests and audit events go.
    pub clusters: Vec<Cluster>,
    /// The port of the admin interface on 127.0.0.1; 0 lets the system choose.
    pub admin_port: u16,
    /// The file of the access log.
    pub access_log: PathBuf,
}

impl Bootstrap {
    /// The configuration for `envoy --config-path FILE.json`.
    pub fn to_json(&self) -> Value {
        let log = access_log(&self.access_log);
        json!({
            "admin": {"address": socket("127.0.0.1", self.admin_port)},
            "stats_config": {"stats_tags": stats_tags()},
            "static_resources": {
                "listeners": self.listeners.iter().map(|listener| listener.to_json(&log)).collect::<Vec<_>>(),
                "clusters": self.clusters.iter().map(Cluster::to_json).collect::<Vec<_>>(),
            },
        })
    }

    /// The same with its listeners in a file that Envoy watches (LDS), so that they can be replaced while it runs: see
    /// [`Self::to_drain_json`]. First the configuration, then what belongs into `file`.
    pub fn to_watched_json(&self, file: &Path) -> (Value, Value) {
        let mut bootstrap = self.to_json();
        let listeners = bootstrap.pointer_mut("/static_resources/listeners").map(Value::take).unwrap_or_default();
        if let Some(bootstrap) = bootstrap.as_object_mut() {
            let source = json!({"path_config_source": {"path": file}, "resource_api_version": "V3"});
            bootstrap.insert("dynamic_resources".into(), json!({"lds_config": source}));
            bootstrap.insert("node".into(), json!({"id": "inkseal", "cluster": "inkseal"}));
        }
        (bootstrap, watched("1", listeners.as_array().cloned().unwrap_or_default()))
    }

    /// What replaces the watched file to drain every listener: one that nobody knows, whose filter has `plan`.
    ///
    /// The filter is told of the end of a configuration and then closes its chains, for which its VM must live on. A VM
    /// that no filter uses any more is destroyed at once, with its deliveries; the last listener keeps it.
    pub(super) fn to_drain_json(&self, plan: &str) -> Value {
        let filter = self.listeners.iter().find_map(|listener| listener.filter.clone());
        let keeper = filter.zip(self.clusters.first()).map(|(filter, cluster)| Listener {
            name: DRAIN.into(),
            host: "127.0.0.1".into(),
            port: 0,
            filter: Some(Filter { plan: plan.to_owned(), ..filter }),
            route: DRAIN.into(),
            cluster: cluster.name.clone(),
        });
        watched("2", keeper.iter().map(|keeper| keeper.to_json(&access_log(&self.access_log))).collect())
    }
}

/// A file of listeners as Envoy watches it.
fn watched(version: &str, mut listeners: Vec<Value>) -> Value {
    for listener in listeners.iter_mut().filter_map(Value::as_object_mut) {
        listener.insert("@type".into(), "type.googleapis.com/envoy.config.listener.v3.Listener".into());
    }
    json!({"version_info": version, "resources": listeners})
}

/// An access log that holds only what the filter has cleared: its own view of the path, never the raw one, and no
/// header that a client fills freely. JSON, one exchange a line.
pub fn access_log(file: &Path) -> Value {
    json!({
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": file,
            "log_format": {
                "json_format": {
                    "time": "%START_TIME%",
                    "method": "%REQ(:METHOD)%",
                    "path": "%FILTER_STATE(wasm.inkseal.path:PLAIN)%",
                    "authorization": "%FILTER_STATE(wasm.inkseal.header.authorization:PLAIN)%",
                    "outcome": "%FILTER_STATE(wasm.inkseal.outcome:PLAIN)%",
                    "protocol": "%PROTOCOL%",
                    "status": "%RESPONSE_CODE%",
                    "flags": "%RESPONSE_FLAGS%",
                    "duration_ms": "%DURATION%",
                    "bytes_received": "%BYTES_RECEIVED%",
                    "bytes_sent": "%BYTES_SENT%",
                    "request_id": "%STREAM_ID%",
                },
            },
        },
    })
}

/// The bootstrap's `stats_config.stats_tags`: without them labels stay inside a metric's name.
pub fn stats_tags() -> Value {
    let tag = |label: &&str| json!({"tag_name": label, "regex": format!(r"(inkseal_{label}=\.=(.*?);\.;)")});
    LABELS.iter().map(tag).collect::<Vec<_>>().into()
}

fn socket(host: &str, port: u16) -> Value {
    json!({"socket_address": {"address": host, "port_value": port}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_travels_as_one_string_and_keys_by_name_only() {
        let filter = Filter { name: "shop".into(), wasm: "/f.wasm".into(), plan: r#"{"format":1}"#.into() };
        let config = &filter.to_json()["typed_config"]["config"];
        assert_eq!(config["configuration"]["value"], r#"{"format":1}"#);
        assert_eq!(config["vm_config"]["environment_variables"], json!({"host_env_keys": HOST_ENV_KEYS}));
        assert_eq!(config["failure_policy"], "FAIL_RELOAD");
    }

    /// What users copy by hand says what the generator says.
    #[test]
    fn the_shipped_example_has_the_same_tags_and_access_log() {
        let example = include_str!("../../../envoy/envoy.yaml");
        for tag in stats_tags().as_array().unwrap() {
            let line = format!(
                "{{tag_name: {}, regex: '{}'}}",
                tag["tag_name"].as_str().unwrap(),
                tag["regex"].as_str().unwrap()
            );
            assert!(example.contains(&line), "{line}");
        }
        let log = access_log(Path::new("/l"));
        for (name, value) in log["typed_config"]["log_format"]["json_format"].as_object().unwrap() {
            assert!(example.contains(&format!("{name}: {value}\n")), "{name}: {value}");
        }
    }

    #[test]
    fn no_access_log_field_shows_what_a_client_wrote_unread() {
        let log = access_log(Path::new("/l"));
        let fields = log["typed_config"]["log_format"]["json_format"].as_object().unwrap();
        for (name, value) in fields {
            let value = value.as_str().unwrap();
            assert!(!value.contains("REQ(") || value == "%REQ(:METHOD)%", "{name}: {value}");
            assert!(!value.contains("RESP("), "{name}: {value}");
        }
    }

    #[test]
    fn a_name_is_resolved_and_an_address_is_not() {
        let cluster = |host: &str| Cluster { name: "c".into(), host: host.into(), port: 1, protocol: Protocol::Http1 };
        assert_eq!(cluster("127.0.0.1").to_json()["type"], "STATIC");
        assert_eq!(cluster("collector.audit").to_json()["type"], "STRICT_DNS");
    }
}
