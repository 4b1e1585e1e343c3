//! Proxies: which one stands between us and a server, by the variables that `curl` reads.
//! <https://everything.curl.dev/usingcurl/proxies/env.html>

use crate::error::Error;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http_url::{Url, percent_decoded, split_port};
use std::fmt;
use std::net::IpAddr;
use ureq::http::Uri;

/// The proxies by which servers are reached, and the hosts that are reached without.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    pub(crate) http: Option<Proxy>,
    pub(crate) https: Option<Proxy>,
    /// The hosts, domains and networks in `no_proxy`.
    direct: Vec<String>,
}

/// A proxy that is spoken to over HTTP.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Name and password, decoded.
    pub(crate) user: Option<(String, String)>,
}

impl fmt::Debug for Proxy {
    // Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address())
    }
}

impl Proxies {
    /// The proxies that the variables name; `value` gives a variable's value.
    ///
    /// `http_proxy` is read in small letters only: a web server hands the header `Proxy` of a
    /// request to its programs as `HTTP_PROXY`.
    ///
    /// # Errors
    /// [`Error::Proxy`] when one is set to something else than a proxy that speaks HTTP.
    pub fn from_variables(value: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let one_of = |names: &[&'static str]| {
            let set = |name: &&'static str| Some((*name, value(name).filter(|v| !v.is_empty())?));
            names.iter().find_map(set)
        };
        let proxy = |names: &[&'static str]| {
            let found = one_of(names);
            let proxy = |(variable, text): (&str, String)| {
                Proxy::parse(&text)
                    .map_err(|why| Error::Proxy { variable: variable.to_owned(), why })
            };
            found.map(proxy).transpose()
        };
        let direct = one_of(&["no_proxy", "NO_PROXY"]).map(|(_, hosts)| hosts).unwrap_or_default();
        let direct = direct.split([',', ' ', '\t']).filter(|host| !host.is_empty());
        Ok(Self {
            http: proxy(&["http_proxy", "all_proxy", "ALL_PROXY"])?,
            https: proxy(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?,
            direct: direct.map(str::to_ascii_lowercase).collect(),
        })
    }

    /// The proxy for that address, if there is one.
    pub(crate) fn for_url(&self, url: &Url) -> Option<&Proxy> {
        let proxy = if url.is_https() { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.is_direct(url.host()))
    }

    /// Whether that host is reached without a proxy.
    fn is_direct(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        let address: Option<IpAddr> = host.parse().ok();
        self.direct.iter().any(|entry| {
            if entry == "*" {
                return true;
            }
            let entry = entry.trim_start_matches('.').trim_end_matches('.');
            match address {
                Some(address) => is_in(address, entry.trim_matches(['[', ']'])),
                None => host.strip_suffix(entry).is_some_and(|rest| {
                    !entry.is_empty() && (rest.is_empty() || rest.ends_with('.'))
                }),
            }
        })
    }
}

/// Whether `address` is `network`, or in it: `10.0.0.1`, `10.0.0.0/8`, `fe80::/10`.
fn is_in(address: IpAddr, network: &str) -> bool {
    let (base, bits) = match network.split_once('/') {
        Some((base, bits)) => (base, bits.parse::<u32>().ok()),
        None => (network, Some(128)),
    };
    let (Ok(base), Some(bits)) = (base.parse::<IpAddr>(), bits) else { return false };
    match (address, base) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            same_bits(a.to_bits().into(), b.to_bits().into(), 32, bits)
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => same_bits(a.to_bits(), b.to_bits(), 128, bits),
        _ => false,
    }
}

/// Whether the first `bits` of numbers of `width` bits are the same.
fn same_bits(a: u128, b: u128, width: u32, bits: u32) -> bool {
    (a ^ b).checked_shr(width.saturating_sub(bits)).unwrap_or(0) == 0
}

