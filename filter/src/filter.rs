//! What the streams and the root of one configuration share.

use std::cell::RefCell;
use std::rc::Rc;

use inkseal_engine::event::Origin;
use inkseal_engine::keyring::SamplingKey;
use inkseal_engine::plan::{Glob, Plan, Style};
use inkseal_engine::policy::model::{Level, Mode};
use inkseal_engine::pseudonym::PseudonymKey;

use crate::audit::Audit;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::nonces::Nonces;
use crate::waiting::Waiting;

/// One configuration at work. Borrows of `audit` end before the host is called.
pub struct Filter {
    /// The plan.
    pub plan: Rc<Plan>,
    /// What every event says of where it was made.
    pub origin: Origin,
    /// The key for pseudonyms.
    pub pseudonym: Option<Rc<PseudonymKey>>,
    /// The key for sampling.
    pub sampling: Option<SamplingKey>,
    /// The trail.
    pub audit: RefCell<Audit>,
    /// Nonces of events.
    pub nonces: RefCell<Nonces>,
    /// The metrics.
    pub metrics: Metrics,
    /// Streams leave events.
    pub events: bool,
    /// Rules ask for the route of a request.
    pub routes: bool,
    /// Streams are told the time: with every piece of a body, and while one waits.
    pub stitches: bool,
    /// The streams that wait for time to pass.
    pub waiting: Waiting,
    key_events: Vec<Glob>,
    reason_required: Vec<Glob>,
}

impl Filter {
    /// Sets a configuration to work.
    pub fn new(config: Config) -> Self {
        let Config { plan, seal, pseudonym, sampling, .. } = config;
        let mode = match plan.meta.mode {
            Mode::Off => "off",
            Mode::Shadow => "shadow",
            Mode::Enforce => "enforce",
        };
        let origin = Origin {
            plan: plan.digest().to_owned(),
            policy: plan.meta.policy.clone(),
            mode: mode.to_owned(),
            service: plan.meta.service.clone(),
            environment: plan.meta.environment.clone(),
            tenant: plan.meta.tenant.clone(),
        };
        let globs = |texts: &[String]| texts.iter().map(|text| Glob::new(text, Style::Path)).collect();
        Self {
            nonces: RefCell::default(),
            metrics: Metrics::new(&origin),
            events: plan.audit.level != Level::None && !plan.audit.cluster.is_empty(),
            routes: !plan.off() && plan.rules.iter().any(|rule| !rule.plan.route.is_empty()),
            stitches: plan.stitches(),
            waiting: Waiting::default(),
            audit: RefCell::new(Audit::new(plan.clone(), mode.to_owned(), seal)),
            key_events: globs(&plan.audit.key_events),
            reason_required: globs(&plan.audit.reason_required_for),
            plan,
            origin,
            pseudonym,
            sampling,
        }
    }

    /// Whether events of a path are never sampled out.
    pub fn is_key_path(&self, path: &[u8]) -> bool {
        self.key_events.iter().chain(&self.reason_required).any(|glob| glob.matches(path_only(path)))
    }

    /// Whether requests to a path must say why they come.
    pub fn requires_reason(&self, path: &[u8]) -> bool {
        self.reason_required.iter().any(|glob| glob.matches(path_only(path)))
    }
}

fn path_only(path: &[u8]) -> &[u8] {
    path.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default()
}
