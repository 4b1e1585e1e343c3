//! The kinds of files that people download by mistake when they want an ISO 9660 image.

use crate::format::volume_descriptor::{BEA01, FIRST_DESCRIPTOR, SECTOR};
use std::fmt;

/// The kind of a file that is no ISO image, by its first bytes. As text it says what to do instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LooksLike {
    /// An empty file.
    Empty,
    /// A file too short to have a volume descriptor, and of no other kind known.
    TooShort,
    /// A file compressed with gzip.
    Gzip,
    /// A file compressed with xz.
    Xz,
    /// A file compressed with Zstandard.
    Zstd,
    /// A file compressed with bzip2.
    Bzip2,
    /// A zip archive.
    Zip,
    /// A 7-Zip archive.
    SevenZip,
    /// A RAR archive.
    Rar,
    /// A virtual disk of QEMU.
    Qcow2,
    /// A virtual disk of VMware.
    Vmdk,
    /// A virtual disk of VirtualBox.
    Vdi,
    /// A virtual disk of Hyper-V.
    Vhdx,
    /// A raw disk with a partition table.
    DiskImage,
    /// A raw CD with 2352-byte sectors.
    RawCd,
    /// A UDF volume without an ISO 9660 one.
    UdfOnly,
    /// A Windows image archive.
    Wim,
    /// A squashfs file system.
    Squashfs,
    /// An ext2, ext3 or ext4 file system.
    Ext,
    /// A program or library (ELF).
    Elf,
    /// A page of HTML.
    Html,
    /// A BitTorrent description.
    Torrent,
    /// A file of none of these kinds.
    Unknown,
}

/// The number of a file's first bytes to look at.
pub(crate) const HEAD: u64 = (FIRST_DESCRIPTOR + 1) * SECTOR;

const MAGICS: &[(usize, &[u8], LooksLike)] = &[
    ((FIRST_DESCRIPTOR * SECTOR) as usize + 1, BEA01, LooksLike::UdfOnly),
    (0, b"\x1f\x8b", LooksLike::Gzip),
    (0, b"\xfd7zXZ\0", LooksLike::Xz),
    (0, b"\x28\xb5\x2f\xfd", LooksLike::Zstd),
    (0, b"BZh", LooksLike::Bzip2),
    (0, b"PK\x03\x04", LooksLike::Zip),
    (0, b"7z\xbc\xaf\x27\x1c", LooksLike::SevenZip),
    (0, b"Rar!\x1a\x07", LooksLike::Rar),
    (0, b"QFI\xfb", LooksLike::Qcow2),
    (0, b"KDMV", LooksLike::Vmdk),
    (0, b"# Disk DescriptorFile", LooksLike::Vmdk),
    (64, b"\x7f\x10\xda\xbe", LooksLike::Vdi),
    (0, b"vhdxfile", LooksLike::Vhdx),
    (0, b"\x7fELF", LooksLike::Elf),
    (0, b"MSWIM\0\0\0", LooksLike::Wim),
    (0, b"hsqs", LooksLike::Squashfs),
    (0, b"d8:announce", LooksLike::Torrent),
    (0, b"\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0", LooksLike::RawCd),
    (512, b"EFI PART", LooksLike::DiskImage),
    (510, b"\x55\xaa", LooksLike::DiskImage),
    (1080, b"\x53\xef", LooksLike::Ext),
];

impl LooksLike {
    /// The kind of a file that starts with `head`, which is the whole file if shorter than
    /// [`HEAD`].
    pub(crate) fn from_head(head: &[u8]) -> Self {
        if head.is_empty() {
            return Self::Empty;
        }
        let known = MAGICS
            .iter()
            .find(|(at, magic, _)| head.get(*at..).is_some_and(|rest| rest.starts_with(magic)));
        if let Some((_, _, what)) = known {
            return *what;
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        let starts =
            |tag: &[u8]| text.get(..tag.len()).is_some_and(|t| t.eq_ignore_ascii_case(tag));
        if [&b"<!doctype"[..], b"<html", b"<head", b"<?xml", b"<!--"].iter().any(|tag| starts(tag))
        {
            return Self::Html;
        }
        if (head.len() as u64) < HEAD { Self::TooShort } else { Self::Unknown }
    }
}

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the file is empty; download it again",
            Self::TooShort => {
                "the file is too short to be one; the download may have stopped early"
            }
            Self::Gzip => "it is compressed with gzip; unpack it with gunzip first",
            Self::Xz => "it is compressed with xz; unpack it with unxz first",
            Self::Zstd => "it is compressed with zstd; unpack it with unzstd first",
            Self::Bzip2 => "it is compressed with bzip2; unpack it with bunzip2 first",
            Self::Zip => "it is a zip archive; the ISO may be inside: unpack it with unzip first",
            Self::SevenZip => "it is a 7-Zip archive; the ISO may be inside: unpack it first",
            Self::Rar => "it is a RAR archive; the ISO may be inside: unpack it first",
            Self::Qcow2 => "it is a QEMU virtual disk (qcow2); look for the .iso download",
            Self::Vmdk => "it is a VMware virtual disk (vmdk); look for the .iso download",
            Self::Vdi => "it is a VirtualBox virtual disk (vdi); look for the .iso download",
            Self::Vhdx => "it is a Hyper-V virtual disk (vhdx); look for the .iso download",
            Self::DiskImage => {
                "it is a raw disk image with a boot sector, made to fill a key of its own; \
                 look for the .iso download"
            }
            Self::RawCd => {
                "it is a raw CD image with 2352-byte sectors (.bin, .img); convert it to ISO first"
            }
            Self::UdfOnly => {
                "it is a UDF image without ISO 9660 structures; GRUB boots nothing from it"
            }
            Self::Wim => "it is a Windows image archive (WIM); look for the .iso download",
            Self::Squashfs => "it is a squashfs file system; look for the .iso download",
            Self::Ext => "it is an ext2, ext3 or ext4 file system; look for the .iso download",
            Self::Elf => "it is a program (ELF)",
            Self::Html => {
                "it is a web page, perhaps a mirror's error or the page before the download; \
                 download the file behind it"
            }
            Self::Torrent => "it is a BitTorrent description; open it in a BitTorrent client first",
            Self::Unknown => {
                "it has no ISO 9660 volume descriptor at byte 32768, nor anything else known"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_by_their_first_bytes() {
        let at = |offset: usize, magic: &[u8]| {
            let mut file = vec![0; 40_000];
            file[offset..offset + magic.len()].copy_from_slice(magic);
            LooksLike::from_head(&file)
        };
        for (offset, magic, what) in MAGICS {
            assert_eq!(at(*offset, magic), *what);
        }
        assert_eq!(at(0, b""), LooksLike::Unknown);
        assert_eq!(LooksLike::from_head(b""), LooksLike::Empty);
        assert_eq!(LooksLike::from_head(b"hello"), LooksLike::TooShort);
        assert_eq!(LooksLike::from_head(b"\xef\xbb\xbf\n <!DocType html>"), LooksLike::Html);
        assert_eq!(LooksLike::from_head(b"<HTML>404"), LooksLike::Html);
    }
}
