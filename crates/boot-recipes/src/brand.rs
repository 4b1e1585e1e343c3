//! Brands: the distributions that ISOs come from. A brand gives an ISO its name and icon, and says
//! in what it differs from others that the same recipe boots.

use crate::recipe::{Evidence, Rewrite, When};
use iso_probe::IsoFacts;
use serde::Deserialize;

/// A brand, as its TOML file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    pub(crate) id: String,
    /// The brand's title for the menu, which may have the placeholder `{version}`.
    pub(crate) title: String,
    /// The name of the menu entry's icon.
    pub(crate) class: String,
    /// The brand's place in the order: brands are tried from the lowest number to the highest, and
    /// the first that fits is taken.
    pub(crate) priority: u32,
    /// The kind of evidence that this brand's ISOs boot; `None`: the recipe's evidence holds.
    pub(crate) evidence: Option<Evidence>,
    /// The evidence in words.
    #[serde(default)]
    pub(crate) because: String,
    /// The places where it can be checked how such ISOs start: files of multiboot projects, or of
    /// the system's own source.
    #[serde(default)]
    pub(crate) places: Vec<String>,
    /// The conditions under which an ISO is of this brand.
    pub(crate) when: When,
    /// Parameters to add to the kernel's, after those that the recipe adds.
    #[serde(default)]
    pub(crate) add: Vec<String>,
    /// Globs for kernel parameters to leave out, besides the recipe's.
    #[serde(default)]
    pub(crate) drop: Vec<String>,
    /// Rules that replace kernel parameters, besides the recipe's.
    #[serde(default)]
    pub(crate) rewrite: Vec<Rewrite>,
    /// Parameters for a kernel whose parameters are the recipe's, not those of an entry of the
    /// ISO's own menu.
    #[serde(default, rename = "static")]
    pub(crate) static_args: Vec<String>,
    /// Warnings for people.
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
    /// Whether the `loopback.cfg` of this brand's ISOs may be offered for an ISO that was copied
    /// onto the key later, when nothing can check it. `false` if it is known not to work.
    #[serde(default = "yes")]
    pub(crate) loopback_cfg: bool,
}

fn yes() -> bool {
    true
}

impl Brand {
    /// The brand's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The kind of evidence that this brand's ISOs boot; `None`: the recipe's evidence holds.
    pub fn evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    /// The evidence in words: what was read, booted or reported.
    pub fn because(&self) -> &str {
        &self.because
    }

    /// The places where it can be checked how such ISOs start.
    pub fn places(&self) -> &[String] {
        &self.places
    }

    /// The brand's title for the menu, which may have the placeholder `{version}`.
    pub fn title(&self) -> &str {
        &self.title
    }
}

/// The version of the system in an ISO: the first one found in `/.disk/info`, the volume id, or the
/// file name (`stem`).
pub(crate) fn version(facts: &IsoFacts, stem: &str) -> Option<String> {
    let info = facts.disk_info.as_deref();
    info.into_iter().chain([facts.volume_id.as_str(), stem]).find_map(version_in)
}

/// The first number, with or without dots, that is no part of a word, a unit or `x86_64`.
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
