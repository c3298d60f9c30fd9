//! Expressions in one multi-pattern searcher, each match replaced: without validators, keywords, views or JSON.

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// All expressions in one automaton, over bytes.
pub struct Searcher(Regex);

impl Searcher {
    /// Over these expressions.
    ///
    /// # Errors
    /// They are too large for it: said in words.
    pub fn new<P: AsRef<str>>(expressions: &[P]) -> Result<Self, String> {
        let config = Regex::config().utf8_empty(false).nfa_size_limit(Some(1 << 30)).hybrid_cache_capacity(64 << 20);
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let built = Regex::builder().configure(config).syntax(syntax).build_many(expressions);
        built.map(Self).map_err(|error| error.to_string())
    }

    /// Appends `text` with its matches replaced, and says how many there were.
    pub fn replace(&self, text: &[u8], out: &mut Vec<u8>) -> usize {
        let (mut from, mut count) = (0, 0);
        for found in self.0.find_iter(text) {
            out.extend_from_slice(text.get(from..found.start()).unwrap_or_default());
            out.extend_from_slice(b"[REDACTED]");
            from = found.end();
            count += 1;
        }
        out.extend_from_slice(text.get(from..).unwrap_or_default());
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_of_any_expression_are_replaced() {
        let searcher = Searcher::new(&["ab+", "[0-9]{3}"]).unwrap();
        let mut out = Vec::new();
        assert_eq!(searcher.replace(b"x abbb 123 y", &mut out), 2);
        assert_eq!(out, b"x [REDACTED] [REDACTED] y");
    }
}
