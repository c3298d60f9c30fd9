//! The policies that documents go through.

use super::check::Format;
use super::generate::Words;
use super::lane::Lane;

/// A policy, and what its documents are made of.
pub struct Trial {
    /// Its name.
    pub name: &'static str,
    /// The policy.
    pub policy: &'static str,
    /// Without the shipped detectors and packs.
    pub alone: bool,
    /// In bytes; 0 keeps the policy's.
    pub hold_back: u32,
    /// The longest message that is held, in bytes; 0 keeps the policy's.
    pub message: u32,
    /// Redacting twice changes nothing but what detectors that look at their neighbours find anew: see [`ALL`] for why
    /// it is not.
    pub stable: bool,
    /// The formats of its documents.
    pub formats: &'static [Format],
    /// The words of its documents.
    pub words: Words,
}

impl Trial {
    /// The policy on both sides.
    ///
    /// # Errors
    /// It does not compile.
    pub fn lane(&self) -> anyhow::Result<Lane> {
        Lane::new(self.policy, self.alone, self.hold_back, self.message)
    }
}

/// The formats whose readers have bounds.
const BOUNDED: &[Format] = &[Format::Json, Format::JsonLines, Format::Form];

/// The words of documents that reach bounds.
const BOUNDS: Words = Words {
    spaced: false,
    long: 70,
    secrets: &["key_AAAA", "key_AAA", "pin 1234", "1234", "pin"],
    names: &["a", "rem", "all", "m", "log", "pwd", "fld", "xyz", "pin", "note"],
};

