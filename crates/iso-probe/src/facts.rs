//! The facts about an ISO image.

use crate::by_path::ByPath;
use crate::links::resolve;
use efi_program::Machine;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The facts about an ISO image: what it is, and what it carries. As JSON they are the *facts file*
/// that recipes are tested with: a few kilobytes instead of gigabytes. Fields keep their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IsoFacts {
    /// The volume's label, as stored, without the blanks at its end.
    pub volume_id: String,
    /// The "system identifier": often `LINUX` or empty.
    pub system_id: String,
    /// The "publisher identifier".
    pub publisher_id: String,
    /// The "application identifier": often the program that made the image.
    pub application_id: String,
    /// The volume's UUID, by which `blkid` and GRUB's `search --fs-uuid` know it: its modification
    /// time as `YYYY-MM-DD-HH-MM-SS-cc`, or its creation time if that is not set. `None` if neither
    /// is set.
    pub volume_uuid: Option<String>,
    /// The Joliet volume's label, if it differs from the other: GRUB and blkid then go by this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joliet_volume_id: Option<String>,
    /// The size of the ISO 9660 volume, in bytes; the file may be larger.
    pub volume_size_bytes: u64,
    /// The size of the file, in bytes.
    pub file_size_bytes: u64,
    /// Whether the image holds a UDF volume, too. Windows media keep their files there, and only a
    /// readme in the ISO 9660 tree.
    #[serde(default)]
    pub udf: bool,
    /// The partition tables that firmware sees if the image is written to a USB stick unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hybrid: Option<Hybrid>,
    /// The MD5 sum in the image, by which the system can check its medium when it boots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded_md5: Option<EmbeddedMd5>,
    /// The kind of the names in [`paths`](Self::paths).
    pub names: Names,
    /// The entries of the El Torito boot catalog, the default one first. Empty if there is no
    /// catalog, or a damaged one.
    #[serde(default)]
    pub el_torito: Vec<BootImage>,
    /// The first line of `/.disk/info`, in which the makers name brand, version and architecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_info: Option<String>,
    /// The boot loaders' configurations in the image that were read, by path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configs: BTreeMap<String, Config>,
    /// The entries of those configurations that start a kernel in the image: at most 6 of each
    /// configuration, its default first, and 16 in all; none twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boot_entries: Vec<BootEntry>,
    /// The entries of the boot configurations that start a hypervisor with a kernel, as many at most
    /// as of the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub xen_entries: Vec<BootEntry>,
    /// The image's `loopback.cfg`, a menu made for booting from the ISO file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loopback_cfg: Option<LoopbackCfg>,
    /// The kernels that the entries start, and other files that look like kernels, by path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kernels: BTreeMap<String, Kernel>,
    /// The initrds that were unpacked, by path, each as far as it was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub initrds: BTreeMap<String, Initrd>,
    /// The initrds that were not unpacked to their ends yet, in the order in which they should be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread_initrds: Vec<String>,
    /// The EFI programs below `/EFI` and in the root, by path, with the machine that each is for;
    /// and those that firmware would start from a FAT image: `/efi.img:/EFI/BOOT/BOOTX64.EFI`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub efi_programs: BTreeMap<String, Machine>,
    /// The FAT images for UEFI in which kernels lie, by path. Files in them are named like
    /// `/efi.img:/vmlinuz`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub efi_images: BTreeMap<String, EfiImage>,
    /// The parts of unified kernel images that entries start, named like `/EFI/Linux/x.efi:.linux`,
    /// with the sectors of the image in which GRUB reads each: the first sector of a piece and the
    /// number of sectors, of 512 bytes each. The part need not fill the last one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kernel_parts: BTreeMap<String, Vec<(u64, u64)>>,
    /// The files that hold a system or packages by their first bytes, by path, with what they are:
    /// `squashfs`. Only the largest files were looked at, and no kernels and initrds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub payloads: BTreeMap<String, String>,
    /// The files that lie in several pieces, because they are larger than 4 GiB or were written so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub multi_extent: Vec<String>,
    /// The kernels and initrds that cannot be such files, by path, with the reason: empty, zeros, a
    /// text, cut short. Only their first and last bytes, and lengths inside them, were looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub suspects: BTreeMap<String, String>,
    /// The symbolic links to directories, by path, with their targets; neither has a further link
    /// in it, and `/` is the root. [`paths`](Self::paths) lists the files there once, without the
    /// link.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub directory_links: BTreeMap<String, String>,
    /// The files and directories in the image that GRUB does not find, with the reason; only some
    /// of them, if there are many.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unreachable: BTreeMap<String, String>,
    /// Whether a limit was reached, so that [`paths`](Self::paths) lacks files. Directories are
    /// read level by level, so the missing ones lie deepest.
    #[serde(default)]
    pub truncated_listing: bool,
    /// The files that GRUB finds, by their absolute paths, with their sizes in bytes. A symbolic
    /// link to a listed file is listed with that file's size.
    pub paths: ByPath<u64>,
}

/// A FAT image from which UEFI starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EfiImage {
    /// Whether the image is a file of the ISO; else it lies beside them, as an appended partition
    /// does.
    pub is_file: bool,
    /// The byte of the ISO at which the image starts.
    pub start: u64,
    /// The number of bytes that the image may have.
    pub len: u64,
    /// The kernels and initrds of its menus, by their names in the facts, with their sizes in
    /// bytes; if it has no menu that can be read, some files with names of kernels.
    pub files: BTreeMap<String, u64>,
}

