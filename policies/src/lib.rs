//! The detectors and packs that ship with Inkseal, embedded.
//!
//! They are data: see `README.md` for how to write one. This crate depends on nothing and reads none of it; the
//! engine's `Catalogue::parse` does.

/// The files of detectors as (name, text), in the order of their names.
pub const DETECTORS: &[(&str, &str)] = &[
    ("detectors/assigned_secret.yaml", include_str!("../detectors/assigned_secret.yaml")),
    ("detectors/aws.yaml", include_str!("../detectors/aws.yaml")),
    ("detectors/card.yaml", include_str!("../detectors/card.yaml")),
    ("detectors/email.yaml", include_str!("../detectors/email.yaml")),
    ("detectors/field_secret.yaml", include_str!("../detectors/field_secret.yaml")),
    ("detectors/github.yaml", include_str!("../detectors/github.yaml")),
    ("detectors/http.yaml", include_str!("../detectors/http.yaml")),
    ("detectors/iban.yaml", include_str!("../detectors/iban.yaml")),
    ("detectors/jwt.yaml", include_str!("../detectors/jwt.yaml")),
    ("detectors/private_key.yaml", include_str!("../detectors/private_key.yaml")),
    ("detectors/slack.yaml", include_str!("../detectors/slack.yaml")),
    ("detectors/stripe.yaml", include_str!("../detectors/stripe.yaml")),
    ("detectors/us_ssn.yaml", include_str!("../detectors/us_ssn.yaml")),
];

/// The packs as (name, text), in the order of their names.
pub const PACKS: &[(&str, &str)] = &[
    ("packs/pci.yaml", include_str!("../packs/pci.yaml")),
    ("packs/pii-core.yaml", include_str!("../packs/pii-core.yaml")),
    ("packs/recommended.yaml", include_str!("../packs/recommended.yaml")),
    ("packs/secrets.yaml", include_str!("../packs/secrets.yaml")),
];
