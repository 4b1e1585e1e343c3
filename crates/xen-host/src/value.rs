//! Values that cannot hold anything which would end a line, a quote or a tag in any file's format.

use core::fmt;
use std::net::Ipv4Addr;

/// A name of letters, digits and `. _ -` that starts with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name(String);

impl Name {
    /// A name of at most `longest` bytes. The error says what is wrong with it.
    pub(crate) fn new(text: &str, longest: usize) -> Result<Self, &'static str> {
        let known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            Err("must start with a letter or a digit")
        } else if !text.chars().all(known) {
            Err("may have letters, digits and . _ - only")
        } else if text.len() > longest {
            Err("is too long")
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An Ethernet address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mac(pub(crate) [u8; 6]);

impl Mac {
    /// The range that Xen's guests take their addresses from, assigned to XenSource.
    pub(crate) const XEN: [u8; 3] = [0x00, 0x16, 0x3e];

    /// Parses six pairs of hexadecimal digits with colons between them.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut mac = [0; 6];
        let mut pairs = text.split(':');
        for byte in &mut mac {
            let pair = pairs.next()?;
            let hex = pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit());
            *byte = u8::from_str_radix(pair, 16).ok().filter(|_| hex)?;
        }
        pairs.next().is_none().then_some(Self(mac))
    }

    pub(crate) fn is_multicast(self) -> bool {
        self.0[0] & 1 == 1
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, byte) in self.0.iter().enumerate() {
            let colon = if n == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02x}")?;
        }
        Ok(())
    }
}

/// The bridge's port: an interface described by its name or by its MAC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Port {
    Name(Name),
    Mac(Mac),
}

/// An IPv4 address in its subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subnet {
    pub(crate) address: Ipv4Addr,
    /// The length of the prefix, 0 to 32.
    pub(crate) prefix: u8,
}

impl Subnet {
    /// Parses an address such as `192.168.1.10/24`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let digits = prefix.bytes().all(|b| b.is_ascii_digit());
        let prefix = prefix.parse().ok().filter(|p| digits && *p <= 32)?;
        Some(Self { address: address.parse().ok()?, prefix })
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0)
    }

    pub(crate) fn netmask(self) -> Ipv4Addr {
        self.mask().into()
    }

    /// The subnet's first address, which stands for the subnet and is no host's.
    pub(crate) fn network(self) -> Ipv4Addr {
        (u32::from(self.address) & self.mask()).into()
    }

    /// The subnet's last address, for broadcasts.
    pub(crate) fn broadcast(self) -> Ipv4Addr {
        (u32::from(self.address) | !self.mask()).into()
    }

    pub(crate) fn contains(self, other: Ipv4Addr) -> bool {
        u32::from(other) & self.mask() == u32::from(self.network())
    }

    /// Whether `address` is one that a host of the subnet can have. The two of a /31 are.
    pub(crate) fn has_host(self, address: Ipv4Addr) -> bool {
        let taken = self.prefix <= 30 && (address == self.network() || address == self.broadcast());
        self.contains(address) && !taken
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// A text on one line, to be quoted by each format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line(String);

impl Line {
    /// Takes a text, unless a file of lines or an XML document could not hold it in any quotes.
    pub(crate) fn new(text: &str) -> Result<Self, &'static str> {
        let non_xml = |c: char| matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{2028}' | '\u{2029}');
        if text.is_empty() {
            Err("is empty")
        } else if text.chars().any(char::is_control) {
            Err("has a control character in it")
        } else if text.chars().any(non_xml) {
            Err("has a character in it that XML cannot hold, or that ends a line")
        } else if text.contains(['\'', '"', '\\']) {
            // xl's language has no escape that works in all its strings.
            Err("has a quote or a backslash in it, which xl's configuration cannot hold")
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// As [`Self::new`], for an absolute path.
    pub(crate) fn path(text: &str) -> Result<Self, &'static str> {
        if text.starts_with('/') { Self::new(text) } else { Err("does not start with a slash") }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macs() {
        let mac = Mac::parse("00:16:3E:27:84:7a").unwrap();
        assert_eq!(mac.to_string(), "00:16:3e:27:84:7a");
        for bad in [
            "",
            "00:16:3e:27:84",
            "00:16:3e:27:84:7a:00",
            "0:16:3e:27:84:7a",
            "+0:16:3e:27:84:7a",
            "00-16-3e-27-84-7a",
        ] {
            assert_eq!(Mac::parse(bad), None, "{bad}");
        }
        assert!(Mac::parse("01:00:5e:00:00:01").unwrap().is_multicast());
    }

    #[test]
    fn subnets() {
        let net = Subnet::parse("192.168.1.10/24").unwrap();
        assert_eq!(net.netmask(), Ipv4Addr::new(255, 255, 255, 0));
        assert_eq!(net.broadcast(), Ipv4Addr::new(192, 168, 1, 255));
        assert!(net.contains(Ipv4Addr::new(192, 168, 1, 1)));
        assert!(!net.contains(Ipv4Addr::new(192, 168, 2, 1)));
        assert!(!net.has_host(net.network()) && !net.has_host(net.broadcast()));
        let all = Subnet::parse("10.0.0.1/0").unwrap();
        assert_eq!(all.netmask(), Ipv4Addr::UNSPECIFIED);
        let pair = Subnet::parse("10.0.0.0/31").unwrap();
        assert!(pair.has_host(pair.address));
        for bad in ["10.0.0.1", "10.0.0.1/33", "10.0.0.1/+8", "10.0.0.1/", "10.0.0/8", "::1/8"] {
            assert_eq!(Subnet::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn names() {
        assert!(Name::new("br0", 15).is_ok() && Name::new("eth0.100", 15).is_ok());
        for bad in ["", "-a", ".", "..", "a b", "a/b", "a\nb", "ä", "sixteen_bytes_is"] {
            assert!(Name::new(bad, 15).is_err(), "{bad}");
        }
    }
}
