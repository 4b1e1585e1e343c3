//! The error of values that this crate refuses.

use thiserror::Error;

/// A value that grub.cfg or grubenv cannot hold faithfully.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message says what each field is
pub enum Error {
    /// A text that must not be altered (a path, an argument, a value) has a control character.
    #[error(
        "`{shown}` has the control character U+{code:04X} at byte {at}; grub.cfg cannot carry it: rename the thing"
    )]
    ControlCharacter { shown: String, code: u32, at: usize },
    /// The text is no identifier, `[A-Za-z_][A-Za-z0-9_]*`, or is a word of the language.
    #[error(
        "`{shown}` is no GRUB variable or function name: a letter or _, then letters, digits and _"
    )]
    Ident { shown: String },
    /// The text is no name, `[A-Za-z_][A-Za-z0-9_.-]*`, or is a word of the language.
    #[error(
        "`{shown}` is no GRUB command or class name: a letter or _, then letters, digits and _ . -"
    )]
    Name { shown: String },
    /// The text is no bare word: it has characters that need quotes, or is a word of the language.
    #[error("`{shown}` needs quotes in grub.cfg: use a literal word")]
    Bare { shown: String },
    /// The pattern has characters that GRUB would not match with themselves.
    #[error(
        "`{shown}` is no pattern of file names: letters, digits, * ? and _ . - / : = , @ % + !"
    )]
    Glob { shown: String },
    /// The text is no menu entry id, `[A-Za-z][A-Za-z0-9_.-]*`: GRUB would read leading digits as
    /// an index.
    #[error("`{shown}` is no menu entry id: a letter, then letters, digits and _ . -")]
    Id { shown: String },
    /// Two entries of one menu have the same id.
    #[error("the menu entry id `{0}` is taken already; give one of the two entries another id")]
    IdTaken(String),
    /// The text is no hash such as `grub-mkpasswd-pbkdf2` prints.
    #[error(
        "`{shown}` is no password hash: {why}; take what `grub-mkpasswd-pbkdf2` prints, grub.pbkdf2.sha512.…"
    )]
    PasswordHash { shown: String, why: &'static str },
    /// The key cannot be an entry's hotkey.
    #[error("`{0}` is no hotkey: a letter from a to z but c and e, which are GRUB's, or a digit")]
    Hotkey(char),
    /// The values do not fit grubenv's 1024 bytes.
    #[error(
        "the GRUB environment needs {need} bytes and its block has {has}; store fewer or shorter values"
    )]
    GrubenvFull { need: usize, has: usize },
}

/// `text` for a message: at most 60 characters, without what acts on a terminal.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => shown_text::shown(&text[..end]) + "…",
        None => shown_text::shown(text),
    }
}
