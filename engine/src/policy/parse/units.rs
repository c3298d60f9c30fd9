//! Sizes, durations, shares and dates.

use std::ops::RangeInclusive;

use super::{Findings, scalar};
use crate::policy::yaml::{Node, Value};

const SIZES: &[(&str, u64)] = &[("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
const DURATIONS: &[(&str, u64)] = &[("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// A size in bytes, as in `4KiB`; a bare number counts bytes.
pub(super) fn size(node: &Node, bounds: RangeInclusive<u64>, findings: &mut Findings) -> Option<u64> {
    let bytes = match &node.value {
        Value::Int(int) => u64::try_from(*int).ok(),
        Value::String(text) => with_unit(text, SIZES),
        _ => None,
    };
    bounded(node, bytes, bounds, "a size", "a whole number with B, KiB, MiB or GiB, as in `4KiB`", SIZES, findings)
}

/// A duration in milliseconds, as in `1s`.
pub(super) fn duration(node: &Node, bounds: RangeInclusive<u64>, findings: &mut Findings) -> Option<u64> {
    let ms = if let Value::String(text) = &node.value { with_unit(text, DURATIONS) } else { None };
    bounded(node, ms, bounds, "a duration", "a whole number with ms, s, m, h or d, as in `1s`", DURATIONS, findings)
}

fn bounded(
    node: &Node,
    value: Option<u64>,
    bounds: RangeInclusive<u64>,
    what: &str,
    hint: &str,
    units: &[(&str, u64)],
    findings: &mut Findings,
) -> Option<u64> {
    match value {
        Some(value) if bounds.contains(&value) => Some(value),
        Some(_) => {
            let (least, most) = (in_unit(*bounds.start(), units), in_unit(*bounds.end(), units));
            findings.error(node.span, format!("expected {what} from {least} to {most}"));
            None
        }
        None => {
            findings.error_hint(node.span, format!("expected {what}"), hint);
            None
        }
    }
}

fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// In the largest unit that divides it.
fn in_unit(value: u64, units: &[(&str, u64)]) -> String {
    let unit = units.iter().rev().find(|(_, factor)| value >= *factor && value.is_multiple_of(*factor));
    unit.map_or_else(|| value.to_string(), |(name, factor)| format!("{}{name}", value / factor))
}

/// A share in parts of a million, as in `1%` or `0.01%`.
pub(super) fn share(node: &Node, findings: &mut Findings) -> Option<u32> {
    let millionths = if let Value::String(text) = &node.value { percent(text) } else { None };
    if millionths.is_none() {
        findings.error_hint(node.span, "expected a share", "0% to 100% with at most four decimals, as in `1%`");
    }
    millionths
}

fn percent(text: &str) -> Option<u32> {
    let number = text.strip_suffix('%')?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || decimals.len() > 4 || !digits(whole) || !digits(decimals) {
        return None;
    }
    if decimals.is_empty() && number.contains('.') {
        return None;
    }
    let millionths = format!("{whole}{decimals:0<4}").parse().ok()?;
    (millionths <= 1_000_000).then_some(millionths)
}

/// A moment in milliseconds since 1970-01-01T00:00:00Z: a date, meaning its first moment in UTC, or an RFC 3339
/// instant.
pub(super) fn instant(node: &Node, findings: &mut Findings) -> Option<u64> {
    let text = scalar::text(node, findings)?;
    let ms = moment(&text);
    if ms.is_none() {
        let message = format!("`{}` is not a date", text.value);
        findings.error_hint(node.span, message, "as in `2027-01-31` or `2027-01-31T12:00:00Z`");
    }
    ms
}

fn moment(text: &str) -> Option<u64> {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let days = days_since_epoch(date)?;
    let time = time.map_or(Some(0), time_of_day)?;
    u64::try_from(days * 86_400_000 + time).ok()
}

/// Days since 1970-01-01 of a `YYYY-MM-DD` in the proleptic Gregorian calendar.
fn days_since_epoch(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let (year, month, day) = (field(parts.next()?, 4)?, field(parts.next()?, 2)?, field(parts.next()?, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if parts.next().is_some() || !(1..=length).contains(&day) {
        return None;
    }
    // A year that starts in March puts the leap day last, so that a month's first day is a linear formula.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468)
}

/// Milliseconds of `HH:MM:SS[.fraction](Z|±HH:MM)`, less the offset.
fn time_of_day(time: &str) -> Option<i64> {
    let (clock, offset) = time.split_at_checked(8)?;
    let mut parts = clock.split(':');
    let (hour, minute, second) = (field(parts.next()?, 2)?, field(parts.next()?, 2)?, field(parts.next()?, 2)?);
    // A leap second counts as the moment after it, as Unix time has none.
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction, offset) = match offset.strip_prefix('.') {
        Some(rest) => rest.split_at_checked(rest.bytes().take_while(u8::is_ascii_digit).count())?,
        None => ("0", offset),
    };
    let milliseconds = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok().filter(|_| !fraction.is_empty())?;
    let zone = match offset {
        "Z" | "z" => 0,
        _ => {
            let sign = if offset.starts_with('+') { 1 } else { -1 };
            let (hours, minutes) = offset.strip_prefix(['+', '-'])?.split_once(':')?;
            let (hours, minutes) = (field(hours, 2)?, field(minutes, 2)?);
            (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))?
        }
    };
    Some(((hour * 60 + minute - zone) * 60 + second) * 1000 + milliseconds)
}

/// Exactly `digits` decimal digits.
fn field(text: &str, digits: usize) -> Option<i64> {
    if text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_milliseconds_since_the_epoch() {
        let day = 86_400_000;
        assert_eq!(moment("1970-01-01"), Some(0));
        assert_eq!(moment("1970-03-01"), Some(59 * day));
        assert_eq!(moment("2000-02-29"), Some(951_782_400_000));
        assert_eq!(moment("2027-01-31"), Some(1_801_353_600_000));
        assert_eq!(moment("2026-12-01T12:00:00Z"), Some(1_796_126_400_000));
        assert_eq!(moment("2026-12-01T14:00:00.25+02:00"), Some(1_796_126_400_250));
        for bad in ["2027-02-29", "2027-13-01", "2027-1-1", "2027-01-31T12:00", "1969-12-31", "2027-01-31T24:00:00Z"] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }

    #[test]
    fn units_are_exact() {
        assert_eq!(with_unit("4KiB", SIZES), Some(4096));
        assert_eq!(with_unit("4 KiB", SIZES), None);
        assert_eq!(with_unit("4kb", SIZES), None);
        assert_eq!(with_unit("KiB", SIZES), None);
        assert_eq!(with_unit("99999999999GiB", SIZES), None);
        assert_eq!(with_unit("90s", DURATIONS), Some(90_000));
        assert_eq!(in_unit(4096, SIZES), "4KiB");
        assert_eq!(in_unit(1500, DURATIONS), "1500ms");
    }

    #[test]
    fn shares_are_parts_of_a_million() {
        assert_eq!(percent("1%"), Some(10_000));
        assert_eq!(percent("0.0001%"), Some(1));
        assert_eq!(percent("100%"), Some(1_000_000));
        for bad in ["101%", "1", "%", "1.%", "-1%", "0.00001%", "+1%"] {
            assert_eq!(percent(bad), None, "{bad}");
        }
    }
}
