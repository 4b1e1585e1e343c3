//! `Packages`, the list of a component's packages for an architecture.

use super::release::is_sha256;
use super::version;
use crate::deb::field;
use core::cmp::Ordering;
use std::collections::BTreeSet;

/// A package in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    pub package: String,
    pub version: String,
    pub architecture: String,
    /// The path of the package file, below the mirror.
    pub filename: String,
    pub len: u64,
    pub sha256: String,
}

/// The packages of those names in the list; of several versions all. The error says what is wrong.
pub(super) fn listings(text: &str, names: &BTreeSet<&str>) -> Result<Vec<Listing>, String> {
    let mut found = Vec::new();
    for stanza in text.split("\n\n") {
        let stanza = stanza.trim_start_matches('\n');
        let Some(package) = field(stanza, "Package").filter(|p| names.contains(p)) else {
            continue;
        };
        let need = |name: &str| {
            let value = field(stanza, name).map(str::to_owned);
            value.ok_or_else(|| format!("{package} has no `{name}:`"))
        };
        let (filename, sha256) = (need("Filename")?, need("SHA256")?);
        if !stays_below(&filename) {
            return Err(format!("the file of {package}, {filename:?}, leads out of the mirror"));
        }
        if !is_sha256(&sha256) {
            return Err(format!("{package} has a SHA256 that is none"));
        }
        found.push(Listing {
            package: package.to_owned(),
            version: need("Version")?,
            architecture: need("Architecture")?,
            filename,
            len: need("Size")?
                .parse()
                .map_err(|_| format!("{package} has a size that is no number"))?,
            sha256,
        });
    }
    Ok(found)
}

/// Whether a path stays below the mirror, and is nothing but a path in a URL.
fn stays_below(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._~+:@=,-".contains(&b);
    let part = |p: &str| !p.is_empty() && p != ".." && p.bytes().all(plain);
    path.len() < 4096 && path.split('/').all(part)
}

impl Listing {
    /// Whether it is for that architecture, or for all.
    pub(super) fn fits(&self, architecture: &str) -> bool {
        self.architecture == architecture || self.architecture == "all"
    }

    /// The order of two listings by version.
    pub(super) fn by_version(&self, other: &Self) -> Ordering {
        version::compare(&self.version, &other.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stanza(name: &str, filename: &str) -> String {
        let digest = "a".repeat(64);
        format!(
            "Package: {name}\nVersion: 1-1\nArchitecture: amd64\nDescription: x\n Package: y\n\
             Filename: {filename}\nSize: 10\nSHA256: {digest}\n"
        )
    }

    fn of(text: &str) -> Result<Vec<Listing>, String> {
        listings(text, &["grub-pc-bin", "y"].into())
    }

    #[test]
    fn packages_are_found_by_name() {
        let text = [stanza("a", "pool/a"), stanza("grub-pc-bin", "pool/g/grub_1%.deb")].join("\n");
        assert!(of(&text).unwrap_err().contains("leads out of the mirror"));
        let text = text.replace('%', "~");
        let found = of(&format!("{text}\n\n{text}")).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((&*found[0].package, found[0].len), ("grub-pc-bin", 10));
        assert_eq!(of("").unwrap(), []);
    }

    #[test]
    fn what_leads_out_of_the_mirror_is_refused() {
        for bad in [
            "../x",
            "a/../../x",
            "/etc/passwd",
            "http://evil/x",
            "a//b",
            "a?b",
            "a#b",
            "a b",
            "a\\b",
            "",
        ] {
            let e = of(&stanza("grub-pc-bin", bad)).unwrap_err();
            assert!(
                e.contains("leads out of the mirror") || e.contains("no `Filename"),
                "{bad}: {e}"
            );
        }
        assert!(of(&stanza("grub-pc-bin", "./pool/a_1.0~x+b1_amd64.deb")).is_ok());
    }

    #[test]
    fn a_package_without_a_digest_is_refused() {
        let good = stanza("grub-pc-bin", "a");
        for (field, why) in [
            ("Version", "no `Version"),
            ("Architecture", "no `Arch"),
            ("Filename", "no `File"),
            ("Size", "no `Size"),
            ("SHA256", "no `SHA256"),
        ] {
            let e = of(&good.replace(field, "X")).unwrap_err();
            assert!(e.contains(why), "{e}");
        }
        assert!(of(&good.replace("aaaa", "zzzz")).unwrap_err().contains("that is none"));
        assert!(of(&good.replace("Size: 10", "Size: -1")).unwrap_err().contains("no number"));
    }
}