impl Proxy {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        if !scheme.eq_ignore_ascii_case("http") {
            return Err("only proxies that are spoken to over http are known");
        }
        const BAD: &str = "its value is no proxy";
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, authority),
        };
        let (_, port) = split_port(authority).ok_or(BAD)?;
        // curl's default port of a proxy, and everybody's surprise.
        let port = port.unwrap_or(1080);
        let host = authority.strip_suffix(&format!(":{port}")).unwrap_or(authority).to_owned();
        if format!("http://{host}:{port}").parse::<Uri>().is_err() {
            return Err(BAD);
        }
        let decode = |text| percent_decoded(text).ok_or(BAD);
        let user = user.map(|user| {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            Ok::<_, &'static str>((decode(name)?, decode(password)?))
        });
        Ok(Self { host, port, user: user.transpose()? })
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The value of the header `Proxy-Authorization`, if the proxy wants to know who asks.
    pub(crate) fn authorization(&self) -> Option<String> {
        let (name, password) = self.user.as_ref()?;
        Some(format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Result<Proxies, Error> {
        let value =
            |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Proxies::from_variables(value)
    }

    fn used(variables: &[(&str, &str)], url: &str) -> Option<String> {
        Some(proxies(variables).unwrap().for_url(&url.parse().unwrap())?.address())
    }

    #[test]
    fn the_variables_are_read_as_curl_reads_them() {
        let all = [("http_proxy", "http://a:1/"), ("HTTPS_PROXY", "b:2"), ("ALL_PROXY", "c")];
        assert_eq!(used(&all, "http://h/").as_deref(), Some("a:1"));
        assert_eq!(used(&all, "https://h/").as_deref(), Some("b:2"));
        assert_eq!(used(&all[2..], "https://h/").as_deref(), Some("c:1080"));
        assert_eq!(used(&[("HTTP_PROXY", "a:1")], "http://h/"), None, "what a request may set");
        assert_eq!(used(&[("http_proxy", "")], "http://h/"), None);
    }

    #[test]
    fn hosts_in_no_proxy_are_reached_without() {
        let direct = |no_proxy: &str, host: &str| {
            let url = format!("http://{host}/");
            used(&[("http_proxy", "p:1"), ("no_proxy", no_proxy)], &url).is_none()
        };
        for (no_proxy, host) in [
            ("*", "anything"),
            ("example.org", "example.org"),
            ("example.org", "a.Example.org"),
            (".example.org", "example.org"),
            ("a, example.org b", "example.org"),
            ("10.0.0.0/8", "10.9.8.7"),
            ("127.0.0.1", "127.0.0.1:8080"),
            ("::1", "[::1]:80"),
            ("fe80::/10", "[febf::1]"),
            ("0.0.0.0/0", "1.2.3.4"),
        ] {
            assert!(direct(no_proxy, host), "{no_proxy} {host}");
        }
        for (no_proxy, host) in [
            ("", "h"),
            (",.,", "h"),
            ("example.org", "badexample.org"),
            ("example.org", "example.org.evil"),
            ("10.0.0.0/8", "11.0.0.1"),
            ("10.0.0.0/8", "a10.0.0.0"),
            ("1.1", "1.1.1.1"),
            ("fe80::/10", "[::1]"),
            ("10.0.0.0/x", "10.0.0.0"),
        ] {
            assert!(!direct(no_proxy, host), "{no_proxy} {host}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_and_no_password_is_shown() {
        for (value, why) in [
            ("socks5://me:secret@h:1", "only proxies"),
            ("https://me:secret@h:1", "only proxies"),
            ("http://me:secret@:1", "no proxy"),
            ("http://me:secret@h:99999", "no proxy"),
            ("me:secret@h:0", "no proxy"),
        ] {
            let e = proxies(&[("https_proxy", value)]).unwrap_err().to_string();
            assert!(e.contains(why) && e.starts_with("https_proxy: "), "{e}");
            assert!(!e.contains("secret"), "{e}");
        }
        let proxies = proxies(&[("https_proxy", "me:s%65cret@h:1")]).unwrap();
        assert!(!format!("{proxies:?}").contains("cret"));
        // printf me:secret | base64
        let header = proxies.https.unwrap().authorization();
        assert_eq!(header.as_deref(), Some("Basic bWU6c2VjcmV0"));
    }
}