/// All of them.
#[rustfmt::skip]
pub const ALL: &[Trial] = &[
    Trial {
        name: "recommended", alone: false, hold_back: 0, message: 0, stable: true,
        policy: include_str!("policies/recommended.yaml"),
        formats: Format::ALL,
        words: Words {
            spaced: false,
            long: 1100,
            secrets: &[
                "jane@shop.example", "4111 1111 1111 1111", "4111111111111111", "4111111111111112", "123-45-6789",
                "ssn 123456789", "123 45 6789", "DE89370400440532013000", "DE89 3704 0044 0532 0130 00",
                "AKIAAAAAAAAAAAAAAAAA", "Bearer AAAAAAAA1AAAAAAAAAAAAAAA", "Basic dXNlcjpBQUFBQUFBQQ==",
                "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.AAAA", "ghp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "sk_live_AAAAAAAAAAAAAAAA",
                "aws_secret_access_key = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            ],
            names: &["password", "ssn", "token", "next_page_token", "a", "note", "cvv", "social security"],
        },
    },
    Trial {
        name: "stable", alone: true, hold_back: 64, message: 0, stable: true,
        policy: include_str!("policies/stable.yaml"),
        formats: Format::ALL,
        words: Words {
            spaced: false,
            long: 70,
            secrets: &[
                "tok_AAAA", "tok_AAAAbbbb", "BEGIN AAAA END", "BEGIN-AAAA", "4111111111111111", "4111 1111 1111 1111",
                "key_AAAA", "+12 345 6789", "id-1234", "id-123456789", "tok_A",
            ],
            names: &["a", "key_AAAA", "b"],
        },
    },
    Trial {
        name: "tails", alone: true, hold_back: 64, message: 0, stable: false,
        policy: include_str!("policies/tails.yaml"),
        formats: Format::ALL,
        words: Words {
            spaced: false,
            long: 70,
            secrets: &[
                "tok_AAAA", "tok_AAAAbbbb", "tok_A", "tok_AAAAx", "BEGIN ", "BEGIN-12345 x END", "END", "END abc-1",
                "auth aaa123", "Auth:abcdefgh12", "auth aa", "1234", "12", "AAAx", "BBBBx", "tok_AA1234",
            ],
            names: &["a", "auth", "tok", "b c"],
        },
    },
    Trial {
        name: "overlaps", alone: true, hold_back: 64, message: 0, stable: false,
        policy: include_str!("policies/overlaps.yaml"),
        formats: Format::ALL,
        words: Words {
            spaced: false,
            long: 70,
            secrets: &[
                "aaa-1234", "aaa-1234-bbb", "1234-bbb", "twin00", "twin123", "aaa12", "192.0.2.77", "1.2.3.4.5",
                "aaa@bbb.example", "A.B@CCC.example@ddd.example", "999.1.1.1", "abcd", "twin00-bbb",
            ],
            names: &["a", "twin00", "abcd", "aaa-1"],
        },
    },
    Trial {
        name: "conditions", alone: true, hold_back: 80, message: 0, stable: false,
        policy: include_str!("policies/conditions.yaml"),
        formats: Format::ALL,
        words: Words {
            spaced: false,
            long: 90,
            secrets: &[
                "pin 1234", "1234 is my PIN", "1234", "code", "CODE:", "12345674", "1234566", "12345675", ".12345674",
                "a=AAAA;", "abc=ABCDE", "=AAA;", "d:abcdefgh", "d:aaaabbbb", "d:abab", "id-0000", "id-12", "id-1111",
                "id-2222222", "<A>", "<AB>x", "x<ABC>", "pi", "n",
            ],
            names: &["a", "pin", "code_of_it", "x", "note"],
        },
    },
    Trial {
        name: "modes", alone: true, hold_back: 100, message: 0, stable: false,
        policy: include_str!("policies/modes.yaml"),
        formats: Format::ALL,
        words: Words {
            spaced: false,
            long: 110,
            secrets: &["key_AAAA", "key_AAA", "aa_AA", "xkey_AAAAB", "tok-00", "tok-1234567890", "tok-", "y_AAAA"],
            names: &["a", "key", "key_AAAA"],
        },
    },
    Trial {
        name: "names", alone: true, hold_back: 120, message: 0, stable: false,
        policy: include_str!("policies/names.yaml"),
        formats: Format::ALL,
        words: Words {
            spaced: false,
            long: 130,
            secrets: &[
                "key_AAAA", "key_AAA", "1234", "192.0.2.77", "2001:db8:1:2::3", "aaa@BBB.example", "secret",
                "ik1_p1_aaaaaaaaaaaaaaaaaaaaaaaaaa", "key_BBBB1234",
            ],
            names: &[
                "own", "a", "c", "m", "mysecret", "pwd", "nosecret", "PWD", "fld", "FLD", "xyz", "log", "rem", "list",
                "trunc", "nar", "nap", "key_AAAA", "z",
            ],
        },
    },
    Trial {
        name: "blocks", alone: true, hold_back: 64, message: 0, stable: false,
        policy: include_str!("policies/blocks.yaml"),
        formats: Format::ALL,
        words: Words {
            spaced: false,
            long: 70,
            secrets: &[
                "aa_AA", "bb_BBBB", "tok-123", "tok-1234567890", "key_AAA", "xkey_AAA", "key_AAAA", "pin", "1234", "12345678",
                "BEGIN", "BEGIN 1", "END", "note", "x_AAAA",
            ],
            names: &["a", "b", "own", "rem", "all", "log", "m", "stop", "pwd", "note", "x", "y", "z"],
        },
    },
    Trial {
        name: "parts", alone: true, hold_back: 80, message: 0, stable: false,
        policy: include_str!("policies/parts.yaml"),
        formats: &[Format::Multipart],
        words: Words {
            spaced: false,
            long: 90,
            secrets: &[
                "key_AAAA", "key_AAA", "1234", "tok-00", "tok-1234567890", "aaa@BBB.example", "secret", "\r\n--XbX\r\n",
                "\r\n--XbXc", "--", "ik1_p1_aaaaaaaaaaaaaaaaaaaaaaaaaa", "[REDACTED:OWN]", "pin", "AAAABBBB", "\n",
            ],
            names: &["own", "rem", "mask", "fld", "log", "nar", "mysecret", "nosecret", "pin", "seen", "key_AAAA", "a b"],
        },
    },
    Trial {
        name: "streams", alone: true, hold_back: 64, message: 0, stable: false,
        policy: include_str!("policies/streams.yaml"),
        formats: &[Format::Pieces, Format::Events],
        words: Words {
            spaced: false,
            long: 70,
            secrets: &[
                "key_AAAA", "key_AAA", "tok-00", "tok-1234567890", "1234", "pin", "pin 1234", "aaa@bbb.example", "BEGIN 1", "END",
                "ik1_p1_aaaaaaaaaaaaaaaaaaaaaaaaaa", "aa_AA", "stop-me",
            ],
            names: &["own", "t", "content", "note", "log", "index", "id", "pin", "delta", "choices"],
        },
    },
    Trial {
        name: "long messages", alone: true, hold_back: 64, message: 40, stable: false,
        policy: include_str!("policies/long.yaml"),
        formats: &[Format::Protobuf, Format::Grpc, Format::GrpcWeb, Format::Connect],
        words: Words {
            spaced: false,
            long: 70,
            secrets: &[
                "key_AAAA", "key_AAA", "aa_AA", "tok-123", "tok-1234567890", "pin 1234", "1234", "BEGIN 1", "END", "key_AAAA1234",
                "aaa@bbb.example", "\u{12}\u{8}key_AAAA", "bb_BBBB",
            ],
            names: &["pin", "a", "key_AAAA"],
        },
    },
    Trial {
        name: "bounds that refuse", alone: true, hold_back: 64, message: 0, stable: false,
        policy: concat!(include_str!("policies/bounds.yaml"), "on_limit: block\n"),
        formats: BOUNDED,
        words: BOUNDS,
    },
    Trial {
        name: "bounds that redact", alone: true, hold_back: 64, message: 0, stable: false,
        policy: concat!(include_str!("policies/bounds.yaml"), "on_limit: redact_all\n"),
        formats: BOUNDED,
        words: BOUNDS,
    },
    Trial {
        name: "bounds that pass", alone: true, hold_back: 64, message: 0, stable: false,
        policy: concat!(include_str!("policies/bounds.yaml"), "on_limit: pass_and_flag\n"),
        formats: BOUNDED,
        words: BOUNDS,
    },
];

/// The policies that fields and targets go through.
#[rustfmt::skip]
pub const FIELDS: &[Trial] = &[
    Trial {
        name: "headers", alone: true, hold_back: 64, message: 0, stable: false,
        policy: include_str!("policies/headers.yaml"),
        formats: &[],
        words: Words {
            spaced: false,
            long: 70,
            secrets: &["key_AAAA", "key_AAA", "tok-123", "tok-1234567890", "pin 1234", "1234", "Bearer AAAA", "Basic "],
            names: &[
                "x-own", "authorization", "proxy-authorization", "x-mask", "x-gone", "x-log", "x-secret", "pwd",
                "nosecret", "x-note", "x-pin", "x-a",
            ],
        },
    },
    Trial {
        name: "surfaces", alone: true, hold_back: 64, message: 0, stable: false,
        policy: include_str!("policies/surfaces.yaml"),
        formats: &[],
        words: Words {
            spaced: false,
            long: 70,
            secrets: &[
                "key_AAAA", "key_CCCC", "key_AAA", "tok-123", "tok-1234567890", "pin 1234", "1234", "a@b.example",
                "ik1_p1_aaaaaaaaaaaaaaaaaaaaaaaaaa", "ln1", "ln", "Bearer ",
            ],
            names: &[
                "sid", "sess", "log", "drop", "c1", "code", "query", "token", "fld", "a-secret", "pwd", "nosecret", "pin",
                "x-own", "x-gone", "authorization", "key_AAAA", "a", "SID",
            ],
        },
    },
    Trial {
        name: "blocks", alone: true, hold_back: 64, message: 0, stable: false,
        policy: include_str!("policies/blocks.yaml"),
        formats: &[],
        words: Words {
            spaced: false,
            long: 70,
            secrets: &["aa_AA", "bb_BBBB", "tok-123", "key_AAA", "key_AAAA", "pin", "1234", "BEGIN", "BEGIN 1", "END", "note"],
            names: &["a", "own", "rem", "log", "stop", "pwd", "note", "x", "y", "z", "st1"],
        },
    },
    Trial {
        name: "recommended", alone: false, hold_back: 0, message: 0, stable: true,
        policy: include_str!("policies/recommended.yaml"),
        formats: &[],
        words: Words {
            spaced: false,
            long: 1100,
            secrets: &[
                "jane@shop.example", "4111111111111111", "123-45-6789", "ssn 123456789", "DE89370400440532013000",
                "AKIAAAAAAAAAAAAAAAAA", "Bearer AAAAAAAA1AAAAAAAAAAAAAAA", "Basic dXNlcjpBQUFBQUFBQQ==",
                "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.AAAA", "sk_live_AAAAAAAAAAAAAAAA",
            ],
            names: &["password", "ssn", "token", "next_page_token", "a", "cvv", "authorization", "x-api-key", "session"],
        },
    },
];
