//! The EFI programs in an ISO's FAT images: in the image that the boot catalog points to, and in
//! files called `efi.img` and the like.
//!
//! ```text
//! ISO: ┌────┬─────────────────────────────────┬────┐
//!      │ …  │ /efi.img: a FAT of its own      │ …  │
//!      │    │   ┌───────────────────────────┐ │    │
//!      │    │   │ /EFI/BOOT/BOOTX64.EFI     │ │    │
//!      └────┴───┴───────────────────────────┴─┴────┘
//! ```
//!
//! The bytes of such a program lie in the ISO like those of any file.

use crate::boot_catalog::Located;
use crate::contents::Contents;
use crate::extents::FileExtents;
use crate::facts::Platform;
use hadris_fat::sync::FatFs;
use hadris_fs::{Extent, MountOptions, Name};
use hadris_io::{Error, ErrorType};
use hadris_storage::sync::BlockDevice;
use hadris_storage::{BlockIndex, BlockSize};
use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

/// The name shown for an image that the catalog points to and that is no file of the ISO.
const UNNAMED: &str = "/[EFI boot image]";
/// The ends of paths by which images are found that the catalog does not point to.
const IMAGES: [&str; 2] = ["/efi.img", "/efiboot.img"];
/// The programs that firmware looks for in `EFI/BOOT` of an image.
const PROGRAMS: [&str; 3] = ["BOOTX64.EFI", "BOOTIA32.EFI", "BOOTAA64.EFI"];
/// The number of images to look at, from the catalog and by name.
const MAX_IMAGES: usize = 2;
/// The number of bytes to read from one image to find its files; their tables are small.
const MAX_READ: u64 = 4 << 20;
/// The number of pieces that a file may lie in.
const MAX_PIECES: usize = 32;

const SECTOR: u64 = 512;
const BLOCK: BlockSize = match BlockSize::new(SECTOR as u32) {
    Some(size) => size,
    None => panic!("512 is a power of two"),
};

/// The programs in the ISO's FAT images, named like `/efi.img:/EFI/BOOT/BOOTX64.EFI`, with their
/// places in the ISO. Images that the boot catalog points to come first: firmware takes those.
pub(crate) fn programs<R: Read + Seek>(
    contents: &mut Contents<R>,
    catalog: &[Located],
) -> BTreeMap<String, FileExtents> {
    // A catalog may have a thousand entries, so few places are looked for among the files.
    let mut places: Vec<u64> = Vec::new();
    for entry in catalog.iter().filter(|entry| entry.image.platform == Platform::Uefi) {
        if places.len() < MAX_IMAGES && !places.contains(&entry.start) {
            places.push(entry.start);
        }
    }
    let image_at = |start: &u64| {
        contents.files().at(*start).unwrap_or_else(|| {
            let len = contents.image_len().saturating_sub(*start);
            (UNNAMED.to_owned(), FileExtents { len, extents: [(*start, len)].into() })
        })
    };
    let images: Vec<(String, FileExtents)> = places.iter().map(image_at).collect();
    let is_image = |path: &&str| {
        let path = path.to_ascii_lowercase();
        IMAGES.iter().any(|end| path.ends_with(end))
    };
    let named: Vec<&str> = contents.files().paths().filter(is_image).take(MAX_IMAGES).collect();
    let named = named
        .into_iter()
        .filter_map(|p| Some((p.to_owned(), contents.files().extents(p)?.clone())));
    let named: Vec<(String, FileExtents)> = named.collect();
    let mut found = BTreeMap::new();
    for (path, image) in images.iter().chain(named.iter().filter(|image| !images.contains(image))) {
        for (name, extents) in inside(contents, image).unwrap_or_default() {
            found.insert(format!("{path}:/EFI/BOOT/{name}"), extents);
        }
    }
    found
}

/// The programs in one image; `None` if it is no FAT, or damaged.
fn inside<R: Read + Seek>(
    contents: &mut Contents<R>,
    image: &FileExtents,
) -> Option<Vec<(&'static str, FileExtents)>> {
    let [(start, whole)] = image.extents[..] else { return None };
    let part = Part { of: contents, start, len: image.len.min(whole), left: MAX_READ };
    let mut fat = FatFs::mount(part, MountOptions::new().read_only()).ok()?;
    let efi = fat.lookup(fat.root(), Name::new("EFI")).ok()?;
    let boot = fat.lookup(efi, Name::new("BOOT")).ok()?;
    let mut found = Vec::new();
    for name in PROGRAMS {
        let Ok(node) = fat.lookup(boot, Name::new(name)) else { continue };
        let mut pieces = [Extent::new(0, 0); MAX_PIECES];
        let count = fat.extents(node, 0, &mut pieces).ok()?;
        let pieces = pieces.get(..count)?;
        let size: u64 = pieces.iter().map(Extent::len).sum();
        let inside = pieces.iter().all(|p| p.end() <= whole);
        let file = fat.stat(node).ok()?;
        // The file has more pieces than are kept, or a cluster chain that ends early.
        if file.len() != size || size == 0 || !inside {
            continue;
        }
        let extents = pieces.iter().map(|p| (start.saturating_add(p.offset()), p.len()));
        found.push((name, FileExtents { len: size, extents: extents.collect() }));
    }
    Some(found)
}

/// A part of the ISO, as the disk that holds a FAT.
struct Part<'a, R> {
    of: &'a mut Contents<R>,
    start: u64,
    len: u64,
    /// The number of bytes that may still be read.
    left: u64,
}

impl<R> ErrorType for Part<'_, R> {
    type Error = io::Error;
}

impl<R: Read + Seek> BlockDevice for Part<'_, R> {
    fn block_size(&self) -> BlockSize {
        BLOCK
    }

    fn block_count(&self) -> u64 {
        self.len / SECTOR
    }

    fn read_blocks(&mut self, first: BlockIndex, buf: &mut [u8]) -> Result<(), Error<io::Error>> {
        let wrap = |e| Error::device(e, "reading the image inside");
        let at = first.get().saturating_mul(SECTOR);
        let wanted = buf.len() as u64;
        if at.saturating_add(wanted) > self.len || wanted > self.left {
            return Err(wrap(io::ErrorKind::UnexpectedEof.into()));
        }
        self.left -= wanted;
        self.of.read_exact_at(self.start.saturating_add(at), buf).map_err(wrap)
    }
}
