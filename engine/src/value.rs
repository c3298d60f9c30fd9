//! Whole values: of headers, cookies and parameters, redacted at once.

use crate::body::Reading;
use crate::policy::model::Action;
use crate::redact::{Effect, Encoding, Matcher, Origin, Render, Scope, Segment, Sink, Tally, render};

/// What became of a value.
#[derive(Debug, PartialEq, Eq)]
pub enum Value {
    /// It stays.
    Same,
    /// It is written anew.
    Changed(Vec<u8>),
    /// It goes, with its name.
    Removed,
}

/// One byte of a view and the raw bytes it stands for.
struct Unit {
    view: u8,
    start: usize,
    end: usize,
}

/// Redacts the value of `name`. Percent-encoded text is read decoded, twice if it is encoded twice.
pub fn redact(reading: &Reading<'_>, name: &[u8], raw: &[u8], encoding: Encoding, tally: &mut Tally) -> Value {
    let surface = reading.surface;
    if !surface.any() {
        return Value::Same;
    }
    let units = if encoding == Encoding::Percent { percent(percent(plain(raw), true), false) } else { plain(raw) };
    let path = || {
        std::str::from_utf8(name)
            .ok()
            .filter(|name| surface.spells(&reading.plan.names, name))
            .unwrap_or("*")
            .to_owned()
    };
    let origin = || Origin { surface: reading.name, path: path() };
    let mut owned = false;
    let matched = reading.plan.names.matched(name);
    for by in
        surface.named.iter().filter(|by| by.selects(&matched, false, &|_| false) && !(by.scalars && raw.is_empty()))
    {
        match by.effect {
            Effect::Change if !owned => {
                let action = reading.plan.action(by.rule, by.find);
                tally.count(by.key(origin()));
                // What blocks is looked for in an owned value too.
                content(reading, name, raw, &units, encoding, true, &origin, tally);
                let Some(action) = action.filter(|&action| action != &Action::Remove) else { return Value::Removed };
                let view: Vec<u8> = units.iter().map(|unit| unit.view).collect();
                if crate::pseudonym::pseudonym_at(&view, 0) == Some(view.len()) {
                    return Value::Same;
                }
                let mut out = Vec::new();
                let text = render(&Render { action, entity: &by.entity, key: reading.key }, &view);
                encoding.write(&text, &mut out);
                return Value::Changed(out);
            }
            Effect::Change => {}
            Effect::Block => {
                tally.block(by.rule, by.find);
                tally.count(by.key(origin()));
            }
            Effect::Logs if !owned => {
                owned = true;
                tally.count(by.key(origin()));
            }
            Effect::Logs => {}
            Effect::Shadow | Effect::Observe => tally.count(by.key(origin())),
        }
    }
    match content(reading, name, raw, &units, encoding, owned, &origin, tally) {
        Some(out) => Value::Changed(out),
        None => Value::Same,
    }
}

/// Runs the detectors over a value; an owned one is looked at only for what blocks.
#[expect(clippy::too_many_arguments, reason = "the value in its forms, and where its findings go")]
fn content(
    reading: &Reading<'_>,
    name: &[u8],
    raw: &[u8],
    units: &[Unit],
    encoding: Encoding,
    owned: bool,
    origin: &dyn Fn() -> Origin,
    tally: &mut Tally,
) -> Option<Vec<u8>> {
    let lens = if owned { &reading.surface.blocks } else { &reading.surface.lens };
    if !lens.any() {
        return None;
    }
    let context = reading.context(lens, encoding, origin);
    let narrows = reading.surface.narrows(&reading.plan.names.matched(name), &|_| false);
    let mut matcher = Matcher::default();
    matcher.begin(&context, Segment { scope: Scope::Member, name: name.to_vec(), narrows, offset: 0 });
    for unit in units {
        let bytes = raw.get(unit.start..unit.end).unwrap_or_default();
        if bytes == [unit.view] { matcher.push(bytes) } else { matcher.push_unit(&[unit.view], bytes) }
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut sink = Sink { out: &mut out, tally, changed: false };
    matcher.advance(&context, true, &mut sink);
    sink.changed.then_some(out)
}

fn plain(raw: &[u8]) -> Vec<Unit> {
    raw.iter().enumerate().map(|(at, &view)| Unit { view, start: at, end: at + 1 }).collect()
}

/// Percent-decodes once; `plus` stands for a space (WHATWG URL, application/x-www-form-urlencoded).
fn percent(units: Vec<Unit>, plus: bool) -> Vec<Unit> {
    let hex = |unit: Option<&Unit>| unit.and_then(|unit| char::from(unit.view).to_digit(16));
    let mut out = Vec::with_capacity(units.len());
    let mut at = 0;
    while let Some(unit) = units.get(at) {
        let (mut view, mut end, mut step) = (unit.view, unit.end, 1);
        if view == b'%'
            && let (Some(high), Some(low)) = (hex(units.get(at + 1)), hex(units.get(at + 2)))
        {
            view = u8::try_from(high << 4 | low).unwrap_or(view);
            end = units.get(at + 2).map_or(end, |last| last.end);
            step = 3;
        } else if plus && view == b'+' {
            view = b' ';
        }
        out.push(Unit { view, start: unit.start, end });
        at += step;
    }
    out
}

/// Percent-decodes a name, once.
pub fn decode(raw: &[u8]) -> Vec<u8> {
    percent(plain(raw), true).into_iter().map(|unit| unit.view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_encoded_text_is_decoded_twice_and_no_more() {
        let view =
            |raw: &[u8]| percent(percent(plain(raw), true), false).into_iter().map(|it| it.view).collect::<Vec<_>>();
        assert_eq!(view(b"a%40b"), b"a@b");
        assert_eq!(view(b"a%2540b"), b"a@b");
        assert_eq!(view(b"a%252540b"), b"a%40b");
        assert_eq!(view(b"a+b%2Bc%zz%4"), b"a b+c%zz%4");
    }
}
