//! The firmware of virtual machines: which there is for each kind of firmware, and where its files are.
//! What was fetched is taken before what is installed, as with GRUB's files.

use crate::error::Error;
use input_file::shown;
use key_inputs::{Environment, Request, cached_member};
use key_spec::Firmware;
use std::path::Path;
use virtual_machine::{Firmware as Rom, FirmwareFiles};

/// The firmware of a virtual machine.
///
/// # Errors
/// [`Error::Trial`] if there is none with Secure Boot.
pub(crate) fn rom(firmware: Firmware, secure_boot: bool) -> Result<Rom, Error> {
    Ok(match (firmware, secure_boot) {
        (Firmware::Bios, false) => Rom::SeaBios,
        (Firmware::UefiX64, false) => Rom::OvmfX64,
        (Firmware::UefiX64, true) => Rom::OvmfX64SecureBoot,
        (Firmware::UefiIa32, false) => Rom::OvmfIa32,
        (Firmware::UefiArm64, false) => Rom::AavmfArm64,
        (_, true) => {
            let what = format!(
                "no virtual machine with {firmware} has Secure Boot here; take --firmware uefi-x64"
            );
            return Err(Error::Trial { what });
        }
    })
}

/// The packages of Debian with the firmware for virtual machines, and the files that are wanted of
/// each. That of a BIOS is a part of QEMU.
pub fn firmware_requests(firmware: &[Firmware]) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    for firmware in firmware {
        let roms = [false, true].into_iter().filter_map(|secure| rom(*firmware, secure).ok());
        for (package, files) in roms.filter_map(Rom::debian_package) {
            let members = names(&files);
            match requests.iter_mut().find(|request| request.package == package) {
                Some(request) => request.members.extend(members),
                None => requests.push(Request { members, ..Request::package(package) }),
            }
        }
    }
    requests.iter_mut().for_each(|request| {
        request.members.sort();
        request.members.dedup();
    });
    requests
}

/// The files' names in their package.
fn names(files: &FirmwareFiles) -> Vec<String> {
    let paths = [Some(&files.code), files.variables.as_ref()].into_iter().flatten();
    paths.map(|path| path.to_string_lossy().into_owned()).collect()
}

/// Where a firmware's files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RomFiles {
    /// QEMU has them.
    Qemus,
    /// From the cache: they were fetched in the package of this version.
    Fetched(FirmwareFiles, String),
    /// The distribution's.
    Installed(FirmwareFiles),
}

impl RomFiles {
    /// The files, if QEMU has to be told.
    pub(crate) fn files(self) -> Option<FirmwareFiles> {
        match self {
            Self::Qemus => None,
            Self::Fetched(files, _) | Self::Installed(files) => Some(files),
        }
    }

    /// Finds the files for a firmware.
    ///
    /// # Errors
    /// [`Error::NoFirmware`] with the next command; [`Error::Trial`] if there is none with Secure Boot.
    pub fn find(
        firmware: Firmware,
        secure_boot: bool,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let rom = rom(firmware, secure_boot)?;
        if let Some(fetched) = fetched(rom, environment)? {
            return Ok(fetched);
        }
        match rom.installed() {
            Ok(None) => Ok(Self::Qemus),
            Ok(Some(files)) => Ok(Self::Installed(files)),
            Err(source) => Err(Error::NoFirmware { source, firmware }),
        }
    }
}

impl std::fmt::Display for RomFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Qemus => write!(f, "a part of QEMU"),
            Self::Fetched(files, version) => {
                write!(f, "{} (fetched, {version})", shown(&files.code))
            }
            Self::Installed(files) => write!(f, "{} (installed)", shown(&files.code)),
        }
    }
}

/// The files that were fetched, if they were.
fn fetched(rom: Rom, environment: &Environment) -> Result<Option<RomFiles>, Error> {
    let Some((package, files)) = rom.debian_package() else { return Ok(None) };
    let member = |path: &Path| match cached_member(environment, package, &path.to_string_lossy()) {
        // Without a home there is no cache, and what is installed will do.
        Err(key_inputs::Error::NoCache) => Ok(None),
        Err(e) if e.lacks_packages() => Ok(None),
        found => found.map(Some),
    };
    let variables = match &files.variables {
        None => None,
        Some(path) => match member(path)? {
            None => return Ok(None),
            found => found.map(|member| member.path),
        },
    };
    let found = member(&files.code)?.map(|code| {
        let files = FirmwareFiles { code: code.path, variables, ..files };
        RomFiles::Fetched(files, code.version)
    });
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_asked_for_once_with_all_that_is_wanted_of_it() {
        let all = [Firmware::Bios, Firmware::UefiX64, Firmware::UefiIa32, Firmware::UefiArm64];
        let requests = firmware_requests(&all);
        let names: Vec<&str> = requests.iter().map(|request| &*request.package).collect();
        assert_eq!(names, ["ovmf", "ovmf-ia32", "qemu-efi-aarch64"]);
        let ovmf: Vec<&str> = requests[0].members.iter().map(String::as_str).collect();
        let wanted = ["CODE_4M.fd", "CODE_4M.secboot.fd", "VARS_4M.fd", "VARS_4M.ms.fd"];
        assert_eq!(ovmf, wanted.map(|name| format!("usr/share/OVMF/OVMF_{name}")));
        assert!(firmware_requests(&[Firmware::Bios]).is_empty());
    }
}
