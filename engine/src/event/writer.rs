//! JSON in canonical form, written as it goes: a tree of values that is built, sorted and printed for each event costs
//! more than sealing it.

use crate::canonical;

/// Writes one object. Names come in ascending order, each once, and need no escapes: they are our own.
pub(super) struct Object<'a> {
    out: &'a mut String,
    first: bool,
    #[cfg(debug_assertions)]
    last: &'static str,
}

impl<'a> Object<'a> {
    /// Opens an object; [`Object::end`] closes it.
    pub(super) fn new(out: &'a mut String) -> Self {
        out.push('{');
        Self {
            out,
            first: true,
            #[cfg(debug_assertions)]
            last: "",
        }
    }

    fn name(&mut self, name: &'static str) -> &mut String {
        #[cfg(debug_assertions)]
        {
            debug_assert!(self.first || self.last < name, "`{name}` behind `{}`", self.last);
            self.last = name;
        }
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        self.out
    }

    /// A text.
    pub(super) fn text(&mut self, name: &'static str, text: &str) {
        canonical::write_string(text, self.name(name));
    }

    /// A text, if there is one.
    pub(super) fn some(&mut self, name: &'static str, text: Option<impl AsRef<str>>) {
        if let Some(text) = text {
            self.text(name, text.as_ref());
        }
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &'static str, number: u64) {
        digits(number, self.name(name));
    }

    /// Yes or no.
    pub(super) fn truth(&mut self, name: &'static str, truth: bool) {
        self.name(name).push_str(if truth { "true" } else { "false" });
    }

    /// An object inside.
    pub(super) fn object(&mut self, name: &'static str) -> Object<'_> {
        Object::new(self.name(name))
    }

    /// A list of objects.
    pub(super) fn list<T>(
        &mut self,
        name: &'static str,
        items: impl Iterator<Item = T>,
        write: impl Fn(T, &mut Object<'_>),
    ) {
        let out = self.name(name);
        out.push('[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                out.push(',');
            }
            let mut object = Object::new(out);
            write(item, &mut object);
            object.end();
        }
        out.push(']');
    }

    /// Closes the object.
    pub(super) fn end(self) {
        self.out.push('}');
    }
}

/// Appends a number in decimal.
fn digits(mut number: u64, out: &mut String) {
    let mut reversed = [b'0'; 20];
    let mut used = 0;
    for digit in &mut reversed {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        used += 1;
        if number == 0 {
            break;
        }
    }
    out.extend(reversed.iter().take(used).rev().map(|&digit| char::from(digit)));
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn numbers_are_in_decimal() {
        for number in [0, 7, 10, 99, 100, 1_764_000_000_000, u64::MAX - 1, u64::MAX] {
            let mut out = String::new();
            digits(number, &mut out);
            assert_eq!(out, number.to_string());
        }
    }
}
