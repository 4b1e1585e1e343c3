//! The languages of the page.

use core::fmt;
use core::str::FromStr;

/// A language in which the page's own words are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

/// The text that names no language of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLanguage(String);

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The tag of the language in HTML: `en`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// The language of a locale: `de`, `de_AT`, `de-CH`, `de_DE.UTF-8`.
    fn from_str(locale: &str) -> Result<Self, UnknownLanguage> {
        let tag = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        let known = Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(tag));
        known.ok_or_else(|| UnknownLanguage(locale.to_owned()))
    }
}

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Language::ALL.map(Language::tag).join(", ");
        write!(f, "the page is not there in `{}`, but in {known}", shown_text::shown(&self.0))
    }
}

impl core::error::Error for UnknownLanguage {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_names_its_language() {
        for locale in ["de", "de_AT", "de-CH", "DE_de.UTF-8", "de@euro"] {
            assert_eq!(locale.parse(), Ok(Language::German), "{locale}");
        }
        let error = "xx\n".parse::<Language>().unwrap_err().to_string();
        assert_eq!(error, "the page is not there in `xx\\n`, but in en, de");
    }
}
