//! What an ISO is given besides: room for its changes, answers for its installer. Either is a way
//! to start it among others, unless it is to be the usual one.

use crate::size::{Size, SizeError};
use crate::text;
use core::fmt;
use serde::{Deserialize, Deserializer, de};
use std::path::PathBuf;

/// `persistence = "512MiB"`, or `{ size = "512MiB", default = true }`: a partition to which the
/// live system writes its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persistence {
    /// The partition's size.
    pub size: Size,
    /// The ISO's plain entry uses it, and not only the one among "More ways to start".
    #[serde(default)]
    pub default: bool,
}

/// `autoinstall = "preseed.cfg"`, or `{ file = "preseed.cfg", default = true }`: the answers to
/// the installer's questions, in its own format.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Autoinstall {
    /// The file; relative to the spec.
    #[serde(deserialize_with = "path")]
    pub file: PathBuf,
    /// The ISO's plain entry installs by itself, and not only the one among "More ways to start".
    #[serde(default)]
    pub default: bool,
}

fn path<'de, D: Deserializer<'de>>(d: D) -> Result<PathBuf, D::Error> {
    Ok(text::path(d)?.unwrap_or_default())
}

/// A value of one field, or a table with all of them.
struct OneOrTable<T> {
    what: &'static str,
    one: fn(One<'_>) -> Result<T, String>,
}

/// A value that is not a table.
enum One<'a> {
    Text(&'a str),
    Number(i64),
}

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for OneOrTable<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.one)(One::Text(text)).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        (self.one)(One::Number(number)).map_err(E::custom)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(de::value::MapAccessDeserializer::new(map))
    }
}

/// The value of `persistence`.
pub(crate) fn persistence<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<Option<Persistence>, D::Error> {
    let one = |one: One<'_>| {
        let size = match one {
            One::Text(text) => text.parse().map_err(|e: SizeError| e.to_string())?,
            One::Number(bytes) => Size(u64::try_from(bytes).map_err(|e| e.to_string())?),
        };
        let size = size.of_disk().map_err(|e| e.to_string())?;
        Ok(Persistence { size, default: false })
    };
    let what = "a size such as \"512MiB\", or a table with `size` and `default`";
    d.deserialize_any(OneOrTable { what, one }).map(Some)
}

/// The value of `autoinstall`.
pub(crate) fn autoinstall<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<Option<Autoinstall>, D::Error> {
    let one = |one: One<'_>| match one {
        One::Text(text) if !text.is_empty() && !text.contains('\0') => {
            Ok(Autoinstall { file: text.into(), default: false })
        }
        One::Text(text) => Err(format!("{text:?} is no path; name a file")),
        One::Number(number) => Err(format!("{number} is no path; name a file")),
    };
    let what = "a file such as \"preseed.cfg\", or a table with `file` and `default`";
    d.deserialize_any(OneOrTable { what, one }).map(Some)
}
