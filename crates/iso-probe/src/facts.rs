//! What there is to know about an ISO image.

use crate::links::resolve;
use efi_program::Machine;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What an ISO image is and carries. As JSON it is the *facts file* that recipes are tested
/// with: a few kilobytes instead of gigabytes. Fields keep their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IsoFacts {
    /// The label, as stored, without the blanks at its end.
    pub volume_id: String,
    /// "System identifier": often `LINUX` or empty.
    pub system_id: String,
    /// "Publisher identifier".
    pub publisher_id: String,
    /// "Application identifier": often the mastering program.
    pub application_id: String,
    /// `YYYY-MM-DD-HH-MM-SS-cc`, as `blkid` and GRUB's `search --fs-uuid` know the volume: its
    /// modification time, or its creation time when that is not set. `None` when neither is.
    pub volume_uuid: Option<String>,
    /// The Joliet volume's label, where it has one of its own: GRUB and blkid go by it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joliet_volume_id: Option<String>,
    /// Size of the ISO 9660 volume, in bytes; the file may be larger.
    pub volume_size_bytes: u64,
    /// Size of the file, in bytes.
    pub file_size_bytes: u64,
    /// A UDF volume shares the image. Windows media keep their files there, and only a readme in
    /// the ISO 9660 tree.
    #[serde(default)]
    pub udf: bool,
    /// What a USB stick's firmware sees when the image is written to one as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hybrid: Option<Hybrid>,
    /// Sums that the mastering program left for the boot-time check of the medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded_md5: Option<EmbeddedMd5>,
    /// Where the names in [`paths`](Self::paths) come from.
    pub names: Names,
    /// The boot catalog's entries, the default one first. Empty without a catalog, or with a
    /// damaged one.
    #[serde(default)]
    pub el_torito: Vec<BootImage>,
    /// The first line of `/.disk/info`: brand, version, architecture, as its makers put it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_info: Option<String>,
    /// The boot loaders' configurations inside that were read, by path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configs: BTreeMap<String, Config>,
    /// What those configurations start: of each the default entry first, none twice, those whose
    /// kernel is in the image only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boot_entries: Vec<BootEntry>,
    /// The menu for those who open the image as a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loopback_cfg: Option<LoopbackCfg>,
    /// The kernels that the entries start, or what looks like one, by path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kernels: BTreeMap<String, Kernel>,
    /// The initrds that were unpacked, by path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub initrds: BTreeMap<String, Initrd>,
    /// The initrds that were not unpacked, the more telling first: nobody needed to know what is
    /// in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread_initrds: Vec<String>,
    /// EFI programs below `/EFI` and in the root, by path, with the machine they are for; and those
    /// that firmware would start from a FAT image: `/efi.img:/EFI/BOOT/BOOTX64.EFI`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub efi_programs: BTreeMap<String, Machine>,
    /// Files of several extents: more than 4 GiB, or written in pieces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub multi_extent: Vec<String>,
    /// Kernels and initrds that cannot be what they are taken for, with the reason: empty, zeros, a
    /// text, cut short. Their heads and ends were looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub suspects: BTreeMap<String, String>,
    /// Symbolic links to directories, and where they lead, both without links in them; `/` is the
    /// root. What lies there is in [`paths`](Self::paths) once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub directory_links: BTreeMap<String, String>,
    /// Files and directories that are there, and that GRUB does not find, with the reason; some of
    /// them, if there are many.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unreachable: BTreeMap<String, String>,
    /// A limit was hit: there are more files than [`paths`](Self::paths) shows. Directories
    /// are read level by level, so what is missing lies deepest.
    #[serde(default)]
    pub truncated_listing: bool,
    /// Every file that GRUB finds, by its absolute path there, with its size in bytes. A symbolic link
    /// to a listed file is listed with that file's size.
    pub paths: BTreeMap<String, u64>,
}

/// The kind of names an image's tree has: what GRUB shows, too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Names {
    /// POSIX names.
    RockRidge,
    /// Unicode names of up to 64 (or 103) characters, in a tree of their own.
    Joliet,
    /// ISO 9660:1999 names, in a tree of their own.
    Enhanced,
    /// Upper-case 8.3 names, or longer ones; GRUB ignores their case.
    #[default]
    Plain,
}

