//! QEMU guests, driven over their serial port: a guest boots, prints tokens, and gets keys typed.
//!
//! ```no_run
//! use testbench::{BootOptions, DiskBus, PATIENCE, Qemu};
//! let disks = vec![("key.img".into(), DiskBus::Usb)];
//! let Some(mut guest) = Qemu::boot(BootOptions { disks, ..BootOptions::default() }) else {
//!     return; // no QEMU here: noted as a skip
//! };
//! guest.expect("GNU GRUB", PATIENCE).unwrap();
//! guest.send("c").unwrap();
//! guest.expect("grub>", PATIENCE).unwrap();
//! ```
//!
//! Each `expect` has a deadline, and its error shows what the guest printed last. No test may
//! assert that a guest is *fast*: machines that run tests are loaded.

use std::ffi::OsString;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use virtual_machine::{Accelerator, Bus, Disk, Error, Firmware, Guest, Machine};

use crate::{Font, GuestError, Screen, missing};

/// The time that tests wait for a token: generous, for emulation on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// The bus by which a disk is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiskBus {
    /// IDE, as an internal disk of an old machine.
    Ide,
    /// A USB stick at an xHCI controller.
    Usb,
    /// virtio-blk.
    Virtio,
}

impl From<DiskBus> for Bus {
    fn from(bus: DiskBus) -> Self {
        match bus {
            DiskBus::Ide => Self::Ide,
            DiskBus::Usb => Self::Usb3,
            DiskBus::Virtio => Self::Virtio,
        }
    }
}

/// The options of a guest: what it boots, and on which machine.
#[derive(Debug, Clone)]
pub struct BootOptions {
    /// Disk images with their bus, in the order in which the firmware tries them. They are
    /// opened as snapshots: what the guest writes is lost, and the files stay as they are, unless
    /// [`keep_writes`](Self::keep_writes) says otherwise.
    pub disks: Vec<(PathBuf, DiskBus)>,
    /// Whether the guest's writes go into the files of `disks`, as onto a real stick: boot copies.
    /// The files are complete once the guest has [ended](Qemu::ended).
    pub keep_writes: bool,
    /// The firmware, which also decides the machine.
    pub firmware: Firmware,
    /// Bytes in a sector of the disks, 512 or 4096. [`DiskBus::Ide`] has 512 only.
    pub sector_size: u32,
    /// An ISO in the CD drive, tried after the disks.
    pub cdrom: Option<PathBuf>,
    /// Memory, in MiB. Below about 600 Debian's installer shows another first screen.
    pub memory_mib: u32,
    /// Whether SeaBIOS copies to the serial line what the guest prints through the BIOS: iPXE's
    /// banner, GRUB's `console`, SeaBIOS' own messages. The output of a guest that also writes to
    /// the serial port itself then appears twice.
    pub bios_on_serial: bool,
    /// More arguments for QEMU.
    pub extra_args: Vec<OsString>,
}

impl Default for BootOptions {
    fn default() -> Self {
        Self {
            disks: Vec::new(),
            keep_writes: false,
            firmware: Firmware::default(),
            sector_size: 512,
            cdrom: None,
            memory_mib: 1024,
            bios_on_serial: false,
            extra_args: Vec::new(),
        }
    }
}

/// A guest of a test: a [`Guest`], whose processor is emulated, so that it is the same on every
/// machine.
#[derive(Debug)]
pub struct Qemu(Guest);

impl Deref for Qemu {
    type Target = Guest;

    fn deref(&self) -> &Guest {
        &self.0
    }
}

impl DerefMut for Qemu {
    fn deref_mut(&mut self) -> &mut Guest {
        &mut self.0
    }
}

impl Qemu {
    /// Starts a guest. `None` means: skip the test, as noted for the summary; either QEMU or the
    /// firmware is not installed, or `BOOTKEY_FAST=1` leaves boot tests out.
    ///
    /// # Panics
    /// When QEMU is there and cannot be started, or is missing and `BOOTKEY_REQUIRE_ORACLES=1`.
    #[track_caller]
    pub fn boot(options: BootOptions) -> Option<Self> {
        if std::env::var_os("BOOTKEY_FAST").is_some_and(|v| v == "1") {
            missing("time for boot tests (BOOTKEY_FAST=1)");
            return None;
        }
        match options.machine().start() {
            Ok(guest) => Some(Self(guest)),
            Err(Error::NotInstalled { what, .. }) => {
                missing(&what);
                None
            }
            Err(e) => panic!("{e}"),
        }
    }

    /// Waits until the guest has switched itself off, as [`Guest::ended`] does.
    ///
    /// # Errors
    /// When the time is up; the message shows the guest's last 60 lines.
    pub fn ended(self, patience: Duration) -> Result<String, GuestError> {
        self.0.ended(patience)
    }

    /// Waits until the guest's screen shows a line of text, drawn with this font.
    ///
    /// # Errors
    /// When the time is up or QEMU ends.
    pub fn see(&self, text: &str, font: &Font, patience: Duration) -> Result<(), GuestError> {
        let deadline = Instant::now() + patience;
        while !self.screen()?.shows(text, font) {
            if Instant::now() >= deadline {
                return Err(GuestError::Unseen { text: text.to_owned(), waited: patience });
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// The picture on the guest's screen.
    ///
    /// # Errors
    /// When QEMU has ended.
    pub fn screen(&self) -> Result<Screen, GuestError> {
        self.picture().map(Screen)
    }
}

impl BootOptions {
    fn machine(self) -> Machine {
        let disks = self.disks.into_iter().map(|(path, bus)| Disk {
            keep_writes: self.keep_writes,
            sector_size: self.sector_size,
            ..Disk::new(path, bus.into())
        });
        Machine {
            disks: disks.collect(),
            firmware: self.firmware,
            accelerator: Accelerator::Tcg,
            cdrom: self.cdrom,
            memory_mib: self.memory_mib,
            bios_on_serial: self.bios_on_serial,
            extra_args: self.extra_args,
            ..Machine::default()
        }
    }
}
