//! Brands: what a kind of ISO is called, and in what one differs from others that boot alike.

use crate::recipe::{Evidence, Rewrite, When};
use iso_probe::IsoFacts;
use serde::Deserialize;

/// A brand as its file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    pub(crate) id: String,
    /// The menu title, with placeholders.
    pub(crate) title: String,
    /// The icon.
    pub(crate) class: String,
    /// Tried from the lowest number to the highest; the first that fits counts.
    pub(crate) priority: u32,
    /// How well we know that this brand's ISOs boot so, if better than for others.
    pub(crate) evidence: Option<Evidence>,
    /// What that evidence is.
    #[serde(default)]
    pub(crate) because: String,
    pub(crate) when: When,
    /// What is added to what the recipe gives; the same rules as in a recipe.
    #[serde(default)]
    pub(crate) add: Vec<String>,
    #[serde(default)]
    pub(crate) drop: Vec<String>,
    #[serde(default)]
    pub(crate) rewrite: Vec<Rewrite>,
    /// Put in front of `add` where nothing could be inherited.
    #[serde(default, rename = "static")]
    pub(crate) static_args: Vec<String>,
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
    /// `false`: its own menu for those who open the ISO as a file is known not to work, so that
    /// it is not offered where nobody can read it: at boot.
    #[serde(default = "yes")]
    pub(crate) loopback_cfg: bool,
}

fn yes() -> bool {
    true
}

impl Brand {
    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How well we know that it boots, if better than its recipe says.
    pub fn evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    /// Where that is written.
    pub fn because(&self) -> &str {
        &self.because
    }

    /// The menu title, with placeholders.
    pub fn title(&self) -> &str {
        &self.title
    }
}

/// What looks most like a version in what the ISO says of itself, or in its file name.
pub(crate) fn version(facts: &IsoFacts, stem: &str) -> Option<String> {
    let info = facts.disk_info.as_deref();
    info.into_iter().chain([facts.volume_id.as_str(), stem]).find_map(version_in)
}

/// The first number with dots in it that stands by itself.
fn version_in(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let len = bytes[at..].iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
        let number = text.get(at..at + len)?.trim_end_matches('.');
        let before = text.get(..at)?;
        let word = before.chars().next_back().is_some_and(char::is_alphanumeric);
        let processor = before.ends_with("x86_") || before.ends_with("x86-");
        let behind = text.get(at + len..)?;
        let unit = behind.chars().next().is_some_and(char::is_alphabetic)
            && !behind.starts_with("rc")
            && !behind.starts_with("beta");
        if !word && !processor && !unit && number.len() <= 14 {
            return Some(number.to_owned());
        }
        at += len;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn versions() {
        for (text, version) in [
            ("Ubuntu 24.04.1 LTS \"Noble Numbat\" - Release amd64 (20240827)", Some("24.04.1")),
            ("d-live 12.5.0 st amd64", Some("12.5.0")),
            ("Fedora-WS-Live-40-1-14", Some("40")),
            ("ARCH_202404", Some("202404")),
            ("MX-23.4_x64", Some("23.4")),
            ("Rocky-9-4-x86_64-dvd", Some("9")),
            ("CentOS x86_64", None),
            ("systemrescue-11.01-amd64", Some("11.01")),
            ("RESCUE1101", None),
            ("32bit", None),
            ("", None),
            ("1.", Some("1")),
        ] {
            assert_eq!(version_in(text).as_deref(), version, "{text}");
        }
    }
}
