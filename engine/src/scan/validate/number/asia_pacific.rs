//! Schemes of Asia, Australia, Africa and the Middle East.
//!
//! South Korean numbers that were given out since October 2020 have no check digit: `kr_rrn` is for texts where the older
//! ones stand.

use super::Scheme;
use super::check::Check;
use super::form::{BASE_36, DIGITS, DOUBLED, FORM, Field, Form, Is, Values};

/// The first letter stands for a number that is added to the sum.
const SINGAPOREAN: Values = &[(b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), (b'F', &[0, 4]), (b'M', &[3]), (b'S', &[0, 4])];

/// Weights of the letter, which counts as it is, and of the digits.
const SINGAPOREAN_WEIGHTS: &[i16] = &[1, 2, 7, 6, 5, 4, 3, 2];

/// India's doubles of digits and letters, the digits by 36 of the double added up.
const INDIAN: Values = &[
    (b'0', &[0, 2, 4, 6, 8, 10, 12, 14, 16, 18]),
    (b'A', &[20, 22, 24, 26, 28, 30, 32, 34, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35]),
];

/// Taiwan's letters are two digits, 10 to 35 in the order in which counties got them: the first once, the second nine times.
const TAIWANESE: Values = &[
    (b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (b'A', &[1, 10, 19, 28, 37, 46, 55, 64, 39, 73, 82, 2, 11, 20, 48, 29, 38, 47, 56, 65, 74, 83, 21, 3, 12, 30]),
];

/// The weights of Kazakhstan;
const KAZAKH: &[i16] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/// others take over where these leave ten.
const KAZAKH_TEN: &[i16] = &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2];

/// Eleven less the remainder, where ten is never issued.
const FROM_ELEVEN: &[u8] = b"0-987654321";

/// New Zealand's tax numbers of eight digits,
const NEW_ZEALAND_8: &[Field] = &[Field { at: 0, is: Is::Within(8, &[10_000_000..=99_999_999]) }];

/// and of nine, up to what is issued soon.
const NEW_ZEALAND_9: &[Field] = &[Field { at: 0, is: Is::Within(9, &[10_000_000..=150_000_000]) }];

