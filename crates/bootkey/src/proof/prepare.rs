//! What a proof needs, decided before anything starts: what there is to try, on which machines.

use super::font;
use super::trials::{IsoOnKey, Trial, trials};
use crate::error::Error;
use crate::inspect::{grub_cfg, inspect};
use crate::trial::{RomFiles, rom, scratch, stick};
use hex_digest::{sha256_hex, sha256_of};
use image_layout::Positioned;
use key_inputs::Environment;
use key_read::{Disk, DiskImage};
use key_spec::{Firmware, Size};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use virtual_machine::{Accelerator, Bus, Firmware as Rom, Glyphs, Machine};

/// The longest font that is read.
const LONGEST_FONT: u64 = 16 << 20;

/// The wishes of a person for a proof.
#[derive(Debug, Clone)]
pub struct Options {
    /// The firmware; none: all that the key has a program for.
    pub firmware: Vec<Firmware>,
    /// Whether Secure Boot is on.
    pub secure_boot: bool,
    /// Titles or ids of entries; none: all.
    pub entries: Vec<String>,
    /// Where the key is plugged in.
    pub bus: Bus,
    /// A machine's memory.
    pub memory: Size,
}

/// The machine that stands for a firmware.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub(super) struct Platform {
    pub(super) firmware: String,
    pub(super) secure_boot: bool,
    pub(super) qemu: String,
    /// The file with the firmware's code, and its SHA-256; none: QEMU's own.
    pub(super) file: Option<String>,
    pub(super) sha256: Option<String>,
    pub(super) accelerator: String,
}

/// An ISO on the key, by its bytes.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub(super) struct IsoDigest {
    pub(super) path: String,
    pub(super) recipe: Option<String>,
    pub(super) sha256: String,
}

/// A proof, ready to be run.
#[derive(Debug)]
pub struct Proof {
    pub(super) key: PathBuf,
    pub(super) key_sha256: String,
    pub(super) isos: Vec<IsoDigest>,
    pub(super) trials: Vec<Trial>,
    /// Whether these are all that there are on its firmware.
    pub(super) complete: bool,
    /// The title of the menu's first entry.
    pub(super) first: String,
    pub(super) fonts: Vec<Glyphs>,
    pub(super) machines: Vec<(Firmware, Machine, Platform)>,
    /// Why the guests are slow, if they are.
    pub slow: Option<String>,
    pub(super) memory: Size,
    pub(super) bus: Bus,
    pub(super) room: tempfile::TempDir,
}

