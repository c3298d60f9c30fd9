//! What takes a value's place, as text and as its surface writes it.

use std::net::{Ipv4Addr, Ipv6Addr};

use inkseal_engine::policy::model::Action;
use inkseal_engine::pseudonym::PseudonymKey;

use super::segment::Kind;

/// The text of an action on a decoded value.
pub fn replacement(action: &Action, entity: &str, value: &[u8], key: &PseudonymKey) -> Vec<u8> {
    let redacted = || format!("[REDACTED:{entity}]").into_bytes();
    match action {
        Action::Redact | Action::Block { .. } | Action::Observe => redacted(),
        Action::Mask { keep_first, keep_last, char } => {
            masked(value, usize::from(*keep_first), usize::from(*keep_last), *char)
        }
        Action::Replace(text) => text.clone().into_bytes(),
        Action::Hash { keep_domain } => {
            let mut pseudonym = key.pseudonym(entity, &normalised(entity, value)).into_bytes();
            if let (true, Some(at)) = (*keep_domain, value.iter().rposition(|byte| *byte == b'@')) {
                pseudonym.extend(value[at..].to_ascii_lowercase());
            }
            pseudonym
        }
        Action::Remove => Vec::new(),
        Action::TruncateIp { v4, v6 } => network(value, *v4, *v6).map_or_else(redacted, String::into_bytes),
    }
}

/// A value in its entity's normal form.
fn normalised(entity: &str, value: &[u8]) -> Vec<u8> {
    if entity.contains("EMAIL") {
        return value.to_ascii_lowercase();
    }
    if ["CREDIT_CARD", "US_SSN"].contains(&entity) {
        return value.iter().copied().filter(u8::is_ascii_digit).collect();
    }
    value.to_vec()
}

/// Characters that are not kept become `mask`.
fn masked(value: &[u8], first: usize, last: usize, mask: char) -> Vec<u8> {
    let text = String::from_utf8_lossy(value);
    let count = text.chars().count();
    let kept = |at: usize| first + last < count && (at < first || at >= count - last);
    text.chars().enumerate().map(|(at, letter)| if kept(at) { letter } else { mask }).collect::<String>().into_bytes()
}

/// The network of an address.
fn network(value: &[u8], v4: u8, v6: u8) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        let mask = u32::MAX.checked_shl(32 - u32::from(v4)).unwrap_or(0);
        return Some(Ipv4Addr::from_bits(address.to_bits() & mask).to_string());
    }
    let address = text.parse::<Ipv6Addr>().ok()?;
    let mask = u128::MAX.checked_shl(128 - u32::from(v6)).unwrap_or(0);
    Some(Ipv6Addr::from_bits(address.to_bits() & mask).to_string())
}

/// As many bytes of a replacement as there must be: whole characters, and stars for what is missing.
pub fn exactly(text: &[u8], length: usize) -> Vec<u8> {
    let whole = (0..=text.len().min(length)).rev().find(|end| std::str::from_utf8(&text[..*end]).is_ok());
    let mut out = text[..whole.unwrap_or_default()].to_vec();
    out.resize(length, b'*');
    out
}

/// A replacement as its surface writes it.
pub fn encoded(kind: Kind, text: &[u8]) -> Vec<u8> {
    match kind {
        Kind::Text | Kind::Lines | Kind::Field | Kind::Fixed => text.to_vec(),
        Kind::Quoted => text.iter().flat_map(|byte| quoted(*byte)).collect(),
        // A line end of a replacement, told apart from those of the data.
        Kind::Data => text.iter().map(|byte| if *byte == b'\n' { b'\r' } else { *byte }).collect(),
        Kind::Header => text.iter().map(|byte| if byte.is_ascii_control() { b'?' } else { *byte }).collect(),
        Kind::JsonString | Kind::Stitched | Kind::Number => text.iter().flat_map(|byte| json(*byte)).collect(),
        Kind::Parameter | Kind::Path | Kind::Url => text.iter().flat_map(|byte| percent(*byte)).collect(),
        Kind::Unquoted => text.iter().flat_map(|byte| unquoted(*byte)).collect(),
        Kind::Piece => text.iter().map(|byte| if name_byte(*byte) { *byte } else { b'_' }).collect(),
        Kind::Markup | Kind::Verbatim => text.iter().flat_map(|byte| entity(*byte)).collect(),
    }
}

/// Whether a byte can stand in the name of an element or attribute.
fn name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)
}

fn quoted(byte: u8) -> Vec<u8> {
    if (b' '..=b'~').contains(&byte) && byte != b'=' {
        return vec![byte];
    }
    format!("={byte:02X}").into_bytes()
}

fn json(byte: u8) -> Vec<u8> {
    match byte {
        b'"' | b'\\' => vec![b'\\', byte],
        0..0x20 => format!("\\u{byte:04x}").into_bytes(),
        _ => vec![byte],
    }
}

fn percent(byte: u8) -> Vec<u8> {
    if byte.is_ascii_alphanumeric() || b"-._~*".contains(&byte) {
        return vec![byte];
    }
    format!("%{byte:02X}").into_bytes()
}

fn entity(byte: u8) -> Vec<u8> {
    match byte {
        b'&' => b"&amp;".to_vec(),
        b'<' => b"&lt;".to_vec(),
        b'>' => b"&gt;".to_vec(),
        b'"' => b"&quot;".to_vec(),
        b'\'' => b"&#39;".to_vec(),
        _ => vec![byte],
    }
}

/// What would end a value without quotes is a reference, too.
fn unquoted(byte: u8) -> Vec<u8> {
    if byte.is_ascii_whitespace() || b"=`".contains(&byte) {
        return format!("&#{byte};").into_bytes();
    }
    entity(byte)
}
