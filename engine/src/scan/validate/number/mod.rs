//! Numbers with check digits, as data: which symbols they have, what the symbols count, which fields lie in which ranges,
//! and how the check symbols come about. One table a region; a scheme more is a row more.

mod americas;
mod asia_pacific;
mod check;
mod europe;
mod form;
mod international;
mod weighted;

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

pub use form::Form;
pub use weighted::Weighted;

/// How a number of one kind is written and checked.
pub struct Scheme {
    /// What policies call it: a country's code and the number's name, as in `nl_bsn`.
    pub name: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// The specification, or where it is described.
    pub source: &'static str,
    /// Its forms; one must fit.
    forms: &'static [Form],
    /// Numbers that its specification or issuer gives as examples, or that tests of others share; of
    /// a form of which there is none, one that was computed. None is a secret.
    pub vectors: &'static [&'static str],
    /// Numbers that almost hold.
    pub misses: &'static [&'static str],
}

/// A scheme by reference, which plans hold by its name.
#[derive(Clone, Copy)]
pub struct Number(&'static Scheme);

impl Number {
    /// The scheme of this name.
    pub fn named(name: &str) -> Option<Self> {
        schemes().find(|scheme| scheme.name == name).map(Self)
    }

    /// What policies call it.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Whether `value`, separators aside, is a number of this kind. Reads at most 33 symbols.
    pub(super) fn holds(self, value: &[u8]) -> bool {
        form::read(value).is_some_and(|symbols| self.0.forms.iter().any(|form| form.fits(symbols.as_slice())))
    }
}

/// Every scheme, by region and name.
pub fn schemes() -> impl Iterator<Item = &'static Scheme> + Clone {
    [international::SCHEMES, europe::SCHEMES, americas::SCHEMES, asia_pacific::SCHEMES].into_iter().flatten()
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| D::Error::custom(format_args!("there is no validator `{name}`")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_scheme_has_a_name_a_source_and_vectors() {
        let mut names = BTreeSet::new();
        for scheme in schemes() {
            assert!(names.insert(scheme.name), "{} stands twice", scheme.name);
            assert!(scheme.source.starts_with("https://") && !scheme.title.is_empty(), "{}", scheme.name);
            assert!(!scheme.vectors.is_empty() && !scheme.misses.is_empty(), "{} has no vectors", scheme.name);
            assert_eq!(Number::named(scheme.name).map(Number::name), Some(scheme.name));
        }
        assert!(Number::named("").is_none());
    }

    #[test]
    fn published_numbers_hold() {
        let failed: Vec<_> = schemes()
            .flat_map(|scheme| scheme.vectors.iter().map(move |vector| (scheme, *vector)))
            .filter(|(scheme, vector)| !Number(scheme).holds(vector.as_bytes()))
            .map(|(scheme, vector)| (scheme.name, vector))
            .collect();
        assert!(failed.is_empty(), "{failed:?}");
    }

    #[test]
    fn near_misses_do_not_hold() {
        let failed: Vec<_> = schemes()
            .flat_map(|scheme| scheme.misses.iter().map(move |miss| (scheme, *miss)))
            .filter(|(scheme, miss)| Number(scheme).holds(miss.as_bytes()))
            .map(|(scheme, miss)| (scheme.name, miss))
            .collect();
        assert!(failed.is_empty(), "{failed:?}");
    }

    /// Where two remainders share a check symbol, or a digit is not part of the sum, a wrong one may pass: one in six at most.
    #[test]
    fn wrong_digits_are_found() {
        for scheme in schemes() {
            let (mut tried, mut passed) = (0, 0);
            for vector in scheme.vectors {
                for at in (0..vector.len()).filter(|at| vector.as_bytes()[*at].is_ascii_digit()) {
                    for digit in (b'0'..=b'9').filter(|digit| *digit != vector.as_bytes()[at]) {
                        let mut other = vector.as_bytes().to_vec();
                        other[at] = digit;
                        tried += 1;
                        passed += usize::from(Number(scheme).holds(&other));
                    }
                }
            }
            assert!(passed * 6 <= tried, "{}: {passed} of {tried} wrong digits pass", scheme.name);
        }
    }

    #[test]
    fn a_plan_names_schemes() {
        let number = Number::named("nl_bsn").unwrap();
        let text = serde_json::to_string(&number).unwrap();
        assert_eq!(text, r#""nl_bsn""#);
        assert_eq!(serde_json::from_str::<Number>(&text).unwrap(), number);
        assert!(serde_json::from_str::<Number>(r#""xx_none""#).is_err());
    }
}
