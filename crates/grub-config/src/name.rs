//! Words that are written without quotes, checked so that they never need any.

use crate::Error;
use crate::error::shown;
use std::borrow::Cow;
use std::fmt;

/// Words with a meaning of their own where a command is expected. GRUB's own list; none may
/// name a command, a function or a variable.
const RESERVED: &[&str] = &[
    "if",
    "then",
    "else",
    "elif",
    "fi",
    "for",
    "in",
    "do",
    "done",
    "while",
    "until",
    "case",
    "esac",
    "function",
    "select",
    "time",
    "menuentry",
    "submenu",
];

const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn reserved(text: &str) -> bool {
    let mut i = 0;
    while i < RESERVED.len() {
        if equal(RESERVED[i], text) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether `text` begins with a letter or a byte of `first`, and goes on with letters, digits and
/// bytes of `rest`.
const fn shaped(text: &str, first: &[u8], rest: &[u8]) -> bool {
    const fn among(byte: u8, set: &[u8]) -> bool {
        let mut i = 0;
        while i < set.len() {
            if set[i] == byte {
                return true;
            }
            i += 1;
        }
        false
    }
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let b = bytes[i];
        let ok = if i == 0 {
            b.is_ascii_alphabetic() || among(b, first)
        } else {
            b.is_ascii_alphanumeric() || among(b, rest)
        };
        if !ok {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty()
}

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $error:ident, $check:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Cow<'static, str>);

        impl $name {
            const fn accepts(text: &str) -> bool {
                $check(text)
            }

            /// Checks a text known only at run time.
            ///
            /// # Errors
            #[doc = concat!("[`Error::", stringify!($error), "`] when it has another shape.")]
            pub fn new(text: &str) -> Result<Self, Error> {
                if Self::accepts(text) {
                    Ok(Self(Cow::Owned(text.to_owned())))
                } else {
                    Err(Error::$error { shown: shown(text) })
                }
            }

            /// Checks a literal while compiling; the macros of this crate call it in a const.
            ///
            /// # Panics
            /// When the text has another shape: a compile error, since it runs in a const.
            pub const fn from_static(text: &'static str) -> Self {
                assert!(Self::accepts(text), "not a word of the shape that this type holds");
                Self(Cow::Borrowed(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

const fn is_ident(text: &str) -> bool {
    shaped(text, b"_", b"_") && !reserved(text)
}
const fn is_name(text: &str) -> bool {
    shaped(text, b"_", b"_.-") && !reserved(text)
}
const fn is_bare(text: &str) -> bool {
    let set = b"_.-/:=,@%+!0123456789";
    shaped(text, set, set) && !reserved(text)
}
const fn is_glob(text: &str) -> bool {
    let set = b"_.-/:=,@%+!0123456789*?";
    shaped(text, set, set)
}
const fn is_id(text: &str) -> bool {
    shaped(text, b"", b"_.-")
}

checked_text! {
    /// A variable or function: `[A-Za-z_][A-Za-z0-9_]*`. Literal: [`ident!`](crate::ident).
    Ident, Ident, is_ident
}
checked_text! {
    /// A command (`search.fs_uuid`) or a menu entry's class: `[A-Za-z_][A-Za-z0-9_.-]*`.
    /// Literal: [`name!`](crate::name).
    Name, Name, is_name
}
checked_text! {
    /// An argument that needs no quotes: letters, digits and `_ . - / : = , @ % + !`.
    /// Literal: [`bare!`](crate::bare).
    Bare, Bare, is_bare
}
checked_text! {
    /// A pattern that GRUB replaces by the names of files like it: what a [`Bare`] has, and `*`
    /// for any characters but `/`, `?` for one. Where no file is like it, it stays as it is: ask
    /// whether what came out is there. Literal: [`glob!`](crate::glob).
    Glob, Glob, is_glob
}
checked_text! {
    /// A menu entry's id: `[A-Za-z][A-Za-z0-9_.-]*`. Never starts with a digit, which GRUB's
    /// `default` would read as an index. From any text: [`IdSet::slug`](crate::IdSet::slug).
    Id, Id, is_id
}

impl Bare {
    /// Digits need no quotes.
    pub(crate) fn number(value: u64) -> Self {
        Self(Cow::Owned(value.to_string()))
    }
}

// The shape of a name, and of an identifier, is part of the shape of a bare word.
impl From<Name> for Bare {
    fn from(name: Name) -> Self {
        Self(name.0)
    }
}
impl From<Ident> for Bare {
    fn from(ident: Ident) -> Self {
        Self(ident.0)
    }
}

/// An [`Ident`] checked while compiling: `ident!("isos")`.
#[macro_export]
macro_rules! ident {
    ($text:literal) => {
        const { $crate::Ident::from_static($text) }
    };
}
/// A [`Name`] checked while compiling: `name!("search.fs_uuid")`.
#[macro_export]
macro_rules! name {
    ($text:literal) => {
        const { $crate::Name::from_static($text) }
    };
}
/// A [`Bare`] word checked while compiling: `bare!("--no-floppy")`.
#[macro_export]
macro_rules! bare {
    ($text:literal) => {
        const { $crate::Bare::from_static($text) }
    };
}
/// A [`Glob`] checked while compiling: `glob!("/live/vmlinuz*")`.
#[macro_export]
macro_rules! glob {
    ($text:literal) => {
        const { $crate::Glob::from_static($text) }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for good in ["a", "_x", "isos", "A1_b"] {
            assert!(Ident::new(good).is_ok(), "{good}");
        }
        for bad in ["", "1a", "a-b", "a.b", "if", "menuentry", "a b", "ä", "a$"] {
            assert!(Ident::new(bad).is_err(), "{bad}");
        }
        assert!(Name::new("search.fs_uuid").is_ok() && Name::new("gnu-linux").is_ok());
        assert!(Name::new("a=b").is_err(), "would be an assignment");
        assert!(Name::new("[").is_err(), "only Command::test writes it");
        assert!(Bare::new("--set=root").is_ok() && Bare::new("0").is_ok());
        for bad in ["", "a b", "a#b", "#", "$a", "a*", "it's", "(loop)", "{", "\n", "done"] {
            assert!(Bare::new(bad).is_err(), "{bad}");
        }
        assert!(Glob::new("/live/vmlinuz*").is_ok() && Glob::new("?").is_ok());
        // GRUB takes brackets as they are: they would be no class of characters.
        for bad in ["", "a b", "[a]", "$a*", "'*'", "\\*", "{*}", "#*", "*\n"] {
            assert!(Glob::new(bad).is_err(), "{bad}");
        }
        assert!(Id::new("e1.x-Y_z").is_ok());
        for bad in ["", "1e", "_a", "-a", "a>b", "a b", "é"] {
            assert!(Id::new(bad).is_err(), "{bad}");
        }
    }
}
