//! Whether a text is well-formed XML, as far as a replacement could break it: tags that match, attributes in quotes and
//! each once, references with their semicolon, no `<` where none may be.

/// Whether all of `text` is well-formed. White space, names and encodings are not looked at.
pub fn holds(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let mut open: Vec<&str> = Vec::new();
    let mut rest: &str = &text;
    while !rest.is_empty() {
        let Some(markup) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            if !references(&rest[..end]) {
                return false;
            }
            rest = &rest[end..];
            continue;
        };
        let skipped =
            [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>"), ("!", ">")].into_iter().find_map(|(start, end)| {
                let inside = markup.strip_prefix(start)?;
                Some(inside.find(end).map(|at| &inside[at + end.len()..]))
            });
        if let Some(skipped) = skipped {
            let Some(after) = skipped else { return false };
            rest = after;
            continue;
        }
        if let Some(name) = markup.strip_prefix('/') {
            let Some((name, after)) = name.split_once('>') else { return false };
            if open.pop() != Some(name.trim_end()) {
                return false;
            }
            rest = after;
            continue;
        }
        let end = markup
            .find(|letter: char| letter.is_whitespace() || letter == '>' || letter == '/')
            .unwrap_or(markup.len());
        let Some((empty, after)) = attributes(&markup[end..]) else { return false };
        if !empty {
            open.push(&markup[..end]);
        }
        rest = after;
    }
    open.is_empty()
}

/// The rest of a tag behind its name: whether it is an empty element, and what follows.
fn attributes(mut rest: &str) -> Option<(bool, &str)> {
    let mut seen = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return Some((true, after));
        }
        if let Some(after) = rest.strip_prefix('>') {
            return Some((false, after));
        }
        let (name, value) = rest.split_once('=')?;
        let name = name.trim_end();
        let value = value.trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (inside, after) = value[1..].split_once(quote)?;
        if name.is_empty() || seen.contains(&name) || inside.contains('<') || !references(inside) {
            return None;
        }
        seen.push(name);
        rest = after;
    }
}

/// Whether every `&` begins a reference.
fn references(text: &str) -> bool {
    text.split('&').skip(1).all(|rest| {
        let Some((name, _)) = rest.split_once(';') else { return false };
        let digits = name.strip_prefix('#').unwrap_or(name);
        !digits.is_empty() && digits.chars().all(|letter| letter.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn what_is_broken_is_seen() {
        for text in
            ["<a/>", "<a b='1' c=\"'\">x &amp; <b>y</b><!-- < --></a>", "<?xml version='1.0'?><a><![CDATA[<]]></a>"]
        {
            assert!(holds(text.as_bytes()), "{text}");
        }
        for text in ["<a>", "<a></b>", "<a b=1/>", "<a b='1' b='2'/>", "<a>&</a>", "<a b='<'/>", "<a b='1/>", "</a>"] {
            assert!(!holds(text.as_bytes()), "{text}");
        }
    }
}
