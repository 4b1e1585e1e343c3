//! A tree and a size become a layout: the driver's volume, claimed part by part.

use crate::populate::{Failure, Volume, populate};
use crate::{Error, FatType, Options, fit, names};
use file_tree::{Directory, FileContent};
use hadris_fs::{ErrorKind, Extent};
use image_layout::{Content, Layout};

/// Lays out a file system of `size` bytes that holds `tree`.
///
/// The layout is `size` bytes long; the file system takes the whole sectors of it. Clusters that
/// nobody uses are left unclaimed. Of the metadata FAT keeps the times of modification alone, and
/// those within its years, 1980 to 2107, in steps of two seconds; it keeps them as local time, and
/// what is written is UTC. Owners, permissions and extended attributes are dropped, as is the
/// root's time. A file with several names becomes several files. Holes become zeros.
///
/// # Errors
/// [`Error::DoesNotFit`] says what size would do; the other variants name the entry that FAT
/// cannot hold, or the option.
pub fn lay_out(tree: &Directory, size: u64, options: &Options) -> Result<Layout, Error> {
    names::check(tree)?;
    let volume = match populate(tree, size, options) {
        Ok(volume) => volume,
        Err(Failure::Other(error)) => return Err(error),
        Err(Failure::Size(ErrorKind::LimitExceeded)) => {
            let sector_size = options.sector_size.bytes();
            let kind = options.kind.unwrap_or(FatType::Fat32);
            return Err(Error::Size { size, kind, sector_size, why: "that is too large for it" });
        }
        Err(Failure::Size(_) | Failure::Full) => {
            let smallest = fit::smallest(tree, options, 0)?;
            return Err(Error::DoesNotFit { size, smallest });
        }
    };
    claim(&volume, size)
}

/// The smallest size in bytes, a multiple of the sector size, for which [`lay_out`] succeeds, and
/// which then leaves `reserve` bytes in free clusters. One sector less is too small; but where the
/// kind or the size of a cluster changes, there may be smaller sizes yet that would do.
///
/// # Errors
/// As [`lay_out`]; [`Error::DoesNotFit`] when no size will do.
pub fn smallest(tree: &Directory, options: &Options, reserve: u64) -> Result<u64, Error> {
    names::check(tree)?;
    let none = Error::DoesNotFit { size: u64::MAX, smallest: None };
    fit::smallest(tree, options, reserve)?.ok_or(none)
}

/// The size of a cluster in bytes in a file system of `size` bytes; `None` if there is none of that
/// size.
pub fn cluster_size(size: u64, options: &Options) -> Option<u64> {
    fit::cluster_size(size, options)
}

fn claim(volume: &Volume<'_>, size: u64) -> Result<Layout, Error> {
    let mut layout = Layout::new(size);
    reserved_sectors(volume, &mut layout)?;
    let geometry = &volume.geometry;
    for copy in 0..geometry.fat_count() {
        let name = format!("FAT {}", copy + 1);
        metadata(volume, &mut layout, geometry.fat_copy(copy), geometry.fat_size(), &name)?;
    }
    for (path, extents) in &volume.directories {
        let name =
            if path.is_empty() { "root directory".into() } else { format!("directory {path}") };
        for extent in extents {
            metadata(volume, &mut layout, extent.offset(), extent.len(), &name)?;
        }
    }
    for (path, extents, content) in &volume.files {
        file(volume, &mut layout, path, extents, content)?;
    }
    Ok(layout)
}

/// The sectors before the first FAT. All of it is claimed: another file system's superblock there,
/// left from what the disk was before, would make programs see that instead.
fn reserved_sectors(volume: &Volume<'_>, layout: &mut Layout) -> Result<(), Error> {
    let geometry = &volume.geometry;
    let sector_size = u64::from(geometry.sector_size());
    let code = if FatType::of(geometry.kind()) == FatType::Fat32 { 0x5A } else { 0x3E };
    let mut claim =
        |at: u64, len: u64, name: &str| metadata_bytes(volume, layout, at, len, len, name);
    claim(0, code, "boot sector/parameters")?;
    claim(code, 510 - code, "boot sector/code (none: passes on to the next device)")?;
    claim(510, 2, "boot sector/signature")?;
    let mut named = vec![];
    if let Some(info) = geometry.fs_info_sector() {
        let backup = u64::from(hadris_fat_raw::layout::BACKUP_BOOT_SECTOR);
        named.push((u64::from(info), "FSInfo"));
        named.push((backup, "backup boot sector"));
        named.push((backup + 1, "backup FSInfo"));
    }
    for (sector, name) in &named {
        claim(sector * sector_size, sector_size, name)?;
    }
    let mut free = 512;
    let fat = geometry.fat_start();
    for (sector, _) in named.into_iter().chain([(fat / sector_size, "")]) {
        let end = sector * sector_size;
        layout.claim(free, "reserved sectors", Content::Zero { len: end - free })?;
        free = end + sector_size;
    }
    Ok(())
}

/// Claims whole sectors: what they hold, and that the rest of them is zero.
fn metadata(
    volume: &Volume<'_>,
    layout: &mut Layout,
    at: u64,
    len: u64,
    name: &str,
) -> Result<(), Error> {
    metadata_bytes(volume, layout, at, volume.device.used(at, len), len, name)
}

fn metadata_bytes(
    volume: &Volume<'_>,
    layout: &mut Layout,
    at: u64,
    used: u64,
    len: u64,
    name: &str,
) -> Result<(), Error> {
    layout.claim(at, name, volume.device.bytes(at, used))?;
    layout.claim(at + used, name, Content::Zero { len: len - used })?;
    Ok(())
}

/// Claims a file's clusters for its content, the end of the last one for zeros.
fn file(
    volume: &Volume<'_>,
    layout: &mut Layout,
    path: &str,
    extents: &[Extent],
    content: &FileContent,
) -> Result<(), Error> {
    let name = format!("file {path}");
    for extent in extents {
        let range = extent.file_offset()..extent.file_offset() + extent.len();
        for (start, piece) in content.placed() {
            let from = start.max(range.start);
            let to = (start + piece.len()).min(range.end);
            if from < to {
                let at = extent.offset() + (from - range.start);
                layout.claim(at, name.as_str(), piece.slice(from - start, to - from))?;
            }
        }
    }
    if let Some(last) = extents.last() {
        let end = last.offset() + last.len();
        let cluster = u64::from(volume.geometry.cluster_size());
        let rest = (cluster - content.len() % cluster) % cluster;
        layout.claim(end, name.as_str(), Content::Zero { len: rest })?;
    }
    Ok(())
}
