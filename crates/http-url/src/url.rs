//! The address of a file on a server, checked and taken apart, and where a redirect leads from it.

use crate::authority::{split_port, without_user};
use crate::error::InvalidUrl;
use crate::path::{encoded, percent_decoded, without_dots};
use core::fmt;
use core::str::FromStr;
use http::Uri;
use shown_text::shown;

/// Longest address, in bytes.
const MAX_LEN: usize = 8 << 10;

/// The address of a file on a server: `http` or `https`, a host, and a path.
///
/// It has no name or password of a user, since it is written down in places that others see; and
/// no fragment, since servers never see one. Its text is ASCII: other characters are encoded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Url {
    /// `https://host:port/path?query`, always with a path.
    text: String,
    /// The offsets at which the host begins, the path begins, and the path ends.
    host: usize,
    path: usize,
    query: usize,
}

impl Url {
    fn new(text: &str) -> Result<Self, &'static str> {
        if text.len() > MAX_LEN {
            return Err("it is longer than 8 KiB");
        }
        if text.chars().any(char::is_control) {
            return Err("it has a character that is none of an address");
        }
        let encoded = encoded(text);
        let (scheme, rest) = encoded.split_once("://").ok_or("it begins with no https://")?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "http" && scheme != "https" {
            return Err("only http and https are spoken");
        }
        if rest.contains('#') {
            return Err("it has a `#`, behind which nothing reaches a server; a `#` in a file's \
                        name is written %23");
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(
                "it has the name or password of a user, and would show it to whoever gets \
                        the key; use one that is open to everybody",
            );
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        let text = format!("{scheme}://{}{slash}{path}", authority.to_ascii_lowercase());
        split_port(authority).ok_or("it has no host, or no port that is one")?;
        text.parse::<Uri>().map_err(|_| "it is no address of a file on a server")?;
        let host = scheme.len() + "://".len();
        let path = host + authority.len();
        let query = text.find('?').unwrap_or(text.len());
        Ok(Self { text, host, path, query })
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is an `https` address.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// The host, without the port; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        split_port(self.authority()).map_or("", |(host, _)| host)
    }

    /// The host, with the port if there is one.
    pub fn authority(&self) -> &str {
        &self.text[self.host..self.path]
    }

    /// The path, as it is encoded.
    pub fn path(&self) -> &str {
        &self.text[self.path..self.query]
    }

    /// The file's name: the last part of the path, decoded. `None` if there is none, or it is no
    /// name of a file.
    pub fn file_name(&self) -> Option<String> {
        let name = percent_decoded(self.path().rsplit('/').next()?)?;
        let bad = matches!(&*name, "" | "." | "..") || name.contains(['/', '\0']);
        (!bad).then_some(name)
    }

    /// The address that `reference` means where this one is read, as a redirect's `Location`.
    /// <https://www.rfc-editor.org/rfc/rfc3986#section-5.2>
    ///
    /// # Errors
    /// [`InvalidUrl`] when that is no address, or not one of `http` or `https`.
    pub fn join(&self, reference: &str) -> Result<Self, InvalidUrl> {
        let reference = reference.trim().split('#').next().unwrap_or_default();
        let scheme = &self.text[..self.host];
        let origin = &self.text[..self.path];
        let names_scheme =
            reference.split(['/', '?']).next().is_some_and(|head| head.contains(':'));
        let text = if names_scheme {
            return reference.parse();
        } else if let Some(rest) = reference.strip_prefix("//") {
            format!("{scheme}{rest}")
        } else if reference.is_empty() {
            self.text.clone()
        } else if reference.starts_with('?') {
            format!("{}{reference}", &self.text[..self.query])
        } else {
            let (path, query) = reference.split_at(reference.find('?').unwrap_or(reference.len()));
            let directory = &self.path()[..self.path().rfind('/').unwrap_or(0)];
            let path = match path.starts_with('/') {
                true => path.to_owned(),
                false => format!("{directory}/{path}"),
            };
            format!("{origin}{}{query}", without_dots(&path))
        };
        text.parse()
    }
}

impl FromStr for Url {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let shown = || without_user(text).chars().take(200).collect();
        Self::new(text).map_err(|why| InvalidUrl { text: shown(), why })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(&self.text).fmt(f)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_a_scheme_a_host_and_a_path() {
        let parts = |text: &str| {
            let url = url(text);
            [url.as_str(), url.host(), url.path()].map(str::to_owned)
        };
        assert_eq!(parts("HTTPS://Example.ORG"), ["https://example.org/", "example.org", "/"]);
        assert_eq!(parts("http://h:80/a/b?c=/d"), ["http://h:80/a/b?c=/d", "h", "/a/b"]);
        assert_eq!(parts("http://h?q"), ["http://h/?q", "h", "/"]);
        assert_eq!(parts("http://[::1]:8080/x"), ["http://[::1]:8080/x", "::1", "/x"]);
        assert_eq!(parts("http://h/ä b")[0], "http://h/%C3%A4%20b");
        assert!(url("https://h/").is_https() && !url("http://h/https://x").is_https());
    }

    #[test]
    fn what_is_no_address_is_refused_and_says_why() {
        for (bad, why) in [
            ("x.iso", "begins with no https://"),
            ("ftp://h/x", "only http and https"),
            ("file:///etc/passwd", "only http and https"),
            ("https://", "no host"),
            ("https:///x", "no host"),
            ("https://h:/x", "no port that is one"),
            ("https://h:99999/x", "no port that is one"),
            ("https://h:0/x", "no port that is one"),
            ("https://me:secret@h/x", "password"),
            ("https://h/x#y", "%23"),
            ("https://h/a\nHost: b", "a character that is none"),
            ("https://a b/x", "no address"),
        ] {
            let e = bad.parse::<Url>().unwrap_err().to_string();
            assert!(e.contains(why), "{bad}: {e}");
        }
        assert!("https://h/".parse::<Url>().is_ok());
        assert!(format!("https://h/{}", "x".repeat(MAX_LEN)).parse::<Url>().is_err());
    }

    #[test]
    fn no_password_is_shown() {
        let e = "https://me:secret@h/x".parse::<Url>().unwrap_err().to_string();
        assert!(e.starts_with("https://***@h/x: ") && !e.contains("secret"), "{e}");
    }

    #[test]
    fn a_file_has_the_name_that_its_address_ends_with() {
        let name = |text: &str| url(text).file_name();
        assert_eq!(name("https://h/a/x%20y%C3%A4.iso?z=/w").as_deref(), Some("x yä.iso"));
        assert_eq!(name("https://h/100%").as_deref(), Some("100%"));
        for none in ["https://h", "https://h/", "https://h/a/", "https://h/..%2Fx", "https://h/%FF"]
        {
            assert_eq!(name(none), None, "{none}");
        }
    }

    #[test]
    fn a_redirect_leads_where_the_rfc_says() {
        // RFC 3986, 5.4, those that stay among our schemes.
        let base = url("http://a/b/c/d;p?q");
        for (reference, is) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g#s", "http://a/b/c/g"),
            (";x", "http://a/b/c/;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            ("..g", "http://a/b/c/..g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("https://other/x y", "https://other/x%20y"),
        ] {
            assert_eq!(base.join(reference).unwrap().as_str(), is, "{reference}");
        }
        assert!(base.join("file:///etc/passwd").is_err());
        assert!(base.join("javascript:alert(1)").is_err());
    }
}
