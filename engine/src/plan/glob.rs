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

/// Where to go on when the text behind a run does not fit: the run's part and the text it has taken.
type Retry = Option<(usize, usize)>;

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

    /// Whether the glob matches all of `text`. Nothing is allocated; a run takes as little as it can, and only the last
    /// run of each kind is taken up again, so that the time is bounded by the cube of the lengths and is their sum for
    /// ordinary globs.
    pub fn matches(&self, text: &[u8]) -> bool {
        let (mut part, mut at) = (0, 0);
        let (mut inside, mut across): (Retry, Retry) = (None, None);
        loop {
            match (self.parts.get(part), text.get(at)) {
                (None, None) => return true,
                (Some(Part::Run { crosses: true }), _) => {
                    (across, inside) = (Some((part, at)), None);
                    part += 1;
                    continue;
                }
                (Some(Part::Run { crosses: false }), _) => {
                    inside = Some((part, at));
                    part += 1;
                    continue;
                }
                (Some(Part::Byte(wanted)), Some(byte)) if *wanted == self.fold(*byte) => {
                    (part, at) = (part + 1, at + 1);
                    continue;
                }
                _ => {}
            }
            let longer = |retry: Retry, crosses: bool| {
                let (run, taken) = retry?;
                let byte = text.get(taken)?;
                (crosses || *byte != b'/').then_some((run, taken + 1))
            };
            if let Some((run, taken)) = longer(inside, false) {
                inside = Some((run, taken));
                (part, at) = (run + 1, taken);
            } else if let Some((run, taken)) = longer(across, true) {
                (across, inside) = (Some((run, taken)), None);
                (part, at) = (run + 1, taken);
            } else {
                return false;
            }
        }
    }

    fn fold(&self, byte: u8) -> u8 {
        if self.style == Style::Name { byte.to_ascii_lowercase() } else { byte }
    }

    /// The glob as a plain name, when it has no run.
    pub fn literal(&self) -> Option<Vec<u8>> {
        self.parts.iter().map(|part| if let Part::Byte(byte) = part { Some(*byte) } else { None }).collect()
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
        assert!(name("a*b*c", "a-b-b-c") && !name("a*b*c", "a-b-b-d"));
        let path = |glob: &str, text: &str| Glob::new(glob, Style::Path).matches(text.as_bytes());
        assert!(path("/v1/*", "/v1/users") && !path("/v1/*", "/v1/users/1"));
        assert!(path("/v1/**", "/v1/users/1") && path("/v1/**", "/v1/"));
        assert!(path("/*/pay", "/7/pay") && !path("/*/pay", "/7/8/pay"));
        assert!(path("/**/x/*/y", "/a/x/b/x/c/y") && path("**/x/*", "/x/x/z/x/q"));
        assert!(!path("/a*/b*", "/ac/db"));
    }

    #[test]
    fn the_quick_way_agrees_with_trying_everything() {
        fn slow(parts: &[Part], text: &[u8]) -> bool {
            match (parts.split_first(), text.split_first()) {
                (None, None) => true,
                (None, Some(_)) => false,
                (Some((Part::Byte(wanted), rest)), Some((byte, tail))) => wanted == byte && slow(rest, tail),
                (Some((Part::Byte(_), _)), None) => false,
                (Some((Part::Run { crosses }, rest)), _) => {
                    slow(rest, text)
                        || text
                            .split_first()
                            .is_some_and(|(byte, tail)| (*crosses || *byte != b'/') && slow(parts, tail))
                }
            }
        }
        let alphabet = ["a", "b", "/", "*", "**"];
        let words = |length: u32, letters: usize| {
            (0..5_usize.pow(length)).map(move |code| {
                (0..length).map(|at| alphabet[code / 5_usize.pow(at) % letters.min(5)]).collect::<String>()
            })
        };
        for glob in words(5, 5) {
            let glob = Glob::new(&glob, Style::Path);
            for text in words(4, 3) {
                assert_eq!(glob.matches(text.as_bytes()), slow(&glob.parts, text.as_bytes()), "{glob:?} {text}");
            }
        }
    }
}
