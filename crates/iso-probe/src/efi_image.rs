//! The EFI images of an ISO: the FAT images that the boot catalog points to, and files called
//! `efi.img` and the like; with the files in them.
//!
//! ```text
//! ISO: ┌────┬─────────────────────────────────┬────┐
//!      │ …  │ /efi.img: a FAT of its own      │ …  │
//!      │    │   ┌───────────────────────────┐ │    │
//!      │    │   │ /EFI/BOOT/BOOTX64.EFI     │ │    │
//!      │    │   │ /loader/entries, /vmlinuz │ │    │
//!      └────┴───┴───────────────────────────┴─┴────┘
//! ```
//!
//! The bytes of such a file lie in the ISO like those of any other.

use crate::boot_catalog::Located;
use crate::contents::Contents;
use crate::extents::FileExtents;
use crate::facts::Platform;
use hadris_fat::sync::FatFs;
use hadris_fs::{DirCursor, Extent, FileType, MountOptions, NodeId};
use hadris_io::{Error, ErrorType};
use hadris_storage::sync::BlockDevice;
use hadris_storage::{BlockIndex, BlockSize};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::ops::Bound;

/// The name shown for an image that the catalog points to and that is no file of the ISO.
const UNNAMED: &str = "/[EFI boot image]";
/// The ends of paths by which images are found that the catalog does not point to.
const IMAGES: [&str; 2] = ["/efi.img", "/efiboot.img"];
/// The programs that firmware looks for in `EFI/BOOT` of an image.
pub(crate) const PROGRAMS: [&str; 3] = ["BOOTX64.EFI", "BOOTIA32.EFI", "BOOTAA64.EFI"];
/// The number of images to look at, from the catalog and by name.
const MAX_IMAGES: usize = 2;
/// The number of bytes to read from one image to find its files; their tables are small.
const MAX_READ: u64 = 4 << 20;
/// The number of pieces that a file may lie in.
const MAX_PIECES: usize = 32;
/// The number of files and directories to list in one image, and of directories on the way to one.
const MAX_LISTED: usize = 1024;
const MAX_DEPTH: usize = 8;

const SECTOR: u64 = 512;
const BLOCK: BlockSize = match BlockSize::new(SECTOR as u32) {
    Some(size) => size,
    None => panic!("512 is a power of two"),
};

/// An EFI image.
#[derive(Debug, Clone)]
pub(crate) struct EfiImage {
    /// The path of the file that it is, or [`UNNAMED`].
    pub(crate) name: String,
    /// The byte of the ISO at which it starts, and the number of bytes that it may have.
    pub(crate) start: u64,
    pub(crate) len: u64,
    /// The files in it, by their paths, with their places in the ISO.
    pub(crate) files: BTreeMap<String, FileExtents>,
}

impl EfiImage {
    /// The name, in the facts, of the file `path` of this image: `/efi.img:/EFI/BOOT/BOOTX64.EFI`.
    pub(crate) fn named(&self, path: &str) -> String {
        format!("{}:{path}", self.name)
    }

    /// Whether there is a file or a directory of this path, as the image spells it.
    pub(crate) fn has(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let within =
            self.files.range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded));
        let directory = within.take(1).any(|(path, _)| path.starts_with(&below));
        directory || self.files.contains_key(path)
    }

    /// The names of the files in a directory of the image.
    pub(crate) fn names(&self, directory: &str) -> impl Iterator<Item = String> {
        let name = |path: &String| {
            let (start, name) = path.rsplit_once('/')?;
            start.eq_ignore_ascii_case(directory).then(|| name.to_owned())
        };
        self.files.keys().filter_map(name)
    }

    /// The path of the file that `path` means, in the case that the image has.
    pub(crate) fn find(&self, path: &str) -> Option<&str> {
        self.files.keys().find(|p| p.eq_ignore_ascii_case(path)).map(String::as_str)
    }
}

/// The ISO's EFI images that can be read. Those that the boot catalog points to come first:
/// firmware takes those.
pub(crate) fn images(contents: &mut Contents<'_>, catalog: &[Located]) -> Vec<EfiImage> {
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
    let named = named.into_iter().filter(|image| !images.contains(image)).collect::<Vec<_>>();
    let readable = images.into_iter().chain(named).filter_map(|(name, place)| {
        let [(start, whole)] = place.extents[..] else { return None };
        let len = place.len.min(whole);
        Some(EfiImage { name, start, len, files: files(contents, start, len)? })
    });
    readable.collect()
}

/// The programs in the EFI images that firmware would start, by their names in the facts.
pub(crate) fn programs(images: &[EfiImage]) -> BTreeMap<String, FileExtents> {
    let mut found = BTreeMap::new();
    for image in images {
        for name in PROGRAMS {
            let path = format!("/EFI/BOOT/{name}");
            let file = image.find(&path).and_then(|path| image.files.get(path));
            // An empty file is no program.
            if let Some(file) = file.filter(|file| file.len > 0) {
                found.insert(image.named(&path), file.clone());
            }
        }
    }
    found
}

/// The files in the image of `len` bytes from byte `start` of the ISO on; `None` if it is no FAT.
/// Of a damaged one, those that can be read.
fn files(
    contents: &mut Contents<'_>,
    start: u64,
    len: u64,
) -> Option<BTreeMap<String, FileExtents>> {
    let part = Part { of: contents, start, len, left: MAX_READ };
    let mut fat = FatFs::mount(part, MountOptions::new().read_only()).ok()?;
    let mut found = BTreeMap::new();
    let mut listed = 0;
    let mut directories = VecDeque::from([(String::new(), fat.root(), 1)]);
    while let Some((directory, node, depth)) = directories.pop_front() {
        let mut cursor = DirCursor::START;
        while let Ok(Some(entry)) = fat.readdir(node, cursor) {
            cursor = entry.next_cursor();
            listed += 1;
            if listed > MAX_LISTED {
                return Some(found);
            }
            let Ok(name) = core::str::from_utf8(entry.name().as_bytes()) else { continue };
            if name == "." || name == ".." {
                continue;
            }
            let path = format!("{directory}/{name}");
            if entry.file_type() == FileType::Dir {
                if depth < MAX_DEPTH {
                    directories.push_back((path, entry.node(), depth + 1));
                }
            } else if let Some(place) = place(&mut fat, entry.node(), start, len) {
                found.insert(path, place);
            }
        }
    }
    Some(found)
}

/// The place in the ISO of a file of the image from byte `start` on; `None` if it has more pieces
/// than are kept, or a cluster chain that ends early or leaves the image.
fn place(
    fat: &mut FatFs<Part<'_, '_>>,
    node: NodeId,
    start: u64,
    whole: u64,
) -> Option<FileExtents> {
    let mut pieces = [Extent::new(0, 0); MAX_PIECES];
    let count = fat.extents(node, 0, &mut pieces).ok()?;
    let pieces = pieces.get(..count)?;
    let size: u64 = pieces.iter().map(Extent::len).sum();
    let inside = pieces.iter().all(|p| p.end() <= whole);
    let extents = pieces.iter().map(|p| (start.saturating_add(p.offset()), p.len())).collect();
    let file = fat.stat(node).ok()?;
    (file.len() == size && inside).then_some(FileExtents { len: size, extents })
}

/// A part of the ISO, as the disk that holds a FAT.
struct Part<'a, 'r> {
    of: &'a mut Contents<'r>,
    start: u64,
    len: u64,
    /// The number of bytes that may still be read.
    left: u64,
}

impl ErrorType for Part<'_, '_> {
    type Error = io::Error;
}

impl BlockDevice for Part<'_, '_> {
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
