//! What is released, when and by whom.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::sh::{self, Error};

/// The sentence that packages are listed with.
pub(crate) const SUMMARY: &str = "make bootable USB keys out of ISO files";

/// The paragraph below it, in lines that fit a package's description.
pub(crate) const DESCRIPTION: [&str; 6] = [
    "bootkey writes one disk image with a boot menu that starts each of the ISO",
    "files it was given, on a PC's BIOS and on UEFI, with Secure Boot if asked.",
    "It needs neither root nor another program, and makes the same bytes every",
    "time. It also reads such images back, changes and verifies them, writes",
    "them onto sticks, and tries them in QEMU. GRUB, which it puts onto a key,",
    "is taken from the system's packages or fetched from Debian's archive.",
];

/// A release.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub version: String,
    /// Seconds since 1970: what every file's date is.
    pub time: u64,
    /// A name and an address, as `NAME <MAIL>`.
    pub maintainer: String,
    pub licence: String,
    /// The compiler's version, which is that of its standard library.
    pub rust: String,
}

impl Release {
    /// Reads the version from the manifest, and the time from `SOURCE_DATE_EPOCH` or the last commit.
    pub(crate) fn read(root: &Path, maintainer: &str) -> Result<Self, Error> {
        let (name, mail) = maintainer.split_once(" <").unwrap_or_default();
        let whole = !name.is_empty() && mail.ends_with('>') && mail.contains('@');
        if !whole || maintainer.contains(['\n', '\r', ',', '%']) {
            let text = format!(
                "--maintainer: \"{}\" is not of the form NAME <MAIL>",
                maintainer.escape_debug()
            );
            return Err(Error::Missing(text));
        }
        let metadata = sh::answer(sh::cargo().current_dir(root).args([
            "metadata",
            "--locked",
            "--no-deps",
            "--format-version=1",
        ]))?;
        let unread = |reason: &str| Error::Answer {
            program: "cargo metadata".into(),
            reason: reason.into(),
        };
        let metadata: Value =
            serde_json::from_str(&metadata).map_err(|e| unread(&e.to_string()))?;
        let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let bootkey = packages.iter().find(|p| p["name"] == "bootkey");
        let text = |key: &str| bootkey.and_then(|p| p[key].as_str()).map(str::to_owned);
        let git = || {
            sh::answer(Command::new("git").current_dir(root).args(["log", "-1", "--format=%ct"]))
        };
        let time = std::env::var("SOURCE_DATE_EPOCH").or_else(|_| git())?;
        let rustc = sh::answer(Command::new("rustc").current_dir(root).arg("--version"))?;
        Ok(Self {
            version: text("version").ok_or_else(|| unread("no version of bootkey"))?,
            time: time.trim().parse().map_err(|_| {
                Error::Missing(format!(
                    "SOURCE_DATE_EPOCH: {:?} is no number of seconds",
                    time.trim()
                ))
            })?,
            maintainer: maintainer.to_owned(),
            licence: text("license").ok_or_else(|| unread("no licence of bootkey"))?,
            rust: rustc.split(' ').nth(1).unwrap_or_default().to_owned(),
        })
    }

    /// The time as the program `date` writes it.
    pub(crate) fn date(&self, format: &str) -> Result<String, Error> {
        let at = format!("@{}", self.time);
        let mut date = Command::new("date");
        let text = sh::answer(date.env("LC_ALL", "C").args(["-u", "-d", &at, format]))?;
        Ok(text.trim().to_owned())
    }

    /// A release for tests.
    #[cfg(test)]
    pub(crate) fn example() -> Self {
        Self {
            version: "1.2.3".into(),
            time: 1_700_000_000,
            maintainer: "A Body <a@example.org>".into(),
            licence: "MIT OR Apache-2.0".into(),
            rust: "1.95.0".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maintainer_without_an_address_is_refused_and_the_manifests_version_is_taken() {
        for bad in ["", "A Body", "<a@b>", "A <ab>", "A <a@b>\nEssential: yes", "A <a@b> "] {
            let said = Release::read(&sh::root(), bad).unwrap_err().to_string();
            assert!(said.contains("NAME <MAIL>"), "{bad:?}: {said}");
        }
        let release = Release::read(&sh::root(), "A Body <a@example.org>").unwrap();
        assert_eq!(release.version, env!("CARGO_PKG_VERSION"));
        assert_eq!(release.licence, "MIT OR Apache-2.0");
    }

    #[test]
    fn dates_are_of_the_release_and_not_of_today() {
        let date = Release::example().date("+%Y-%m-%dT%H:%M:%SZ").unwrap();
        assert_eq!(date, "2023-11-14T22:13:20Z");
    }
}
