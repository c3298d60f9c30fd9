//! Fresh keyrings from the system's random numbers.

use inkseal_engine::Entropy;
use inkseal_engine::keyring::{Keyring, Window};

/// Draws a keyring with one key of each purpose, whose ids start with `prefix` (see [`Keyring::generate`]).
///
/// # Errors
/// The system has no random numbers.
pub fn generate(prefix: &str, window: Window) -> anyhow::Result<Keyring> {
    let mut system = System { failure: None };
    let keyring = Keyring::generate(prefix, window, &mut system);
    match system.failure {
        None => Ok(keyring),
        Some(error) => Err(anyhow::anyhow!("the system gave no random numbers: {error}")),
    }
}

/// The system's random numbers. What was drawn is worthless once `failure` is set.
struct System {
    failure: Option<getrandom::Error>,
}

impl Entropy for System {
    fn fill(&mut self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            self.failure = Some(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyrings_differ() {
        let [one, two] = [0, 1].map(|_| generate("", Window::default()).unwrap().to_json());
        assert_ne!(*one, *two);
    }
}
