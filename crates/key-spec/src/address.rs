//! Addresses that files are downloaded from.

use core::fmt;
use percent_encoding::percent_decode_str;
use serde::{Deserializer, de};

spec_value::text! {
    /// The address of a file on a server: `https://example.org/x.iso`.
    WebAddress, check
}

fn check(text: &str) -> Result<(), String> {
    let wrong =
        |why| Err(format!("{text:?} {why}; write one such as \"https://example.org/x.iso\""));
    let lower = text.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let Some(rest) = rest else {
        return wrong("is no address that begins with https:// or http://");
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.is_empty() {
        return wrong("names no host");
    }
    if authority.contains('@') {
        return Err(
            "the address has the name or password of a user, which does not belong into a \
                    spec; use one that is open to everybody"
                .into(),
        );
    }
    if text.contains('#') || text.chars().any(char::is_control) {
        return wrong("has a character that no address of a file has (a # in a name is %23)");
    }
    Ok(())
}

impl WebAddress {
    /// The file's name: the last part of the path, decoded. `None` if there is none, or it is no
    /// name of a file.
    pub fn file_name(&self) -> Option<String> {
        let (_, rest) = self.as_str().split_once("://")?;
        let (_, path) = rest.split('?').next()?.split_once('/')?;
        let name = percent_decode_str(path.rsplit('/').next()?).decode_utf8().ok()?.into_owned();
        let bad = matches!(&*name, "" | "." | "..") || name.contains(['/', '\0']);
        (!bad).then_some(name)
    }
}

/// Reads one address, or a list of mirrors.
pub(crate) fn addresses<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<WebAddress>, D::Error> {
    d.deserialize_any(Visitor)
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Vec<WebAddress>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address such as \"https://example.org/x.iso\", or a list of mirrors")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        WebAddress::try_from(text.to_owned()).map(|one| vec![one]).map_err(E::custom)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        match all.is_empty() {
            true => Err(de::Error::custom("no mirror is named; name at least one")),
            false => Ok(all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Result<WebAddress, String> {
        text.to_owned().try_into()
    }

    #[test]
    fn what_is_no_address_is_told() {
        for (bad, why) in [
            ("x.iso", "begins with https://"),
            ("ftp://h/x", "begins with https://"),
            ("https:///x", "names no host"),
            ("https://a:b@h/x", "does not belong into a spec"),
            ("https://h/a#b", "%23"),
            ("https://h/a\nb", "no address of a file has"),
        ] {
            let error = address(bad).unwrap_err();
            assert!(error.contains(why), "{bad}: {error}");
        }
    }

    #[test]
    fn a_file_has_the_name_that_its_address_ends_with() {
        let name = |text: &str| address(text).unwrap().file_name();
        assert_eq!(name("https://h/a/x%20y%C3%A4.iso?z=/w").as_deref(), Some("x yä.iso"));
        assert_eq!(name("https://h/100%").as_deref(), Some("100%"));
        for none in ["https://h", "https://h/", "https://h/a/", "https://h/..%2Fx", "https://h/%FF"]
        {
            assert_eq!(name(none), None, "{none}");
        }
    }
}