/// An entry of the El Torito boot catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootImage {
    /// Whom it is for.
    pub platform: Platform,
    /// What the firmware makes of it.
    pub emulation: Emulation,
    /// Whether the entry may be booted.
    pub bootable: bool,
    /// How much the firmware loads, in 512-byte sectors.
    pub load_sectors: u16,
}

/// Whom a boot image is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Platform {
    /// PC BIOS.
    Bios,
    /// UEFI.
    Uefi,
    /// PowerPC.
    PowerPc,
    /// Macintosh.
    Mac,
    /// Any other, by its number.
    Other(u8),
}

/// What the firmware presents a boot image as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Emulation {
    /// As it is.
    None,
    /// A diskette of 1.2 MB.
    Floppy1200,
    /// A diskette of 1.44 MB.
    Floppy1440,
    /// A diskette of 2.88 MB.
    Floppy2880,
    /// A hard disk.
    HardDisk,
    /// A value that the specification does not define.
    Unknown,
}

/// What the start of the image says to those who take it for a disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hybrid {
    /// The MBR's used entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mbr: Vec<HybridPartition>,
    /// There is a GUID partition table.
    #[serde(default)]
    pub gpt: bool,
    /// There is an Apple partition map.
    #[serde(default)]
    pub apm: bool,
}

/// A partition in the MBR of a hybrid image; sectors have 512 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HybridPartition {
    /// Its type: 0xef is an EFI system partition.
    pub kind: u8,
    /// First sector.
    pub first: u32,
    /// Number of sectors.
    pub sectors: u32,
}

/// What `implantisomd5` leaves in the volume descriptor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddedMd5 {
    /// The sum, in hexadecimal, over the image without its last sectors and with blanks in the
    /// place of these very fields.
    pub md5: String,
    /// 2048-byte sectors at the end of the volume that the sum leaves out.
    pub skip_sectors: u32,
}

/// A configuration file of a boot loader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whose.
    pub loader: Loader,
    /// Entries that start a Linux kernel of this image, with those of the files it includes.
    pub entries: u32,
    /// Where reading it ended or went wrong, when there are no such entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// A boot loader with a configuration that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Loader {
    /// GRUB 2.
    Grub,
    /// isolinux, syslinux, extlinux.
    Syslinux,
    /// systemd-boot: the Boot Loader Specification's entries.
    LoaderEntries,
}

/// A menu entry that starts Linux.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootEntry {
    /// The configuration it comes from.
    pub config: String,
    /// What the menu shows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// It starts by itself.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub default: bool,
    /// The kernel, as the image spells its path.
    pub kernel: String,
    /// The initrds, in order; as the image spells their paths where they are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub initrds: Vec<String>,
    /// The kernel's parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
}

/// `loopback.cfg`: see <https://www.supergrubdisk.org/wiki/Loopback.cfg>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoopbackCfg {
    /// Where it is.
    pub path: String,
    /// Why it would not work, if so: several that were shipped don't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flaw: Option<String>,
}

/// A kernel, by its header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// The machine that it is for; `None` when its header does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
    /// What it calls itself: `6.1.0-18-amd64 (debian-kernel@…`, cut short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// What an initrd holds, by the names in its cpio archives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Initrd {
    /// How its parts are compressed, in order: microcode first, uncompressed, is usual.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<unpack::Compression>,
    /// Files, directories and links in it.
    #[serde(default)]
    pub entries: u32,
    /// The names that tell what it will do, without `/usr` in front; see
    /// [`is_telling`](crate::is_telling).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub names: BTreeSet<String>,
    /// File systems that its kernel can mount, as modules or built in: as far as it says.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub filesystems: BTreeSet<String>,
    /// It has the loop driver.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub loop_driver: bool,
    /// Why there may be more in it than this shows, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

impl IsoFacts {
    /// The path as the image spells it, whatever the case of ASCII letters in `path` and through
    /// links to directories; an exact match wins.
    pub fn find(&self, path: &str) -> Option<&str> {
        self.spelled(path).or_else(|| self.spelled(&resolve(&self.directory_links, path)?))
    }

    fn spelled(&self, path: &str) -> Option<&str> {
        if let Some((exact, _)) = self.paths.get_key_value(path) {
            return Some(exact);
        }
        self.paths.keys().find(|p| p.eq_ignore_ascii_case(path)).map(String::as_str)
    }
}
