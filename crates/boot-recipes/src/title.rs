//! The title of an ISO: the name of its brand, else its volume id, and the version of its system.
//! Recipes put these into their titles.

use crate::brand::Brand;
use iso_probe::IsoFacts;

/// The name by which people know what is in an ISO: its brand's, with the version; else the volume id.
pub(crate) fn name(brand: Option<&Brand>, volume_id: &str, facts: &IsoFacts, stem: &str) -> String {
    let version = || version(facts, stem).unwrap_or_default();
    brand.map_or_else(
        || volume_id.to_owned(),
        |b| blanks_once(&b.title.replace("{version}", &version())),
    )
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

/// Words with one blank between them: a version that is not known leaves two.
pub(crate) fn blanks_once(text: &str) -> String {
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
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
