//! The firmware that a guest starts with, and the machine it is for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packages::Wanted;
use crate::program;
use crate::{Accelerator, Error, FirmwareFiles};

/// The firmware in the guest's ROM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum Firmware {
    /// A BIOS (SeaBIOS), on an old PC.
    #[default]
    SeaBios,
    /// UEFI on a 64-bit PC, Secure Boot off.
    OvmfX64,
    /// UEFI on a 64-bit PC, Secure Boot on: only programs signed with Microsoft's keys start.
    OvmfX64SecureBoot,
    /// UEFI on a PC whose firmware has 32 bits, Secure Boot off.
    OvmfIa32,
    /// UEFI on a 64-bit ARM machine, which has no [`Bus::Ide`](crate::Bus::Ide).
    AavmfArm64,
}

/// The paths of a firmware's files, as in [`FirmwareFiles`].
#[derive(Debug, Clone, Copy)]
struct Place {
    code: &'static str,
    variables: Option<&'static str>,
    protected: bool,
}

const fn files(code: &'static str, variables: &'static str) -> Place {
    Place { code, variables: Some(variables), protected: false }
}

const fn protected(code: &'static str, variables: &'static str) -> Place {
    Place { code, variables: Some(variables), protected: true }
}

/// Where distributions put firmware.
const SHARE: &str = "usr/share";

/// The emulated processor: everything that QEMU can, without what makes an emulated Linux slower.
/// "Enhanced" string instructions are emulated byte by byte where the kernel would else move eight
/// at once, and each level of page tables is walked.
pub const EMULATED: &str = "max,erms=off,fsrm=off,la57=off";

const PROTECTED: &str = "driver=cfi.pflash01,property=secure,value=on";

/// In Debian, Arch, Fedora, openSUSE, and QEMU itself. The first of each list is in the package of
/// Debian as a file, not as a link.
const OVMF_X64: [Place; 6] = [
    files("OVMF/OVMF_CODE_4M.fd", "OVMF/OVMF_VARS_4M.fd"),
    files("edk2/x64/OVMF_CODE.4m.fd", "edk2/x64/OVMF_VARS.4m.fd"),
    files("edk2/ovmf/OVMF_CODE.fd", "edk2/ovmf/OVMF_VARS.fd"),
    files("OVMF/OVMF_CODE.fd", "OVMF/OVMF_VARS.fd"),
    files("qemu/ovmf-x86_64-code.bin", "qemu/ovmf-x86_64-vars.bin"),
    files("qemu/edk2-x86_64-code.fd", "qemu/edk2-i386-vars.fd"),
];
/// The variables have Microsoft's keys.
const OVMF_X64_SECURE_BOOT: [Place; 3] = [
    protected("OVMF/OVMF_CODE_4M.secboot.fd", "OVMF/OVMF_VARS_4M.ms.fd"),
    protected("edk2/ovmf/OVMF_CODE.secboot.fd", "edk2/ovmf/OVMF_VARS.secboot.fd"),
    protected("qemu/ovmf-x86_64-smm-ms-code.bin", "qemu/ovmf-x86_64-smm-ms-vars.bin"),
];
const OVMF_IA32: [Place; 4] = [
    protected("OVMF/OVMF32_CODE_4M.secboot.fd", "OVMF/OVMF32_VARS_4M.fd"),
    files("edk2/ia32/OVMF_CODE.4m.fd", "edk2/ia32/OVMF_VARS.4m.fd"),
    files("edk2/ovmf-ia32/OVMF_CODE.fd", "edk2/ovmf-ia32/OVMF_VARS.fd"),
    files("qemu/edk2-i386-code.fd", "qemu/edk2-i386-vars.fd"),
];
const AAVMF_ARM64: [Place; 4] = [
    // 3 MB, where AAVMF_CODE.fd beside it has 64 MiB, and is a link since Debian 13.
    Place { code: "qemu-efi-aarch64/QEMU_EFI.fd", variables: None, protected: false },
    files("AAVMF/AAVMF_CODE.fd", "AAVMF/AAVMF_VARS.fd"),
    files("edk2/aarch64/QEMU_EFI-pflash.raw", "edk2/aarch64/vars-template-pflash.raw"),
    files("qemu/edk2-aarch64-code.fd", "qemu/edk2-arm-vars.fd"),
];

impl Place {
    /// The files, by paths from the root directory, or a package's, on.
    fn files(self) -> FirmwareFiles {
        let share = Path::new(SHARE);
        FirmwareFiles {
            code: share.join(self.code),
            variables: self.variables.map(|path| share.join(path)),
            protected: self.protected,
        }
    }
}

