//! A GRUB platform directory (`/usr/lib/grub/i386-pc`) as a value.

use crate::elf::Elf;
use crate::{Build, Error, Platform};
use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The files of one platform directory: bare name → bytes. Nothing is read from anywhere, and
/// nothing is checked before it is used.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PlatformFiles {
    files: BTreeMap<String, Arc<[u8]>>,
}

impl PlatformFiles {
    /// The files of a platform, from bare file names (`kernel.img`, `ext2.mod`, `moddep.lst` …) and their bytes.
    pub fn new(files: BTreeMap<String, Arc<[u8]>>) -> Self {
        Self { files }
    }

    /// The file of this name.
    ///
    /// # Errors
    /// [`Error::MissingFile`].
    pub fn get(&self, name: &str) -> Result<&Arc<[u8]>, Error> {
        self.find(name).ok_or_else(|| Error::MissingFile {
            name: name.to_owned(),
            platform: self.platform().ok(),
        })
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Arc<[u8]>> {
        self.files.get(name)
    }

    /// The files' names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The files, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<[u8]>)> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), bytes))
    }

    /// The platform and build these files come from.
    ///
    /// # Errors
    /// As for [`PlatformFiles::platform`].
    pub fn build(&self) -> Result<Build, Error> {
        Ok(Build { platform: self.platform()?, version: self.version() })
    }

    /// The build's version as `modinfo.sh` states it, e.g. `2.06-13+deb12u2`.
    /// `None` when `modinfo.sh` is missing or does not say.
    pub fn version(&self) -> Option<String> {
        self.modinfo("grub_package_version").or_else(|| self.modinfo("grub_version"))
    }

    /// The platform as `modinfo.sh` states it and `kernel.img` bears out; without the former, as
    /// the latter's ELF header tells.
    ///
    /// # Errors
    /// [`Error::UnknownPlatform`] for one that this crate makes no images for,
    /// [`Error::WrongPlatform`] when the two disagree, [`Error::MissingFile`] when there is
    /// neither file, [`Error::BadFile`] for a `kernel.img` that is no ELF file.
    pub fn platform(&self) -> Result<Platform, Error> {
        let cpu = self.modinfo("grub_modinfo_target_cpu");
        let stated = cpu.zip(self.modinfo("grub_modinfo_platform"));
        let stated: Option<Platform> =
            stated.map(|(cpu, platform)| format!("{cpu}-{platform}").parse()).transpose()?;
        let Some(kernel) = self.find("kernel.img") else {
            let missing = || Error::MissingFile { name: "kernel.img".to_owned(), platform: None };
            return stated.ok_or_else(missing);
        };
        let kernel = Elf::parse("kernel.img", kernel)?;
        if let Some(platform) = stated {
            return kernel.expect(platform, platform.kernel_type()).map(|_| platform);
        }
        Platform::of_kernel(kernel.machine, kernel.kind).ok_or_else(|| {
            kernel.bad(&format!(
                "ELF for machine {} of type {}, which is no platform's kernel",
                kernel.machine.0, kernel.kind.0
            ))
        })
    }

    /// The value of `key=value` or `key="value"` in `modinfo.sh`.
    fn modinfo(&self, key: &str) -> Option<String> {
        let text = String::from_utf8_lossy(self.find("modinfo.sh")?);
        let value = text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix('='))?.trim();
        let quoted = |q: char| value.strip_prefix(q).and_then(|v| v.strip_suffix(q));
        let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
        (!value.is_empty()).then(|| value.to_owned())
    }
}

impl fmt::Debug for PlatformFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.files.iter().map(|(n, b)| (n, b.len()))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_modinfo(text: &str) -> PlatformFiles {
        PlatformFiles::new([("modinfo.sh".to_owned(), text.as_bytes().into())].into())
    }

    #[test]
    fn version_and_platform_come_from_modinfo() {
        let files = with_modinfo(
            "#!/bin/sh\ngrub_modinfo_target_cpu=i386\ngrub_modinfo_platform=pc\n\
             grub_version=\"2.06\"\ngrub_package_version=\"2.06-13+deb12u2\"\n",
        );
        assert_eq!(files.version().as_deref(), Some("2.06-13+deb12u2"));
        assert_eq!(files.platform(), Ok(Platform::I386Pc));
        let e = files.get("fat.mod").unwrap_err().to_string();
        assert!(e.contains("`fat.mod`") && e.contains("grub-pc-bin"), "{e}");
        assert_eq!(with_modinfo("grub_version='2.14'\n").version().as_deref(), Some("2.14"));
        assert_eq!(with_modinfo("grub_version=\"\"\n").version(), None);
        assert_eq!(PlatformFiles::default().version(), None);
        let other = "grub_modinfo_target_cpu=riscv64\ngrub_modinfo_platform=efi\n";
        let name = "riscv64-efi".to_owned();
        assert_eq!(with_modinfo(other).platform(), Err(crate::UnknownPlatform { name }.into()));
    }

    #[test]
    fn a_missing_file_is_named() {
        let e = PlatformFiles::default().get("kernel.img").unwrap_err().to_string();
        assert!(e.contains("`kernel.img`"), "{e}");
        assert!(PlatformFiles::default().platform().is_err());
    }
}
