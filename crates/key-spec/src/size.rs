//! Sizes in bytes.

use core::fmt;
use core::str::FromStr;
use image_layout::SectorSize;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use thiserror::Error;

/// A number of bytes, written as `32MiB`, `32M` (the same, as for `truncate` and `qemu-img`),
/// `32MB` (32 000 000) or `33554432`. Upper and lower case are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(pub u64);

/// The reasons why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say it
pub enum SizeError {
    #[error("{text:?} is no size; write a whole number and a unit, such as \"32MiB\" or \"4GiB\"")]
    Malformed { text: String },
    #[error("{unit:?} is no unit; use KiB, MiB, GiB, TiB (or K, M, G, T), or KB, MB, GB, TB")]
    Unit { unit: String },
    #[error("{text:?} is more than 2^64 bytes; write a smaller size")]
    Overflow { text: String },
    #[error("a size of {size} cannot be; use at least \"512\"")]
    Zero { size: Size },
    #[error("{size} is not a whole number of 512-byte sectors; use {}", near(*.size))]
    Sectors { size: Size },
}

/// The advice for a size that is no whole number of sectors: the nearest sizes below and above it.
/// For a size below one sector it is to write a unit, which was probably forgotten.
fn near(size: Size) -> String {
    let sectors = size.0 / 512;
    match (sectors, (sectors + 1).checked_mul(512)) {
        (0, _) => format!("a unit, such as \"{}MiB\"", size.0),
        (n, Some(next)) => format!("{} or {}", Size(n * 512), Size(next)),
        (n, None) => Size(n * 512).to_string(),
    }
}

/// Units, largest first in each system; the binary ones are what [`Size`] is shown in.
const UNITS: [(&str, u64); 8] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
];

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let digits = text.trim().find(|c: char| !c.is_ascii_digit()).unwrap_or(text.trim().len());
        let (number, unit) = text.trim().split_at(digits);
        let unit = unit.trim_start();
        if number.is_empty() || unit.starts_with(['.', ',', '_']) {
            return Err(SizeError::Malformed { text: text.to_owned() });
        }
        let overflow = || SizeError::Overflow { text: text.to_owned() };
        let number: u64 = number.parse().map_err(|_| overflow())?;
        let named = |(name, _): &&(&str, u64)| {
            name.eq_ignore_ascii_case(unit)
                || name.strip_suffix("iB").is_some_and(|n| n.eq_ignore_ascii_case(unit))
        };
        let factor = match UNITS.iter().find(named) {
            Some((_, factor)) => *factor,
            None if unit.is_empty() || unit.eq_ignore_ascii_case("B") => 1,
            None => return Err(SizeError::Unit { unit: unit.to_owned() }),
        };
        number.checked_mul(factor).map(Self).ok_or_else(overflow)
    }
}

/// The largest binary unit that needs no fraction; reads back as the same size.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, factor): &&(&str, u64)| self.0 != 0 && self.0.is_multiple_of(*factor);
        match UNITS[..4].iter().find(whole) {
            Some((name, factor)) => write!(f, "{}{name}", self.0 / factor),
            None => write!(f, "{}", self.0),
        }
    }
}

impl Size {
    /// The size, if it is one that a disk or a partition can have.
    pub(crate) fn of_disk(self) -> Result<Self, SizeError> {
        match self.0 {
            0 => Err(SizeError::Zero { size: self }),
            n if n % 512 != 0 => Err(SizeError::Sectors { size: self }),
            _ => Ok(self),
        }
    }
}

/// The size of a medium's sectors, written as a number.
pub(crate) fn sector_size<'de, D: Deserializer<'de>>(d: D) -> Result<SectorSize, D::Error> {
    match i64::deserialize(d)? {
        512 => Ok(SectorSize::Bytes512),
        4096 => Ok(SectorSize::Bytes4096),
        other => {
            let text = format!("no medium has sectors of {other} bytes; use 512 or 4096");
            Err(de::Error::custom(text))
        }
    }
}

/// What the JSON Schema of specs says of [`sector_size`].
pub(crate) fn sector_size_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "enum": [512, 4096], "default": 512 })
}

/// The size of the image, or of partition 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoSize {
    /// The smallest that fits.
    Auto,
    /// A number of bytes: not 0, a multiple of 512.
    Fixed(Size),
}

/// The size of partition 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestSize {
    /// The room that the other partitions leave.
    Rest,
    /// The smallest that fits.
    Auto,
    /// A number of bytes: not 0, a multiple of 512.
    Fixed(Size),
}

/// A deserializer's visitor for a size that may also be one of some `words`, such as `auto`.
struct OrWord<T: 'static> {
    words: &'static [(&'static str, T)],
    fixed: fn(Size) -> T,
}

