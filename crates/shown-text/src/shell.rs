//! Words of shell commands that a message prints.

use crate::acts_on_text;
use core::fmt;
use std::ffi::OsStr;
use std::path::Path;

/// A path as one word of a command that can be pasted into a shell. Nothing in it is expanded, and
/// no program takes it for an option or for the name of a protocol.
///
/// ```
/// use shown_text::ShellWord;
/// let word = |path: &str| ShellWord::of(path.as_ref()).to_string();
/// assert_eq!(word("keys/key.img"), "keys/key.img");
/// assert_eq!(word("my key.img"), "'my key.img'");
/// assert_eq!(word("-rf"), "./-rf");
/// assert_eq!(ShellWord::argument("-rf".as_ref()).to_string(), "-rf");
/// assert_eq!(word("nbd:h.qcow2"), "./nbd:h.qcow2");
/// assert_eq!(word("it's\nme"), r#""$(printf 'it\047s\012me')""#);
/// ```
#[derive(Debug, Clone)]
pub struct ShellWord(Vec<u8>);

impl ShellWord {
    /// The word for a path. `./` goes before a relative one that begins with a dash (an option) or
    /// has a colon in its first part (QEMU's protocols, `scp`'s hosts).
    pub fn of(path: &Path) -> Self {
        let bytes = path.as_os_str().as_encoded_bytes();
        let first = bytes.split(|b| *b == b'/').next().unwrap_or_default();
        let guarded = first.starts_with(b"-") || first.contains(&b':');
        Self([if guarded { &b"./"[..] } else { b"" }, bytes].concat())
    }

    /// The word for an argument as it was given: an option stays one.
    pub fn argument(word: &OsStr) -> Self {
        Self(word.as_encoded_bytes().to_vec())
    }
}

impl fmt::Display for ShellWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |b: &u8| b.is_ascii_alphanumeric() || b"/._-+,:@%=".contains(b);
        let text = std::str::from_utf8(&self.0).ok();
        match text.filter(|text| !text.chars().any(acts_on_text)) {
            Some(text) if !text.is_empty() && text.bytes().all(|b| plain(&b)) => f.write_str(text),
            Some(text) if !text.contains('\'') => write!(f, "'{text}'"),
            Some(text) => write!(f, "'{}'", text.replace('\'', r"'\''")),
            // Bytes as octal numbers. All shells know the first form, which loses a line end at the
            // end; most know the second.
            None => {
                let (before, behind) = match self.0.ends_with(b"\n") {
                    false => ("\"$(printf '", "')\""),
                    true => ("$'", "'"),
                };
                f.write_str(before)?;
                for b in &self.0 {
                    match b {
                        b if (plain(b) && *b != b'%') || *b == b' ' => {
                            write!(f, "{}", char::from(*b))?;
                        }
                        b => write!(f, "\\{b:03o}")?,
                    }
                }
                f.write_str(behind)
            }
        }
    }
}
