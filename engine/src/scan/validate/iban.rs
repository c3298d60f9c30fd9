//! International bank account numbers, ISO 13616-1: MOD 97-10 of ISO/IEC 7064 over the account, the country and the check
//! digits, and the country's length of the registry (SWIFT, IBAN Registry, release 101,
//! <https://www.swift.com/standards/data-standards/iban-international-bank-account-number>).

use super::iso7064;

/// Total lengths, and the countries that have them.
const LENGTHS: &[(usize, &[u8])] = &[
    (15, b"NO"),
    (16, b"BE"),
    (18, b"DKFIFKFOGLNLSD"),
    (19, b"MKSI"),
    (20, b"ATBAEEKZLTLUMNXK"),
    (21, b"CHHRLILV"),
    (22, b"BGBHCRDEGBGEIEMERSVA"),
    (23, b"AEGIILIQOMSOTL"),
    (24, b"ADCZESMDPKROSASESKTNVG"),
    (25, b"LYPTST"),
    (26, b"ISTR"),
    (27, b"BIDJFRGRITMCMRSM"),
    (28, b"ALAZBYCYDOGTHNHULBNIPLSV"),
    (29, b"BREGPSQAUA"),
    (30, b"JOKWMUYE"),
    (31, b"MTSC"),
    (32, b"LC"),
    (33, b"RU"),
];

/// Whether `value`, with or without spaces, is an account number of a country in the registry. Check digits are made
/// as 98 less a remainder by 97, so that 00, 01 and 99 hold for nobody.
pub(super) fn holds(value: &[u8]) -> bool {
    let symbols = || value.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase);
    let mut head = [0; 4];
    head.iter_mut().zip(symbols()).for_each(|(slot, symbol)| *slot = symbol);
    let [country @ .., tens, ones] = head;
    let length = symbols().count();
    let known = LENGTHS
        .iter()
        .filter(|(total, _)| *total == length)
        .any(|(_, countries)| countries.chunks_exact(2).any(|code| code == country));
    let checkable = tens.is_ascii_digit() && ones.is_ascii_digit() && ![*b"00", *b"01", *b"99"].contains(&[tens, ones]);
    known && checkable && iso7064::mod_97_10(symbols().skip(4).chain(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The registry's "IBAN electronic format example" or print format example of these countries.
    #[test]
    fn the_registrys_examples_hold() {
        for example in [
            "AD1200012030200359100100",
            "AT611904300234573201",
            "BE68 5390 0754 7034",
            "BR1800360305000010009795493C1",
            "CH9300762011623852957",
            "DE89370400440532013000",
            "ES9121000418450200051332",
            "FR1420041010050500013M02606",
            "GB29 NWBK 6016 1331 9268 19",
            "IT60X0542811101000000123456",
            "LC55HEMM000100010012001200023015",
            "MT84MALT011000012345MTLCAST001S",
            "NL91ABNA0417164300",
            "NO9386011117947",
            "PL61109010140000071219812874",
            "SE4550000000058398257466",
            "TR330006100519786457841326",
        ] {
            assert!(holds(example.as_bytes()), "{example}");
        }
    }

    #[test]
    fn near_misses_do_not_hold() {
        assert!(!holds(b"GB29NWBK60161331926818"));
        assert!(!holds(b"DE8937040044053201300"));
        assert!(!holds(b"ZZ89370400440532013000"));
        assert!(!holds(b"GB"));
        assert!(!holds(b""));
        // 97 less or more than right check digits: the remainder is right, the digits are out of their range
        assert!(holds(b"NO0200000000004"));
        assert!(!holds(b"NO9900000000004"));
    }

    #[test]
    fn every_country_stands_once() {
        let mut codes: Vec<&[u8]> = LENGTHS.iter().flat_map(|(_, countries)| countries.chunks(2)).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 89);
        assert_eq!(LENGTHS.iter().map(|(_, countries)| countries.len()).sum::<usize>(), 2 * 89);
    }
}
