//! Schemes of no one country.

use super::Scheme;
use super::check::Check;
use super::form::{FORM, Field, Form, Is, MOST, Values};

/// Letters of vehicle identification numbers; I, O and Q are not used.
const VEHICLE: Values = &[
    (b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (b'A', &[1, 2, 3, 4, 5, 6, 7, 8]),
    (b'J', &[1, 2, 3, 4, 5]),
    (b'P', &[7]),
    (b'R', &[9, 2, 3, 4, 5, 6, 7, 8, 9]),
];

pub(super) static SCHEMES: &[Scheme] = &[
    Scheme {
        name: "mod11-2",
        title: "any number with an ISO/IEC 7064 MOD 11-2 check character, such as ORCID and ISNI",
        source: "https://support.orcid.org/hc/en-us/articles/360006897674-Structure-of-the-ORCID-Identifier",
        forms: &[Form { length: 2..=MOST, checks: &[Check::Mod11Radix2], ..FORM }],
        vectors: &["0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X", "07940", "079X"],
        misses: &["0000-0002-1825-0098", "0000-0002-1694-2330", "0"],
    },
    Scheme {
        name: "mod11-10",
        title: "any number with an ISO/IEC 7064 MOD 11,10 check digit",
        source: "https://www.iso.org/standard/31531.html",
        forms: &[Form { length: 2..=MOST, checks: &[Check::Mod11Hybrid10], ..FORM }],
        vectors: &["07945", "002006673085"],
        misses: &["07940", "0"],
    },
    Scheme {
        name: "mod97-10",
        title: "any number with ISO/IEC 7064 MOD 97-10 check digits at its end, such as LEI",
        source: "https://www.gleif.org/en/organizational-identity/introducing-the-legal-entity-identifier-lei/iso-17442-the-lei-code-structure",
        forms: &[Form { length: 3..=MOST, checks: &[Check::Mod97Radix10], ..FORM }],
        vectors: &["79444", "5493001KJTIIGC8Y1R12"],
        misses: &["79443", "5493001KJTIIGC8Y1R21", "97"],
    },
    Scheme {
        name: "isbn10",
        title: "ISBN of ten symbols: weights 10 to 2, mod 11, X for ten",
        source: "https://en.wikipedia.org/wiki/ISBN",
        forms: &[Form {
            checks: &[Check::Symbol { weights: &[10, 9, 8, 7, 6, 5, 4, 3, 2], table: b"0X987654321", at: 9 }],
            ..FORM
        }],
        vectors: &["0-306-40615-2", "1-85798-218-5", "080442957X"],
        misses: &["0-306-40615-3", "0804429570"],
    },
    Scheme {
        name: "vin",
        title: "vehicle identification number with the check digit of North America",
        source: "https://www.ecfr.gov/current/title-49/subtitle-B/chapter-V/part-565/section-565.15",
        forms: &[Form {
            length: 17..=17,
            values: &[VEHICLE],
            fields: &[Field { at: 16, is: Is::Within(1, &[0..=9]) }],
            checks: &[Check::Symbol {
                weights: &[8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2],
                table: b"0123456789X",
                at: 8,
            }],
        }],
        vectors: &["1M8GDM9AXKP042788", "5GZCZ43D13S812715"],
        misses: &["1M8GDM9A1KP042788", "1M8GDM9AXKP04278I", "1M8GDM9AXKP04278"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_vehicles_count_as_the_regulation_says() {
        let runs: usize = VEHICLE.iter().map(|(_, run)| run.len()).sum();
        assert_eq!(runs, 10 + 26 - 3);
    }
}
