//! What a trial needs, decided before anything starts.

use super::choose::choose;
use super::disk::disk;
use super::menu_place::{self, MenuPlace};
use super::roms::{RomFiles, rom};
use crate::error::Error;
use crate::inspect::{grub_cfg, inspect};
use input_file::shown;
use key_inputs::Environment;
use key_read::{Disk, DiskImage};
use key_spec::{Firmware, Size};
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use virtual_machine::{Accelerator, Bus, Console, Firmware as Rom, Machine};

/// The wishes of a person for a trial.
#[derive(Debug, Clone)]
pub struct Options {
    /// The firmware, instead of the first that the key has a program for.
    pub firmware: Option<Firmware>,
    /// Whether Secure Boot is on.
    pub secure_boot: bool,
    /// Where the key is plugged in.
    pub bus: Bus,
    /// The size of the stick, instead of the key's.
    pub size: Option<Size>,
    /// The file that takes what the guest writes; without one it is lost.
    pub keep: Option<PathBuf>,
    /// The title of the entry to start.
    pub entry: Option<String>,
    /// The machine's memory.
    pub memory: Size,
    /// Who sees it.
    pub console: Console,
}

/// How much of a trial its person sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Everything: there is a screen, or the key is made for serial ports.
    All,
    /// Firmware and GRUB; a system that is started may use nothing but a screen.
    Menu,
    /// The firmware, and programs that print through it: GRUB draws on a screen, which nobody sees.
    NoMenu,
}

/// A trial, ready to be started.
#[derive(Debug)]
pub struct Trial {
    machine: Machine,
    /// The firmware that starts it.
    pub firmware: Firmware,
    /// Whether the key has a program for the firmware; else it starts nothing.
    pub starts: bool,
    /// Why the firmware will refuse the key's program, if Secure Boot is on and it will.
    pub refused: Option<String>,
    /// Why the guest is slow, if it is.
    pub slow: Option<String>,
    /// The part of it that the person will see.
    pub heard: Heard,
    choice: Option<MenuPlace>,
    /// Where files lie until the guest has ended.
    _room: tempfile::TempDir,
}

/// Decides how the key is tried.
///
/// # Errors
/// If it cannot be: the key cannot be read, or not by QEMU; there is no such entry; what is
/// wanted does not go together.
pub fn prepare(key: &Path, options: &Options) -> Result<Trial, Error> {
    let image = DiskImage::open(key)?;
    let read = Disk::read(&image)?;
    let inspection = inspect(&read)?;
    if inspection.is_nothing() {
        let what = format!(
            "`{}`: nothing on it is known, and nothing would start: no partition table, no file system, no boot code",
            shown(key)
        );
        return Err(Error::Trial { what });
    }
    let by = inspection.firmware();
    let menu = grub_cfg(&read);
    let serial = menu.as_ref().is_ok_and(|menu| uses_serial(menu));
    let firmware = options.firmware.unwrap_or_else(|| first(&by, options, serial));
    let rom = rom(firmware, options.secure_boot)?;
    rom.qemu()?;
    let files = RomFiles::find(firmware, options.secure_boot, &Environment::from_process()?)?;
    let heard = match () {
        () if options.console != Console::Terminal || serial => Heard::All,
        () if rom == Rom::SeaBios => Heard::NoMenu,
        () => Heard::Menu,
    };
    let choice = match &options.entry {
        None => None,
        Some(_) if heard == Heard::NoMenu => {
            let what = "--entry: the menu is drawn on a screen, which a terminal does not show; take \
                        --window or --firmware uefi-x64, or build the key with menu.serial = true";
            return Err(Error::Trial { what: what.to_owned() });
        }
        Some(title) => {
            let mut entries = iso_probe::outline(&menu?);
            // A key's menu has it on UEFI only.
            let is_hidden = |id: &str| rom == Rom::SeaBios && id == "firmware-setup";
            entries.retain(|entry| !entry.id.as_deref().is_some_and(is_hidden));
            Some(menu_place::find(&entries, title)?)
        }
    };
    let room = room()?;
    let disk = disk(key, &image, options.bus, options.size, options.keep.as_deref(), room.path())?;
    let (accelerator, slow) = Accelerator::fastest(rom);
    let memory_mib = u32::try_from(options.memory.0 >> 20).unwrap_or(u32::MAX);
    let machine = Machine {
        disks: vec![disk],
        firmware: rom,
        firmware_files: files.files(),
        accelerator,
        memory_mib,
        console: options.console,
        network: true,
        ends_with_reboot: false,
        // What is printed through a BIOS is seen here or nowhere.
        bios_on_serial: options.console == Console::Terminal && rom == Rom::SeaBios,
        ..Machine::default()
    };
    let starts = by.contains(&firmware);
    let refused = inspection.refused_by_secure_boot().filter(|_| options.secure_boot);
    Ok(Trial { machine, firmware, starts, refused, slow, heard, choice, _room: room })
}

impl Trial {
    /// Starts it, chooses the entry, and waits until the person has ended it, or `stop` is set. `false`:
    /// the menu in which the entry was to be chosen did not come, or did not answer to a key.
    ///
    /// # Errors
    /// If QEMU cannot be started, or fails.
    pub fn run(&self, stop: &AtomicBool) -> Result<bool, Error> {
        let mut guest = self.machine.start()?;
        let pid = i32::try_from(guest.id()).ok().and_then(Pid::from_raw);
        let ended = AtomicBool::new(false);
        let (chosen, status) = thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    if let Some(pid) = pid.filter(|_| stop.load(Ordering::Relaxed)) {
                        // QEMU gives the terminal back as it was. OK to ignore: then it has ended.
                        let _ = kill_process(pid, Signal::TERM);
                        break;
                    }
                    thread::sleep(Duration::from_millis(50));
                }
            });
            let chosen = match &self.choice {
                None => true,
                // What can go wrong is that QEMU ends meanwhile, of which its status tells more.
                Some(place) => choose(&mut guest, self.machine.console, place).unwrap_or(true),
            };
            let status = guest.wait();
            ended.store(true, Ordering::Relaxed);
            (chosen, status)
        });
        let status = status?;
        match status.success() {
            true => Ok(chosen),
            false => Err(Error::Qemu { status }),
        }
    }
}

/// The directory for what the guest writes to a larger stick, which may be much: not in `/tmp`, which
/// often lies in memory, unless `TMPDIR` says so.
pub(crate) fn room() -> Result<tempfile::TempDir, Error> {
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix("bootkey-try-");
    let room = match std::env::var_os("TMPDIR") {
        Some(_) => builder.tempdir(),
        None => builder.tempdir_in("/var/tmp").or_else(|_| builder.tempdir()),
    };
    room.map_err(|e| Error::Trial { what: format!("no temporary directory: {e}") })
}

/// The firmware, if nobody names one.
fn first(by: &[Firmware], options: &Options, serial: bool) -> Firmware {
    if options.secure_boot {
        return Firmware::UefiX64;
    }
    // A UEFI prints the menu that a BIOS' GRUB would draw.
    let draws =
        |f: &&Firmware| options.console == Console::Terminal && !serial && **f == Firmware::Bios;
    let first = by.iter().find(|f| !draws(f)).or(by.first());
    first.copied().unwrap_or(Firmware::Bios)
}

/// Whether a menu is shown on the serial port.
fn uses_serial(menu: &str) -> bool {
    let lines = menu.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines
        .into_iter()
        .any(|words| matches!(&words[..], ["terminal_output", to @ ..] if to.contains(&"serial")))
}
