//! Where packages are fetched from.

use crate::text;
use core::fmt;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use spec_value::Line;
use std::path::PathBuf;

/// `[packages]`: where `bootkey fetch` gets packages from. It reaches a key only by the packages
/// that were fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Packages {
    /// The suite of Debian: `trixie`; by default the machine's own, else stable.
    pub suite: Option<Line>,
    /// The mirrors of Debian's archive: the first that can be reached is asked. By default those of
    /// the machine's apt, else Debian's official ones.
    #[serde(deserialize_with = "mirrors")]
    #[schemars(schema_with = "mirrors_schema")]
    pub mirror: Vec<Line>,
    /// A file of OpenPGP keys that the archive must be signed by, relative to the spec; by default
    /// Debian's, or those that apt knows of its sources.
    #[serde(deserialize_with = "text::path")]
    #[schemars(schema_with = "text::path_schema")]
    pub keyring: Option<PathBuf>,
}

/// One mirror, or a list of them.
fn mirrors<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Line>, D::Error> {
    d.deserialize_any(Mirrors)
}

fn mirrors_schema(generator: &mut SchemaGenerator) -> Schema {
    let one = Line::json_schema(generator);
    json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
}

struct Mirrors;

impl<'de> de::Visitor<'de> for Mirrors {
    type Value = Vec<Line>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the URL of a mirror such as \"http://ftp.debian.org/debian\", or a list of them",
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<Line>, E> {
        Line::try_from(text.to_owned()).map(|line| vec![line]).map_err(E::custom)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Vec<Line>, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(all)
    }
}
