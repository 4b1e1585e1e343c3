//! SBAT: the generations by which security fixes are counted.
//! <https://github.com/rhboot/shim/blob/main/SBAT.md>
//!
//! A program says which generation of each of its components it is (`grub,3`); shim says which
//! it starts at least. So one number, and not a list of digests, revokes all programs that have
//! a known hole.

use crate::Error;
use ::sbat::{ImageSbat, RevocationSbat, RevocationSection};
use serde::Serialize;
use shown_text::shown;

/// Longest section that is read, in bytes; real ones have a few hundred.
const MAX_LEN: usize = 64 << 10;

/// A line of the section `.sbat`: a component of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SbatEntry {
    /// The component that is counted: `grub`, `grub.debian`.
    pub component: String,
    /// The generation.
    pub generation: u32,
    /// The vendor, for people: `Debian`.
    pub vendor: Option<String>,
    /// The package, for people: `grub2`.
    pub package: Option<String>,
    /// The package's version, for people: `2.06-13+deb12u2`.
    pub version: Option<String>,
    /// The address of the vendor, for people who want to ask.
    pub url: Option<String>,
}

/// The least generation of a component that is started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SbatLevel {
    /// The component.
    pub component: String,
    /// The least generation.
    pub generation: u32,
}

/// The levels that a shim carries, to put them into force on machines that have older ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SbatLevels {
    /// The levels that it puts into force by itself.
    pub automatic: Vec<SbatLevel>,
    /// The levels that it puts into force where somebody asks for it.
    pub latest: Vec<SbatLevel>,
}

impl SbatLevels {
    /// The levels in force with this shim that `entries` do not reach: what keeps the program
    /// from being started. A machine may have put newer levels into force than the shim carries.
    pub fn unmet<'a>(&'a self, entries: &'a [SbatEntry]) -> impl Iterator<Item = &'a SbatLevel> {
        self.automatic.iter().filter(|level| {
            let same = entries.iter().filter(|e| e.component == level.component);
            same.clone().any(|e| e.generation < level.generation)
        })
    }
}

/// Reads the section `.sbat`.
pub(crate) fn entries(section: &[u8]) -> Result<Vec<SbatEntry>, Error> {
    let fail = |why: String| Error::Sbat { section: ".sbat", why };
    if section.len() > MAX_LEN {
        return Err(fail(format!("it has {} bytes; at most {MAX_LEN} are read", section.len())));
    }
    let sbat = ImageSbat::parse(text(section)).map_err(|e| fail(e.to_string()))?;
    let entry = |e: ::sbat::Entry<'_>| SbatEntry {
        component: shown(e.component.name.as_str()),
        generation: e.component.generation.to_u32(),
        vendor: e.vendor.name.map(|t| shown(t.as_str())),
        package: e.vendor.package_name.map(|t| shown(t.as_str())),
        version: e.vendor.version.map(|t| shown(t.as_str())),
        url: e.vendor.url.map(|t| shown(t.as_str())),
    };
    Ok(sbat.entries().map(entry).collect())
}

/// Reads shim's section `.sbatlevel`.
pub(crate) fn levels(section: &[u8]) -> Result<SbatLevels, Error> {
    let fail = |why: String| Error::Sbat { section: ".sbatlevel", why };
    if section.len() > MAX_LEN {
        return Err(fail(format!("it has {} bytes; at most {MAX_LEN} are read", section.len())));
    }
    let both = RevocationSection::parse(section).map_err(|e| fail(e.to_string()))?;
    let read = |csv: &[u8]| {
        let parsed = RevocationSbat::parse(csv).map_err(|e| fail(e.to_string()))?;
        let level = |c: ::sbat::Component<'_>| SbatLevel {
            component: shown(c.name.as_str()),
            generation: c.generation.to_u32(),
        };
        Ok(parsed.revoked_components().map(level).collect())
    };
    Ok(SbatLevels { automatic: read(both.previous())?, latest: read(both.latest())? })
}

/// The text, which ends at the first NUL.
fn text(section: &[u8]) -> &[u8] {
    let end = section.iter().position(|b| *b == 0).unwrap_or(section.len());
    section.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SBAT: &[u8] = b"sbat,1,SBAT Version,sbat,1,https://example.org\n\
                          grub,3,Free Software Foundation,grub,2.06,https://gnu.org\n\
                          grub.debian,4,Debian,grub2,2.06-13,https://debian.org\n\0\0\0";

    fn section(previous: &str, latest: &str) -> Vec<u8> {
        let mut all = [0_u32, 8, 9 + previous.len() as u32].map(u32::to_le_bytes).concat();
        all.extend(format!("{previous}\0{latest}\0").bytes());
        all
    }

    #[test]
    fn entries_are_read() {
        let found = entries(SBAT).unwrap();
        assert_eq!(found.len(), 3);
        assert_eq!((found[2].component.as_str(), found[2].generation), ("grub.debian", 4));
        assert_eq!(found[1].version.as_deref(), Some("2.06"));
        assert!(entries(b"grub\n").is_err());
        assert!(entries(&vec![b'\n'; MAX_LEN + 1]).is_err());
    }

    #[test]
    fn a_generation_below_the_level_is_named() {
        let found = entries(SBAT).unwrap();
        let level = |csv: &str| levels(&section(csv, "sbat,1,2025\n")).unwrap();
        let unmet = |csv: &str| {
            level(csv).unmet(&found).map(|l| l.component.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(unmet("sbat,1,2024\nshim,9\ngrub,3\ngrub.debian,4\n"), "");
        assert_eq!(unmet("sbat,1,2024\ngrub,4\ngrub.debian,4\n"), "grub");
        assert_eq!(unmet("sbat,1,2024\ngrub,3\ngrub.debian,5\n"), "grub.debian");
        assert!(levels(&[1, 0, 0, 0]).is_err());
    }
}
