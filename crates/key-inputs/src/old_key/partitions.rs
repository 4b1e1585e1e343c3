//! The partitions of a key: where its record lies, and the file systems of its inputs.

use crate::error::Error;
use key_read::{Disk, DiskImage, FileSystem, Part, ReadAt as _, Volume};
use key_record::{DIRECTORY, INPUTS, SPEC};
use key_spec::Spec;
use std::collections::BTreeMap;
use std::path::Path;

/// Longest text of a record, in bytes.
const MAX_TEXT: u64 = 64 << 20;
/// The length in bytes that the first byte of every partition of a key is a multiple of.
const ALIGNMENT: u64 = 1 << 20;
/// The number of bytes, from the start of the disk, in which file systems are looked for that the
/// partition table does not list.
const MOST_SEARCHED: u64 = 8 << 30;

/// The file systems of a key, by the names that places have for them.
pub(super) type Systems<'a> = BTreeMap<&'static str, FileSystem<'a>>;

/// The start of the partition that holds a record, and its two texts.
pub(super) fn record_texts(image: &DiskImage, path: &Path) -> Result<(u64, String, String), Error> {
    let disk = Disk::read(image)?;
    let mut unreadable = None;
    // Behind the listed partitions come the places where bootkey puts GRUB's partition: the
    // partition table may be damaged.
    let usual = [1 << 20, 2 << 20].map(|at| Volume { number: 0, part: behind(&disk, at) });
    for volume in disk.volumes().into_iter().chain(usual) {
        let files = match volume.file_system() {
            Ok(Some(files)) => files,
            Ok(None) => continue,
            Err(e) => {
                unreadable.get_or_insert(e);
                continue;
            }
        };
        let text = |name: &str| {
            let file = files.open_file(format!("{DIRECTORY}/{name}").as_bytes())?;
            // OK to replace bytes that are not UTF-8: a record was written as UTF-8, so its digest
            // will not match.
            Ok(String::from_utf8_lossy(&file.read_all(MAX_TEXT)?).into_owned())
        };
        match text(INPUTS) {
            Ok(inputs) => return Ok((volume.part.start(), text(SPEC)?, inputs)),
            Err(key_read::Error::NotFound { .. }) => {}
            Err(e) => {
                unreadable.get_or_insert(e);
            }
        }
    }
    match unreadable {
        Some(e) => Err(e.into()),
        None => Err(Error::NoRecord { path: path.to_owned() }),
    }
}

/// The file systems on the key, opened, by the names that places have for them. Its record lies
/// at the byte `boot`.
pub(super) fn file_systems<'a>(
    image: &'a DiskImage,
    spec: &Spec,
    boot: u64,
) -> Result<Systems<'a>, Error> {
    let disk = Disk::read(image)?;
    let mut systems = BTreeMap::new();
    let isos = spec.isos.label.as_str();
    let esp = disk.efi_system_partition().map(|v| v.number);
    for volume in disk.volumes() {
        let name = if volume.part.start() == boot {
            "boot"
        } else if Some(volume.number) == esp {
            "esp"
        } else {
            let files = match volume.file_system() {
                Err(e) if e.is_damaged_block() => return Err(e.into()),
                files => files,
            };
            // OK to pass over a file system that cannot be read: if it is needed, the search for
            // its files fails.
            let Ok(Some(files)) = files else { continue };
            let label = files.label().ok().flatten().unwrap_or_default();
            match &label {
                label if label.eq_ignore_ascii_case(isos.as_bytes()) => "isos",
                label if label.eq_ignore_ascii_case(b"cidata") => "cidata",
                _ => continue,
            }
        };
        if let Ok(Some(files)) = volume.file_system() {
            systems.entry(name).or_insert(files);
        }
    }
    find_without_table(&disk, spec, boot, &mut systems);
    Ok(systems)
}

/// Adds the file systems of a key that its partition table does not list, because it is damaged:
/// each is looked for at every multiple of 1 MiB.
fn find_without_table<'a>(disk: &Disk<'a>, spec: &Spec, boot: u64, systems: &mut Systems<'a>) {
    let has_esp = spec.key.firmware.iter();
    let has_esp = has_esp.clone().any(|f| key_inventory::platform(*f).boot_file().is_some());
    let isos = spec.isos.label.as_str().as_bytes();
    let wanted = [("boot", true, &b""[..]), ("isos", true, isos), ("esp", has_esp, b"ESP")];
    let missing = |systems: &BTreeMap<_, _>| {
        wanted.iter().any(|(name, wanted, _)| *wanted && !systems.contains_key(name))
    };
    let end = disk.whole().len().min(MOST_SEARCHED);
    for at in (ALIGNMENT..end).step_by(ALIGNMENT as usize) {
        if !missing(systems) {
            return;
        }
        let volume = Volume { number: 0, part: behind(disk, at) };
        let Ok(Some(files)) = volume.file_system() else { continue };
        let label = files.label().ok().flatten().unwrap_or_default();
        let named = wanted.iter().find(|(name, _, l)| match *name {
            "boot" => at == boot,
            _ => label.eq_ignore_ascii_case(l),
        });
        if let Some((name, ..)) = named {
            systems.entry(name).or_insert(files);
        }
    }
}

/// The part of a disk from byte `at` to its end.
fn behind<'a>(disk: &Disk<'a>, at: u64) -> Part<'a> {
    disk.whole().part(at, disk.whole().len().saturating_sub(at))
}
