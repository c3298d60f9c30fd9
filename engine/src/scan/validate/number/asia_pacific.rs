//! Schemes of Asia, Australia, Africa and the Middle East.
//!
//! South Korean numbers that were given out since October 2020 have no check digit: `kr_rrn` is for texts where the older
//! ones stand.

use super::Scheme;
use super::check::Check;
use super::form::{DIGITS, DOUBLED, FORM, Field, Form, Is, Values};

/// The first letter stands for a number that is added to the sum.
const SINGAPOREAN: Values = &[(b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), (b'F', &[0, 4]), (b'M', &[3]), (b'S', &[0, 4])];

/// Weights of the letter, which counts as it is, and of the digits.
const SINGAPOREAN_WEIGHTS: &[i16] = &[1, 2, 7, 6, 5, 4, 3, 2];

pub(super) static SCHEMES: &[Scheme] = &[
    Scheme {
        name: "au_medicare",
        title: "Australian Medicare card number, with or without the person's digit",
        source: "https://clearwater.com.au/code/medicare",
        forms: &[Form {
            length: 10..=11,
            fields: &[Field { at: 0, is: Is::OneOf(b"23456") }, Field { at: 9, is: Is::OneOf(b"123456789") }],
            checks: &[Check::Symbol { weights: &[1, 3, 7, 9, 1, 3, 7, 9], table: b"0123456789", at: 8 }],
            ..FORM
        }],
        vectors: &["2123 45670 1", "2123 45670 1/1"],
        misses: &["2123 45671 1", "1123 45669 1", "2123 45670"],
    },
    Scheme {
        name: "au_tfn",
        title: "Australian tax file number of nine digits",
        source: "https://en.wikipedia.org/wiki/Tax_file_number",
        forms: &[Form {
            length: 9..=9,
            checks: &[Check::Sum { weights: &[1, 4, 3, 7, 5, 8, 6, 9, 10], modulus: 11, remainder: 0 }, Check::Varied],
            ..FORM
        }],
        vectors: &["123 456 782"],
        misses: &["999 999 999", "123 456 783"],
    },
    Scheme {
        name: "cn_resident_id",
        title: "Chinese resident identity number, GB 11643",
        source: "https://en.wikipedia.org/wiki/Resident_Identity_Card",
        forms: &[Form {
            length: 18..=18,
            fields: &[
                Field { at: 0, is: Is::OneOf(b"123456789") },
                Field { at: 6, is: Is::Within(4, &[1800..=2199]) },
                Field { at: 10, is: Is::Within(2, &[1..=12]) },
                Field { at: 12, is: Is::Within(2, &[1..=31]) },
            ],
            checks: &[Check::Mod11Radix2],
            ..FORM
        }],
        vectors: &["11010519491231002X", "440524188001010014", "360426199101010071"],
        misses: &["110105194912310020", "440524188013010014"],
    },
    Scheme {
        name: "il_id",
        title: "Israeli identity number of nine digits: Luhn",
        source: "https://en.wikipedia.org/wiki/Israeli_identity_card",
        forms: &[Form {
            length: 9..=9,
            values: &[DIGITS, DOUBLED],
            checks: &[Check::Sum { weights: &[1; 9], modulus: 10, remainder: 0 }, Check::Varied],
            ..FORM
        }],
        vectors: &["03933742-3"],
        misses: &["03933742-2", "000000000"],
    },
    Scheme {
        name: "in_aadhaar",
        title: "Indian Aadhaar number: Verhoeff; none begins with 0 or 1",
        source: "https://en.wikipedia.org/wiki/Aadhaar",
        forms: &[Form {
            length: 12..=12,
            fields: &[Field { at: 0, is: Is::OneOf(b"23456789") }],
            checks: &[Check::Verhoeff, Check::Varied],
            ..FORM
        }],
        vectors: &["2341 2341 2346"],
        misses: &["2341 2341 2347", "1234 1234 1234", "2222 2222 2222"],
    },
    Scheme {
        name: "jp_my_number",
        title: "Japanese individual number: mod 11, 0 for ten and eleven",
        source: "https://laws.e-gov.go.jp/law/426M60000008085",
        forms: &[Form {
            length: 12..=12,
            checks: &[
                Check::Symbol { weights: &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], table: b"00987654321", at: 11 },
                Check::Varied,
            ],
            ..FORM
        }],
        vectors: &["1111 1111 1118", "1234 5678 9018"],
        misses: &["1234 5678 9012", "0000 0000 0000"],
    },
    Scheme {
        name: "kr_rrn",
        title: "South Korean resident registration number",
        source: "https://en.wikipedia.org/wiki/Resident_registration_number",
        forms: &[Form {
            length: 13..=13,
            fields: &[Field { at: 2, is: Is::Within(2, &[1..=12]) }, Field { at: 4, is: Is::Within(2, &[1..=31]) }],
            checks: &[Check::Symbol { weights: &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5], table: b"10987654321", at: 12 }],
            ..FORM
        }],
        vectors: &["971013-9019902"],
        misses: &["971013-9019903", "971313-9019902"],
    },
    Scheme {
        name: "sg_nric",
        title: "Singapore NRIC or FIN: the letter of the remainder by 11, by the first letter",
        source: "https://en.wikipedia.org/wiki/National_Registration_Identity_Card",
        forms: &[
            Form {
                length: 9..=9,
                values: &[SINGAPOREAN],
                fields: &[Field { at: 0, is: Is::OneOf(b"ST") }],
                checks: &[Check::Symbol { weights: SINGAPOREAN_WEIGHTS, table: b"JZIHGFEDCBA", at: 8 }],
            },
            Form {
                length: 9..=9,
                values: &[SINGAPOREAN],
                fields: &[Field { at: 0, is: Is::OneOf(b"FG") }],
                checks: &[Check::Symbol { weights: SINGAPOREAN_WEIGHTS, table: b"XWUTRQPNMLK", at: 8 }],
            },
            Form {
                length: 9..=9,
                values: &[SINGAPOREAN],
                fields: &[Field { at: 0, is: Is::OneOf(b"M") }],
                checks: &[Check::Symbol { weights: SINGAPOREAN_WEIGHTS, table: b"XWUTRQPNJLK", at: 8 }],
            },
        ],
        vectors: &["S1234567D", "T1234567J", "F1234567N", "G1234567X", "M1234567K"],
        misses: &["S1234567A", "F1234567D", "A1234567D"],
    },
    Scheme {
        name: "za_id",
        title: "South African identity number: Luhn behind the date of birth",
        source: "https://www.dha.gov.za/index.php/identity-documents2",
        forms: &[Form {
            length: 13..=13,
            values: &[DIGITS, DOUBLED],
            fields: &[
                Field { at: 2, is: Is::Within(2, &[1..=12]) },
                Field { at: 4, is: Is::Within(2, &[1..=31]) },
                Field { at: 10, is: Is::OneOf(b"012") },
            ],
            checks: &[Check::Sum { weights: &[1; 13], modulus: 10, remainder: 0 }],
        }],
        vectors: &["7503305044089"],
        misses: &["8503305044089", "7513305044089"],
    },
];
