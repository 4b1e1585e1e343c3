//! Kernel parameters with placeholders for values that only the key knows.

use crate::template::pieces;
use serde::{Serialize, Serializer};
use std::fmt;

/// A value that a parameter can refer to, and that only the key, or GRUB when it runs, knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placeholder {
    /// `{iso_path}`: the ISO file's absolute path on its partition, without a device.
    IsoPath,
    /// `{iso_name}`: the last component of that path.
    IsoName,
    /// `{fs_uuid}`: the UUID of the file system that holds the ISO file, as GRUB's `probe
    /// --fs-uuid` prints it.
    FsUuid,
    /// `{part_label}`: the label of that file system.
    PartLabel,
}

impl Placeholder {
    /// All placeholders.
    pub const ALL: [Self; 4] = [Self::IsoPath, Self::IsoName, Self::FsUuid, Self::PartLabel];

    /// The placeholder's name in recipes.
    pub fn name(self) -> &'static str {
        match self {
            Self::IsoPath => "iso_path",
            Self::IsoName => "iso_name",
            Self::FsUuid => "fs_uuid",
            Self::PartLabel => "part_label",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }
}

/// A part of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgPart {
    /// Text as it is.
    Text(String),
    /// A value to be filled in.
    Value(Placeholder),
}

/// A kernel parameter.
///
/// ```
/// use boot_recipes::{Arg, ArgPart, Placeholder};
/// let arg = Arg::template("findiso={iso_path}", |_| None).unwrap();
/// assert_eq!(arg.parts(), [ArgPart::Text("findiso=".into()), ArgPart::Value(Placeholder::IsoPath)]);
/// assert_eq!(arg.fill(|_| "/debian.iso"), "findiso=/debian.iso");
/// // Text from outside is never a template.
/// assert_eq!(Arg::literal("a={iso_path}").fill(|_| "x"), "a={iso_path}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg(Vec<ArgPart>);

impl Arg {
    /// A parameter without placeholders, whatever its text.
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![ArgPart::Text(text.into())])
    }

    /// A parameter from a recipe's text. `value` gives the value of a name in braces if it is known
    /// already; a name without a value must be a [`Placeholder`]'s, and remains one.
    ///
    /// # Errors
    /// A name in braces that is neither known nor a placeholder's, or braces that are left open.
    pub fn template(text: &str, value: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut parts: Vec<ArgPart> = Vec::new();
        for (before, name) in pieces(text)? {
            push(&mut parts, before);
            let Some(name) = name else { continue };
            match (value(name), Placeholder::from_name(name)) {
                (Some(known), _) => push(&mut parts, &known),
                (None, Some(placeholder)) => parts.push(ArgPart::Value(placeholder)),
                (None, None) => return Err(format!("no placeholder is called `{{{name}}}` here")),
            }
        }
        Ok(Self(parts))
    }

    /// The parameter's parts, in order.
    pub fn parts(&self) -> &[ArgPart] {
        &self.0
    }

    /// Whether the parameter refers to `placeholder`.
    pub fn needs(&self, placeholder: Placeholder) -> bool {
        self.0.contains(&ArgPart::Value(placeholder))
    }

    /// The parameter's text with every placeholder filled in.
    pub fn fill<'v>(&self, value: impl Fn(Placeholder) -> &'v str) -> String {
        let part = |part: &ArgPart| match part {
            ArgPart::Text(text) => text.clone(),
            ArgPart::Value(placeholder) => value(*placeholder).to_owned(),
        };
        self.0.iter().map(part).collect()
    }

    /// The parameter with one placeholder filled in.
    pub fn with(&self, placeholder: Placeholder, value: &str) -> Self {
        let mut parts = Vec::new();
        for part in &self.0 {
            match part {
                ArgPart::Text(text) => push(&mut parts, text),
                ArgPart::Value(p) if *p == placeholder => push(&mut parts, value),
                ArgPart::Value(p) => parts.push(ArgPart::Value(*p)),
            }
        }
        Self(parts)
    }

    /// The text of a parameter without placeholders.
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [ArgPart::Text(text)] => Some(text),
            _ => None,
        }
    }
}

fn push(parts: &mut Vec<ArgPart>, more: &str) {
    match parts.last_mut() {
        _ if more.is_empty() => {}
        Some(ArgPart::Text(text)) => text.push_str(more),
        _ => parts.push(ArgPart::Text(more.to_owned())),
    }
}

/// The parameter's text for people, with placeholders in braces.
impl fmt::Display for Arg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                ArgPart::Text(text) => f.write_str(text)?,
                ArgPart::Value(placeholder) => write!(f, "{{{}}}", placeholder.name())?,
            }
        }
        Ok(())
    }
}

impl Serialize for Arg {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