/// Decides what there is to try. Reads all of the key, for its digest.
///
/// # Errors
/// If the key cannot be read, or has no menu; if QEMU or firmware is missing; if there is no such entry.
pub fn prepare(key: &Path, options: &Options) -> Result<Proof, Error> {
    let image = DiskImage::open(key)?;
    let disk = Disk::read(&image)?;
    let inspection = inspect(&disk)?;
    let menu = grub_cfg(&disk)?;
    let entries = iso_probe::outline(&menu);
    let first = entries.first().map(|entry| entry.title.clone()).ok_or_else(|| Error::Trial {
        what: "the key's menu has no entries, so there is nothing to try".to_owned(),
    })?;
    let mut wanted = match options.firmware.is_empty() {
        true => inspection.firmware(),
        false => options.firmware.clone(),
    };
    if options.secure_boot && options.firmware.is_empty() {
        wanted.retain(|f| *f == Firmware::UefiX64);
    }
    let mut firmware = Vec::new();
    for each in wanted {
        if !firmware.contains(&each) {
            firmware.push(each);
        }
    }
    if firmware.is_empty() {
        let what =
            "the key has no program that a firmware starts; `bootkey inspect` tells what there is";
        return Err(Error::Trial { what: what.to_owned() });
    }
    let on_key = |(partition, path, recipe): (u32, &str, Option<&str>)| IsoOnKey {
        partition,
        path: path.to_owned(),
        recipe: recipe.map(str::to_owned),
    };
    let isos: Vec<IsoOnKey> = inspection.isos().map(on_key).collect();
    let isos_partition = isos_partition(&disk);
    let mut trials = trials(&entries, &isos, isos_partition, &firmware);
    if !options.entries.is_empty() {
        let have: Vec<String> = trials.iter().map(Trial::name).collect();
        for wanted in &options.entries {
            if !trials.iter().any(|trial| is_called(trial, wanted)) {
                return Err(Error::NoEntry { title: wanted.clone(), have });
            }
        }
        trials.retain(|trial| options.entries.iter().any(|wanted| is_called(trial, wanted)));
    }
    let room = scratch()?;
    let environment = Environment::from_process()?;
    let stick = stick(key, &image, options.bus, room.path())?;
    let mut machines = Vec::new();
    let mut slow = None;
    for firmware in firmware {
        let rom = rom(firmware, options.secure_boot)?;
        rom.qemu()?;
        let files = RomFiles::find(firmware, options.secure_boot, &environment)?.files();
        let code = files.as_ref().map(|files| files.code.clone());
        let (accelerator, why) = Accelerator::fastest(rom);
        slow = slow.or(why);
        let machine = Machine {
            disks: vec![stick.clone()],
            firmware: rom,
            firmware_files: files,
            accelerator,
            memory_mib: u32::try_from(options.memory.0 >> 20).unwrap_or(u32::MAX),
            ..Machine::default()
        };
        machines.push((firmware, machine, platform(firmware, rom, code, accelerator, options)?));
    }
    let io = |e| Error::Read(key_read::Error::Io(e));
    let key_sha256 = sha256_of(Positioned::new(disk.whole())).map_err(io)?;
    let tried: Vec<&String> = trials.iter().filter_map(|trial| trial.iso.as_ref()).collect();
    let mut digests = Vec::new();
    for iso in isos.iter().filter(|iso| tried.contains(&&iso.path)) {
        let Some(volume) = disk.volume(iso.partition) else { continue };
        let Some(files) = volume.file_system()? else { continue };
        let file = files.open_file(iso.path.trim_start_matches('/').as_bytes())?;
        let sha256 = sha256_of(Positioned::new(file)).map_err(io)?;
        digests.push(IsoDigest { path: iso.path.clone(), recipe: iso.recipe.clone(), sha256 });
    }
    let key = key.to_owned();
    let (memory, bus, isos) = (options.memory, options.bus, digests);
    let fonts = fonts(&disk);
    let complete = options.entries.is_empty();
    Ok(Proof {
        complete,
        key,
        key_sha256,
        isos,
        trials,
        first,
        fonts,
        machines,
        slow,
        memory,
        bus,
        room,
    })
}

/// Whether a person means this trial by that name.
fn is_called(trial: &Trial, name: &str) -> bool {
    let own = trial.titles.last().is_some_and(|title| title == name);
    let path: Vec<&str> = name.split('>').map(str::trim).collect();
    own || trial.id.as_deref() == Some(name) || trial.titles.iter().map(String::as_str).eq(path)
}

fn platform(
    firmware: Firmware,
    rom: Rom,
    file: Option<PathBuf>,
    accelerator: Accelerator,
    options: &Options,
) -> Result<Platform, Error> {
    let read = |path: &PathBuf| std::fs::read(path).ok().map(|bytes| sha256_hex(&bytes));
    Ok(Platform {
        firmware: firmware.to_string(),
        secure_boot: options.secure_boot,
        qemu: rom.qemu_version()?,
        sha256: file.as_ref().and_then(read),
        file: file.map(|path| path.to_string_lossy().into_owned()),
        accelerator: match accelerator {
            Accelerator::Kvm => "kvm".to_owned(),
            Accelerator::Tcg => "tcg".to_owned(),
        },
    })
}

/// The number of the partition that has the key's ISOs.
fn isos_partition(disk: &Disk<'_>) -> Option<u32> {
    disk.select("isos").ok().map(|volume| volume.number)
}

/// The fonts by which screens are read: that of the key's menu, and that of a Linux console.
fn fonts(disk: &Disk<'_>) -> Vec<Glyphs> {
    let of_menu = || {
        let (volume, menu) = disk.boot_volume()?;
        let path = menu.strip_suffix("grub.cfg")?.to_owned() + "fonts/unicode.pf2";
        let file = volume.file_system().ok()??.open_file(path.as_bytes()).ok()?;
        font::glyphs(&file.read_all(LONGEST_FONT).ok()?)
    };
    of_menu().into_iter().chain(Glyphs::vga()).collect()
}
