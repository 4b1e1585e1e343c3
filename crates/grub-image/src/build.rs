//! The build of GRUB that something comes from. A core and modules work together only when they
//! come from the same one: modules are linked at boot, by names alone.

use crate::Platform;
use crate::readable::readable;
use core::fmt;
use thiserror::Error;

/// A build of GRUB, as far as its files tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The platform that it runs on.
    pub platform: Platform,
    /// The package's version (`2.06-13+deb12u2`) if its `modinfo.sh` has one, else GRUB's
    /// (`2.06`); `None` when there is no `modinfo.sh`, or it does not say.
    pub version: Option<String>,
}

/// The error about files of two builds that were to be used together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{ours} is of {build}, but {theirs} are of {other}, and GRUB works only with its own build's \
     files: take both from one package"
)]
pub struct MixedBuilds {
    /// The part that is of the one build.
    pub ours: &'static str,
    /// The one build.
    pub build: Build,
    /// The part that is of the other build.
    pub theirs: &'static str,
    /// The other build.
    pub other: Build,
}

impl Build {
    /// Refuses to use `ours` (this build's) together with `theirs` (the other's).
    ///
    /// # Errors
    /// [`MixedBuilds`], naming both.
    pub fn check_same(
        &self,
        ours: &'static str,
        other: &Self,
        theirs: &'static str,
    ) -> Result<(), MixedBuilds> {
        if self == other {
            return Ok(());
        }
        Err(MixedBuilds { ours, build: self.clone(), theirs, other: other.clone() })
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = readable(self.version.as_deref().unwrap_or("of unknown version"));
        write!(f, "GRUB {version} for {}", self.platform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_builds_are_named() {
        let build = |platform, version: Option<&str>| Build {
            platform,
            version: version.map(ToOwned::to_owned),
        };
        let (old, new) = (
            build(Platform::I386Pc, Some("2.06-13+deb12u2")),
            build(Platform::I386Pc, Some("2.14-4")),
        );
        old.check_same("the core image", &old.clone(), "the modules").unwrap();
        let e = old.check_same("the core image", &new, "the modules").unwrap_err().to_string();
        for part in [
            "the core image is of GRUB 2.06-13+deb12u2 for i386-pc",
            "the modules are of GRUB 2.14-4",
        ] {
            assert!(e.contains(part), "{e}");
        }
        let unknown = build(Platform::I386Pc, None);
        let e = old.check_same("x", &unknown, "y").unwrap_err().to_string();
        assert!(e.contains("GRUB of unknown version for i386-pc"), "{e}");
        let efi = build(Platform::X86_64Efi, Some("2.14-4"));
        assert!(new.check_same("x", &efi, "y").is_err());
    }
}
