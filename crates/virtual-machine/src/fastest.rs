//! Which accelerator is the faster one on this machine: a race between the two.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::{Accelerator, Bus, Disk, Error, Firmware, Machine};

/// The time that the race may take. Without KVM a guest says its word in a second or two, and with KVM that
/// works in a quarter of a second.
const TRIAL: Duration = Duration::from_secs(20);

/// How long one of the two is listened to before the other is.
const TURN: Duration = Duration::from_millis(20);

/// A boot sector that counts down from 20 million, leaves the guest now and then, as it does for its
/// devices, and says `K` on the serial port at the end.
const SECTOR: [u8; 33] = [
    0x66, 0x31, 0xc0, // xor eax, eax
    0x66, 0xb9, 0x00, 0x2d, 0x31, 0x01, // mov ecx, 20000000
    0x66, 0x01, 0xc8, // again: add eax, ecx
    0xf7, 0xc1, 0xff, 0x3f, // test cx, 3fffh
    0x75, 0x02, // jnz over
    0xe6, 0x80, // out 80h, al
    0x66, 0x49, // over: dec ecx
    0x75, 0xf1, // jnz again
    0xba, 0xf8, 0x03, // mov dx, 3f8h
    0xb0, b'K', // mov al, 'K'
    0xee, // out dx, al
    0xf4, // stop: hlt
    0xeb, 0xfd, // jmp stop
];

impl Accelerator {
    /// The faster one for the machine of a firmware; where it is not KVM, with the reason.
    pub fn fastest(firmware: Firmware) -> (Self, Option<String>) {
        match Self::try_kvm(firmware) {
            Ok(()) => (Self::Kvm, None),
            Err(why) => (Self::Tcg, Some(why)),
        }
    }

    /// Whether a guest runs in KVM, and faster than without, found out by running one.
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
        let mut sector = SECTOR.to_vec();
        sector.resize(510, 0);
        sector.extend([0x55, 0xaa]);
        sector.resize(1 << 20, 0);
        std::fs::write(&image, sector).map_err(|e| failed(&e))?;
        race(&image).map_err(|e| match e {
            // Of several lines, the first is the reason.
            Lost::Failed(Error::Ended { qemu, .. }) => failed(&qemu.lines().next().unwrap_or("")),
            Lost::Failed(e) => failed(&e),
            Lost::Slower => "in a trial, a guest was faster without KVM than in it".to_owned(),
            Lost::Silent => format!("no guest started within {TRIAL:?}, in KVM or without"),
        })
    }
}

/// How KVM lost.
enum Lost {
    Failed(Error),
    Slower,
    Silent,
}

/// Starts the boot sector in two guests at once. Some clouds offer KVM to their guests, and what runs
/// in it stands still, or crawls; so it is not asked whether KVM works, but whether it is first.
fn race(image: &Path) -> Result<(), Lost> {
    let start = |accelerator| {
        let disks = vec![Disk::new(image, Bus::Ide)];
        let machine = Machine { disks, accelerator, memory_mib: 64, ..Machine::default() };
        machine.start().map_err(Lost::Failed)
    };
    let (mut kvm, mut emulated) = (start(Accelerator::Kvm)?, start(Accelerator::Tcg)?);
    let deadline = Instant::now() + TRIAL;
    while Instant::now() < deadline {
        match kvm.expect("K", TURN) {
            Ok(()) => return Ok(()),
            Err(Error::Silent { .. }) => {}
            Err(e) => return Err(Lost::Failed(e)),
        }
        if emulated.expect("K", TURN).is_ok() {
            return Err(Lost::Slower);
        }
    }
    Err(Lost::Silent)
}