impl Firmware {
    /// All firmwares.
    pub const ALL: [Self; 5] =
        [Self::SeaBios, Self::OvmfX64, Self::OvmfX64SecureBoot, Self::OvmfIa32, Self::AavmfArm64];

    /// Whether its machine is a PC.
    pub fn is_pc(self) -> bool {
        self != Self::AavmfArm64
    }

    /// The architecture of its machine, as Rust names it.
    pub(crate) fn architecture(self) -> &'static str {
        if self.is_pc() { "x86_64" } else { "aarch64" }
    }

    /// The QEMU program for the machine.
    ///
    /// # Errors
    /// [`Error::NotInstalled`], with the command that installs it.
    pub fn qemu(self) -> Result<PathBuf, Error> {
        match self.is_pc() {
            true => program::qemu("qemu-system-x86_64", Wanted::QemuX86),
            false => program::qemu("qemu-system-aarch64", Wanted::QemuArm64),
        }
    }

    /// The version of QEMU for its machine, as QEMU gives it: `7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)`.
    ///
    /// # Errors
    /// [`Error::NotInstalled`], or [`Error::Start`].
    pub fn qemu_version(self) -> Result<String, Error> {
        let program = self.qemu()?;
        let said = Command::new(&program).arg("--version").output();
        let said = said.map_err(|source| Error::Start { program, source })?.stdout;
        let said = String::from_utf8_lossy(&said);
        let line = said.lines().next().unwrap_or_default();
        Ok(line.strip_prefix("QEMU emulator version ").unwrap_or(line).to_owned())
    }

    /// The firmware's files that are installed. `None`: it is a part of QEMU.
    ///
    /// # Errors
    /// [`Error::NotInstalled`], with the command that installs it.
    pub fn installed(self) -> Result<Option<FirmwareFiles>, Error> {
        let Some((wanted, places)) = self.places() else { return Ok(None) };
        let mut all = places.iter().map(|place| place.files().below(Path::new("/")));
        let found = all.find(FirmwareFiles::are_there).ok_or_else(|| {
            let what = format!("UEFI for this machine (as /{SHARE}/{})", places[0].code);
            program::not_installed(what, wanted)
        })?;
        Ok(Some(found))
    }

    /// The package of Debian that has the firmware, and its files in there: none is a link. `None`: it is
    /// a part of QEMU.
    pub fn debian_package(self) -> Option<(&'static str, FirmwareFiles)> {
        let (wanted, places) = self.places()?;
        Some((wanted.in_debian(), places[0].files()))
    }

    /// What to install for it, and the places of its files. `None`: QEMU has it.
    fn places(self) -> Option<(Wanted, &'static [Place])> {
        Some(match self {
            Self::SeaBios => return None,
            Self::OvmfX64 => (Wanted::OvmfX64, &OVMF_X64),
            Self::OvmfX64SecureBoot => (Wanted::OvmfX64SecureBoot, &OVMF_X64_SECURE_BOOT),
            Self::OvmfIa32 => (Wanted::OvmfIa32, &OVMF_IA32),
            Self::AavmfArm64 => (Wanted::AavmfArm64, &AAVMF_ARM64),
        })
    }

    /// QEMU's arguments for machine, processor and firmware, whose files are `files` if these are given,
    /// else those that are installed. What the guest writes to is copied to `dir`.
    pub(crate) fn arguments(
        self,
        accelerator: Accelerator,
        files: Option<&FirmwareFiles>,
        dir: &Path,
    ) -> Result<Vec<OsString>, Error> {
        let cpu = match (self.is_pc(), accelerator) {
            (true, Accelerator::Tcg) => EMULATED,
            (true, Accelerator::Kvm) => "max",
            (false, Accelerator::Tcg) => "cortex-a57",
            (false, Accelerator::Kvm) => "host",
        };
        let mut arguments: Vec<OsString> = vec!["-cpu".into(), cpu.into()];
        let files = match files {
            Some(files) if self != Self::SeaBios => files.clone(),
            _ => match self.installed()? {
                Some(files) => files,
                None => return Ok(arguments),
            },
        };
        let machine: &[&str] = match (self.is_pc(), files.protected) {
            (false, _) => &["-machine", "virt"],
            (true, false) => &["-machine", "q35"],
            (true, true) => &["-machine", "q35,smm=on", "-global", PROTECTED],
        };
        arguments.extend(machine.iter().map(Into::into));
        arguments.extend(files.flash(self.is_pc(), dir)?);
        Ok(arguments)
    }
}
