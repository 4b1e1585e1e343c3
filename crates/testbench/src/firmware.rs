//! The firmware that a guest starts with, and the machine it is for.

use std::ffi::OsString;
use std::path::Path;

use crate::missing;
use crate::qemu_option::with_path;

/// The firmware in the guest's ROM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
    /// UEFI on a 64-bit ARM machine, which has no [`DiskBus::Ide`](crate::DiskBus::Ide).
    AavmfArm64,
}

impl Firmware {
    /// All firmwares.
    pub const ALL: [Self; 5] =
        [Self::SeaBios, Self::OvmfX64, Self::OvmfX64SecureBoot, Self::OvmfIa32, Self::AavmfArm64];

    /// The QEMU program for the machine.
    pub(crate) fn qemu(self) -> &'static str {
        match self {
            Self::AavmfArm64 => "qemu-system-aarch64",
            _ => "qemu-system-x86_64",
        }
    }

    /// QEMU's arguments for machine and CPU. Firmware that protects its variables needs system
    /// management mode.
    fn machine(self) -> &'static [&'static str] {
        const PROTECTED: &str = "driver=cfi.pflash01,property=secure,value=on";
        match self {
            Self::SeaBios => &["-cpu", "max"],
            Self::OvmfX64 => &["-cpu", "max", "-machine", "q35"],
            Self::OvmfX64SecureBoot | Self::OvmfIa32 => {
                &["-cpu", "max", "-machine", "q35,smm=on", "-global", PROTECTED]
            }
            Self::AavmfArm64 => &["-cpu", "cortex-a57", "-machine", "virt"],
        }
    }

    /// Debian's package with the firmware, and the files of its code and of its initial variables.
    fn files(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Self::SeaBios => None, // QEMU's own default
            Self::OvmfX64 => Some(("ovmf", "OVMF/OVMF_CODE_4M.fd", "OVMF/OVMF_VARS_4M.fd")),
            Self::OvmfX64SecureBoot => {
                Some(("ovmf", "OVMF/OVMF_CODE_4M.ms.fd", "OVMF/OVMF_VARS_4M.ms.fd"))
            }
            Self::OvmfIa32 => {
                Some(("ovmf-ia32", "OVMF/OVMF32_CODE_4M.secboot.fd", "OVMF/OVMF32_VARS_4M.fd"))
            }
            Self::AavmfArm64 => {
                Some(("qemu-efi-aarch64", "AAVMF/AAVMF_CODE.fd", "AAVMF/AAVMF_VARS.fd"))
            }
        }
    }

    /// QEMU's arguments for the firmware. Its variables are copied to `dir`, since the guest writes
    /// to them. `None`: it is not installed, which is noted for the summary.
    #[track_caller]
    pub(crate) fn arguments(self, dir: &Path) -> Option<Vec<OsString>> {
        let mut arguments: Vec<OsString> = self.machine().iter().map(Into::into).collect();
        if let Some((package, code, variables)) = self.files() {
            let [code, variables] = [code, variables].map(|f| Path::new("/usr/share").join(f));
            if !(code.is_file() && variables.is_file()) {
                missing(&format!("{} (package `{package}`)", code.display()));
                return None;
            }
            let own = dir.join("variables");
            std::fs::copy(&variables, &own).expect("a copy of the firmware's variables");
            for (file, unit, rest) in [(&code, 0, ",readonly=on"), (&own, 1, "")] {
                let rest = format!(",if=pflash,unit={unit},format=raw{rest}");
                arguments.extend(["-drive".into(), with_path("file=", file, &rest)]);
            }
        }
        Some(arguments)
    }
}