/// The kind of names that GRUB shows for an image, which may have several kinds.
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
    /// The firmware that the image is for.
    pub platform: Platform,
    /// The kind of drive that the firmware presents the image as.
    pub emulation: Emulation,
    /// Whether the entry may be booted.
    pub bootable: bool,
    /// The number of 512-byte sectors that the firmware loads.
    pub load_sectors: u16,
}

/// The firmware or machine that a boot image is for.
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
    /// Any other, by its number in the boot catalog.
    Other(u8),
}

/// The kind of drive that the firmware presents a boot image as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Emulation {
    /// No drive: the image is loaded as it is.
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

/// The partition tables at the start of an image, which make it usable as a disk, too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hybrid {
    /// The MBR's entries that are in use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mbr: Vec<HybridPartition>,
    /// Whether there is a GUID partition table.
    #[serde(default)]
    pub gpt: bool,
    /// Whether there is an Apple partition map.
    #[serde(default)]
    pub apm: bool,
}

/// A partition in the MBR of a hybrid image; sectors have 512 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HybridPartition {
    /// The partition's type: 0xef is an EFI system partition.
    pub kind: u8,
    /// The first sector.
    pub first: u32,
    /// The number of sectors.
    pub sectors: u32,
}

/// The MD5 sum that `implantisomd5` leaves in the volume descriptor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddedMd5 {
    /// The sum, in hexadecimal. It leaves out the image's last sectors, and counts blanks in the
    /// place of the text that holds it.
    pub md5: String,
    /// The number of 2048-byte sectors at the end of the volume that the sum leaves out.
    pub skip_sectors: u32,
}

/// A configuration file of a boot loader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The boot loader that the configuration is for.
    pub loader: Loader,
    /// The number of entries, in it and the files that it includes, that start a Linux kernel of
    /// this image.
    pub entries: u32,
    /// The line that could not be understood or cannot work, and why, if there are no such entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// A boot loader whose configurations this crate reads.
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
    /// The path of the configuration that the entry comes from.
    pub config: String,
    /// The title that the menu shows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Whether the entry is the one that starts if nobody chooses.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub default: bool,
    /// The path of the kernel, as the image spells it.
    pub kernel: String,
    /// The paths of the initrds, in order, as the image spells them; of one that the image lacks,
    /// as the configuration does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub initrds: Vec<String>,
    /// The kernel's parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// The hypervisor, Xen, that starts the kernel as its first module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypervisor: Option<Hypervisor>,
}

/// A hypervisor that a menu entry starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hypervisor {
    /// The path, as the image spells it.
    pub path: String,
    /// The hypervisor's parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
}

/// A `loopback.cfg`, a menu for GRUB that is made for booting from the ISO file: see
/// <https://www.supergrubdisk.org/wiki/Loopback.cfg>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoopbackCfg {
    /// The path of the menu.
    pub path: String,
    /// The reason why the menu would not work, if it would not: some distributions ship such menus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flaw: Option<String>,
}

/// A kernel, as its header describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// The machine that the kernel is for; `None` if its header does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
    /// The version that the kernel gives itself, up to the first blank: `6.1.0-18-amd64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// The contents of an initrd, as far as the names in its cpio archives tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Initrd {
    /// The compression of each part, in order. Often the first part is microcode, uncompressed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<unpack::Compression>,
    /// The number of files, directories and links.
    #[serde(default)]
    pub entries: u32,
    /// The names that tell what the initrd will do, without `/usr` in front; see
    /// [`is_telling`](crate::is_telling).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub names: BTreeSet<String>,
    /// The file systems whose drivers are in the initrd as modules, or that it lists as built into
    /// the kernel.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub filesystems: BTreeSet<String>,
    /// Whether the loop driver is in the initrd as a module, or listed as built into the kernel.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub loop_driver: bool,
    /// The drivers without which file systems of some kinds cannot be mounted, there in either way:
    /// `crc32c` for ext4 with checksums, and the `nls_…` tables for FAT.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub helpers: BTreeSet<String>,
    /// Whether the initrd lists the drivers that are built into the kernel; if it does not, a driver
    /// that has no module here may still be built in.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub lists_builtin: bool,
    /// The reason why the initrd may hold more than these facts say, if it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

impl IsoFacts {
    /// The path of the file that `path` means, as the image spells it. The case of ASCII letters
    /// may differ, but an exact match wins; links to directories are followed.
    pub fn find(&self, path: &str) -> Option<&str> {
        self.paths.find(path).or_else(|| self.paths.find(&resolve(&self.directory_links, path)?))
    }

    /// The size of the file `path`, which is spelled as the image spells it; also of a file in an
    /// EFI image, and of a part of a unified kernel image.
    pub fn size(&self, path: &str) -> Option<u64> {
        let inner = || self.efi_image_of(path)?.1.files.get(path);
        let part = || Some(self.kernel_parts.get(path)?.iter().map(|(_, count)| count * 512).sum());
        self.paths.get(path).or_else(inner).copied().or_else(part)
    }

    /// The EFI image in which the file `path` lies, with the image's name, if it lies in one.
    pub fn efi_image_of(&self, path: &str) -> Option<(&str, &EfiImage)> {
        let mut images = self.efi_images.iter().filter(|(_, image)| image.files.contains_key(path));
        images.next().map(|(name, image)| (name.as_str(), image))
    }
}
