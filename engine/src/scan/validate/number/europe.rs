//! Schemes of Europe.
//!
//! Denmark's CPR numbers issued since 2007 have no check digit, and neither have UK national insurance numbers: a
//! checksum would let real ones through.

use super::Scheme;
use super::check::Check;
use super::form::{BASE_36, DIGITS, DOUBLED, FORM, Field, Form, Is, Values};

/// Eleven less the remainder, where ten is never issued.
const FROM_ELEVEN: &[u8] = b"0-987654321";

/// Eleven less the remainder, with 0 for ten.
const FROM_ELEVEN_OR_ZERO: &[u8] = b"00987654321";

/// Ten less the remainder.
const FROM_TEN: &[u8] = b"0987654321";

/// Spain's first letters of foreigners count as 0, 1 and 2, those of people without a number as nothing.
const SPANISH: Values = &[(b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), (b'X', &[0, 1, 2]), (b'K', &[0, 0, 0])];

/// The department 2A counts as 19 and 2B as 18.
const FRENCH: Values = &[(b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), (b'A', &[-1, -2])];

/// Italy's values at odd places, counted from 1.
const ITALIAN_ODD: Values = &[
    (b'0', &[1, 0, 5, 7, 9, 13, 15, 17, 19, 21]),
    (b'A', &[1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]),
];

/// Italy's values at even places.
const ITALIAN_EVEN: Values = &[
    (b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (b'A', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]),
];

/// Ireland's second letter.
const IRISH: Values =
    &[(b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), (b'A', &[1, 2, 0, 0, 0, 0, 0, 8]), (b'T', &[0, 0, 0, 0, 0])];

/// Powers of ten by 97, the check digits as a number of their own.
const BELGIAN: &[i16] = &[81, 76, 27, 90, 9, 30, 3, 10, 1, 10, 1];

/// Month and day may be unknown; months of foreigners count on by 20 or 40.
const BELGIAN_DATE: &[Field] =
    &[Field { at: 2, is: Is::Within(2, &[0..=12, 20..=32, 40..=52]) }, Field { at: 4, is: Is::Within(2, &[0..=31]) }];

/// What a 2 before the nine digits leaves to be made up, by 97.
const BELGIAN_2000: i32 = 29;

/// Digits times 5, and the digits of the product added up.
const TIMES_5: Values = &[(b'0', &[0, 5, 1, 6, 2, 7, 3, 8, 4, 9])];

/// Digits times 7, and the digits of the product added up.
const TIMES_7: Values = &[(b'0', &[0, 7, 5, 3, 10, 8, 6, 13, 11, 9])];

/// Germany's letters are two digits, 01 to 26: in pension insurance the first one counts twice,
const GERMAN_PENSION: Values =
    &[(b'A', &[1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 4, 5, 6, 7, 8, 9, 10])];

/// and in health insurance the second one, with the digits of the double added up.
const GERMAN_HEALTH: Values =
    &[(b'A', &[2, 4, 6, 8, 1, 3, 5, 7, 9, 1, 3, 5, 7, 9, 2, 4, 6, 8, 10, 2, 4, 6, 8, 10, 3, 5])];

/// Portugal's doubles of digits and letters, less nine if over nine.
const PORTUGUESE: Values = &[
    (b'0', &[0, 2, 4, 6, 8, 1, 3, 5, 7, 9]),
    (b'A', &[11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61]),
];

/// The weights of Estonia and Lithuania;
const BALTIC: &[i16] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1];

/// others take over where these leave ten.
const BALTIC_TEN: &[i16] = &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3];

/// Sex and century, and the date of birth.
const BALTIC_DATE: &[Field] = &[Field { at: 0, is: Is::OneOf(b"12345678") }, month(3), day(5)];

/// The Finnish control symbols.
const FINNISH: &[u8] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

const fn day(at: usize) -> Field {
    Field { at, is: Is::Within(2, &[1..=31]) }
}

const fn month(at: usize) -> Field {
    Field { at, is: Is::Within(2, &[1..=12]) }
}