impl<T: Copy> OrWord<T> {
    fn fixed<E: de::Error>(&self, size: Size) -> Result<T, E> {
        size.of_disk().map(self.fixed).map_err(E::custom)
    }
}

impl<T: Copy> de::Visitor<'_> for OrWord<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size such as \"32MiB\"")?;
        self.words.iter().try_for_each(|(word, _)| write!(f, ", {word:?}"))?;
        f.write_str(", or a number of bytes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        if let Some((_, value)) = self.words.iter().find(|(word, _)| *word == text) {
            return Ok(*value);
        }
        match text.parse() {
            Ok(size) => self.fixed(size),
            Err(SizeError::Malformed { .. }) => {
                Err(E::invalid_value(de::Unexpected::Str(text), &self))
            }
            Err(e) => Err(E::custom(e)),
        }
    }

    fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<T, E> {
        self.fixed(Size(bytes))
    }

    fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<T, E> {
        let negative = de::Unexpected::Signed(bytes);
        let bytes = u64::try_from(bytes).map_err(|_| E::invalid_value(negative, &self))?;
        self.visit_u64(bytes)
    }
}

/// Accepts only sizes that a disk or a partition can have: not 0, a multiple of 512.
impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(OrWord { words: &[], fixed: |size| size })
    }
}

impl<'de> Deserialize<'de> for AutoSize {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(OrWord { words: &[("auto", Self::Auto)], fixed: Self::Fixed })
    }
}

impl<'de> Deserialize<'de> for RestSize {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let words = &[("rest", Self::Rest), ("auto", Self::Auto)];
        d.deserialize_any(OrWord { words, fixed: Self::Fixed })
    }
}

impl Serialize for AutoSize {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => to.serialize_str("auto"),
            Self::Fixed(size) => to.collect_str(size),
        }
    }
}

impl Serialize for RestSize {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Rest => to.serialize_str("rest"),
            Self::Auto => to.serialize_str("auto"),
            Self::Fixed(size) => to.collect_str(size),
        }
    }
}

/// A size in the JSON Schema of specs, or one of some words.
fn schema(words: &[&str]) -> Schema {
    let size = r"^\s*[0-9]+\s*([KMGTkmgt]([Ii]?[Bb])?|[Bb])?\s*$";
    let mut kinds = vec![
        serde_json::json!({ "type": "string", "pattern": size }),
        serde_json::json!({ "type": "integer", "minimum": 512, "multipleOf": 512 }),
    ];
    if !words.is_empty() {
        kinds.insert(0, serde_json::json!({ "enum": words }));
    }
    json_schema!({ "anyOf": kinds })
}

macro_rules! schema {
    ($name:ident, $words:expr) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                schema(&$words)
            }
        }
    };
}

schema!(Size, []);
schema!(AutoSize, ["auto"]);
schema!(RestSize, ["rest", "auto"]);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units() {
        for (text, bytes) in [
            ("0", 0),
            ("512", 512),
            ("512B", 512),
            ("32MiB", 32 << 20),
            ("32M", 32 << 20),
            ("32 mib", 32 << 20),
            ("32MB", 32_000_000),
            ("7kB", 7000),
            ("7K", 7168),
            (" 2TiB ", 2 << 40),
            ("3G", 3 << 30),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
        for bad in
            ["", "MiB", "-1", "+1", "1.5GiB", "1,5G", "1_000", "0x10", "1 2", "16EiB", "5i", "5Ki"]
        {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
        for large in ["18446744073709551616", "16777216TiB", "99999999999999999999K"] {
            let e = large.parse::<Size>().unwrap_err();
            assert_eq!(e, SizeError::Overflow { text: large.to_owned() });
        }
    }

    #[test]
    fn shown_in_the_largest_unit_that_fits() {
        for (bytes, text) in
            [(0, "0"), (1000, "1000"), (1024, "1KiB"), (32 << 20, "32MiB"), (1 << 40, "1TiB")]
        {
            assert_eq!(Size(bytes).to_string(), text);
        }
        assert_eq!(
            Size(1000).of_disk().unwrap_err().to_string(),
            "1000 is not a whole number of 512-byte sectors; use 512 or 1KiB"
        );
        assert!(Size(u64::MAX).of_disk().is_err());
    }

    proptest! {
        #[test]
        fn display_reads_back(bytes: u64, shift in 0..64u32) {
            let size = Size(bytes >> shift << (shift / 2));
            prop_assert_eq!(size.to_string().parse(), Ok(size));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = text.parse::<Size>();
        }
    }
}
