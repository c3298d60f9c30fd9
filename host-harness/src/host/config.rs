//! What a VM is started with.

use std::collections::BTreeMap;

/// Which of Envoy's threads a VM stands for. Envoy configures one VM for each; only workers see traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Configured once to try a configuration out; it never ticks and sees no traffic.
    Canary,
    /// Ticks, and sees no traffic.
    Main,
    /// Ticks and serves streams.
    #[default]
    Worker,
}

/// What a VM is started with; [`Default`] is a worker at 2026-01-01T00:00:00Z with an empty configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The plugin configuration, as `proxy_on_configure` reads it.
    pub configuration: Vec<u8>,
    /// The VM configuration, as `proxy_on_vm_start` reads it.
    pub vm_configuration: Vec<u8>,
    /// The VM's id, by which shared queues are found.
    pub vm_id: String,
    /// Environment variables of the guest.
    pub env: Vec<(String, String)>,
    /// Seed of all randomness that the guest is given.
    pub seed: u64,
    /// Nanoseconds since the epoch at the start.
    pub now_ns: u64,
    /// The thread it stands for.
    pub role: Role,
    /// Envoy's `allow_on_headers_stop_iteration`: Pause on headers still delivers the body.
    pub headers_stop_iteration: bool,
    /// Names of the clusters that HTTP calls may name; `None` allows any.
    pub clusters: Option<Vec<String>>,
    /// Properties beyond those that the host derives from the stream, by path, as the ABI serialises them.
    pub properties: BTreeMap<Vec<String>, Vec<u8>>,
    /// Bytes of linear memory, at most.
    pub memory_limit: usize,
    /// Units of fuel (about one an instruction) in one callback, at most.
    pub fuel: u64,
}

impl Config {
    /// Sets the plugin configuration.
    pub fn configuration(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.configuration = bytes.into();
        self
    }

    /// Adds an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a property, such as `["xds", "route_name"]`, to a string.
    pub fn property(mut self, path: &[&str], value: &str) -> Self {
        self.properties.insert(path.iter().map(|part| (*part).to_owned()).collect(), value.into());
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            configuration: Vec::new(),
            vm_configuration: Vec::new(),
            vm_id: String::new(),
            env: Vec::new(),
            seed: 0,
            now_ns: 1_767_225_600_000_000_000,
            role: Role::default(),
            headers_stop_iteration: true,
            clusters: None,
            properties: BTreeMap::new(),
            memory_limit: 1 << 30,
            fuel: 10_000_000_000,
        }
    }
}
