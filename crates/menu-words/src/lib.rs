//! The words of a key's menu in several languages: the entries that every key has, and the hints
//! around them. `translations.toml` beside this crate's `Cargo.toml` is the whole of it; translators
//! change nothing else.
//!
//! ```
//! assert_eq!(menu_words::of("de_AT.UTF-8").unwrap().reboot, "Neu starten");
//! assert_eq!(menu_words::ENGLISH.reboot, "Reboot");
//! assert_eq!(menu_words::of("de").unwrap().way("to RAM"), "in den Arbeitsspeicher");
//! assert!(menu_words::of("xx").is_none());
//! ```

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The words of a language. `translations.toml` says what each is for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs)] // the table says what they are
pub struct Words {
    pub found_isos: String,
    pub check_isos: String,
    pub local_disk: String,
    pub reboot: String,
    pub poweroff: String,
    pub firmware_setup: String,
    pub more_ways: String,
    pub no_iso: String,
    pub hint: String,
    pub countdown: String,
    /// The further ways to start a system, by their English words. One that is not there stays in
    /// English.
    #[serde(default)]
    pub ways: BTreeMap<String, String>,
}

impl Words {
    /// A further way to start a system, such as `safe graphics`, in this language.
    pub fn way<'a>(&'a self, english: &'a str) -> &'a str {
        self.ways.get(english).map_or(english, String::as_str)
    }

    /// All of them but the ways to start, in the order of the table.
    pub fn all(&self) -> [&str; 10] {
        let Self { found_isos, check_isos, local_disk, reboot, poweroff, firmware_setup, .. } =
            self;
        let Self { more_ways, no_iso, hint, countdown, .. } = self;
        [
            found_isos,
            check_isos,
            local_disk,
            reboot,
            poweroff,
            firmware_setup,
            more_ways,
            no_iso,
            hint,
            countdown,
        ]
    }
}

static TABLE: LazyLock<BTreeMap<String, Words>> = LazyLock::new(|| {
    toml::from_str(include_str!("../translations.toml"))
        .expect("OK to unwrap: the text is a constant, and a test reads it")
});

/// The words of a key whose spec names no language.
pub static ENGLISH: LazyLock<&Words> = LazyLock::new(|| &TABLE["en"]);

/// The words for a locale such as `de`, `pt_BR` or `de_AT.UTF-8`: those of its country, or else of
/// its language; `None` if there are none.
pub fn of(locale: &str) -> Option<&'static Words> {
    let name = locale.split(['.', '@']).next().unwrap_or_default().replace('-', "_");
    let language = name.split('_').next().unwrap_or_default();
    TABLE.get(&name).or_else(|| TABLE.get(language))
}

/// The languages that there are words of.
pub fn languages() -> impl Iterator<Item = &'static str> {
    TABLE.keys().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// That no word is missing, and none unknown, is what reading the table checks.
    #[test]
    fn tables_are_complete_and_their_words_fit() {
        assert!(languages().count() > 1);
        for (language, words) in TABLE.iter() {
            let columns = |text: &str| -> usize {
                text.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum()
            };
            for text in words.all() {
                let bad = |c: char| c.is_control() || c == '"' || c == '\u{feff}';
                assert!(!text.trim().is_empty() && text.trim() == text, "{language}: {text:?}");
                assert!(!text.contains(bad), "{language}: {text:?}");
                assert!(columns(text) <= 72, "{language}: {text:?} is too long");
                let wanted = usize::from(text == words.countdown);
                assert_eq!(text.matches('%').count(), wanted, "{language}: {text:?}");
            }
            assert!(words.countdown.contains("%d"), "{language}");
            for text in words.ways.values() {
                let bad = |c: char| c.is_control() || c == '"' || c == '\u{feff}';
                assert!(!text.is_empty() && text.trim() == text, "{language}: {text:?}");
                assert!(!text.contains(bad) && columns(text) <= 50, "{language}: {text:?}");
            }
            let unique: BTreeSet<_> = words.ways.values().collect();
            assert_eq!(unique.len(), words.ways.len(), "{language}: two ways have one title");
            let german = TABLE["de"].ways.keys();
            assert!(language == "en" || words.ways.keys().eq(german), "{language}: ways");
            let titles = &words.all()[..6];
            let unique: BTreeSet<_> = titles.iter().collect();
            assert_eq!(unique.len(), titles.len(), "{language}: two entries have one title");
        }
    }

    #[test]
    fn locales_find_their_language() {
        let reboot = |locale| of(locale).map(|words| words.reboot.as_str());
        assert_eq!(reboot("pt_BR.UTF-8"), Some("Reiniciar"));
        assert_ne!(of("pt-BR"), of("pt_PT"));
        assert_eq!(reboot("de@euro"), Some("Neu starten"));
        for unknown in ["", "xx_DE", "deu", "C"] {
            assert!(of(unknown).is_none(), "{unknown}");
        }
    }
}
