//! The words of each language.

use super::Words;
use super::de::GERMAN;
use super::en::ENGLISH;
use crate::language::Language;

impl Language {
    /// The words of the language.
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}
