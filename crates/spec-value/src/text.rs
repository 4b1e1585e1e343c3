//! Texts with limits.

/// A type of text that `$check` accepts; its error says what can be written instead.
///
/// `$schema` is what the JSON Schema of specs says of it, besides that it is a text.
#[macro_export]
macro_rules! text {
    ($(#[$attr:meta])* $name:ident, $check:expr, $schema:tt) => {
        $(#[$attr])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, $crate::serde::Deserialize)]
        #[serde(crate = "::spec_value::serde", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            /// The error says what is wrong and what can be written instead.
            fn try_from(text: String) -> Result<Self, String> {
                ($check)(&text)?;
                Ok(Self(text))
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl $crate::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut $crate::schemars::SchemaGenerator) -> $crate::schemars::Schema {
                let mut schema = $crate::schemars::json_schema!($schema);
                schema.insert("type".into(), "string".into());
                schema
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

text! {
    /// Text on one line: not empty, no control characters.
    Line, check_line, { "minLength": 1 }
}
text! {
    /// A file's name: 1 to 255 bytes, no `/`, no NUL, not `.` or `..`.
    FileName, check_file_name, { "pattern": "^[^/]+$" }
}

fn check_line(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("an empty text cannot be; leave the key out for the default".into());
    }
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(format!("the text contains the control character {c:?}; leave it out")),
        None => Ok(()),
    }
}

fn check_file_name(text: &str) -> Result<(), String> {
    match text {
        "" | "." | ".." => Err(format!("{text:?} is no file name; write one such as \"x.iso\"")),
        _ if text.len() > 255 => {
            Err(format!("the name has {} bytes; a file system holds at most 255", text.len()))
        }
        _ if text.contains(['/', '\0']) => {
            Err(format!("the name {text:?} contains a slash or a NUL; write a file name alone"))
        }
        _ => Ok(()),
    }
}
