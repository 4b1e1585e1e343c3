//! The room that a live system gets for its changes.

use crate::one_or_table::{One, OneOrTable};
use crate::size::{Size, SizeError};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// `persistence = "512MiB"`, or `{ size = "512MiB", default = true }`: a partition to which the
/// live system writes its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Persistence {
    /// The partition's size.
    pub size: Size,
    /// The ISO's plain entry uses it, and not only the one among "More ways to start".
    #[serde(default)]
    pub default: bool,
}

/// What the JSON Schema of specs says of [`persistence`].
pub(crate) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let (size, table) = (Size::json_schema(generator), Persistence::json_schema(generator));
    json_schema!({ "anyOf": [size, table] })
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
