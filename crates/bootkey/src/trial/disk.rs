//! The key as a disk of the machine: nobody writes to it.

use crate::error::Error;
use key_read::{Disk as Read, DiskImage, ReadAt as _};
use key_spec::Size;
use std::path::{Path, PathBuf};
use virtual_machine::{Bus, Disk, Format, Overlay};

/// The key as a stick on that bus, for any number of machines: what each writes to it is lost. A card may have to
/// be larger than the key.
pub(crate) fn stick(key: &Path, image: &DiskImage, bus: Bus, room: &Path) -> Result<Disk, Error> {
    Ok(Disk { keep_writes: false, ..disk(key, image, bus, None, None, room)? })
}

/// The key as a disk of `size`, on which writes go into the file `keep`, if there is one.
pub(super) fn disk(
    key: &Path,
    image: &DiskImage,
    bus: Bus,
    size: Option<Size>,
    keep: Option<&Path>,
    room: &Path,
) -> Result<Disk, Error> {
    let format = format(key, image)?;
    // QEMU takes what begins with a word and a colon for something else than a file.
    let unreadable = |path: &Path, e: std::io::Error| Error::Trial {
        what: format!("`{}`: {e}", input_file::shown(path)),
    };
    let key = key.canonicalize().map_err(|e| unreadable(key, e))?;
    let len = length(image.len(), bus, size)?;
    let overlay: Option<PathBuf> = match keep {
        Some(keep) => {
            let keep = &std::path::absolute(keep).map_err(|e| unreadable(keep, e))?;
            let overlay = match Overlay::open(keep, &key)? {
                Some(old) => same_size(old, bus, size)?,
                None => Overlay::create(keep, &key, format, len)?,
            };
            Some(overlay.path().to_owned())
        }
        None if len == image.len() => None,
        None => {
            let path = room.join("writes.qcow2");
            Some(Overlay::create(&path, &key, format, len)?.path().to_owned())
        }
    };
    let disk = Read::read(image)?;
    let sector_size = disk.table().map_or(512, |table| table.sector_size.bytes());
    let is_overlay = overlay.is_some();
    Ok(Disk {
        format: if is_overlay { Format::Qcow2 } else { format },
        keep_writes: is_overlay,
        // OK to fall back: a sector has 512 or 4096 bytes.
        sector_size: u32::try_from(sector_size).unwrap_or(512),
        ..Disk::new(overlay.unwrap_or(key), bus)
    })
}

/// An overlay of an earlier trial, if it has the size that is wanted now.
fn same_size(old: Overlay, bus: Bus, size: Option<Size>) -> Result<Overlay, Error> {
    let len = old.disk_len();
    let other_size = size.is_some() && length(len, bus, size).ok() != Some(len);
    if other_size || (bus == Bus::Sd && !len.is_power_of_two()) {
        let what = format!(
            "`{}` is a disk of {len} bytes already; leave --size and --disk as they were, or give \
             --keep another name",
            input_file::shown(old.path())
        );
        return Err(Error::Trial { what });
    }
    Ok(old)
}

/// The length of the disk.
fn length(key: u64, bus: Bus, size: Option<Size>) -> Result<u64, Error> {
    let wanted = size.map_or(key, |size| size.0);
    if wanted < key {
        let what =
            format!("the key has {key} bytes, and --size is less; leave it out, or say more");
        return Err(Error::Trial { what });
    }
    Ok(match bus {
        Bus::Sd => wanted.next_power_of_two(),
        // As a disk has whole sectors.
        _ => wanted.next_multiple_of(4096),
    })
}

/// The form of the key's file, if it is one that QEMU reads.
fn format(key: &Path, image: &DiskImage) -> Result<Format, Error> {
    use image_write::Format as Written;
    let (packed, unpack) = match image.format() {
        Written::Raw => return Ok(Format::Raw),
        Written::Qcow2 => return Ok(Format::Qcow2),
        Written::Vmdk => return Ok(Format::Vmdk),
        Written::Vhd | Written::VhdFixed => return Ok(Format::Vhd),
        Written::Gzip => ("gzip", "gzip"),
        Written::Xz => ("xz", "xz"),
        Written::Zstd => ("zstd", "zstd"),
    };
    Err(Error::PackedKey { key: key.to_owned(), packed, unpack })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_has_a_power_of_two_and_no_disk_is_smaller_than_the_key() {
        assert_eq!(length(5 << 20, Bus::Usb3, None).unwrap(), 5 << 20);
        assert_eq!(length(5 << 20, Bus::Sd, None).unwrap(), 8 << 20);
        assert_eq!(length(5 << 20, Bus::Usb3, Some(Size(16 << 30))).unwrap(), 16 << 30);
        let smaller = length(5 << 20, Bus::Usb3, Some(Size(4 << 20))).unwrap_err();
        assert!(smaller.to_string().contains("5242880 bytes"), "{smaller}");
    }
}
