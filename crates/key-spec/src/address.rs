//! Addresses that files are downloaded from.

use core::fmt;
use http_url::Url;
use schemars::{JsonSchema as _, Schema, SchemaGenerator, json_schema};
use serde::{Deserializer, de};

spec_value::text! {
    /// The address of a file on a server, as it was written: `https://example.org/x.iso`.
    WebAddress, check, { "pattern": "^https?://" }
}

fn check(text: &str) -> Result<(), String> {
    text.parse::<Url>().map(|_| ()).map_err(|e| e.to_string())
}

impl WebAddress {
    /// The file's name: the last part of the path, decoded. `None` if there is none, or it is no
    /// name of a file.
    pub fn file_name(&self) -> Option<String> {
        self.as_str().parse::<Url>().ok()?.file_name()
    }
}

/// Reads one address, or a list of mirrors.
pub(crate) fn addresses<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<WebAddress>, D::Error> {
    d.deserialize_any(Visitor)
}

/// What the JSON Schema of specs says of [`addresses`].
pub(crate) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let one = WebAddress::json_schema(generator);
    json_schema!({ "anyOf": [one, { "type": "array", "minItems": 1, "items": one }] })
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
