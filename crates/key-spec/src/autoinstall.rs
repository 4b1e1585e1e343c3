//! The answers that an installer gets.

use crate::one_or_table::{One, OneOrTable};
use crate::text;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;

/// `autoinstall = "preseed.cfg"`, or `{ file = "preseed.cfg", default = true }`: the answers to
/// the installer's questions, in its own format.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Autoinstall {
    /// The file; relative to the spec.
    #[serde(deserialize_with = "path")]
    #[schemars(schema_with = "text::path_schema")]
    pub file: PathBuf,
    /// The ISO's plain entry installs by itself, and not only the one among "More ways to start".
    #[serde(default)]
    pub default: bool,
}

fn path<'de, D: Deserializer<'de>>(d: D) -> Result<PathBuf, D::Error> {
    Ok(text::path(d)?.unwrap_or_default())
}

/// What the JSON Schema of specs says of [`autoinstall`].
pub(crate) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let table = Autoinstall::json_schema(generator);
    json_schema!({ "anyOf": [{ "type": "string", "minLength": 1 }, table] })
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
