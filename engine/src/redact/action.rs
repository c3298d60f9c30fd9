//! What takes a match's place, as text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::policy::model::Action;
use crate::pseudonym::PseudonymKey;

/// What is needed to render an action.
#[derive(Clone, Copy)]
pub struct Render<'a> {
    /// The action.
    pub action: &'a Action,
    /// What findings call the value.
    pub entity: &'a str,
    /// The key of pseudonyms; without one, a hash becomes a redaction.
    pub key: Option<&'a PseudonymKey>,
}

/// The text that says that something was taken out.
pub fn mark(entity: &str) -> String {
    format!("[REDACTED:{entity}]")
}

/// The text that takes the place of `value`, its whole decoded view.
pub fn render(how: &Render<'_>, value: &[u8]) -> String {
    match how.action {
        Action::Redact | Action::Block { .. } | Action::Observe => mark(how.entity),
        Action::Replace(text) => text.clone(),
        Action::Remove => String::new(),
        Action::Mask { keep_first, keep_last, char } => {
            mask(&String::from_utf8_lossy(value), usize::from(*keep_first), usize::from(*keep_last), *char)
        }
        Action::Hash { keep_domain } => match how.key {
            None => mark(how.entity),
            Some(key) => hash(key, how.entity, value, *keep_domain),
        },
        Action::TruncateIp { v4, v6 } => truncate_ip(value, *v4, *v6).unwrap_or_else(|| mark(how.entity)),
    }
}

/// A value too short to keep anything is masked whole.
fn mask(value: &str, first: usize, last: usize, with: char) -> String {
    let count = value.chars().count();
    let (first, last) = if first + last >= count { (0, 0) } else { (first, last) };
    let keep = |at: usize| at < first || at + last >= count;
    value.chars().enumerate().map(|(at, char)| if keep(at) { char } else { with }).collect()
}

fn hash(key: &PseudonymKey, entity: &str, value: &[u8], keep_domain: bool) -> String {
    let pseudonym = key.pseudonym(entity, &normalised(entity, value));
    let domain = value.iter().rposition(|&byte| byte == b'@').and_then(|at| value.get(at + 1..));
    match domain.filter(|_| keep_domain).and_then(|domain| std::str::from_utf8(domain).ok()) {
        Some(domain) => format!("{pseudonym}@{}", domain.to_ascii_lowercase()),
        None => pseudonym,
    }
}

/// One spelling for all spellings of an entity's value, byte by byte, so that pieces may be normalised apart.
pub fn normalised(entity: &str, value: &[u8]) -> Vec<u8> {
    match entity {
        "CREDIT_CARD" | "US_SSN" => value.iter().copied().filter(u8::is_ascii_digit).collect(),
        "EMAIL_ADDRESS" => value.to_ascii_lowercase(),
        "IBAN_CODE" => value.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase).collect(),
        _ => value.to_vec(),
    }
}

fn truncate_ip(value: &[u8], v4: u8, v6: u8) -> Option<String> {
    match std::str::from_utf8(value).ok()?.parse().ok()? {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(v4.into())).unwrap_or(0);
            Some(Ipv4Addr::from(u32::from(address) & mask).to_string())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(v6.into())).unwrap_or(0);
            Some(Ipv6Addr::from(u128::from(address) & mask).to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(action: &Action, entity: &str, value: &str) -> String {
        render(&Render { action, entity, key: None }, value.as_bytes())
    }

    #[test]
    fn each_action_has_its_text() {
        let keep_four = Action::Mask { keep_first: 0, keep_last: 4, char: '*' };
        assert_eq!(rendered(&keep_four, "CREDIT_CARD", "4111111111111111"), "************1111");
        assert_eq!(rendered(&keep_four, "PIN", "1234"), "****");
        assert_eq!(rendered(&Action::Redact, "US_SSN", "x"), "[REDACTED:US_SSN]");
        assert_eq!(rendered(&Action::TruncateIp { v4: 24, v6: 48 }, "IP", "192.0.2.77"), "192.0.2.0");
        assert_eq!(rendered(&Action::TruncateIp { v4: 24, v6: 48 }, "IP", "2001:db8:1:2::3"), "2001:db8:1::");
        assert_eq!(rendered(&Action::TruncateIp { v4: 24, v6: 48 }, "IP", "not one"), "[REDACTED:IP]");
        assert_eq!(rendered(&Action::Hash { keep_domain: false }, "E", "x"), "[REDACTED:E]", "no key, no hash");
    }
}
