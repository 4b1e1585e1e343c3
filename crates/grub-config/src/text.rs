//! Checks of text from outside: what is refused in a path, and what is removed from a title.

use crate::Error;
use crate::error::shown;
use shown_text::reorders_text;
use std::fmt;

/// Refuses control characters (C0, DEL, C1). A path or a value is never rewritten: the file
/// would not be found under the new name. It also means that no newline ever stands inside
/// quotes, so no line inside a string can start with `#` (GRUB drops such a line).
pub(crate) fn check(text: &str) -> Result<(), Error> {
    match text.char_indices().find(|(_, c)| c.is_control()) {
        None => Ok(()),
        Some((at, c)) => {
            Err(Error::ControlCharacter { shown: shown(text), code: u32::from(c), at })
        }
    }
}

/// A title as the menu shows it. Made from any text: control and bidi control characters are
/// removed, blanks at the ends trimmed, at most [`Title::MAX`] characters kept.
///
/// ```
/// use grub_config::Title;
/// assert_eq!(Title::new("\x1b[2JDebian\n 12 \u{202e}").as_str(), "[2JDebian 12");
/// assert_eq!(Title::new("\n").as_str(), "(untitled)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Title(String);

impl Title {
    /// Longest title, in characters.
    pub const MAX: usize = 120;

    /// The title for a text, cleaned.
    pub fn new(text: &str) -> Self {
        let clean: String =
            text.chars().filter(|c| !c.is_control() && !reorders_text(*c)).collect();
        let clean = clean.trim();
        if clean.is_empty() {
            return Self("(untitled)".to_owned());
        }
        if clean.chars().count() <= Self::MAX {
            return Self(clean.to_owned());
        }
        let mut cut: String = clean.chars().take(Self::MAX - 1).collect();
        cut.truncate(cut.trim_end().len());
        cut.push('…');
        Self(cut)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_refused_with_their_place() {
        for bad in ["a\nb", "a\tb", "\0", "\u{7f}", "x\u{85}"] {
            assert!(matches!(check(bad), Err(Error::ControlCharacter { .. })), "{bad:?}");
        }
        assert_eq!(
            check("/é\x1b[2J").map_err(|e| e.to_string()),
            Err("`/é\\u{1b}[2J` has the control character U+001B at byte 3; grub.cfg cannot \
                 carry it: rename the thing"
                .into())
        );
        assert!(check("it's \"$here\" \\ # {;} *?[ \u{a0} 日本 \u{202e}").is_ok());
    }

    #[test]
    fn titles_are_cleaned_and_capped() {
        assert_eq!(Title::new("--class").as_str(), "--class");
        assert_eq!(Title::new("a\u{202e}cod.\u{2066}exe\u{9b}31m\r").as_str(), "acod.exe31m");
        let long = Title::new(&"日".repeat(500));
        assert_eq!(long.as_str().chars().count(), Title::MAX);
        assert!(long.as_str().ends_with('…'));
        assert_eq!(Title::new(&"x".repeat(120)).as_str(), "x".repeat(120));
    }
}
