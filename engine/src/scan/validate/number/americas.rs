//! Schemes of the Americas.

use super::Scheme;
use super::check::Check;
use super::form::{DIGITS, DOUBLED, FORM, Field, Form, Is, N_TILDE, Values};

/// Eleven less the remainder, with 0 for ten.
const FROM_ELEVEN_OR_ZERO: &[u8] = b"00987654321";

/// Digits, and letters by their distance from the digit 0 in ASCII.
const BRAZILIAN: Values = &[
    (b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (b'A', &[17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42]),
];

/// Digits, and letters from 10 on; 24 is the letter that is written as X.
const MEXICAN: Values = &[
    (b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (b'A', &[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]),
    (b'O', &[25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36]),
];

/// The same with signs: & counts as 24, N with a tilde as 38.
const MEXICAN_TAX: Values = &[
    (b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (b'A', &[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]),
    (b'O', &[25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36]),
    (b'&', &[24]),
    (N_TILDE, &[38]),
];

/// What may stand behind the date: no 0, as in what is set aside for the public and for foreigners, XAXX010101000.
const MEXICAN_HOMONYM: Is = Is::OneOf(b"123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

pub(super) static SCHEMES: &[Scheme] = &[
    Scheme {
        name: "br_cnpj",
        title: "Brazilian company number, also with letters as from July 2026",
        source: "https://pt.wikipedia.org/wiki/Cadastro_Nacional_da_Pessoa_Jur%C3%ADdica",
        forms: &[Form {
            length: 14..=14,
            values: &[BRAZILIAN],
            checks: &[
                Check::Symbol { weights: &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], table: FROM_ELEVEN_OR_ZERO, at: 12 },
                Check::Symbol { weights: &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], table: FROM_ELEVEN_OR_ZERO, at: 13 },
                Check::Varied,
            ],
            ..FORM
        }],
        vectors: &["16.727.230/0001-97", "12.ABC.345/01DE-35"],
        misses: &["16.727.230/0001-98", "00.000.000/0000-00"],
    },
    Scheme {
        name: "br_cpf",
        title: "Brazilian taxpayer number of people: two check digits",
        source: "https://pt.wikipedia.org/wiki/Cadastro_de_Pessoas_F%C3%ADsicas",
        forms: &[Form {
            length: 11..=11,
            checks: &[
                Check::Symbol { weights: &[10, 9, 8, 7, 6, 5, 4, 3, 2], table: FROM_ELEVEN_OR_ZERO, at: 9 },
                Check::Symbol { weights: &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2], table: FROM_ELEVEN_OR_ZERO, at: 10 },
                Check::Varied,
            ],
            ..FORM
        }],
        vectors: &["390.533.447-05", "111.444.777-35"],
        misses: &["231.002.999-00", "111.111.111-11"],
    },
    Scheme {
        name: "ca_sin",
        title: "Canadian social insurance number: Luhn; none begins with 0 or 8",
        source: "https://www.canada.ca/en/employment-social-development/services/sin.html",
        forms: &[Form {
            length: 9..=9,
            values: &[DIGITS, DOUBLED],
            fields: &[Field { at: 0, is: Is::OneOf(b"12345679") }],
            checks: &[Check::Sum { weights: &[1; 9], modulus: 10, remainder: 0 }],
        }],
        vectors: &["123-456-782"],
        misses: &["999-999-999", "823456785", "046 454 286"],
    },
    Scheme {
        name: "cl_rut",
        title: "Chilean tax and identity number: K for ten",
        source: "https://en.wikipedia.org/wiki/National_identification_number#Chile",
        forms: &[
            Form {
                length: 9..=9,
                checks: &[Check::Symbol { weights: &[8, 9, 4, 5, 6, 7, 8, 9], table: b"0123456789K", at: 8 }],
                ..FORM
            },
            Form {
                length: 8..=8,
                checks: &[Check::Symbol { weights: &[9, 4, 5, 6, 7, 8, 9], table: b"0123456789K", at: 7 }],
                ..FORM
            },
        ],
        vectors: &["76086428-5", "12.531.909-2"],
        misses: &["12531909-3", "76086A28-5"],
    },
    Scheme {
        name: "mx_curp",
        title: "Mexican population registry code",
        source: "https://www.gob.mx/curp/",
        forms: &[Form {
            length: 18..=18,
            values: &[MEXICAN],
            fields: &[
                Field { at: 6, is: Is::Within(2, &[1..=12]) },
                Field { at: 8, is: Is::Within(2, &[1..=31]) },
                Field { at: 10, is: Is::OneOf(b"HMX") },
            ],
            checks: &[Check::Symbol {
                weights: &[18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2],
                table: b"0987654321",
                at: 17,
            }],
        }],
        vectors: &["BOXW310820HNERXN09"],
        misses: &["BOXW310820HNERXN08", "BOXW311320HNERXN09"],
    },
    Scheme {
        name: "mx_rfc",
        title: "Mexican taxpayer number of people and companies: weights 13 to 2, mod 11, A for ten; not the generic ones",
        source: "https://es.wikipedia.org/wiki/Registro_Federal_de_Contribuyentes_(M%C3%A9xico)",
        forms: &[
            Form {
                length: 13..=13,
                values: &[MEXICAN_TAX],
                fields: &[
                    Field { at: 6, is: Is::Within(2, &[1..=12]) },
                    Field { at: 8, is: Is::Within(2, &[1..=31]) },
                    Field { at: 10, is: MEXICAN_HOMONYM },
                ],
                checks: &[Check::Symbol {
                    weights: &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2],
                    table: b"0A987654321",
                    at: 12,
                }],
            },
            Form {
                length: 12..=12,
                values: &[MEXICAN_TAX],
                fields: &[
                    Field { at: 5, is: Is::Within(2, &[1..=12]) },
                    Field { at: 7, is: Is::Within(2, &[1..=31]) },
                    Field { at: 9, is: MEXICAN_HOMONYM },
                ],
                // A space stands before a company's, which counts 37 times 13 and so turns the table by 8.
                checks: &[Check::Symbol {
                    weights: &[12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2],
                    table: b"3210A987654",
                    at: 11,
                }],
            },
        ],
        vectors: &["GODE561231GR8", "MAB-930714-8T4", "\u{d1}A\u{f1}A010101AB8", "A&A010101ABA"],
        misses: &["GODE561231GR9", "VACE-460910-SX6", "XAXX010101000", "XEXX010101000", "GODE561331GR8"],
    },
    Scheme {
        name: "us_aba_routing",
        title: "US bank routing number: weights 3, 7, 1",
        source: "https://en.wikipedia.org/wiki/ABA_routing_transit_number",
        forms: &[Form {
            length: 9..=9,
            fields: &[Field { at: 0, is: Is::Within(2, &[1..=12, 21..=32, 61..=72, 80..=80]) }],
            checks: &[Check::Sum { weights: &[3, 7, 1, 3, 7, 1, 3, 7, 1], modulus: 10, remainder: 0 }],
            ..FORM
        }],
        vectors: &["111000025", "021000021"],
        misses: &["111000026", "911000025"],
    },
    Scheme {
        name: "us_dea",
        title: "US Drug Enforcement Administration registration number",
        source: "https://en.wikipedia.org/wiki/DEA_number",
        forms: &[Form {
            length: 9..=9,
            checks: &[Check::Symbol { weights: &[0, 0, 1, 2, 1, 2, 1, 2], table: b"0123456789", at: 8 }],
            ..FORM
        }],
        vectors: &["BB1388568"],
        misses: &["BB1388569", "BB138856"],
    },
    Scheme {
        name: "us_npi",
        title: "US national provider identifier: Luhn with 80840 before the number, which adds 24",
        source: "https://www.cms.gov/Regulations-and-Guidance/Administrative-Simplification/NationalProvIdentStand/Downloads/NPIcheckdigit.pdf",
        forms: &[Form {
            values: &[DOUBLED, DIGITS],
            fields: &[Field { at: 0, is: Is::OneOf(b"12") }],
            checks: &[Check::Sum { weights: &[1; 10], modulus: 10, remainder: 6 }],
            ..FORM
        }],
        vectors: &["1234567893"],
        misses: &["1234567890", "3234567891"],
    },
];
