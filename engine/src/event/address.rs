//! Client addresses without their host part.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The network of an address, `192.0.2.0` of `192.0.2.7:4711`: /24 of IPv4 and of IPv4 in IPv6, /48 of IPv6. None if
/// the text is no address.
pub fn network(text: &str) -> Option<String> {
    let ip = text.parse::<SocketAddr>().map(|address| address.ip()).or_else(|_| text.parse::<IpAddr>()).ok()?;
    Some(match ip.to_canonical() {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & (u32::MAX << 8)).to_string(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 80)).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn keeps_the_network_only() {
        for (text, expected) in [
            ("192.0.2.7:4711", Some("192.0.2.0")),
            ("192.0.2.7", Some("192.0.2.0")),
            ("[2001:db8:1:2:3:4:5:6]:443", Some("2001:db8:1::")),
            ("::ffff:192.0.2.7", Some("192.0.2.0")),
            ("/var/run/envoy.sock", None),
            ("", None),
        ] {
            assert_eq!(network(text).as_deref(), expected, "{text}");
        }
    }
}
