//! IPv6 addresses of hosts (RFC 4291, section 2.2; zones as in RFC 4007, section 11).

use std::net::Ipv6Addr;

/// The longest address, with an IPv4 address at its end.
const LONGEST: usize = 45;

/// Whether a text is the address of some host: neither the unspecified one nor the loopback, which every host has. One
/// without a digit is a word such as `add::bad`, and one of eight pairs a fingerprint.
pub(super) fn holds(value: &[u8]) -> bool {
    let address = value.split(|&byte| byte == b'%').next().unwrap_or_default();
    let digit = address.iter().any(u8::is_ascii_digit);
    let pairs = address.split(|&byte| byte == b':').all(|group| group.len() == 2);
    if address.len() > LONGEST || !digit || pairs {
        return false;
    }
    let parsed = std::str::from_utf8(address).ok().and_then(|text| text.parse::<Ipv6Addr>().ok());
    // Without a host it is a network.
    let host = |address: Ipv6Addr| address.to_bits() as u64 != 0;
    parsed.is_some_and(|address| !address.is_loopback() && host(address))
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn addresses_of_hosts_are_told_from_what_looks_like_them() {
        for good in
            ["2001:db8::1", "2001:0db8:0:0:0:ff00:42:8329", "::ffff:192.0.2.1", "fe80::1%eth0", "64:ff9b::192.0.2.33"]
        {
            assert!(holds(good.as_bytes()), "{good}");
        }
        let bad = [
            "::1",
            "::",
            "0:0:0:0:0:0:0:1",
            "add::bad",
            "00:11:22:33:44:55:66:77",
            "2001:db8::1::2",
            "12:34:56",
            "1:2:3:4:5:6:7",
            "2001:db8::256.0.0.1",
            "2001:db8::12345",
            "2001:db8::",
            "",
            "%1",
            "2001:db8::\u{661}",
        ];
        for bad in bad {
            assert!(!holds(bad.as_bytes()), "{bad}");
        }
    }
}
