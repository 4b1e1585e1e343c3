//! Values that a spec may write in a short form, as one text or number, or in full as a table.

use core::fmt;
use serde::{Deserialize, de};

/// A deserializer's visitor for such a value: `one` reads the short form, which gives the main
/// field only, and a table may give all fields.
pub(crate) struct OneOrTable<T> {
    pub(crate) what: &'static str,
    pub(crate) one: fn(One<'_>) -> Result<T, String>,
}

/// The short form of a value: one text or one number.
pub(crate) enum One<'a> {
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
