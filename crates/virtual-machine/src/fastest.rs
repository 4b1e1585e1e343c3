//! Which accelerator works on this machine.

use std::io::ErrorKind;
use std::time::Duration;

use crate::{Accelerator, Bus, Disk, Firmware, Machine};

/// The time that a firmware may take to start a disk. With KVM it takes a quarter of a second; some
/// clouds offer KVM to their guests, and what runs in it stands still.
const TRIAL: Duration = Duration::from_secs(5);

/// A boot sector that says `K` on the serial port: mov dx, 3f8h; mov al, 'K'; out dx, al; hlt; jmp.
const SAYS_K: [u8; 10] = [0xba, 0xf8, 0x03, 0xb0, b'K', 0xee, 0xf4, 0xeb, 0xfd, 0x90];

impl Accelerator {
    /// The fastest that works for the machine of a firmware; where it is not KVM, with the reason.
    pub fn fastest(firmware: Firmware) -> (Self, Option<String>) {
        match Self::try_kvm(firmware) {
            Ok(()) => (Self::Kvm, None),
            Err(why) => (Self::Tcg, Some(why)),
        }
    }

    /// Whether a guest runs in KVM, found out by running one.
    fn try_kvm(firmware: Firmware) -> Result<(), String> {
        if firmware.architecture() != std::env::consts::ARCH {
            return Err("this machine's processor is another".to_owned());
        }
        let kvm = std::fs::File::options().read(true).write(true).open("/dev/kvm");
        kvm.map_err(|e| match e.kind() {
            ErrorKind::PermissionDenied => {
                format!("/dev/kvm: {e}; `sudo usermod -aG kvm $USER`, and a new login, allow it")
            }
            _ => format!("/dev/kvm: {e}"),
        })?;
        if firmware == Firmware::AavmfArm64 {
            // There is no BIOS to start a sector by.
            return Ok(());
        }
        let failed = |e: &dyn std::fmt::Display| format!("a trial of KVM failed: {e}");
        let dir = tempfile::tempdir().map_err(|e| failed(&e))?;
        let image = dir.path().join("sector.img");
        let mut sector = SAYS_K.to_vec();
        sector.resize(510, 0);
        sector.extend([0x55, 0xaa]);
        sector.resize(1 << 20, 0);
        std::fs::write(&image, sector).map_err(|e| failed(&e))?;
        let trial = Machine {
            disks: vec![Disk::new(image, Bus::Ide)],
            accelerator: Self::Kvm,
            memory_mib: 64,
            ..Machine::default()
        };
        let mut guest = trial.start().map_err(|e| failed(&e))?;
        guest.expect("K", TRIAL).map_err(|_| {
            format!("/dev/kvm is there, but a guest in it did not start within {TRIAL:?}")
        })
    }
}