pub(super) static SCHEMES: &[Scheme] = &[
    Scheme {
        name: "at_svnr",
        title: "Austrian social security number",
        source: "https://de.wikipedia.org/wiki/Sozialversicherungsnummer",
        forms: &[Form {
            fields: &[Field { at: 0, is: Is::OneOf(b"123456789") }, Field { at: 4, is: Is::Within(2, &[1..=31]) }],
            checks: &[Check::Symbol { weights: &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6], table: b"0123456789-", at: 3 }],
            ..FORM
        }],
        vectors: &["1237 010180"],
        misses: &["2237 010180", "1237 410180"],
    },
    Scheme {
        name: "be_nrn",
        title: "Belgian national register number: 97 less the remainder, from 2000 on with a 2 before the number",
        source: "https://www.ibz.rrn.fgov.be/fileadmin/user_upload/nl/rr/instructies/IT-lijst/IT000_Rijksregisternummer.pdf",
        forms: &[
            Form {
                length: 11..=11,
                fields: BELGIAN_DATE,
                checks: &[Check::Sum { weights: BELGIAN, modulus: 97, remainder: 0 }, Check::Varied],
                ..FORM
            },
            Form {
                length: 11..=11,
                fields: BELGIAN_DATE,
                checks: &[Check::Sum { weights: BELGIAN, modulus: 97, remainder: BELGIAN_2000 }, Check::Varied],
                ..FORM
            },
        ],
        vectors: &["85.07.30-033 28", "17 07 30 033 84"],
        misses: &["85.07.30-033 29", "12345678901"],
    },
    Scheme {
        name: "bg_egn",
        title: "Bulgarian citizen number; months count on by 20 and 40 for other centuries",
        source: "https://en.wikipedia.org/wiki/Unique_citizenship_number",
        forms: &[Form {
            fields: &[Field { at: 2, is: Is::Within(2, &[1..=12, 21..=32, 41..=52]) }, day(4)],
            checks: &[Check::Symbol { weights: &[2, 4, 8, 5, 10, 9, 7, 3, 6], table: b"01234567890", at: 9 }],
            ..FORM
        }],
        vectors: &["8032056031", "7523169263"],
        misses: &["8032056032", "8019010008"],
    },
    Scheme {
        name: "ch_ahv",
        title: "Swiss social insurance number: EAN-13 behind 756",
        source: "https://en.wikipedia.org/wiki/National_identification_number#Switzerland",
        forms: &[Form {
            length: 13..=13,
            fields: &[Field { at: 0, is: Is::Within(3, &[756..=756]) }],
            checks: &[Check::Symbol { weights: &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3], table: FROM_TEN, at: 12 }],
            ..FORM
        }],
        vectors: &["756.9217.0769.85", "756.1234.5678.97"],
        misses: &["756.9217.0769.84", "123.4567.8910.19"],
    },
    Scheme {
        name: "cz_rc",
        title: "Czech and Slovak birth number of ten digits, a multiple of 11; months of women count on by 50",
        source: "https://www.zakonyprolidi.cz/cs/2000-133#p13",
        forms: &[Form {
            fields: &[Field { at: 2, is: Is::Within(2, &[1..=12, 21..=32, 51..=62, 71..=82]) }, day(4)],
            checks: &[Check::Sum { weights: &[-1, 1, -1, 1, -1, 1, -1, 1, -1, 1], modulus: 11, remainder: 0 }],
            ..FORM
        }],
        vectors: &["710319/2745"],
        misses: &["710319/2746", "110349/2745"],
    },
    Scheme {
        name: "de_kvnr",
        title: "German health insurance number: the letter as two digits, weights 1 and 2, the digits of the products added up",
        source: "https://de.wikipedia.org/wiki/Krankenversichertennummer",
        forms: &[Form {
            values: &[GERMAN_HEALTH, DIGITS, DOUBLED, DIGITS, DOUBLED, DIGITS, DOUBLED, DIGITS, DOUBLED],
            checks: &[Check::Symbol { weights: &[1; 9], table: b"0123456789", at: 9 }],
            ..FORM
        }],
        vectors: &["A123456780", "A000500015"],
        misses: &["A123456781", "1123456780"],
    },
    Scheme {
        name: "de_rvnr",
        title: "German pension insurance number: the letter as two digits, the digits of the products added up",
        source: "https://de.wikipedia.org/wiki/Versicherungsnummer",
        forms: &[Form {
            length: 12..=12,
            values: &[
                DOUBLED,
                DIGITS,
                DOUBLED,
                TIMES_5,
                TIMES_7,
                DIGITS,
                DOUBLED,
                DIGITS,
                GERMAN_PENSION,
                DOUBLED,
                DIGITS,
            ],
            fields: &[day(2), month(4)],
            checks: &[Check::Symbol { weights: &[1; 11], table: b"0123456789", at: 11 }],
        }],
        vectors: &["15 070649 C 103", "65170839J003"],
        misses: &["15070649C104", "15071349C103"],
    },
    Scheme {
        name: "de_steuer_id",
        title: "German tax identification number",
        source: "https://de.wikipedia.org/wiki/Steuerliche_Identifikationsnummer",
        forms: &[Form {
            length: 11..=11,
            fields: &[Field { at: 0, is: Is::OneOf(b"123456789") }],
            checks: &[Check::OneRepeated, Check::Mod11Hybrid10],
            ..FORM
        }],
        vectors: &["36 574 261 809", "86 095 742 719"],
        misses: &["36 574 261 890", "36 554 266 806", "06 574 261 809"],
    },
    Scheme {
        name: "ee_ik",
        title: "Estonian or Lithuanian personal code: weights 1 to 9 and 1, mod 11, other weights where that leaves ten",
        source: "https://et.wikipedia.org/wiki/Isikukood",
        forms: &[
            Form {
                length: 11..=11,
                fields: BALTIC_DATE,
                checks: &[Check::Symbol { weights: BALTIC, table: b"0123456789-", at: 10 }],
                ..FORM
            },
            Form {
                length: 11..=11,
                fields: BALTIC_DATE,
                checks: &[
                    Check::Sum { weights: BALTIC, modulus: 11, remainder: 10 },
                    Check::Symbol { weights: BALTIC_TEN, table: b"01234567890", at: 10 },
                ],
                ..FORM
            },
        ],
        vectors: &["37605030299", "33309240064", "37605030920"],
        misses: &["37605030298", "37613030299", "97605030299"],
    },
    Scheme {
        name: "es_nif",
        title: "Spanish tax number of people (DNI, NIE and others): the letter of the remainder by 23",
        source: "https://ordenacionjuego.es/ca/calculo-digito-control",
        forms: &[Form {
            length: 9..=9,
            values: &[SPANISH],
            checks: &[Check::Symbol {
                weights: &[14, 6, 19, 18, 11, 8, 10, 1],
                table: b"TRWAGMYFPDXBNJZSQVHLCKE",
                at: 8,
            }],
            ..FORM
        }],
        vectors: &["12345678-Z", "54362315K", "X-5253868-R", "X-2482300-W", "M1234567L"],
        misses: &["54362315Z", "X2482300A", "5436231-K"],
    },
    Scheme {
        name: "es_nuss",
        title: "Spanish social security number: the remainder by 97, a zero behind the province left out",
        source: "https://www.grupoalquerque.es/ferias/2012/archivos/digitos/codigo_seguridad_social.pdf",
        forms: &[
            Form {
                length: 12..=12,
                fields: &[Field { at: 2, is: Is::OneOf(b"123456789") }, Field { at: 10, is: Is::Within(2, &[0..=96]) }],
                checks: &[Check::Sum {
                    weights: &[34, 81, 76, 27, 90, 9, 30, 3, 10, 1, -10, -1],
                    modulus: 97,
                    remainder: 0,
                }],
                ..FORM
            },
            Form {
                length: 12..=12,
                fields: &[Field { at: 2, is: Is::OneOf(b"0") }, Field { at: 10, is: Is::Within(2, &[0..=96]) }],
                checks: &[
                    Check::Sum { weights: &[81, 76, 0, 27, 90, 9, 30, 3, 10, 1, -10, -1], modulus: 97, remainder: 0 },
                    Check::Varied,
                ],
                ..FORM
            },
        ],
        vectors: &["28 12345678 40", "28/01234567/42"],
        misses: &["281234567841", "280123456743", "000000000000"],
    },
    Scheme {
        name: "fi_hetu",
        title: "Finnish personal identity code: the symbol of the remainder by 31",
        source: "https://dvv.fi/en/personal-identity-code",
        forms: &[
            Form {
                // The century sign may be a hyphen, which is read over, or a plus or a letter.
                fields: &[day(0), month(2)],
                checks: &[Check::Symbol { weights: &[14, 20, 2, 25, 18, 8, 7, 10, 1], table: FINNISH, at: 9 }],
                ..FORM
            },
            Form {
                length: 11..=11,
                fields: &[day(0), month(2), Field { at: 6, is: Is::OneOf(b"+ABCDEFUVWXY") }],
                checks: &[Check::Symbol { weights: &[14, 20, 2, 25, 18, 8, 0, 7, 10, 1], table: FINNISH, at: 10 }],
                ..FORM
            },
        ],
        vectors: &["131052-308T", "131052A308T", "131052Y308T"],
        misses: &["131052-308U", "310052-308Y", "131052G308T"],
    },
    Scheme {
        name: "fr_nir",
        title: "French social security number with its key of two digits",
        source: "https://www.insee.fr/en/metadonnees/definition/c1409",
        forms: &[Form {
            length: 15..=15,
            values: &[FRENCH],
            fields: &[
                Field { at: 0, is: Is::OneOf(b"123478") },
                Field { at: 3, is: Is::Within(2, &[1..=12, 20..=42, 50..=99]) },
                Field { at: 13, is: Is::Within(2, &[1..=97]) },
            ],
            checks: &[Check::Sum {
                weights: &[50, 5, 49, 34, 81, 76, 27, 90, 9, 30, 3, 10, 1, 10, 1],
                modulus: 97,
                remainder: 0,
            }],
        }],
        vectors: &["2 95 10 99 126 111 93", "253072B07300470", "253072A07300443"],
        misses: &["295109912611199", "253072C07300443", "2 95 13 99 126 111 93"],
    },
    Scheme {
        name: "fr_spi",
        title: "French tax number: its last three digits are the remainder of the others by 511",
        source: "https://www.oecd.org/tax/automatic-exchange/crs-implementation-and-assistance/tax-identification-numbers/France-TIN.pdf",
        forms: &[Form {
            length: 13..=13,
            fields: &[Field { at: 0, is: Is::OneOf(b"0123") }, Field { at: 10, is: Is::Within(3, &[0..=510]) }],
            checks: &[
                Check::Sum {
                    weights: &[83, 366, 241, 484, 355, 291, 489, 100, 10, 1, -100, -10, -1],
                    modulus: 511,
                    remainder: 0,
                },
                Check::Varied,
            ],
            ..FORM
        }],
        vectors: &["30 23 217 600 053"],
        misses: &["3023217600054", "3023217600564", "0000000000000"],
    },
    Scheme {
        name: "gr_amka",
        title: "Greek social security number: Luhn behind the date of birth",
        source: "https://www.amka.gr/tieinai_en.html",
        forms: &[Form {
            length: 11..=11,
            values: &[DIGITS, DOUBLED],
            fields: &[day(0), month(2)],
            checks: &[Check::Sum { weights: &[1; 11], modulus: 10, remainder: 0 }],
        }],
        vectors: &["01013099997"],
        misses: &["01013099999", "41013099997"],
    },
    Scheme {
        name: "hr_oib",
        title: "Croatian personal identification number",
        source: "https://en.wikipedia.org/wiki/Personal_identification_number_(Croatia)",
        forms: &[Form { length: 11..=11, checks: &[Check::Mod11Hybrid10, Check::Varied], ..FORM }],
        vectors: &["33392005961"],
        misses: &["33392005962", "3339200596"],
    },
    Scheme {
        name: "ie_pps",
        title: "Irish personal public service number: the letter of the remainder by 23",
        source: "https://en.wikipedia.org/wiki/Personal_Public_Service_Number",
        forms: &[Form {
            length: 8..=9,
            values: &[IRISH],
            checks: &[Check::Symbol {
                weights: &[8, 7, 6, 5, 4, 3, 2, 0, 9],
                table: b"WABCDEFGHIJKLMNOPQRSTUV",
                at: 7,
            }],
            ..FORM
        }],
        vectors: &["6433435F", "6433435FT", "6433435FW", "6433435OA", "6433435IH"],
        misses: &["6433435E", "6433435VH", "6433435"],
    },
    Scheme {
        name: "it_codice_fiscale",
        title: "Italian tax code of people: the letter of the remainder by 26",
        source: "https://it.wikipedia.org/wiki/Codice_fiscale",
        forms: &[Form {
            length: 16..=16,
            values: &[ITALIAN_ODD, ITALIAN_EVEN],
            fields: &[Field { at: 8, is: Is::OneOf(b"ABCDEHLMPRST") }],
            checks: &[Check::Symbol { weights: &[1; 15], table: b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", at: 15 }],
        }],
        vectors: &["RCCMNL83S18D969H", "RSSMRA85T10A562S"],
        misses: &["RCCMNL83S18D969I", "RCCMNL83Z18D969H", "RCCMNL83S18D969"],
    },
    Scheme {
        name: "lu_id",
        title: "Luxembourg identification number: a Luhn and a Verhoeff digit, both of the first eleven",
        source: "https://guichet.public.lu/en/citoyens/citoyennete/registre-national/identification-registre-national/numero-identification.html",
        forms: &[Form {
            length: 13..=13,
            values: &[DOUBLED, DIGITS],
            // Month and day are zero where they are not known.
            fields: &[
                Field { at: 0, is: Is::Within(4, &[1800..=2099]) },
                Field { at: 4, is: Is::Within(2, &[0..=12]) },
                Field { at: 6, is: Is::Within(2, &[0..=31]) },
            ],
            checks: &[Check::Sum { weights: &[1; 12], modulus: 10, remainder: 0 }, Check::Verhoeff { of: 11, at: 12 }],
        }],
        vectors: &["1893120105732", "1980010100001"],
        misses: &["1893120105733", "1893120105742", "1893130105732"],
    },
    Scheme {
        name: "nl_bsn",
        title: "Dutch citizen service number, the elfproef: weights 9 to 2 and -1",
        source: "https://nl.wikipedia.org/wiki/Burgerservicenummer",
        forms: &[Form {
            length: 9..=9,
            checks: &[Check::Sum { weights: &[9, 8, 7, 6, 5, 4, 3, 2, -1], modulus: 11, remainder: 0 }, Check::Varied],
            ..FORM
        }],
        vectors: &["111222333", "1112.22.333", "123456782"],
        misses: &["1112.52.333", "1112223334", "000000000"],
    },
    Scheme {
        name: "no_fodselsnummer",
        title: "Norwegian birth or D number: two check digits; days count on by 40 for D numbers, months by 40 or 80 for tests",
        source: "https://no.wikipedia.org/wiki/F%C3%B8dselsnummer",
        forms: &[Form {
            length: 11..=11,
            fields: &[
                Field { at: 0, is: Is::Within(2, &[1..=31, 41..=71]) },
                Field { at: 2, is: Is::Within(2, &[1..=12, 41..=52, 81..=92]) },
            ],
            checks: &[
                Check::Symbol { weights: &[3, 7, 6, 1, 8, 9, 4, 5, 2], table: FROM_ELEVEN, at: 9 },
                Check::Symbol { weights: &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2], table: FROM_ELEVEN, at: 10 },
            ],
            ..FORM
        }],
        vectors: &["151086 95088"],
        misses: &["151086 95077", "151086 95098", "151386 95088"],
    },
    Scheme {
        name: "pl_pesel",
        title: "Polish PESEL; months count on by 20 for each other century",
        source: "https://www.gov.pl/web/gov/czym-jest-numer-pesel",
        forms: &[Form {
            length: 11..=11,
            fields: &[Field { at: 2, is: Is::Within(2, &[1..=12, 21..=32, 41..=52, 61..=72, 81..=92]) }, day(4)],
            checks: &[Check::Symbol { weights: &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3], table: FROM_TEN, at: 10 }],
            ..FORM
        }],
        vectors: &["44051401359", "02122401358", "02211307589"],
        misses: &["44051401358", "02381307589"],
    },
    Scheme {
        name: "pt_cc",
        title: "Portuguese citizen card: Luhn, letters as 10 to 35",
        source: "https://pt.scribd.com/document/514853310/Validacao-de-Numero-de-Documento-do-Cartao-de-Cidadao",
        forms: &[Form {
            length: 12..=12,
            values: &[PORTUGUESE, BASE_36],
            fields: &[
                Field { at: 0, is: Is::Within(9, &[0..=999_999_999]) },
                Field { at: 11, is: Is::OneOf(b"0123456789") },
            ],
            checks: &[Check::Sum { weights: &[1; 12], modulus: 10, remainder: 0 }, Check::Varied],
        }],
        vectors: &["00000000 0 ZZ4", "123456789ZY3"],
        misses: &["000000000ZY4", "A00000000ZZ4", "000000000000"],
    },
    Scheme {
        name: "pt_nif",
        title: "Portuguese tax number: weights 9 to 2, mod 11, 0 for ten",
        source: "https://pt.wikipedia.org/wiki/N%C3%BAmero_de_identifica%C3%A7%C3%A3o_fiscal",
        forms: &[Form {
            length: 9..=9,
            fields: &[Field { at: 0, is: Is::OneOf(b"12356789") }],
            checks: &[Check::Symbol { weights: &[9, 8, 7, 6, 5, 4, 3, 2], table: FROM_ELEVEN_OR_ZERO, at: 8 }],
            ..FORM
        }],
        vectors: &["501 964 843"],
        misses: &["501 964 842", "001 964 843"],
    },
    Scheme {
        name: "ro_cnp",
        title: "Romanian personal numeric code",
        source: "https://en.wikipedia.org/wiki/National_identification_number#Romania",
        forms: &[Form {
            length: 13..=13,
            fields: &[Field { at: 0, is: Is::OneOf(b"123456789") }, month(3), day(5)],
            checks: &[Check::Symbol { weights: &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9], table: b"01234567891", at: 12 }],
            ..FORM
        }],
        vectors: &["1630615123457"],
        misses: &["1630615123458", "1632215123457", "0800101221142"],
    },
    Scheme {
        name: "ru_inn12",
        title: "Russian taxpayer number of people: two check digits, mod 11, 0 for ten",
        source: "https://ru.wikipedia.org/wiki/%D0%98%D0%B4%D0%B5%D0%BD%D1%82%D0%B8%D1%84%D0%B8%D0%BA%D0%B0%D1%86%D0%B8%D0%BE%D0%BD%D0%BD%D1%8B%D0%B9_%D0%BD%D0%BE%D0%BC%D0%B5%D1%80_%D0%BD%D0%B0%D0%BB%D0%BE%D0%B3%D0%BE%D0%BF%D0%BB%D0%B0%D1%82%D0%B5%D0%BB%D1%8C%D1%89%D0%B8%D0%BA%D0%B0",
        forms: &[Form {
            length: 12..=12,
            checks: &[
                Check::Symbol { weights: &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8], table: b"01234567890", at: 10 },
                Check::Symbol { weights: &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8], table: b"01234567890", at: 11 },
                Check::Varied,
            ],
            ..FORM
        }],
        vectors: &["500100732259"],
        misses: &["500100732258", "500100732241", "000000000000"],
    },
    Scheme {
        name: "ru_snils",
        title: "Russian insurance number: weights 9 to 1, mod 101, 00 for a hundred; the oldest, up to 001-001-998, have none to check",
        source: "https://ru.wikipedia.org/wiki/%D0%A1%D1%82%D1%80%D0%B0%D1%85%D0%BE%D0%B2%D0%BE%D0%B9_%D0%BD%D0%BE%D0%BC%D0%B5%D1%80_%D0%B8%D0%BD%D0%B4%D0%B8%D0%B2%D0%B8%D0%B4%D1%83%D0%B0%D0%BB%D1%8C%D0%BD%D0%BE%D0%B3%D0%BE_%D0%BB%D0%B8%D1%86%D0%B5%D0%B2%D0%BE%D0%B3%D0%BE_%D1%81%D1%87%D1%91%D1%82%D0%B0",
        forms: &[
            Form {
                length: 11..=11,
                checks: &[
                    Check::Sum { weights: &[9, 8, 7, 6, 5, 4, 3, 2, 1, -10, -1], modulus: 101, remainder: 0 },
                    Check::Varied,
                ],
                ..FORM
            },
            Form {
                length: 11..=11,
                fields: &[Field { at: 9, is: Is::Within(2, &[0..=0]) }],
                checks: &[Check::Sum { weights: &[9, 8, 7, 6, 5, 4, 3, 2, 1], modulus: 101, remainder: 100 }],
                ..FORM
            },
            Form { length: 11..=11, fields: &[Field { at: 0, is: Is::Within(9, &[1..=1_001_998]) }], ..FORM },
        ],
        vectors: &["112-233-445 95", "112-233-199 00"],
        misses: &["112-233-445 96", "000-000-000 00"],
    },
    Scheme {
        name: "se_personnummer",
        title: "Swedish personal or coordination number: Luhn over the last ten digits; days of the latter count on by 60",
        source: "https://en.wikipedia.org/wiki/Personal_identity_number_(Sweden)",
        forms: &[
            Form {
                values: &[DOUBLED, DIGITS],
                fields: &[month(2), Field { at: 4, is: Is::Within(2, &[1..=31, 61..=91]) }],
                checks: &[Check::Sum { weights: &[1; 10], modulus: 10, remainder: 0 }],
                ..FORM
            },
            Form {
                length: 12..=12,
                values: &[DOUBLED, DIGITS],
                fields: &[
                    Field { at: 0, is: Is::Within(2, &[18..=20]) },
                    month(4),
                    Field { at: 6, is: Is::Within(2, &[1..=31, 61..=91]) },
                ],
                checks: &[Check::Sum { weights: &[0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], modulus: 10, remainder: 0 }],
            },
        ],
        vectors: &["880320-0016", "890102-3286", "811228-9874", "19811228-9874"],
        misses: &["880320-0018", "881320-0016", "17811228-9874"],
    },
    Scheme {
        name: "si_emso",
        title: "Slovenian and other former Yugoslav citizen number",
        source: "https://en.wikipedia.org/wiki/Unique_Master_Citizen_Number",
        forms: &[Form {
            length: 13..=13,
            fields: &[day(0), month(2)],
            checks: &[Check::Symbol {
                weights: &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2],
                table: FROM_ELEVEN_OR_ZERO,
                at: 12,
            }],
            ..FORM
        }],
        vectors: &["0101006500006"],
        misses: &["0101006500007", "0113006500006"],
    },
    Scheme {
        name: "tr_tckimlik",
        title: "Turkish identification number: two check digits",
        source: "https://en.wikipedia.org/wiki/Turkish_Identification_Number",
        forms: &[Form {
            length: 11..=11,
            fields: &[Field { at: 0, is: Is::OneOf(b"123456789") }],
            checks: &[
                Check::Symbol { weights: &[7, -1, 7, -1, 7, -1, 7, -1, 7], table: b"0123456789", at: 9 },
                Check::Symbol { weights: &[1; 10], table: b"0123456789", at: 10 },
            ],
            ..FORM
        }],
        vectors: &["10000000146", "17291716060"],
        misses: &["17291716050", "07291716092"],
    },
    Scheme {
        name: "uk_nhs",
        title: "UK NHS number: weights 10 to 2, mod 11, never ten",
        source: "https://www.datadictionary.nhs.uk/attributes/nhs_number.html",
        forms: &[Form {
            checks: &[
                Check::Symbol { weights: &[10, 9, 8, 7, 6, 5, 4, 3, 2], table: FROM_ELEVEN, at: 9 },
                Check::Varied,
            ],
            ..FORM
        }],
        vectors: &["943 476 5919", "943-476-5870"],
        misses: &["943 476 5871", "000 000 0000", "943 476 591"],
    },
    Scheme {
        name: "uk_utr",
        title: "UK unique taxpayer reference: its first digit checks the others, mod 11",
        source: "https://help.sbc.sage.com/en-gb/control-centre-dt/D/CCentreUnique_Taxpayer_Reference.html",
        forms: &[Form {
            checks: &[Check::Symbol { weights: &[0, 6, 7, 8, 9, 10, 5, 4, 3, 2], table: b"21987654321", at: 0 }],
            ..FORM
        }],
        vectors: &["32824 97350", "1955839661", "2234567890"],
        misses: &["2955839661", "0000000000"],
    },
];
