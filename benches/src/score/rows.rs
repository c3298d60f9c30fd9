//! Labelled rows as they lie in a file of JSON lines.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Result};
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;

/// What a row expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Something in it is to be found.
    Match,
    /// Nothing is.
    NoMatch,
}

/// A labelled text.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Whose label it is.
    pub source: String,
    /// The rule that it tests there.
    #[serde(default)]
    pub rule: String,
    /// The entity, of personal data.
    #[serde(default)]
    pub entity: String,
    /// The text.
    pub text: String,
    /// What is expected.
    pub expected: Verdict,
    /// Labelled ranges, in code points.
    #[serde(default)]
    pub spans: Vec<(usize, usize)>,
    /// What is special about it.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Whether its label is uncontested.
    pub core: bool,
}

impl Row {
    /// Labelled ranges in bytes; the whole text where a match is expected and none is given.
    pub fn labels(&self) -> Vec<Range<usize>> {
        if self.expected == Verdict::NoMatch {
            return Vec::new();
        }
        let byte = |point: usize| self.text.char_indices().nth(point).map_or(self.text.len(), |(at, _)| at);
        if self.spans.is_empty() {
            return std::iter::once(0..self.text.len()).collect();
        }
        self.spans.iter().map(|(start, end)| byte(*start)..byte(*end)).collect()
    }

    /// Whether a flag is set.
    pub fn is(&self, flag: &str) -> bool {
        self.flags.iter().any(|it| it == flag)
    }

    /// A row that is a value and nothing else, as the member of a JSON object that APIs have for it.
    pub fn member(&self) -> Option<String> {
        let (_, name) = NAMES.iter().find(|(entity, _)| *entity == self.entity)?;
        let whole = matches!(self.labels().as_slice(), [only] if *only == (0..self.text.len()));
        (whole || self.is("full_string")).then(|| serde_json::json!({ *name: self.text }).to_string())
    }
}

/// How APIs call what is meant by an entity.
const NAMES: &[(&str, &str)] = &[
    ("CRYPTO", "bitcoin_address"),
    ("DE_FUEHRERSCHEIN", "fuehrerscheinnummer"),
    ("DE_SOCIAL_SECURITY", "sozialversicherungsnummer"),
    ("EMAIL_ADDRESS", "email"),
    ("IN_AADHAAR", "aadhaar"),
    ("IN_PASSPORT", "passport_number"),
    ("IP_ADDRESS", "ip"),
    ("IT_IDENTITY_CARD", "carta_identita"),
    ("KR_FRN", "foreigner_registration_number"),
    ("LUHN", "card_number"),
    ("MEDICAL_LICENSE", "dea_number"),
    ("PASSPORT", "passport_number"),
    ("PHONE_NUMBER", "phone"),
    ("SE_PERSONNUMMER", "personnummer"),
    ("TH_TNIN", "thai_national_id"),
    ("TR_NATIONAL_ID", "tc_kimlik_no"),
    ("UK_PASSPORT", "uk_passport"),
    ("US_SSN", "ssn"),
    ("VAT", "vat_number"),
];

/// Reads a file of rows.
///
/// # Errors
/// It cannot be read, or a line of it is no row: said with its number.
pub fn read(path: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (number, line) in BufReader::new(File::open(path)?).lines().enumerate() {
        let line = line?;
        let row = serde_json::from_str(&line).map_err(|error| {
            let message = format!("{}:{}: {error}", path.display(), number + 1);
            Error::new(ErrorKind::InvalidData, message)
        });
        rows.push(row?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_code_points_and_labels_are_bytes() {
        let line = r#"{"id":"a","source":"s","text":"é12é","expected":"match","spans":[[1,3]],"core":true}"#;
        let row: Row = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(row.labels().first(), Some(&(2..4)));
    }
}
