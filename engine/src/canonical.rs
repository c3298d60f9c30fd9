//! The canonical form of JSON: sorted keys, integers only, no white space.
//!
//! On ASCII keys and integers within 53 bits it is byte for byte RFC 8785. A sealed body is written once in this form
//! and never serialised again: what was tagged is what is stored.

use serde_json::Value;

/// Deeper values are written as `null`, so that a hostile document cannot exhaust the stack.
const MAX_DEPTH: usize = 128;

/// Writes `value` in canonical form. A number that is not an integer is written as a string of its digits.
pub fn to_string(value: &Value) -> String {
    let mut out = String::with_capacity(256);
    write(value, MAX_DEPTH, &mut out);
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) if number.is_f64() => write_string(&number.to_string(), out),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => write_string(text, out),
        Value::Array(items) if depth > 0 => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, depth - 1, out);
            }
            out.push(']');
        }
        Value::Object(members) if depth > 0 => {
            // Sorted here, because serde_json keeps insertion order when any crate of the build asks it to.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| name.as_bytes());
            out.push('{');
            for (index, (name, member)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(name, out);
                out.push(':');
                write(member, depth - 1, out);
            }
            out.push('}');
        }
        Value::Null | Value::Array(_) | Value::Object(_) => out.push_str("null"),
    }
}

/// Appends `text` as a JSON string with the shortest escapes (RFC 8785, section 3.2.2.2).
pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    // What is escaped is ASCII, so that every cut is at a character's edge.
    while let Some(at) = rest.bytes().position(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
        let (plain, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut left = from.chars();
        match left.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\t') => out.push_str("\\t"),
            Some('\n') => out.push_str("\\n"),
            Some('\u{c}') => out.push_str("\\f"),
            Some('\r') => out.push_str("\\r"),
            Some(control) => {
                out.push_str("\\u00");
                out.push(if control < '\u{10}' { '0' } else { '1' });
                out.push(char::from_digit(u32::from(control) & 0xf, 16).unwrap_or('0'));
            }
            None => {}
        }
        rest = left.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sorts_keys_and_leaves_no_space() {
        let value = json!({"b": [1, -2, true, null], "a": {"z": "", "y": u64::MAX}, "A": "é"});
        assert_eq!(to_string(&value), r#"{"A":"é","a":{"y":18446744073709551615,"z":""},"b":[1,-2,true,null]}"#);
    }

    #[test]
    fn escapes_are_the_shortest() {
        let text: String = (0..0x21u8).map(char::from).chain(['"', '\\', '\u{7f}']).collect();
        let value = Value::from(text);
        assert_eq!(to_string(&value), value.to_string());
    }

    #[test]
    fn fractions_become_strings() {
        assert_eq!(to_string(&json!([1.5, 2])), r#"["1.5",2]"#);
    }

    #[test]
    fn depth_is_bounded() {
        let deep = (0..1000).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        assert_eq!(to_string(&deep), format!("{}null{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)));
        // Values nested this deeply overflow when they are dropped recursively, too; 1,000 levels do not.
    }
}
