//! A machine, before it runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ending::Endings;
use crate::option::with_path;
use crate::serial::Serial;
use crate::{Accelerator, Bus, Disk, Error, Firmware, FirmwareFiles, Guest, program};

/// Who sees the guest and types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Console {
    /// The program that started it, through the [`Guest`].
    #[default]
    Program,
    /// A person at a window.
    Window,
    /// A person at this terminal, which is the guest's serial port. With UEFI there is no screen then:
    /// what firmware and GRUB would draw there, they print.
    Terminal,
}

/// A machine: what it boots, and on which hardware.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The disks, in the order in which the firmware tries them.
    pub disks: Vec<Disk>,
    /// The firmware, which also decides the kind of machine.
    pub firmware: Firmware,
    /// The firmware's files, if they are not those that are installed.
    pub firmware_files: Option<FirmwareFiles>,
    /// How the guest's instructions are run.
    pub accelerator: Accelerator,
    /// An ISO in the CD drive, tried after the disks.
    pub cdrom: Option<PathBuf>,
    /// Memory, in MiB. Below about 600 Debian's installer shows another first screen.
    pub memory_mib: u32,
    /// Who sees the guest.
    pub console: Console,
    /// Whether it has a network card, behind which QEMU answers as a router.
    pub network: bool,
    /// Whether a reboot ends the guest.
    pub ends_with_reboot: bool,
    /// Whether SeaBIOS copies to the serial line what the guest prints through the BIOS: iPXE's
    /// banner, GRUB's `console`, SeaBIOS' own messages. The output of a guest that also writes to
    /// the serial port itself then appears twice.
    pub bios_on_serial: bool,
    /// More arguments for QEMU.
    pub extra_args: Vec<OsString>,
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            disks: Vec::new(),
            firmware: Firmware::default(),
            firmware_files: None,
            accelerator: Accelerator::default(),
            cdrom: None,
            memory_mib: 1024,
            console: Console::default(),
            network: false,
            ends_with_reboot: true,
            bios_on_serial: false,
            extra_args: Vec::new(),
        }
    }
}

impl Machine {
    /// Starts it.
    ///
    /// # Errors
    /// If QEMU or the firmware is not installed, or cannot be started.
    pub fn start(&self) -> Result<Guest, Error> {
        self.launch(&[])
    }

    /// Starts it where a guest of a machine with the same hardware was when it was [saved](Guest::save); its disks
    /// are as they were when that one started.
    ///
    /// # Errors
    /// As [`start`](Self::start); or if the state is no such guest's.
    pub fn resume(&self, state: &Path) -> Result<Guest, Error> {
        let mut guest = self.launch(&["-incoming", "defer"])?;
        guest.load(state)?;
        Ok(guest)
    }

    fn launch(&self, more: &[&str]) -> Result<Guest, Error> {
        let qemu = self.firmware.qemu()?;
        let dir = tempfile::Builder::new().prefix("bootkey-vm-").tempdir();
        let dir = dir.map_err(Error::file(&std::env::temp_dir()))?;
        // With `setpriv`, the guest ends when we do; else it would run on and use the processors.
        let mut command = match program::find("setpriv") {
            Some(setpriv) => {
                let mut c = Command::new(setpriv);
                c.args(["--pdeathsig", "KILL"]).arg(&qemu);
                c
            }
            None => Command::new(&qemu),
        };
        let files = self.firmware_files.as_ref();
        command.args(self.firmware.arguments(self.accelerator, files, dir.path())?);
        self.hardware(&mut command, dir.path())?;
        self.console(&mut command, dir.path(), &qemu)?;
        command.args(&self.extra_args).args(more);
        command.env("LC_ALL", "C");
        let is_ours = self.console == Console::Program;
        if is_ours {
            let log = dir.path().join("stderr");
            let log = std::fs::File::create(&log).map_err(Error::file(&log))?;
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        }
        let start = |source| Error::Start { program: qemu.clone(), source };
        let mut child = command.spawn().map_err(start)?;
        let serial = child.stdout.take().map(Serial::listen).unwrap_or_default();
        let mut guest = Guest::new(child, serial, dir);
        guest.wait_for_monitor()?;
        Ok(guest)
    }