/// New Zealand's letters count from 1 to 24; I and O are not used.
const NEW_ZEALAND_HEALTH: Values = &[
    (b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (b'A', &[1, 2, 3, 4, 5, 6, 7, 8]),
    (b'J', &[9, 10, 11, 12, 13]),
    (b'P', &[14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]),
];

const fn new_zealand_letter(at: usize) -> Field {
    Field { at, is: Is::OneOf(b"ABCDEFGHJKLMNPQRSTUVWXYZ") }
}

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
        name: "hk_hkid",
        title: "Hong Kong identity card: weights 9 to 1, mod 11, A for ten; a missing first letter counts 36",
        source: "https://en.wikipedia.org/wiki/Hong_Kong_identity_card",
        forms: &[
            Form {
                length: 8..=8,
                values: &[BASE_36],
                fields: &[
                    Field { at: 0, is: Is::OneOf(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ") },
                    Field { at: 1, is: Is::Within(6, &[0..=999_999]) },
                    Field { at: 7, is: Is::OneOf(b"0123456789A") },
                ],
                // The first letter that is missing leaves 5 of 36 times 9, to be made up by 6.
                checks: &[Check::Sum { weights: &[8, 7, 6, 5, 4, 3, 2, 1], modulus: 11, remainder: 6 }],
            },
            Form {
                length: 9..=9,
                values: &[BASE_36],
                fields: &[
                    Field { at: 0, is: Is::OneOf(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ") },
                    Field { at: 1, is: Is::OneOf(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ") },
                    Field { at: 2, is: Is::Within(6, &[0..=999_999]) },
                    Field { at: 8, is: Is::OneOf(b"0123456789A") },
                ],
                checks: &[Check::Sum { weights: &[9, 8, 7, 6, 5, 4, 3, 2, 1], modulus: 11, remainder: 0 }],
            },
        ],
        vectors: &["G123456(A)", "L555555(0)", "AB987654(3)"],
        misses: &["G123456(B)", "G123456(9)", "AB987654(4)"],
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
            checks: &[Check::Verhoeff { of: 11, at: 11 }, Check::Varied],
            ..FORM
        }],
        vectors: &["2341 2341 2346"],
        misses: &["2341 2341 2347", "1234 1234 1234", "2222 2222 2222"],
    },
    Scheme {
        name: "in_gstin",
        title: "Indian goods and services tax number: Luhn mod 36",
        source: "https://en.wikipedia.org/wiki/Goods_and_Services_Tax_(India)",
        forms: &[Form {
            length: 15..=15,
            values: &[BASE_36, INDIAN],
            fields: &[Field { at: 0, is: Is::Within(2, &[1..=99]) }],
            checks: &[Check::Sum { weights: &[1; 15], modulus: 36, remainder: 0 }, Check::Varied],
        }],
        vectors: &["27AAPFU0939F1ZV", "29AAPFU0939F1ZR"],
        misses: &["27AAPFU0939F1ZW", "27AAPFU0939F1Z"],
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
        name: "kz_iin",
        title: "Kazakh identification number of people (IIN) or companies (BIN): weights 1 to 11, mod 11, other weights where that leaves ten",
        source: "https://www.oecd.org/tax/automatic-exchange/crs-implementation-and-assistance/tax-identification-numbers/Kazakhstan-TIN.pdf",
        forms: &[
            Form {
                length: 12..=12,
                checks: &[Check::Symbol { weights: KAZAKH, table: b"0123456789-", at: 11 }, Check::Varied],
                ..FORM
            },
            Form {
                length: 12..=12,
                checks: &[
                    Check::Sum { weights: KAZAKH, modulus: 11, remainder: 10 },
                    Check::Symbol { weights: KAZAKH_TEN, table: b"0123456789-", at: 11 },
                ],
                ..FORM
            },
        ],
        vectors: &["800101000007", "800101000802"],
        misses: &["800101000008", "800101000840", "000000000000"],
    },
    Scheme {
        name: "nz_ird",
        title: "New Zealand IRD number: mod 11, other weights where eleven less the remainder is ten",
        source: "https://www.ird.govt.nz/-/media/Project/IR/PDF/2020RWTNRWTSpecificationDocumentv10.pdf",
        forms: &[
            Form {
                length: 8..=8,
                fields: NEW_ZEALAND_8,
                checks: &[Check::Symbol { weights: &[2, 7, 6, 5, 4, 3, 2], table: FROM_ELEVEN, at: 7 }],
                ..FORM
            },
            Form {
                length: 8..=8,
                fields: NEW_ZEALAND_8,
                checks: &[
                    Check::Sum { weights: &[2, 7, 6, 5, 4, 3, 2], modulus: 11, remainder: 1 },
                    Check::Symbol { weights: &[4, 3, 2, 5, 2, 7, 6], table: FROM_ELEVEN, at: 7 },
                ],
                ..FORM
            },
            Form {
                length: 9..=9,
                fields: NEW_ZEALAND_9,
                checks: &[Check::Symbol { weights: &[3, 2, 7, 6, 5, 4, 3, 2], table: FROM_ELEVEN, at: 8 }],
                ..FORM
            },
            Form {
                length: 9..=9,
                fields: NEW_ZEALAND_9,
                checks: &[
                    Check::Sum { weights: &[3, 2, 7, 6, 5, 4, 3, 2], modulus: 11, remainder: 1 },
                    Check::Symbol { weights: &[7, 4, 3, 2, 5, 2, 7, 6], table: FROM_ELEVEN, at: 8 },
                ],
                ..FORM
            },
        ],
        vectors: &["49091850", "049-091-850", "136410132"],
        misses: &["49091851", "136410133", "9125568"],
    },
    Scheme {
        name: "nz_nhi",
        title: "New Zealand national health index number: the older with a check digit, mod 11, the newer with a check letter, mod 24",
        source: "https://en.wikipedia.org/wiki/NHI_Number",
        forms: &[
            Form {
                length: 7..=7,
                values: &[NEW_ZEALAND_HEALTH],
                fields: &[
                    new_zealand_letter(0),
                    new_zealand_letter(1),
                    new_zealand_letter(2),
                    Field { at: 3, is: Is::Within(3, &[0..=999]) },
                ],
                checks: &[Check::Symbol { weights: &[7, 6, 5, 4, 3, 2], table: b"-0987654321", at: 6 }],
            },
            Form {
                length: 7..=7,
                values: &[NEW_ZEALAND_HEALTH],
                fields: &[
                    new_zealand_letter(0),
                    new_zealand_letter(1),
                    new_zealand_letter(2),
                    Field { at: 3, is: Is::Within(2, &[0..=99]) },
                    new_zealand_letter(5),
                ],
                checks: &[Check::Symbol { weights: &[7, 6, 5, 4, 3, 2], table: b"ZYXWVUTSRQPNMLKJHGFEDCBA", at: 6 }],
            },
        ],
        vectors: &["ZZZ0016", "ZZZ00AX"],
        misses: &["ZZZ0017", "ZZZ00AY", "ZZO0016"],
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
        name: "tw_id",
        title: "Taiwanese identity number, also of residents as from 2021: the letter as two digits, mod 10",
        source: "https://en.wikipedia.org/wiki/National_identification_card_(Taiwan)",
        forms: &[Form {
            values: &[TAIWANESE],
            fields: &[
                Field { at: 0, is: Is::OneOf(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ") },
                Field { at: 1, is: Is::Within(9, &[100_000_000..=299_999_999, 800_000_000..=999_999_999]) },
            ],
            checks: &[Check::Sum { weights: &[1, 8, 7, 6, 5, 4, 3, 2, 1, 1], modulus: 10, remainder: 0 }],
            ..FORM
        }],
        vectors: &["A123456789", "A800000014"],
        misses: &["A123456788", "A323456783"],
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
