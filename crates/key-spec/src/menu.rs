//! The table `[menu]` of a spec.

use crate::text::{self, fixed, path_of};
use core::fmt;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use spec_value::Line;
use std::borrow::Cow;
use std::path::PathBuf;

/// `[menu]`: what GRUB shows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Menu {
    /// The time that GRUB waits before it boots the default entry.
    pub timeout: Timeout,
    /// The entry that boots when that time is over.
    pub default: DefaultEntry,
    /// Whether the menu and the booted systems' consoles are on the first serial port too.
    pub serial: bool,
    /// How the menu looks where it is drawn: `"default"`, `"none"` for GRUB's plain box, or a
    /// directory with a `theme.txt`, relative to the spec (`./none` for one of that name).
    #[schemars(schema_with = "text::path_schema")]
    pub theme: Theme,
    /// The language of the entries that every key has, and of the further ways to start a system,
    /// such as `de` or `pt_BR`; else English.
    pub locale: Option<Line>,
    /// The keyboard's layout where a BIOS starts the key, by XKB's name, such as `de`; else the
    /// firmware's.
    pub keyboard: Option<Line>,
    /// The user who may edit entries and use the console; ISOs boot without the password.
    pub password: Option<Password>,
    /// Text appended to grub.cfg as it is, at the user's own risk.
    pub extra: Option<String>,
}

/// How the menu looks where it is drawn; text screens and serial lines show it as ever.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Theme {
    /// The theme that comes with bootkey; `"default"`.
    Default,
    /// GRUB's own plain box; `"none"`.
    None,
    /// A directory with a `theme.txt`, relative to the spec; `./none` for one of that name.
    Path(PathBuf),
}

impl TryFrom<String> for Theme {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(match text.as_str() {
            "default" => Self::Default,
            "none" => Self::None,
            path => Self::Path(path_of(path)?),
        })
    }
}

impl Theme {
    /// The theme's directory, if it is one of the user's.
    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::Path(path) => Some(path),
            Self::Default | Self::None => None,
        }
    }

    /// The same, to be changed.
    pub(crate) fn path_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::Path(path) => Some(path),
            Self::Default | Self::None => None,
        }
    }
}

/// `[menu.password]`: whose password unlocks the menu.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `user` and `hash`")]
pub struct Password {
    /// The name to type.
    #[serde(default = "root")]
    pub user: Line,
    /// The hash, as `grub-mkpasswd-pbkdf2` prints it: `grub.pbkdf2.sha512.…`.
    pub hash: Line,
}

fn root() -> Line {
    fixed("root")
}

/// The time before the default entry starts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// A number of seconds, at most 2^31 - 1.
    Seconds(u32),
    /// No limit: the menu waits until somebody chooses; `"none"` or -1 in the spec.
    Forever,
}

/// The entry that starts by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultEntry {
    /// The entry at this place, counted from 0.
    Number(u32),
    /// The entry that was started last; `"saved"` in the spec.
    Saved,
    /// The entry with this title or id.
    Named(Line),
}

struct TimeoutVisitor;

impl de::Visitor<'_> for TimeoutVisitor {
    type Value = Timeout;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds, or \"none\" to wait for a choice")
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Timeout, E> {
        match u32::try_from(n) {
            Ok(seconds) if i32::try_from(n).is_ok() => Ok(Timeout::Seconds(seconds)),
            _ if n == -1 => Ok(Timeout::Forever),
            _ => Err(E::invalid_value(de::Unexpected::Signed(n), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timeout, E> {
        match text {
            "none" => Ok(Timeout::Forever),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

impl<'de> Deserialize<'de> for Timeout {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(TimeoutVisitor)
    }
}

struct DefaultVisitor;

impl de::Visitor<'_> for DefaultVisitor {
    type Value = DefaultEntry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry's title, its id, its number from 0, or \"saved\" for the last one")
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<DefaultEntry, E> {
        let unexpected = de::Unexpected::Signed(n);
        u32::try_from(n).map(DefaultEntry::Number).map_err(|_| E::invalid_value(unexpected, &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<DefaultEntry, E> {
        if text == "saved" {
            return Ok(DefaultEntry::Saved);
        }
        text.to_owned().try_into().map(DefaultEntry::Named).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for DefaultEntry {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(DefaultVisitor)
    }
}

impl Serialize for Timeout {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Seconds(seconds) => to.serialize_u32(*seconds),
            Self::Forever => to.serialize_str("none"),
        }
    }
}

impl JsonSchema for Timeout {
    fn schema_name() -> Cow<'static, str> {
        "Timeout".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let seconds = serde_json::json!({ "type": "integer", "minimum": -1, "maximum": i32::MAX });
        json_schema!({ "anyOf": [seconds, { "enum": ["none"] }] })
    }
}

impl Serialize for DefaultEntry {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => to.serialize_u32(*number),
            Self::Saved => to.serialize_str("saved"),
            Self::Named(name) => name.serialize(to),
        }
    }
}

impl JsonSchema for DefaultEntry {
    fn schema_name() -> Cow<'static, str> {
        "DefaultEntry".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let number = serde_json::json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
        json_schema!({ "anyOf": [number, { "type": "string", "minLength": 1 }] })
    }
}
