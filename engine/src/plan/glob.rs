//! Globs over names, hosts, content types, routes and paths.

/// Whether `*` may cross a separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `*` matches anything; letters match in either case.
    Name,
    /// `*` stays inside a `/` segment, `**` crosses; letters match exactly.
    Path,
}

/// A glob: `*` is any run of bytes, everything else itself.
#[derive(Clone, Debug)]
pub struct Glob {
    parts: Vec<Part>,
    style: Style,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Byte(u8),
    /// Any run; within a segment unless it crosses.
    Run {
        crosses: bool,
    },
}

impl Glob {
    /// Parses a glob; every text is one.
    pub fn new(text: &str, style: Style) -> Self {
        let mut parts = Vec::new();
        for byte in text.bytes() {
            match (byte, parts.last_mut(), style) {
                (b'*', Some(Part::Run { crosses }), _) => *crosses = true,
                (b'*', _, _) => parts.push(Part::Run { crosses: style == Style::Name }),
                (_, _, Style::Name) => parts.push(Part::Byte(byte.to_ascii_lowercase())),
                (_, _, Style::Path) => parts.push(Part::Byte(byte)),
            }
        }
        Self { parts, style }
    }

    /// Whether the glob matches all of `text`. Linear in text times runs: one pass over the set of reachable parts.
    pub fn matches(&self, text: &[u8]) -> bool {
        let mut reached = vec![false; self.parts.len() + 1];
        reach(&mut reached, 0, &self.parts);
        for &byte in text {
            let byte = if self.style == Style::Name { byte.to_ascii_lowercase() } else { byte };
            let mut next = vec![false; reached.len()];
            for (at, part) in self.parts.iter().enumerate() {
                if !reached.get(at).is_some_and(|&on| on) {
                    continue;
                }
                match part {
                    Part::Byte(wanted) if *wanted == byte => reach(&mut next, at + 1, &self.parts),
                    Part::Run { crosses } if *crosses || byte != b'/' => reach(&mut next, at, &self.parts),
                    Part::Byte(_) | Part::Run { .. } => {}
                }
            }
            reached = next;
        }
        reached.last().is_some_and(|&on| on)
    }

    /// The glob as a plain name, when it has no run.
    pub fn literal(&self) -> Option<Vec<u8>> {
        self.parts.iter().map(|part| if let Part::Byte(byte) = part { Some(*byte) } else { None }).collect()
    }
}

/// Marks a part, and what lies behind the runs that may be empty.
fn reach(set: &mut [bool], mut at: usize, parts: &[Part]) {
    while let Some(slot) = set.get_mut(at) {
        *slot = true;
        match parts.get(at) {
            Some(Part::Run { .. }) => at += 1,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_in_either_case_and_paths_keep_to_segments() {
        let name = |glob: &str, text: &str| Glob::new(glob, Style::Name).matches(text.as_bytes());
        assert!(name("*password*", "userPassword2"));
        assert!(name("pwd", "PWD") && !name("pwd", "pwds"));
        assert!(name("*.shop.example", "a.b.shop.example") && !name("*.shop.example", "shop.example"));
        let path = |glob: &str, text: &str| Glob::new(glob, Style::Path).matches(text.as_bytes());
        assert!(path("/v1/*", "/v1/users") && !path("/v1/*", "/v1/users/1"));
        assert!(path("/v1/**", "/v1/users/1") && path("/v1/**", "/v1/"));
        assert!(path("/*/pay", "/7/pay") && !path("/*/pay", "/7/8/pay"));
    }
}