    fn hardware(&self, command: &mut Command, dir: &Path) -> Result<(), Error> {
        command.args(["-accel", self.accelerator.qemu(), "-m", &self.memory_mib.to_string()]);
        // Neither a floppy drive nor an empty one for CDs: hardly a machine still has them, and firmware, GRUB
        // and systems wait for them.
        command.arg("-nodefaults");
        if self.firmware.is_pc() {
            command.args(["-vga", "std"]);
        }
        command.args(["-nic", if self.network { "user" } else { "none" }]);
        if self.ends_with_reboot {
            command.arg("-no-reboot");
        }
        // The monitor last: when it is there, the other is, too.
        for socket in [Endings::socket(dir), dir.join("monitor")] {
            command.arg("-qmp").arg(with_path("unix:", &socket, ",server=on,wait=off"));
        }
        command.args(["-device", "qemu-xhci,id=xhci"]);
        let mut controllers: Vec<&str> = Vec::new();
        for (i, disk) in self.disks.iter().enumerate() {
            let lacks = match disk.bus {
                Bus::Ide if !self.firmware.is_pc() => {
                    "an ARM machine has no IDE; take usb or virtio"
                }
                Bus::Sd if self.firmware != Firmware::SeaBios => {
                    "UEFI of virtual machines has no driver for cards; take usb, or start it by a BIOS"
                }
                _ => "",
            };
            if !lacks.is_empty() {
                return Err(Error::Unsuitable { what: lacks.to_owned() });
            }
            if let Some(controller) = disk.bus.controller()
                && !controllers.contains(&controller)
            {
                command.args(["-device", controller]);
                controllers.push(controller);
            }
            command.args(disk.arguments(i));
        }
        if let Some(iso) = &self.cdrom {
            let index = self.disks.len() + 1;
            command
                .arg("-drive")
                .arg(with_path("file=", iso, ",if=none,id=cd,media=cdrom,format=raw,readonly=on"))
                .args(["-device", &format!("ide-cd,drive=cd,bootindex={index}")]);
        }
        Ok(())
    }

    fn console(&self, command: &mut Command, dir: &Path, qemu: &Path) -> Result<(), Error> {
        match self.console {
            Console::Program => {
                command.args(["-display", "none", "-chardev", "stdio,id=tty,signal=off"]);
                command.args(["-serial", "chardev:tty"]);
            }
            Console::Window => {
                command.args(["-display", window(qemu)?]);
                // As without `-nodefaults`: a key's menu may be on the serial port, too.
                command.args(["-serial", "vc", "-monitor", "vc"]);
                if !self.firmware.is_pc() {
                    command.args(["-device", "virtio-gpu-pci"]);
                }
                // A mouse that goes where the pointer is, and is not caught.
                command.args(["-device", "usb-tablet,bus=xhci.0"]);
            }
            Console::Terminal => {
                command.args(["-display", "none"]);
                // A GRUB for BIOSes draws on what is not there, and stands still.
                if self.firmware != Firmware::SeaBios {
                    command.args(["-vga", "none"]);
                }
                command.arg("-chardev");
                let log = Guest::log_in(dir);
                command.arg(with_path("stdio,id=tty,mux=on,signal=off,logfile=", &log, ""));
                // Without QEMU's monitor, which can run programs here: what the guest prints may make a
                // terminal type.
                command.args(["-serial", "chardev:tty"]);
            }
        }
        // For keys that are pressed: it has no keyboard of its own.
        if self.console != Console::Program && !self.firmware.is_pc() {
            command.args(["-device", "usb-kbd,bus=xhci.0"]);
        }
        if self.bios_on_serial {
            command.args(["-machine", "graphics=off"]);
        }
        Ok(())
    }
}

/// The kind of window that this QEMU can open.
fn window(qemu: &Path) -> Result<&'static str, Error> {
    let start = |source| Error::Start { program: qemu.to_owned(), source };
    let said = Command::new(qemu).args(["-display", "help"]).output().map_err(start)?;
    let kinds = String::from_utf8_lossy(&said.stdout).into_owned();
    let has = |kind: &&str| kinds.lines().any(|line| line.trim() == *kind);
    ["gtk", "sdl", "cocoa"].into_iter().find(has).ok_or_else(|| {
        let what = "this QEMU opens no windows; install its package for that (qemu-system-gui, \
                    qemu-ui-gtk), or use the terminal";
        Error::Unsuitable { what: what.to_owned() }
    })
}
