//! UTF-16 to UTF-8 and back. Surrogates that stand alone are kept as three bytes each, as WTF-8 has them, so that every
//! text comes back as it was.

/// Appends a code point, surrogates included, in (generalised) UTF-8.
pub(super) fn push(point: u32, out: &mut Vec<u8>) {
    let six = |shift: u32| 0x80 | ((point >> shift) & 0x3f) as u8;
    match point {
        0..=0x7f => out.push(point as u8),
        0x80..=0x7ff => out.extend([0xc0 | (point >> 6) as u8, six(0)]),
        0x800..=0xffff => out.extend([0xe0 | (point >> 12) as u8, six(6), six(0)]),
        _ => out.extend([0xf0 | ((point >> 18) & 7) as u8, six(12), six(6), six(0)]),
    }
}

/// The code point of two units, if they are a pair.
pub(super) fn pair(high: u16, low: u16) -> Option<u32> {
    let (high, low) = (u32::from(high), u32::from(low));
    let paired = (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low);
    paired.then(|| 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
}

/// Appends the units of a code point.
pub(super) fn units(point: u32, big: bool, out: &mut Vec<u8>) {
    let mut unit = |unit: u32| {
        let unit = (unit & 0xffff) as u16;
        out.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
    };
    match point.checked_sub(0x10000) {
        None => unit(point),
        Some(above) => {
            unit(0xd800 + (above >> 10));
            unit(0xdc00 + (above & 0x3ff));
        }
    }
}
